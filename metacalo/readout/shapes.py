"""Shapes of tabulated cells: boxes, and prisms over polygons; which hold a point, and their bounds."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.readout.edges import snapped

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_PER_MM = 2.0**30


@dataclass(frozen=True, eq=False, kw_only=True)
class Shapes(ABC):
    """Half-open shapes of cells; abstract.

    Attributes:
        low_mm: least x, y, z of each [mm], shape (3, n).
        high_mm: largest x, y, z of each [mm], shape (3, n).
    """

    fill_their_bounds: ClassVar[bool]
    """Whether a shape is the whole box between `low_mm` and `high_mm`."""

    low_mm: Floats
    high_mm: Floats

    @abstractmethod
    def hold(self, shape: Indices, x_mm: Floats, y_mm: Floats, z_mm: Floats) -> NDArray[np.bool_]:
        """Whether each shape of the given numbers holds the point beside it, all of shape (n,)."""

    @property
    @abstractmethod
    def centres_mm(self) -> Floats:
        """Centre of each, shape (3, n)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Boxes(Shapes):
    """Boxes along the axes; sides that differ by rounding are one; final."""

    fill_their_bounds: ClassVar[bool] = True

    def hold(self, shape: Indices, x_mm: Floats, y_mm: Floats, z_mm: Floats) -> NDArray[np.bool_]:
        """Whether boxes hold the points beside them."""
        inside = np.ones(len(shape), dtype=np.bool_)
        for low, high, values in zip(self.low_mm, self.high_mm, (x_mm, y_mm, z_mm), strict=True):
            inside &= values >= low.take(shape)
            inside &= values < high.take(shape)
        return inside

    @property
    def centres_mm(self) -> Floats:
        """Centre of each, shape (3, n)."""
        return 0.5 * (self.low_mm + self.high_mm)


@dataclass(frozen=True, eq=False, kw_only=True)
class Prisms(Shapes):
    """Polygons across the face, simple and not necessarily convex, with a begin and an end in z; final.

    A point is inside if an odd number of sides lies to its left or on it. Each side is computed from its
    lower end, so that it is the same number for the cells on both sides: a point near it is in one of them.
    Vertices and points are on a lattice of 2^-30 mm, so that no point is nearer to a vertex
    than rounding can tell, where sides that meet there would seem to cross.

    Attributes:
        lower_mm: lower end of each side [mm], shape (2, n, sides).
        upper_y_mm: y of its upper end [mm], shape (n, sides); of a side that is none, not above the lower.
        slope: dx / dy of each side, shape (n, sides).
        centroids_mm: centroid of each polygon [mm], shape (2, n).
    """

    fill_their_bounds: ClassVar[bool] = False

    lower_mm: Floats
    upper_y_mm: Floats
    slope: Floats
    centroids_mm: Floats

    def hold(self, shape: Indices, x_mm: Floats, y_mm: Floats, z_mm: Floats) -> NDArray[np.bool_]:
        """Whether prisms hold the points beside them."""
        odd = np.zeros(len(shape), dtype=np.bool_)
        x_mm, y_mm = _on_lattice(x_mm), _on_lattice(y_mm)
        for side in range(self.slope.shape[1]):
            x, y = self.lower_mm[0, :, side].take(shape), self.lower_mm[1, :, side].take(shape)
            beside: NDArray[np.bool_] = (y_mm >= y) & (y_mm < self.upper_y_mm[:, side].take(shape))
            odd ^= beside & (x + (y_mm - y) * self.slope[:, side].take(shape) <= x_mm)
        odd &= z_mm >= self.low_mm[2].take(shape)
        odd &= z_mm < self.high_mm[2].take(shape)
        return odd

    @property
    def centres_mm(self) -> Floats:
        """Centroid of the polygon and middle in z of each, shape (3, n)."""
        return np.concatenate([self.centroids_mm, 0.5 * (self.low_mm + self.high_mm)[2:]])


def _on_lattice(values_mm: Floats) -> Floats:
    """The nearest multiples of 2^-30 mm."""
    return np.asarray(np.round(values_mm * _PER_MM) / _PER_MM)


def boxes(centres_mm: Floats, sizes_mm: Floats) -> Boxes:
    """Make boxes of centres and full sizes [mm], shape (3, n) each."""
    low, high = centres_mm - 0.5 * sizes_mm, centres_mm + 0.5 * sizes_mm
    ends = np.stack([snapped(np.stack(pair)) for pair in zip(low, high, strict=True)], axis=1)
    return Boxes(low_mm=ends[0], high_mm=ends[1])


def prisms(x_mm: Sequence[ArrayLike], y_mm: Sequence[ArrayLike], z_mm: Floats, dz_mm: Floats) -> Prisms:
    """Make prisms.

    Args:
        x_mm: vertices of each polygon in order [mm]; the last is joined to the first.
        y_mm: likewise.
        z_mm: middle of each [mm], shape (n,).
        dz_mm: thickness of each [mm], shape (n,).

    Returns:
        The prisms.

    Raises:
        ValueError: a polygon with less than three vertices, another number of y than of x, or no area; its
            argument is the number of the polygon and what is wrong with it.
    """
    x_of, y_of = ([np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in part] for part in (x_mm, y_mm))
    sides = max(len(x) for x in x_of)
    vertices = np.empty((2, len(x_mm), sides))
    for i, (x, y) in enumerate(zip(x_of, y_of, strict=True)):
        if len(x) < 3 or len(y) != len(x):
            raise ValueError(i, f"{len(x)} x and {len(y)} y of vertices")
        # What is missing repeats the last vertex: sides of no length, which hold nothing.
        vertices[0, i], vertices[1, i] = x[-1], y[-1]
        vertices[0, i, : len(x)], vertices[1, i, : len(y)] = x, y
    if not np.isfinite(vertices).all():
        bad = int(np.flatnonzero(~np.isfinite(vertices).all(axis=(0, 2)))[0])
        raise ValueError(bad, "a vertex that is no number")
    vertices = _on_lattice(np.stack([snapped(vertices[0]), snapped(vertices[1])]))
    following = np.roll(vertices, -1, axis=2)
    # Relative to the first vertex, or the area of a far cell would drown in rounding.
    own, other = vertices - vertices[:, :, :1], following - vertices[:, :, :1]
    cross = own[0] * other[1] - other[0] * own[1]
    area = 0.5 * cross.sum(axis=1)
    if np.any(area == 0.0):
        raise ValueError(int(np.flatnonzero(area == 0.0)[0]), "vertices without an area between them")
    centroids = ((own + other) * cross).sum(axis=2) / (6.0 * area) + vertices[:, :, 0]
    swap = (following[1] < vertices[1]) | ((following[1] == vertices[1]) & (following[0] < vertices[0]))
    lower, upper = np.where(swap, following, vertices), np.where(swap, vertices, following)
    height = upper[1] - lower[1]
    slope = np.divide(upper[0] - lower[0], height, out=np.zeros_like(height), where=height > 0.0)
    ends = snapped(np.stack([z_mm - 0.5 * dz_mm, z_mm + 0.5 * dz_mm]))
    return Prisms(
        low_mm=np.concatenate([vertices.min(axis=2), ends[:1]]),
        high_mm=np.concatenate([vertices.max(axis=2), ends[1:]]),
        lower_mm=lower,
        upper_y_mm=np.ascontiguousarray(upper[1]),
        slope=slope,
        centroids_mm=centroids,
    )
