"""Adapted models for other programs: ONNX, TorchScript and Geant4's Par04."""

from metacalo.export.folded import folded
from metacalo.export.writing import Export, export_onnx, export_torchscript

__all__ = ["Export", "export_onnx", "export_torchscript", "folded"]
