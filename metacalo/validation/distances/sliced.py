"""Sliced Wasserstein distance: the mean of Wasserstein-1 distances along random directions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import checked_matrices
from metacalo.validation.distances.resampling import bootstrap_weights

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_SLICED_WASSERSTEIN = 20
"""Fewest showers of each kind."""


def sliced_wasserstein(
    reference: Any, generated: Any, *, projections: int = 100, resamples: int = 20, seed: int = 0
) -> Estimate:
    """Mean over random directions of the Wasserstein-1 distance of the projections of two samples.

    Along each direction the distance is exact; the directions are uniform on the unit sphere (Rabin et al.
    2012, doi:10.1007/978-3-642-24785-9_37; with p = 1). The error is that of the bootstrap over showers: the
    directions are the same for equal seeds, so a figure and its floor share them. It is in the unit of the
    columns, and is biased upwards like any Wasserstein distance: read it beside the floor.

    Args:
        reference: standardised features, shape (N, F), or voxels, a SciPy sparse matrix (N, voxels), of
            which only the projections, (N, projections), are ever dense.
        generated: the same of the generated showers, (M, F).
        projections: number of directions.
        resamples: number of bootstrap resamples.
        seed: of the directions and the bootstrap.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_SLICED_WASSERSTEIN` showers of a kind, values that are
            not finite, or columns that are not the same.
    """
    least = MIN_SHOWERS_FOR_SLICED_WASSERSTEIN
    first, second = checked_matrices("the sliced Wasserstein distance", least, reference, generated)
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(first.shape[1], projections))
    directions /= np.linalg.norm(directions, axis=0)
    signed = np.concatenate(
        [
            sign * np.concatenate([np.ones((1, n)), bootstrap_weights(n, resamples, rng)]) / n
            for sign, n in ((1, first.shape[0]), (-1, second.shape[0]))
        ],
        axis=1,
    )
    pooled = np.concatenate([first @ directions, second @ directions])
    distances = np.mean([_along(line, signed) for line in pooled.T], axis=0)
    return Estimate(float(distances[0]), float(np.std(distances[1:], ddof=1)) if resamples > 1 else None)


def _along(values: Array, signed: Array) -> Array:
    """Integral of the difference of the cumulative distributions, for each row of signed weights."""
    order = np.argsort(values)
    difference = np.cumsum(signed[:, order[:-1]], axis=1)
    return np.asarray(np.abs(difference) @ np.diff(values[order]))
