"""The folder of an adaptation: all of it, or what was there before."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metacalo.errors import MetacaloWarning, OutputError

PREVIOUS = "previous"
"""Folder in a folder of results that holds those which were replaced last."""


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `folder`, whose files take their place in it when the block ends well.

    Files that get a successor move to `folder/previous`, so that an earlier result is not lost; others stay.
    After an error in the block everything is as before.

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
    replaced = [folder / name for name in names if (folder / name).is_file()]
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
