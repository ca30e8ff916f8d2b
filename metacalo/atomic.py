"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from metacalo.errors import OutputError


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
