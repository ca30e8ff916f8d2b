"""A calorimeter as the parametric engine sees it: prepared once, used for every shower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincinv

from metacalo.geometry import Detector
from metacalo.simulation.parametric.adjusted import CORE_SHAPE, CORE_SPOTS_PER_GEV, TAIL_SHAPE
from metacalo.simulation.parametric.cells import Cells, Depths
from metacalo.simulation.parametric.medium import Medium, lateral_scale_mm
from metacalo.simulation.parametric.response import Response

TYPICAL_MAXIMUM_X0 = 6.0
TYPICAL_ALPHA = 4.0
"""Profile of a shower of about 10 GeV, with which sections are weighted."""

QUANTILES = 1 << 12
"""Size of the tables of spots' energies."""

SMALLEST_SPOT = 1e-6
"""Least energy of a spot over the mean."""


@dataclass(frozen=True, eq=False)
class Stack:
    """A calorimeter, prepared.

    Attributes:
        medium: what showers develop in: the average of the sections.
        depths: tables of depth.
        visible: visible energy over the shower's energy in each cell of depth, shape (n_cells,).
        spots_per_mev: spots per MeV of the shower, before those of the core are grouped.
        resolution: sampling term c of sigma / E = c / sqrt(E / GeV) at perpendicular incidence.
        core_group: how many spots of the core make one.
        core_quantiles: energies of core spots over their mean, in ascending order, shape (QUANTILES,).
        tail_quantiles: the same of tail spots.
    """

    medium: Medium
    depths: Depths
    visible: NDArray[np.float32]
    spots_per_mev: float
    resolution: float
    core_group: float
    core_quantiles: NDArray[np.float32]
    tail_quantiles: NDArray[np.float32]

    @classmethod
    def of(cls, detector: Detector) -> Self:
        """Prepare a detector."""
        compositions = detector.section_compositions
        responses = [Response.of(composition) for composition in compositions]
        shares = energy_shares(np.array([c.depth_mm / c.x0_mm for c in compositions]))
        medium = Medium.blend([Medium.of(c) for c in compositions], shares)
        cells = Cells.of(detector)
        fractions = np.array([response.fraction for response in responses])
        seen = fractions * shares / np.dot(fractions, shares)  # each section's share of what is visible
        density = float(np.dot(shares, [response.spots_per_mev for response in responses]))
        terms = np.array([response.resolution for response in responses])
        return cls(
            medium=medium,
            depths=Depths(cells, [lateral_scale_mm(c) for c in compositions]),
            visible=(cells.visible * fractions[cells.section]).astype(np.float32),
            spots_per_mev=density,
            # sections fluctuate independently, each by c / sqrt of its own energy
            resolution=float(np.sqrt(np.sum(seen**2 * terms**2 / np.maximum(shares, 1e-9)))),
            core_group=max(1.0, 1000.0 * density / CORE_SPOTS_PER_GEV),
            core_quantiles=_gamma_quantiles(CORE_SHAPE),
            tail_quantiles=_gamma_quantiles(TAIL_SHAPE * medium.z / 70.0),
        )


def energy_shares(thickness_x0: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of a typical shower's energy in sections of these thicknesses [X0]."""
    edges = np.concatenate([[0.0], np.cumsum(thickness_x0)])
    within = np.diff(gammainc(TYPICAL_ALPHA, (TYPICAL_ALPHA - 1.0) / TYPICAL_MAXIMUM_X0 * edges))
    return np.asarray(within / within.sum())


def _gamma_quantiles(shape: float) -> NDArray[np.float32]:
    """Return quantiles of a gamma distribution, each the middle of its share, with mean 1."""
    middle = (np.arange(QUANTILES) + 0.5) / QUANTILES
    quantiles = np.maximum(gammaincinv(shape, middle) / shape, SMALLEST_SPOT)
    return np.asarray(quantiles / quantiles.mean(), dtype=np.float32)
