"""The state of a training, saved every few minutes, from which it goes on as if nothing had happened."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from metacalo.atomic import write_atomically
from metacalo.errors import CheckpointError

_FORMAT = "metacalo-training-state"
_VERSION = 1


def save_state(path: str | Path, state: dict[str, Any]) -> None:
    """Write a state, whole or not at all.

    Args:
        path: of the file.
        state: tensors, numbers, strings, and lists and dicts of them.

    Raises:
        OutputError: the place is not writable, or full.
    """
    content = {"format": _FORMAT, "version": _VERSION, "state": state}
    write_atomically(Path(path), lambda temporary: torch.save(content, temporary), make_folder=True)


def load_state(path: str | Path) -> dict[str, Any]:
    """Read what `save_state` wrote; nothing in the file is executed.

    Raises:
        CheckpointError: the file is missing, damaged, foreign, or of another version.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(
            f"expected the state of a training at {path}, got no such file; start the training without "
            "--resume"
        )
    if not zipfile.is_zipfile(path):
        raise CheckpointError(
            f"{path}: expected the state of a training, got a damaged or foreign file; start it again"
        )
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(
            f"{path}: expected the state of a training, got a damaged or foreign file ({reason}); start it "
            "again"
        ) from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise CheckpointError(
            f"{path}: expected the state of a training of metacalo, got another file; start it again"
        )
    if content.get("version") != _VERSION:
        raise CheckpointError(
            f"{path}: expected version {_VERSION} of a training's state, got {content.get('version')!r}; go "
            "on with the "
            "metacalo that wrote it, or start it again"
        )
    state = content["state"]
    if not isinstance(state, dict):
        raise CheckpointError(
            f"{path}: expected a training's state, got {type(state).__name__}; start it again"
        )
    return state
