"""TorchScript without the warnings of its end: LibTorch has no other format for a file yet."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from metacalo.export.metadata import SEAL, sealed

if TYPE_CHECKING:
    from torch import Tensor, nn


def script(module: nn.Module) -> Any:
    """Return a module in TorchScript, with its branches."""
    with quietly():
        return torch.jit.script(module)


def trace(module: nn.Module, example: tuple[Tensor, ...]) -> Any:
    """Return a module in TorchScript as it runs for an example; sizes that it asks for become constants."""
    with quietly(), torch.no_grad():
        return torch.jit.trace(module, example)  # type: ignore[no-untyped-call]


def save_script(module: Any, path: str | Path, texts: dict[str, str]) -> None:
    """Write a module, texts beside it in the same file, and the SHA-256 of the file at its end.

    LibTorch looks at the check sums of some entries alone, and would run a file that was altered. The SHA-256
    stands there as in a file of ONNX, so that one reader finds both.
    """
    file = io.BytesIO()
    with quietly():
        torch.jit.save(module, file, _extra_files=dict(texts))
    Path(path).write_bytes(sealed(_with_comment(file.getvalue(), SEAL)))


def load_script(path: str | Path) -> Any:
    """Read a module."""
    with quietly():
        return torch.jit.load(str(path))  # type: ignore[no-untyped-call]


@contextmanager
def quietly() -> Iterator[None]:
    """Keep the tracer's warnings of constants, and of its own end, from the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
        yield


def _with_comment(archive: bytes, comment: bytes) -> bytes:
    """Return a zip archive that ends with a comment; its last two bytes were the length of none."""
    return archive[:-2] + struct.pack("<H", len(comment)) + comment
