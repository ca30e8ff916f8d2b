"""Plausible calorimeters that nobody has built: stacks to pretrain on, drawn at random.

Four in five are sampling calorimeters, of the absorbers and active materials that experiments use, with
boards, cladding, glue and gaps as they come; some have a second section with thicker absorbers. One in five
is homogeneous. They are 18 to 30 X0 deep.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from metacalo.errors import SettingsError
from metacalo.geometry import Detector, material
from metacalo.showers.incident import check_seed

ABSORBERS = {"Pb": 6, "W": 6, "Fe": 2, "steel": 2, "Cu": 2, "U": 1, "brass": 1, "CuW": 1, "tungsten alloy": 1}
"""Absorbers, by how often they are drawn."""

ACTIVE_MM = {
    "Si": (0.2, 0.75),
    "polystyrene": (1.0, 6.0),
    "PVT": (1.0, 6.0),
    "LAr": (1.5, 5.0),
    "LKr": (1.5, 5.0),
    "LXe": (1.5, 4.0),
    "CdTe": (0.3, 1.0),
}
"""Active materials of sampling calorimeters and their thickness [mm]."""

CRYSTALS = (
    "BGO",
    "PbWO4",
    "CsI",
    "NaI",
    "BaF2",
    "LYSO",
    "PbF2",
    "CeF3",
    "GSO",
    "SF57",
    "SF5",
    "LKr",
    "LXe",
)
"""Materials of homogeneous calorimeters."""

DEPTH_X0 = (18.0, 30.0)
LAYER_X0 = (0.3, 1.1)
HOMOGENEOUS_SHARE = 0.2
TWO_SECTIONS_SHARE = 0.2
MOST_DEPTH_MM = 3000.0
MOST_LAYERS = 150

Slabs = list[dict[str, Any]]


def random_detector(number: int, seed: int = 0) -> Detector:
    """Draw a calorimeter.

    Args:
        number: which one; the same number and seed give the same detector.
        seed: of the whole set.

    Returns:
        A detector named ``random_NNNN``, with the automatic grid and the usual ranges.

    Raises:
        SettingsError: a negative number or seed.
    """
    check_seed(seed)
    if number < 0:
        raise SettingsError(f"expected the number of a random detector, 0 or more, got {number}")
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    while True:
        kind, sections = _sections(generator)
        detector = Detector.from_dict(
            {
                "name": f"random_{number:04d}",
                "description": f"{kind}, drawn at random (seed {seed}); nobody has built it",
                "sections": sections,
            }
        )
        if detector.depth_mm <= MOST_DEPTH_MM and detector.n_layers <= MOST_LAYERS:
            return detector


def _sections(generator: np.random.Generator) -> tuple[str, list[dict[str, Any]]]:
    depth_x0 = generator.uniform(*DEPTH_X0)
    if generator.random() < HOMOGENEOUS_SHARE:
        name = str(generator.choice(CRYSTALS))
        layer_mm = _rounded(generator.uniform(0.5, 1.5) * material(name).radiation_length_mm)
        slab = {"material": name, "thickness_mm": layer_mm, "active": True}
        return f"Homogeneous calorimeter of {name}", [_section([slab], depth_x0)]
    weights = np.array(list(ABSORBERS.values()), dtype=np.float64)
    absorber = str(generator.choice(list(ABSORBERS), p=weights / weights.sum()))
    active = str(generator.choice(list(ACTIVE_MM)))
    low, high = np.log(LAYER_X0)
    layer_x0 = float(np.exp(generator.uniform(low, high)))
    fixed = _between_absorbers(active, generator)
    kind = f"{active} between {absorber}"
    first = [_absorber(absorber, layer_x0, generator), *fixed]
    if generator.random() >= TWO_SECTIONS_SHARE:
        return f"Sampling calorimeter, {kind}", [_section(first, depth_x0)]
    share = generator.uniform(0.3, 0.7)
    second = [_absorber(absorber, layer_x0 * generator.uniform(1.3, 2.0), generator), *fixed]
    return (
        f"Sampling calorimeter of two sections, {kind}",
        [_section(first, share * depth_x0), _section(second, (1.0 - share) * depth_x0)],
    )


def _absorber(name: str, thickness_x0: float, generator: np.random.Generator) -> dict[str, Any]:
    thickness = thickness_x0 * material(name).radiation_length_mm
    step = 0.1 if generator.random() < 0.7 else 0.5  # sheets come in tenths of a millimetre, or halves
    return {"material": name, "thickness_mm": _rounded(max(0.5, step * round(thickness / step)))}


def _between_absorbers(active: str, generator: np.random.Generator) -> Slabs:
    """Draw what a layer holds beside its absorber: the active slab, and what carries and reads it."""
    low, high = ACTIVE_MM[active]
    sensor = {"material": active, "thickness_mm": _rounded(generator.uniform(low, high)), "active": True}
    before: Slabs = []
    after: Slabs = []
    if active in ("LAr", "LKr", "LXe"):
        if generator.random() < 0.5:
            before.append({"material": "steel", "thickness_mm": 0.2})
            after.append({"material": "steel", "thickness_mm": 0.2})
        if generator.random() < 0.5:
            before.append(_slab("G10", (0.3, 1.5), generator))
        return [*before, sensor, *after]
    if generator.random() < 0.3:
        before.append(_slab("epoxy", (0.05, 0.3), generator))
    if active in ("Si", "CdTe"):
        if generator.random() < 0.6:
            after.append(_slab(str(generator.choice(["FR4", "G10", "bakelite"])), (0.5, 2.0), generator))
        if generator.random() < 0.3:
            before.append(_slab("Cu", (0.1, 0.5), generator))
    elif generator.random() < 0.3:
        before.append(_slab("mylar", (0.05, 0.3), generator))
    if generator.random() < 0.5:
        after.append(_slab("air", (0.2, 2.5), generator))
    return [*before, sensor, *after]


def _slab(name: str, between_mm: tuple[float, float], generator: np.random.Generator) -> dict[str, Any]:
    return {"material": name, "thickness_mm": _rounded(generator.uniform(*between_mm))}


def _section(stack: Slabs, depth_x0: float) -> dict[str, Any]:
    layer_x0 = sum(slab["thickness_mm"] / material(slab["material"]).radiation_length_mm for slab in stack)
    return {"repeat": max(1, round(depth_x0 / layer_x0)), "stack": stack}


def _rounded(thickness_mm: float) -> float:
    return round(thickness_mm, 2)
