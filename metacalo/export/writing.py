"""Adapted models into files for other programs, each run and compared with torch before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from metacalo.atomic import write_atomically
from metacalo.errors import ExportError
from metacalo.export.folded import folded
from metacalo.export.metadata import DIGEST, metadata_of, sealed
from metacalo.export.onnx_graph import DEFAULT_OPSET, INPUTS, check_opset, onnx_graph, with_metadata
from metacalo.export.precision import PRECISIONS, reduced
from metacalo.export.torchscript import load_script, save_script, trace
from metacalo.export.verification import Agreement, Run, check, compare, conditions_in

if TYPE_CHECKING:
    from metacalo.generation import AdaptedModel

ONNX_NAME, TORCHSCRIPT_NAME = "model.onnx", "model.pt"


@dataclass(frozen=True)
class Export:
    """A file that was written.

    Attributes:
        path: of the file.
        agreement: with torch, from the same noise.
    """

    path: Path
    agreement: Agreement


def export_onnx(
    adapted: AdaptedModel,
    folder: str | Path,
    *,
    precision: str = "fp32",
    opset: int = DEFAULT_OPSET,
    on_stage: Callable[[str], object] = lambda _stage: None,
) -> Export:
    """Write `model.onnx`: energies, angles and noise in, hits out, for any batch of at least one.

    Args:
        adapted: model of the family field_vae.
        folder: for the file; it is made.
        precision: fp32, or fp16 or int8 for smaller constants, which are then other showers of nearly the
            same distribution.
        opset: of ONNX's operators.
        on_stage: is told what is being done.

    Raises:
        ExportError: a model of another family, an opset that lacks an operator, an unknown precision, or
            showers that differ from torch's.
        OutputError: the folder cannot be written.
    """
    if precision not in PRECISIONS:
        raise ExportError(f"expected a precision out of {', '.join(PRECISIONS)}, got {precision!r}")
    check_opset(opset)
    model = folded(adapted)
    on_stage("writing ONNX")
    graph = reduced(onnx_graph(model, adapted, opset), precision)
    data = sealed(with_metadata(graph, metadata_of(adapted, model, precision)).SerializeToString())
    on_stage("comparing with torch")
    agreement = compare(_onnx(data), model, adapted)
    if precision == "fp32":
        check(agreement, ONNX_NAME)
    path = Path(folder) / ONNX_NAME
    write_atomically(path, lambda temporary: temporary.write_bytes(data), make_folder=True)
    return Export(path, agreement)


def export_torchscript(
    adapted: AdaptedModel, folder: str | Path, *, on_stage: Callable[[str], object] = lambda _stage: None
) -> Export:
    """Write `model.pt` for LibTorch: what `model.onnx` is; its metadata are extra files of the same names.

    Args:
        adapted: model of the family field_vae.
        folder: for the file; it is made.
        on_stage: is told what is being done.

    Raises:
        ExportError: a model of another family, or showers that differ from torch's.
        OutputError: the folder cannot be written.
    """
    model = folded(adapted)
    metadata = metadata_of(adapted, model, "fp32")
    del metadata[DIGEST]  # it stands at the end of the file
    on_stage("writing TorchScript")
    traced = trace(model, conditions_in(adapted, model.n_noise, 3))
    path = Path(folder) / TORCHSCRIPT_NAME
    found: list[Agreement] = []

    def write(temporary: Path) -> None:
        save_script(traced, temporary, metadata)
        on_stage("comparing with torch")
        found.append(compare(_torchscript(temporary), model, adapted))
        check(found[0], TORCHSCRIPT_NAME)

    write_atomically(path, write, make_folder=True)
    return Export(path, found[0])


def _onnx(data: bytes) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def run(*given: torch.Tensor) -> Any:
        return session.run(None, dict(zip(INPUTS, (part.numpy() for part in given), strict=True)))

    return run


def _torchscript(path: Path) -> Run:
    module = load_script(path)

    def run(*given: torch.Tensor) -> Any:
        with torch.inference_mode():
            return tuple(np.asarray(part.numpy()) for part in module(*given))

    return run
