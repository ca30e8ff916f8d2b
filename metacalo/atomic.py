"""Files, and folders of results, that appear whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metacalo.errors import MetacaloWarning, OutputError

PREVIOUS = "previous"
"""Folder in a folder of results that holds those which were replaced last."""


def write_atomically(path: Path, write: Callable[[Path], object], *, make_folder: bool = False) -> None:
    """Let `write` fill a temporary file beside `path`, bring it to the disk, and rename it to `path`.

    A crash at any moment leaves the old file whole, or none.

    Args:
        path: of the file.
        write: is given the temporary path.
        make_folder: make the folders above the file that are missing.

    Raises:
        OutputError: the place is not writable, or full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # torch.save reports a full disk as RuntimeError
        raise OutputError(
            f"{path} cannot be written: {getattr(error, 'strerror', None) or error}; what was there is as "
            "before. Choose a folder that exists, is writable and has free space"
        ) from error
    finally:
        _discard(temporary)


def _discard(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return  # its folder could not be made or entered, so that it never existed


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `folder`, whose files take their place in it when the block ends well.

    Files and folders that get a successor move to `folder/previous`, so that an earlier result is not lost;
    others stay. After an error in the block everything is as before.

    Args:
        folder: to be filled; it and the folders above are made.

    Raises:
        OutputError: the place is not writable, or full.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise FileExistsError(f"{folder} is a file")
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        yield temporary
        temporary.chmod(0o755)
        if folder.exists():
            _keep_previous(folder, [file.name for file in temporary.iterdir()])
            for file in sorted(temporary.iterdir()):
                file.replace(folder / file.name)
        else:
            temporary.replace(folder)
    except OutputError:
        raise
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _keep_previous(folder: Path, names: list[str]) -> None:
    replaced = [folder / name for name in names if (folder / name).exists()]
    if not replaced:
        return
    previous = folder / PREVIOUS
    shutil.rmtree(previous, ignore_errors=True)
    previous.mkdir()
    for file in replaced:
        file.replace(previous / file.name)
    warnings.warn(
        f"{folder} had an earlier result, which is now in {previous}", MetacaloWarning, stacklevel=3
    )


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that any parser reads: no NaN, no infinity."""
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _cannot_write(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"expected a folder to write to, got {folder}: {error.strerror or error}; nothing was changed. "
        "Choose another --out, or make room"
    )
