"""What simulated showers tell of a stack, in a few lines."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.simulation.shards import OUTSIDE

FEWEST = 20
"""Showers below which no resolution is given."""


class Line(NamedTuple):
    """A figure, its value, and what belongs beside it; all as text."""

    figure: str
    value: str
    beside: str = ""


def summary(detector: Detector, showers: Showers) -> list[Line]:
    """Return the main figures of simulated showers.

    The visible fraction is the mean of visible over incident energy inside the grid; the resolution its
    relative spread (RMS) in the upper half of the energies' logarithm. The depth is the energy-weighted mean
    along flight, R90 the radius that holds 90% of the energy of all showers together.

    Args:
        detector: that they are of.
        showers: at least one.
    """
    incident_gev = np.asarray(showers.incident_energy_gev, dtype=np.float64)
    visible_mev = np.asarray(showers.total_energy_mev, dtype=np.float64)
    response = visible_mev / (1000.0 * incident_gev)
    error = f" ± {response.std(ddof=1) / math.sqrt(len(response)):.1g}" if len(response) > 1 else ""
    lines = [
        Line(
            "visible fraction",
            f"{response.mean():.4g}{error}",
            f"estimate of the stack: {detector.sampling_fraction:.4g}",
        )
    ]
    low, high = float(incident_gev.min()), float(incident_gev.max())
    middle = math.sqrt(low * high)
    upper = response[incident_gev >= middle * (1.0 - 1e-6)]
    if len(upper) >= FEWEST and upper.mean() > 0.0:
        at = f"at {high:.3g} GeV" if high <= low * (1.0 + 1e-5) else f"from {middle:.3g} to {high:.3g} GeV"
        lines.append(Line("resolution", f"{100.0 * upper.std(ddof=1) / upper.mean():.2g} %", at))
    total = float(visible_mev.sum())
    if total > 0.0:
        layers, rings = showers.layer_energies_mev.sum(axis=0), showers.ring_energies_mev.sum(axis=0)
        depth_mm = float(layers @ (np.arange(len(layers)) + 0.5)) * detector.grid.dz_mm / float(layers.sum())
        inside = np.concatenate([[0.0], np.cumsum(rings) / rings.sum()])
        radius_mm = float(np.interp(0.9, inside, np.arange(len(inside)) * detector.grid.dr_mm))
        in_radii = radius_mm / detector.moliere_radius_mm
        lines += [
            Line("mean depth", f"{depth_mm / detector.x0_mm:.1f} X0", f"of {detector.depth_x0:.1f} X0"),
            Line("R90", f"{radius_mm:.3g} mm", f"{in_radii:.2f} Moliere radii"),
        ]
    lines.append(Line("voxels hit", f"{showers.n_hits.mean():.0f}", f"of {detector.grid.n_voxels:,}"))
    outside = showers.attributes.get(OUTSIDE)
    if isinstance(outside, float) and total + outside > 0.0:
        lines.append(
            Line("outside of the grid", f"{100.0 * outside / (total + outside):.2g} %", "of what is visible")
        )
    return lines
