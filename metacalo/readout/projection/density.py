"""How the energy of a voxel is spread over its radius and its depth, from the voxels around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers

Floats = NDArray[np.float64]

CORE_SLOPE = (0.53, 0.57)
"""The rise of the log odds with ln r within the innermost ring, from that across the second: a + b s. Fitted
to full simulation of lead with scintillator and with liquid argon, with rings of 1/4 and of 1/2 R_M, at all
depths and 1 to 100 GeV; fitted to one of the two it holds for the other nearly as well."""

USUAL_SLOPE = 1.4
"""The rise where there is only one ring, from which none can be learnt."""

LEAKAGE_POWER = 3.0
"""The share of energy beyond a radius falls with this power at the outer edge of the grid."""

_GROWTH_OF_ONE_RING = 11.0

_STEEPEST = 2.0
"""The rise of a flat density; the density of a shower does not fall towards its axis."""

_FLATTEST = 0.3
_SMALLEST_SHARE = 1e-5
_PRIOR = 0.02
_DEPTH_KERNEL = (1.0, 2.0, 3.0, 2.0, 1.0)


@dataclass(frozen=True, eq=False)
class RadialDensity:
    r"""The share F(r) of a shower's energy within a radius, at each depth, as a curve through its ring sums.

    Around the axis of an electromagnetic shower the log odds of F are nearly linear in ln r,

        ln(F / (1 - F)) = L + s ln(r / r_e),

    with s = 2 for one term r^2 / (r^2 + R^2) of the usual two-term profile (Grindhammer and Peters 1993,
    arXiv:hep-ex/0001020), and about 1.4 over most of the core for the sum of many. Each ring has the line
    through its own edges, so that F is monotone and every ring keeps just its energy. The innermost ring has
    one edge; its slope follows from that of the ring around it, see `CORE_SLOPE`. Ring sums are those of the
    shower itself, averaged over neighbouring depths, with 2% of the sums over all depths to bridge empty
    ones.

    Attributes:
        grid: of the showers.
        odds: log odds of F at the inner edge of each ring, for the innermost at its outer edge,
            shape (N, n_z, n_r).
        slope: s in each ring, shape (N, n_z, n_r).
        share: F at the edges of the rings, shape (N, n_z, n_r + 1).
    """

    grid: CylinderGrid
    odds: Floats
    slope: Floats
    share: Floats

    @classmethod
    def of(cls, ring_sums: Floats, grid: CylinderGrid) -> "RadialDensity":
        """Draw the curves through ring sums.

        Args:
            ring_sums: energy [MeV] of each shower by depth and ring, shape (N, n_z, n_r).
            grid: of the showers.
        """
        n_r = grid.shape[0]
        sums = np.einsum("zk,nkr->nzr", _depth_average(grid.shape[2]), ring_sums)
        whole = ring_sums.sum(axis=1, keepdims=True)
        norm = np.maximum(whole.sum(axis=2, keepdims=True), np.finfo(np.float64).tiny)
        level = np.maximum(sums.sum(axis=2, keepdims=True), 1e-3 * norm / grid.shape[2])
        sums += _PRIOR * level * (whole / norm)
        within = np.cumsum(sums, axis=2)
        growth = (n_r / (n_r - 1)) ** LEAKAGE_POWER if n_r > 1 else _GROWTH_OF_ONE_RING
        beyond = sums[:, :, -1:] / (growth - 1.0)
        total = np.maximum(within[:, :, -1:] + beyond, np.finfo(np.float64).tiny)
        share = np.clip(within / total, _SMALLEST_SHARE, 1.0 - _SMALLEST_SHARE)
        odds = np.log(share / (1.0 - share))
        slope = np.empty_like(odds)
        if n_r > 1:
            edges = np.arange(1, n_r + 1, dtype=np.float64)
            slope[:, :, 1:] = np.diff(odds, axis=2) / np.diff(np.log(edges))
            slope[:, :, 0] = np.clip(CORE_SLOPE[0] + CORE_SLOPE[1] * slope[:, :, 1], _FLATTEST, _STEEPEST)
        else:
            slope[:, :, 0] = USUAL_SLOPE
        lower = np.concatenate([odds[:, :, :1], odds[:, :, :-1]], axis=2)
        return cls(grid, lower, slope, np.concatenate([np.zeros_like(share[:, :, :1]), share], axis=2))

    def shares(self, edges_mm: Floats, ring: NDArray[np.int64]) -> Floats:
        """Shares of a ring's energy in its parts.

        Args:
            edges_mm: inner and outer radius of each part, shape (n_parts, 2).
            ring: the ring that each part belongs to, ascending; the parts of a ring fill it; shape
                (n_parts,).

        Returns:
            Shares, of which those of a ring's parts add up to 1, shape (N, n_z, n_parts).
        """
        reference = self._reference_mm(ring)
        with np.errstate(divide="ignore"):
            outside = np.log(edges_mm[:, 1] / reference)
            inside = np.log(np.maximum(edges_mm[:, 0], 0.0) / reference)
        odds, slope = self.odds[:, :, ring], self.slope[:, :, ring]
        parts = _expit(odds + slope * outside)
        first = edges_mm[:, 0] <= 0.0
        parts[:, :, ~first] -= _expit(odds[:, :, ~first] + slope[:, :, ~first] * inside[~first])
        starts = np.flatnonzero(np.diff(ring, prepend=-1))
        area = edges_mm[:, 1] ** 2 - edges_mm[:, 0] ** 2
        parts += 1e-9 * area / np.add.reduceat(area, starts)[ring - ring[0]]  # a ring without a gradient
        sums = np.add.reduceat(parts, starts, axis=2)
        parts /= sums[:, :, ring - ring[0]]
        return parts

    def radius_mm(
        self, shower: NDArray[np.int64], depth: NDArray[np.int64], ring: NDArray[np.int64], quantile: Floats
    ) -> Floats:
        """Radii within which given shares of a voxel's energy are: the inverse of `shares`.

        Args:
            shower: index of the shower, shape (n,).
            depth: bin of depth, shape (n,).
            ring: ring, shape (n,).
            quantile: share of the voxel's energy, from 0 to 1, shape (n,).

        Returns:
            Radii [mm], shape (n,).
        """
        low, high = self.share[shower, depth, ring], self.share[shower, depth, ring + 1]
        share = low + quantile * (high - low)
        tiny = np.finfo(np.float64).tiny
        odds = np.log(np.maximum(share, tiny) / (1.0 - share))
        slope = np.maximum(self.slope[shower, depth, ring], 1e-12)
        power = (odds - self.odds[shower, depth, ring]) / slope
        radius = self._reference_mm(ring) * np.exp(np.minimum(power, 1.0))
        inner = ring * self.grid.dr_mm
        flat = high - low < 1e-9
        radius[flat] = np.sqrt(inner[flat] ** 2 + quantile[flat] * (2 * ring[flat] + 1) * self.grid.dr_mm**2)
        return np.clip(radius, inner, inner + self.grid.dr_mm)

    def _reference_mm(self, ring: NDArray[np.int64]) -> Floats:
        return np.maximum(ring, 1) * self.grid.dr_mm


def ring_sums(showers: Showers) -> Floats:
    """Energy [MeV] of each shower by depth and ring, shape (N, n_z, n_r)."""
    n_r, n_phi, n_z = showers.grid.shape
    voxel = showers.voxels.astype(np.int64)
    target = showers.shower_of_hit * (n_z * n_r) + (voxel % n_z) * n_r + voxel // (n_phi * n_z)
    summed = np.bincount(target, weights=showers.energies_mev, minlength=len(showers) * n_z * n_r)
    return np.asarray(summed, dtype=np.float64).reshape(len(showers), n_z, n_r)


def depth_gradient(sums: Floats) -> Floats:
    """How the energy leans within each bin of depth, from the bins before and behind it.

    Args:
        sums: energy [MeV] by depth and ring, shape (N, n_z, n_r).

    Returns:
        g of the density 1 + g (w - 1/2) over the bin, 0 <= w <= 1; within -1.6 and 1.6, shape (N, n_z).
    """
    layers = np.pad(sums.sum(axis=2), ((0, 0), (1, 1)))
    before, here, behind = layers[:, :-2], layers[:, 1:-1], layers[:, 2:]
    level = np.maximum(before + here + behind, np.finfo(np.float64).tiny) / 3.0
    return np.asarray(np.clip(0.5 * (behind - before) / level, -1.6, 1.6))


def _depth_average(n_z: int) -> Floats:
    """Weights with which ring sums of neighbouring depths count, each row of sum 1, shape (n_z, n_z)."""
    half = len(_DEPTH_KERNEL) // 2
    weights = sum(
        weight * np.eye(n_z, k=k) for k, weight in zip(range(-half, half + 1), _DEPTH_KERNEL, strict=True)
    )
    return np.asarray(weights / np.sum(weights, axis=1, keepdims=True))


def _expit(values: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-values)))
