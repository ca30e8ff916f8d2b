"""Points that stand for a voxel: how many, where, and which part of the voxel each is for."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.geometry import CylinderGrid
from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_PLASTIC = 1.2207440846057596
"""Root of x^4 = x + 1: its inverse powers fill a cube evenly (Roberts 2018, the R3 sequence)."""

_MOST_FLAT = (((32, 32), (8, 8)), ((12, 12), (4, 8)), ((4, 6), (3, 8)), ((2, 4), (3, 8)))
_MOST_DEEP = (((8, 8), (8, 8)), ((2, 2), (8, 8)), ((1, 1), (8, 8)))
"""Fewest and most parts of a ring, and fewest and most points of a part, from the innermost ring outwards:
the mean energy of a voxel falls about as the inverse square of its ring."""

_PARTS_A_CELL = 6.0
_POINTS_A_CELL = 6.0

_HALF_RADIUS = 0.3
_SLOPE = 1.4
"""A usual radial profile, in rings: half of the energy is within the one, for the other see `RadialDensity`.
It says where in a part its points are, and where parts end; the energy of a part is the shower's own."""


@dataclass(frozen=True, eq=False)
class Quadrature:
    """A rule of points for all voxels of a grid.

    Each ring is cut into parts, thinner where the density is steeper, and each part of each voxel has a few
    points of equal weight, evenly over the bin of azimuth. Within its own little region a point is where an
    additive sequence has it, so that the points of neighbouring parts, sectors and depths, whose energies add
    up in a cell, do not cross the edge of a cell together.

    Attributes:
        grid: of the showers.
        edges_mm: inner and outer radius of each part, shape (n_parts, 2).
        ring: ring of each part, ascending, shape (n_parts,).
        n_points: points in each part of a voxel.
        n_depths: 1 if all depths share their points, so that energies are summed over depth before, else bins
            of depth.
        n_halves: parts in which a voxel is cut in depth, 1 or 2.
        depth_mm: depth of the detector; what is summed over depth is between 0 and this [mm].
        fineness: how many times more points than usual.
    """

    grid: CylinderGrid
    edges_mm: Floats
    ring: Indices
    n_points: Indices
    n_depths: int
    n_halves: int
    depth_mm: float
    fineness: float = 1.0

    @classmethod
    def of(
        cls,
        grid: CylinderGrid,
        cell_mm: float,
        depth_mm: float,
        *,
        flat: bool,
        halves: bool,
        fineness: float = 1.0,
    ) -> "Quadrature":
        """Choose the parts and points.

        Args:
            grid: of the showers.
            cell_mm: smallest size of a cell across the shower [mm].
            depth_mm: depth of the detector [mm].
            flat: whether energies are summed over depth before they are shared, so that few points are cheap
                but none help each other at other depths.
            halves: whether the depth within a voxel matters.
            fineness: multiplies the number of parts and of points.
        """
        n_r, n_phi, n_z = grid.shape
        ratio = grid.dr_mm / cell_mm
        most = _MOST_FLAT if flat else _MOST_DEEP
        edges: list[Floats] = []
        points: list[int] = []
        for ring in range(n_r):
            parts, around = most[min(ring, len(most) - 1)]
            arc = (ring + 1) * 2.0 * math.pi / n_phi * ratio
            n = math.ceil(fineness * np.clip(math.ceil(_PARTS_A_CELL * ratio), *parts))
            ends = usual_share(np.array([ring, ring + 1.0]))
            cuts = usual_radius(np.linspace(ends[0], ends[1], n + 1))
            cuts[[0, -1]] = ring, ring + 1
            edges += list(np.column_stack([cuts[:-1], cuts[1:]]) * grid.dr_mm)
            points += [math.ceil(fineness * np.clip(math.ceil(_POINTS_A_CELL * arc), *around))] * n
        array = np.array(edges, dtype=np.float64)
        ring_of = np.floor(array.mean(axis=1) / grid.dr_mm).astype(np.int64)
        return cls(
            grid, array, ring_of, np.array(points), 1 if flat else n_z, 2 if halves else 1, depth_mm, fineness
        )

    @property
    def n_parts(self) -> int:
        """Parts of all rings."""
        return len(self.ring)

    @property
    def is_flat(self) -> bool:
        """Whether energies are summed over depth."""
        return self.n_depths == 1

    @property
    def behind(self) -> int:
        """The last bin: of energy that is summed over depth, and behind the detector."""
        return self.n_parts * self.grid.shape[1] * self.n_depths * self.n_halves

    @property
    def n_bins(self) -> int:
        """Small bins in which energy is collected: part, azimuth, depth, half; and the one behind."""
        return self.behind + 1

    @cached_property
    def parts_of_ring(self) -> tuple[Indices, Indices]:
        """First part of each ring and number of its parts, each of shape (n_r,)."""
        first = np.searchsorted(self.ring, np.arange(self.grid.shape[0]))
        return first, np.diff(np.append(first, self.n_parts))

    @cached_property
    def first_point(self) -> Indices:
        """First point of each bin in `x_mm`, and their number at the end, shape (n_bins + 1,)."""
        counts = np.append(np.repeat(self.n_points, self.behind // self.n_parts), 1)
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def count(self) -> Indices:
        """Number of points of each bin, shape (n_bins,)."""
        return np.diff(self.first_point)

    @cached_property
    def low_mm(self) -> Floats:
        """Where each bin begins along flight [mm], shape (n_bins,)."""
        return self._ends[0]

    @cached_property
    def high_mm(self) -> Floats:
        """Where each bin ends along flight [mm], shape (n_bins,)."""
        return self._ends[1]

    @cached_property
    def _ends(self) -> tuple[Floats, Floats]:
        after = self.depth_mm + 1.0
        if self.is_flat:
            return np.append(np.zeros(self.behind), after), np.append(
                np.full(self.behind, self.depth_mm), after + 1.0
            )
        step = self.grid.dz_mm / self.n_halves
        low = np.arange(self.behind) % (self.n_depths * self.n_halves) * step
        return np.append(low, after), np.append(low + step, after + 1.0)

    @cached_property
    def _places(self) -> tuple[Floats, Floats, Floats]:
        bins, within = expand(self.count[:-1])
        part, rest = np.divmod(bins, self.behind // self.n_parts)
        sector = rest // (self.n_depths * self.n_halves)
        order = np.arange(len(bins))
        across, around, along = ((0.5 + order * _PLASTIC**-k) % 1.0 for k in (1, 2, 3))
        inner, outer = usual_share(self.edges_mm / self.grid.dr_mm)[part].T
        radius = self.grid.dr_mm * usual_radius(inner + across * (outer - inner))
        step = 2.0 * math.pi / self.grid.shape[1]
        if self.is_flat:  # all points of a bin are used, never the first of them only
            around = (within + around) / self.n_points[part]
        azimuth = step * (sector + around) - math.pi
        x, y = radius * np.cos(azimuth), radius * np.sin(azimuth)
        return np.append(x, 0.0), np.append(y, 0.0), np.append(along, 0.5)

    @property
    def x_mm(self) -> Floats:
        """Place of each point across the axis, r cos phi [mm], shape (n_points in all,)."""
        return self._places[0]

    @property
    def y_mm(self) -> Floats:
        """Place of each point across the axis, r sin phi [mm], shape (n_points in all,)."""
        return self._places[1]

    @property
    def along(self) -> Floats:
        """Place of each point between the ends of its bin of depth, 0 to 1, shape (n_points in all,)."""
        return self._places[2]


def usual_share(radius: Floats) -> Floats:
    """Share of the energy within a radius in rings, by the usual profile; any shape."""
    power = (radius / _HALF_RADIUS) ** _SLOPE
    return power / (1.0 + power)


def usual_radius(share: Floats) -> Floats:
    """Radius in rings within which there is a share of the energy, by the usual profile; any shape."""
    return _HALF_RADIUS * (share / (1.0 - share)) ** (1.0 / _SLOPE)


def smallest_cell_mm(readout: Readout) -> float:
    """Smallest size of a readout's cells across its depth [mm]."""
    cells = readout.cells
    if not readout.cylindrical:
        return float(min(cells.dx_mm.min(), cells.dy_mm.min()))
    assert cells.eta is not None  # noqa: S101 # cylindrical readouts have it
    assert cells.deta is not None  # noqa: S101
    assert cells.dphi_rad is not None  # noqa: S101
    radius = np.hypot(cells.x_mm, cells.y_mm)
    # Seen along the flight of a particle from the origin.
    return float(min((radius * cells.deta).min(), (radius * cells.dphi_rad).min()))


def expand(count: ArrayLike) -> tuple[Indices, Indices]:
    """Give every item as many rows as it asks for: the item of each row, and the row's place in its item."""
    counts = np.asarray(count, dtype=np.int64)
    item = np.repeat(np.arange(len(counts)), counts)
    begin = np.cumsum(counts) - counts
    return item, np.arange(len(item)) - begin[item]
