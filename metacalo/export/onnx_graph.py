"""A folded model as an ONNX graph."""

from __future__ import annotations

import io
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from metacalo.errors import ExportError
from metacalo.export.verification import conditions_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metacalo.generation import AdaptedModel
    from metacalo.models.folded import FoldedModel

INPUTS = ("energy_gev", "theta_rad", "noise")
OUTPUTS = ("shower", "voxel", "deposit_mev")
OLDEST_OPSET, DEFAULT_OPSET, NEWEST_OPSET = 16, 17, 20
"""ScatterElements adds from 16 on; the exporter of PyTorch knows operators up to 20."""


def onnx_graph(model: FoldedModel, adapted: AdaptedModel, opset: int = DEFAULT_OPSET) -> Any:
    """Return an `onnx.ModelProto` of any batch size, without metadata.

    Args:
        model: to be written.
        adapted: that it was folded from.
        opset: of the operators.

    Raises:
        ExportError: the opset lacks an operator.
    """
    import onnx

    check_opset(opset)
    file: Any = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", torch.jit._trace.TracerWarning)
        torch.onnx.export(
            model,
            conditions_in(adapted, model.n_noise, 3),
            file,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            opset_version=opset,
            dynamo=False,
            dynamic_axes={
                **{name: {0: "showers"} for name in INPUTS},
                **{name: {0: "hits"} for name in OUTPUTS},
            },
        )
    return _simplified(onnx.load_model_from_string(file.getvalue()))


def _simplified(graph: Any) -> Any:
    """Return the graph with everything worked out that does not depend on its inputs.

    ONNX Runtime's basic rules, whose results are standard operators for any processor.
    """
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory(prefix="metacalo-") as folder:
        path = Path(folder) / "simplified.onnx"
        options.optimized_model_filepath = str(path)
        onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
        found = onnx.load(str(path))
    used = {node.domain for node in found.graph.node}
    kept = [(entry.domain, entry.version) for entry in found.opset_import if entry.domain in used]
    del found.opset_import[:]
    found.opset_import.extend(onnx.helper.make_opsetid(domain, version) for domain, version in kept)
    return found


def check_opset(opset: int) -> None:
    """Refuse an opset that the graph cannot be written in.

    Raises:
        ExportError: it is too old or too new.
    """
    if opset < OLDEST_OPSET:
        raise ExportError(
            f"expected an opset of at least {OLDEST_OPSET}, which is the first that adds up the deposits of "
            f"a shower (ScatterElements with a reduction), got {opset}; ONNX Runtime 1.11 and newer run "
            f"{OLDEST_OPSET}"
        )
    if opset > NEWEST_OPSET:
        raise ExportError(
            f"expected an opset of at most {NEWEST_OPSET}, the newest that PyTorch's exporter writes, got "
            f"{opset}; leave --opset out for {DEFAULT_OPSET}"
        )


def with_metadata(graph: Any, metadata: Mapping[str, str]) -> Any:
    """Add strings to a model, in place, and check it as a whole.

    Args:
        graph: `onnx.ModelProto`.
        metadata: key -> text.
    """
    import onnx

    graph.producer_name = "metacalo"
    for key, value in metadata.items():
        graph.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(graph, full_check=True)
    return graph
