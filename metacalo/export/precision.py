"""Smaller numbers in an exported graph: 16-bit tables, 8-bit weights."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

PRECISIONS = ("fp32", "fp16", "int8")

_LOOKED_UP = {"Gather": 0, "GatherElements": 0}
_SMALL = 4096


def reduced(graph: Any, precision: str) -> Any:
    """Return a graph with constants of a lower precision; all that is computed stays in single precision.

    fp16 holds tables that rows or values are looked up in as 16-bit numbers; int8 holds the weights of the
    networks and of the matrix products as 8-bit numbers, with the inputs quantised as they come.

    Args:
        graph: `onnx.ModelProto`.
        precision: fp32 (the graph itself), fp16 or int8.
    """
    if precision == "fp16":
        return _half(graph)
    if precision == "int8":
        return _eight_bits(graph)
    return graph


def _half(graph: Any) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    users: dict[str, list[Any]] = {}
    for node in graph.graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    for tensor in graph.graph.initializer:
        nodes = users.get(tensor.name, [])
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < _SMALL:
            continue
        if not nodes or any(n.op_type not in _LOOKED_UP or n.input[0] != tensor.name for n in nodes):
            continue
        values = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        for node in nodes:
            short = node.output[0] + "_16"
            cast = helper.make_node("Cast", [short], [node.output[0]], to=TensorProto.FLOAT)
            node.output[0] = short
            graph.graph.node.insert(list(graph.graph.node).index(node) + 1, cast)
    del graph.graph.value_info[:]
    return graph


def _eight_bits(graph: Any) -> Any:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="metacalo-") as name:
        plain, quantised = Path(name) / "plain.onnx", Path(name) / "quantised.onnx"
        onnx.save(graph, str(plain))
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)  # it recommends what was done: the graph is simplified
        try:
            quantize_dynamic(
                plain, quantised, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"]
            )
        finally:
            logging.disable(before)
        return onnx.load(str(quantised))
