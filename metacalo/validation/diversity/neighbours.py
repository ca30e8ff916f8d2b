"""Nearest neighbours among showers: the distances on which the figures of diversity stand."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROWS = 500
_ROUNDING = 1e-12
_DIRECTIONS = 128
_CANDIDATES = 5


def squared_distance_blocks(x: Array, y: Array) -> Iterator[tuple[slice, Array]]:
    """Squared Euclidean distances of rows of x to all rows of y, 500 rows of x at a time, (rows, len(y)).

    What cannot be told from zero by rounding is zero, so that equal rows are equal.
    """
    centre = x.mean(axis=0)
    x, y = x - centre, y - centre
    norms_x, norms_y = np.einsum("ij,ij->i", x, x), np.einsum("ij,ij->i", y, y)
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        squares = x[rows] @ y.T
        squares *= -2.0
        squares += norms_x[rows, None]
        squares += norms_y
        squares[squares < _ROUNDING * (norms_x[rows, None] + norms_y.max())] = 0.0
        yield rows, squares


def nearest(x: Array, y: Array, k: int) -> tuple[Array, NDArray[np.int64]]:
    """Distances of each row of x to its k nearest rows of y, and their indices, both (len(x), k)."""
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no stubs

    centre = y.mean(axis=0)
    with threadpool_limits(1, user_api="openmp"):
        search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(y - centre)
        _, found = search.kneighbors(x - centre)
    # The search multiplies out the squares, which leaves noise where two rows are equal.
    exact = np.stack([np.linalg.norm(x - y[index], axis=1) for index in found.T], axis=1)
    order = np.argsort(exact, axis=1, kind="stable")
    return np.take_along_axis(exact, order, axis=1), np.take_along_axis(found, order, axis=1)


def neighbour_radius(x: Array, k: int) -> Array:
    """Distance of each row to its k-th nearest other row, shape (N,)."""
    return nearest(x, x, k + 1)[0][:, k]


def nearest_in_shape(x: Any, y: Any, *, seed: int = 0) -> tuple[Array, NDArray[np.int64]]:
    """Distance of each row of voxels of x to (nearly) the nearest of y, and its index, both (len(x),).

    The distance is Hellinger's, without its factor: the Euclidean distance of the square roots of each
    voxel's share of the energy, 0 for equal shapes whatever their energy, sqrt(2) for showers that share no
    voxel. To search all pairs of 6,480 voxels would take minutes, so the five nearest on 128 random
    projections are measured: a copy is always found, another nearest neighbour now and then missed for one
    that is a little farther.

    Args:
        x: energies of voxels, not negative, CSR (N, voxels), none of the showers empty.
        y: the same, in which is searched, (M, voxels).
        seed: of the projections.
    """
    directions = np.random.default_rng(seed).normal(size=(x.shape[1], _DIRECTIONS))
    first, second = _root_shares(x), _root_shares(y)
    k = min(_CANDIDATES, second.shape[0])
    _, candidates = nearest(first @ directions, second @ directions, k)
    overlap = np.empty(candidates.shape)
    for start in range(0, len(overlap), _ROWS):
        rows = slice(start, start + _ROWS)
        for c in range(k):
            common = first[rows].multiply(second[candidates[rows, c]])
            overlap[rows, c] = np.asarray(common.sum(axis=1)).ravel()
    best = overlap.argmax(axis=1)[:, None]
    distance = np.sqrt(np.maximum(2.0 - 2.0 * np.take_along_axis(overlap, best, axis=1), 0.0))
    return distance[:, 0], np.take_along_axis(candidates, best, axis=1)[:, 0]


def _root_shares(voxels: Any) -> Any:
    """Square roots of each voxel's share of its shower's energy: rows of length 1."""
    shares = voxels.copy()
    total = np.asarray(voxels.sum(axis=1)).ravel()
    shares.data = np.sqrt(voxels.data / np.repeat(total, np.diff(voxels.indptr)))
    return shares
