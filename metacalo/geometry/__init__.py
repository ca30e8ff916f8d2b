"""Detectors: materials, slabs, the grid, and the numbers that describe them to a model."""

from metacalo.geometry.catalogue import detector_names, detector_path, load_detector
from metacalo.geometry.depth import depth_in_x0
from metacalo.geometry.descriptor import DESCRIPTOR_NAMES, descriptor
from metacalo.geometry.detector import Detector
from metacalo.geometry.grid import CylinderGrid
from metacalo.geometry.materials import Material, mixture
from metacalo.geometry.pdg import material, material_names
from metacalo.geometry.stack import MaterialDefinition, Section, Slab

__all__ = [
    "DESCRIPTOR_NAMES",
    "CylinderGrid",
    "Detector",
    "Material",
    "MaterialDefinition",
    "Section",
    "Slab",
    "depth_in_x0",
    "descriptor",
    "detector_names",
    "detector_path",
    "load_detector",
    "material",
    "material_names",
    "mixture",
]
