"""The log of a training: a line of JSON for each record, and scalars for TensorBoard if it is there."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from metacalo.atomic import write_atomically
from metacalo.errors import OutputError


@final
class Records:
    """Appends records to `metrics.jsonl`; a record has a `step`, numbers, and mappings of numbers.

    Args:
        folder: in which the file stands; made if missing.
        from_step: records of later steps, which a run left behind that goes on from an earlier state, are
            dropped.
        tensorboard: write scalars to `folder/tensorboard` too, if TensorBoard is installed.

    Raises:
        OutputError: the folder is not writable.
    """

    def __init__(self, folder: Path, *, from_step: int = 0, tensorboard: bool = True) -> None:
        self.path = folder / "metrics.jsonl"
        kept = [line for line in _lines(self.path) if _step_of(line) <= from_step] if from_step else []
        write_atomically(
            self.path,
            lambda temporary: temporary.write_text("".join(kept), encoding="utf-8"),
            make_folder=True,
        )
        self._file = self.path.open("a", encoding="utf-8")
        self._scalars = _summary_writer(folder / "tensorboard", from_step) if tensorboard else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, record: Mapping[str, Any]) -> None:
        """Append a record; numbers that are not finite become null."""
        try:
            self._file.write(json.dumps(_finite(record), allow_nan=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise OutputError(
                f"{self.path} cannot be written: {error}; make room, then go on with --resume"
            ) from error
        if self._scalars is not None:
            for name, value in _flat(record):
                if name != "step":
                    self._scalars.add_scalar(name, value, record["step"])

    def close(self) -> None:
        """Bring everything to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if self._scalars is not None:
            self._scalars.close()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error}; choose another folder") from error


def _step_of(line: str) -> float:
    """Return the step of a line; a line that a crash cut short is dropped like one of the future."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _flat(record: Mapping[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{name}/")
        elif isinstance(value, int | float):
            found.append((prefix + name, float(value)))
    return found


def _summary_writer(folder: Path, from_step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=from_step + 1 if from_step else None)
