"""What showers look like: a few figures with a unit each, in bins of the incident energy."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector, depth_in_x0
from metacalo.showers import Showers

ENERGY_EDGES_GEV = (1.0, 3.0, 10.0, 30.0, 100.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Showers of one bin of energy.

    Attributes:
        n: number of showers.
        fraction: energy in the grid over incident energy, mean.
        resolution: spread of the energy in the grid over its mean, after its dependence on energy and angle
            has been taken out by a fit.
        maximum_x0: depth along flight where the mean profile is highest [X0].
        depth_x0: mean depth along flight [X0].
        depth_spread_x0: spread of the showers' mean depths [X0].
        r90_mm: radius that holds 90% of the energy in the grid [mm].
        core: share of the energy in the innermost ring.
        hits: mean number of voxels hit.
        hottest: mean share of the hottest voxel.
    """

    n: int
    fraction: float
    resolution: float
    maximum_x0: float
    depth_x0: float
    depth_spread_x0: float
    r90_mm: float
    core: float
    hits: float
    hottest: float

    def to_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def figures_by_energy(showers: Showers, detector: Detector) -> list[Figures]:
    """Measure showers in each bin of `ENERGY_EDGES_GEV`."""
    pairs = itertools.pairwise(ENERGY_EDGES_GEV)
    return [figures(showers.select(energy_gev=pair).load(), detector) for pair in pairs]


def figures(showers: Showers, detector: Detector) -> Figures:
    """Measure some showers."""
    layers, rings = showers.layer_energies_mev, showers.ring_energies_mev
    total = layers.sum(axis=1)
    energy = 1000.0 * showers.incident_energy_gev.astype(np.float64)
    grid = detector.grid
    centre_x0 = depth_in_x0(detector, (np.arange(grid.shape[2]) + 0.5) * grid.dz_mm)
    depth = layers @ centre_x0 / np.maximum(total, 1e-12)
    hottest = np.maximum.reduceat(showers.energies_mev, showers.offsets[:-1])
    return Figures(
        n=len(showers),
        fraction=float(np.mean(total / energy)),
        resolution=spread_without_trend(total / energy, np.log(energy), showers.theta_rad),
        maximum_x0=maximum(layers.mean(axis=0), centre_x0),
        depth_x0=float(depth.mean()),
        depth_spread_x0=float(np.std(_residual(depth, np.log(energy), showers.theta_rad))),
        r90_mm=containment_radius(rings.sum(axis=0), grid.dr_mm, 0.9),
        core=float(np.mean(rings[:, 0] / total)),
        hits=float(showers.n_hits.mean()),
        hottest=float(np.mean(hottest / total)),
    )


def spread_without_trend(values: Floats, log_energy: Floats, theta_rad: NDArray[np.floating]) -> float:
    """Relative spread about a polynomial in ln E and the square of the angle."""
    return float(np.std(_residual(values, log_energy, theta_rad)) / np.mean(values))


def maximum(profile: Floats, depth_x0: Floats) -> float:
    """Depth of a profile's maximum, from a cubic through the bins above two thirds of the highest [X0]."""
    near = np.flatnonzero(profile > profile.max() / 1.5)
    near = np.arange(max(0, near[0] - 1), near[-1] + 2)
    fit = np.polynomial.Polynomial.fit(depth_x0[near], profile[near], 3)
    fine = np.linspace(depth_x0[near[0]], depth_x0[near[-1]], 601)
    return float(fine[np.argmax(fit(fine))])


def containment_radius(ring_energy: Floats, dr_mm: float, share: float) -> float:
    """Radius within which a share of the energy lies, even in each ring's square of the radius [mm]."""
    inside = np.concatenate([[0.0], np.cumsum(ring_energy)]) / ring_energy.sum()
    edges = dr_mm * np.arange(len(inside))
    return float(np.sqrt(np.interp(share, inside, edges**2)))


def _residual(values: Floats, log_energy: Floats, theta_rad: NDArray[np.floating]) -> Floats:
    x = log_energy - log_energy.mean()
    angle = np.square(np.asarray(theta_rad, dtype=np.float64))
    design = np.stack([np.ones_like(x), x, x**2, angle, angle**2], axis=1)
    return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
