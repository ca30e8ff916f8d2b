"""Macros for Par04: detector, mesh and inference settings, complete."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metacalo.export.par04.front_end import N_CONDITIONS
from metacalo.export.par04.seeds import N_SEEDS

if TYPE_CHECKING:
    from metacalo.export.par04.layers import Par04Barrel
    from metacalo.geometry import CylinderGrid

ENERGIES_GEV = (1.0, 10.0, 50.0, 100.0)
"""Of the particles that the macros shoot, as far as the model knows them."""

N_EVENTS = 100
FULL, ONNX, TORCH = "full", "ONNX", "TORCH"
_SLICES, _ROWS = 320, 100


@dataclass(frozen=True)
class Par04Setup:
    """What a macro tells Par04.

    Attributes:
        name: of the detector.
        barrel: that Par04 builds.
        grid: that it scores on.
        n_noise: numbers of a shower that are noise, for ONNX.
        energies_gev: of the particles [GeV].
    """

    name: str
    barrel: Par04Barrel
    grid: CylinderGrid
    n_noise: int
    energies_gev: tuple[float, ...]


def energies_in(energy_range_gev: tuple[float, float]) -> tuple[float, ...]:
    """Energies that a macro shoots at: those of `ENERGIES_GEV` in a range, or else its middle [GeV]."""
    low, high = energy_range_gev
    inside = tuple(energy for energy in ENERGIES_GEV if low <= energy <= high)
    return inside or (float(f"{math.sqrt(low * high):.3g}"),)


def par04_macro(setup: Par04Setup, library: str) -> str:
    """Write a macro.

    Args:
        setup: what it tells.
        library: `ONNX` or `TORCH` for fast simulation, `FULL` for full simulation.
    """
    parts = [_detector(setup, everywhere=library != FULL), _start()]
    if library != FULL:
        parts.append(_inference(setup, library))
    parts.append(_runs(setup, library))
    return "\n".join(parts)


def _detector(setup: Par04Setup, *, everywhere: bool) -> str:
    barrel = setup.barrel
    lines = [
        f"# {setup.name} in Geant4's example Par04, written by metacalo; README.md tells how to run it.",
        "/process/had/verbose 0",
        "",
    ]
    if not barrel.is_exact:
        lines += [
            f"# Not the detector itself: {barrel.departure}.",
            "# Depth and number of layers are right, which is all that fast simulation needs.",
        ]
    lines += [
        f"/Par04/detector/setDetectorInnerRadius {barrel.inner_radius_mm:.10g} mm",
        f"/Par04/detector/setDetectorLength {barrel.length_mm:.10g} mm",
        f"/Par04/detector/setNbOfLayers {barrel.n_layers}",
    ]
    if everywhere:
        lines.append(
            "# Fast simulation deposits at the middle of voxels, wherever that is: all is sensitive."
        )
    for number, slab in enumerate(barrel.slabs):
        sensitive = "true" if everywhere or slab.active else "false"
        lines.append(
            f"/Par04/detector/setAbsorber {number} {slab.material} {slab.thickness_mm:.10g} mm {sensitive}"
        )
    lines += ["", "# The cylinder around the particle in which energy is scored"]
    lines += _mesh("/Par04/mesh/", setup.grid)
    lines += [
        "",
        "# The readout of Par04's parallel world, which no comparison uses",
        f"/Par04/parallel/setNbOfSlices {_SLICES}",
        f"/Par04/parallel/setNbOfRows {_ROWS}",
    ]
    return "\n".join(lines) + "\n"


def _start() -> str:
    return "\n".join(
        [
            "/run/initialize",
            "",
            "# Par04 takes its seed from the clock; without the mark a run repeats.",
            "#/random/setSeeds 1 2",
            "",
            "/gun/particle e-",
            "/gun/position 0 0 0",
            "# Along the normal of the front face. At an angle A to it: 0 cos(A) sin(A).",
            "/gun/direction 0 1 0",
            "",
        ]
    )


def _inference(setup: Par04Setup, library: str) -> str:
    suffix, n_latent = ("onnx", setup.n_noise) if library == ONNX else ("pt", N_SEEDS)
    lines = [
        "# The model. All settings stand before the library, which reads them.",
        "/Par04/inference/setModelType VAE",
        f"/Par04/inference/setModelPathName par04_{setup.name}.{suffix}",
    ]
    if library == TORCH:
        lines.append(
            "# 4 and 4, and no others: only an input of 8 reaches LibTorch with the incident energy in it."
        )
    lines += [
        f"/Par04/inference/setSizeLatentVector {n_latent}",
        f"/Par04/inference/setSizeConditionVector {N_CONDITIONS}",
        "/Par04/inference/setProfileFlag 0",
        "/Par04/inference/setOptimizationFlag 0",
    ]
    if library == ONNX:
        lines.append("/Par04/inference/setCudaFlag 0")
    lines += _mesh("/Par04/inference/", setup.grid)
    lines += [f"/Par04/inference/setInferenceLibrary {library}", ""]
    return "\n".join(lines)


def _runs(setup: Par04Setup, library: str) -> str:
    lines = [
        "# The mesh follows the particle, so that this model stands first.",
        "/param/ActivateModel defineMesh",
    ]
    lines.append(f"/param/{'InActivateModel' if library == FULL else 'ActivateModel'} inferenceModel")
    kind = {FULL: "full", ONNX: "fast", TORCH: "fast_torch"}[library]
    for energy in setup.energies_gev:
        lines += [
            "",
            f"/gun/energy {energy:g} GeV",
            f"/analysis/setFileName par04_{setup.name}_{kind}_{energy:g}GeV.root",
            f"/run/beamOn {N_EVENTS}",
        ]
    return "\n".join(lines) + "\n"


def _mesh(folder: str, grid: CylinderGrid) -> list[str]:
    n_r, n_phi, n_z = grid.shape
    return [
        f"{folder}setSizeOfRhoCells {grid.dr_mm:.10g} mm",
        f"{folder}setSizeOfZCells {grid.dz_mm:.10g} mm",
        f"{folder}setNbOfRhoCells {n_r}",
        f"{folder}setNbOfPhiCells {n_phi}",
        f"{folder}setNbOfZCells {n_z}",
    ]
