"""Moments of a shower's energy along a coordinate: mean, width, skewness, kurtosis."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metacalo.validation.observables.sums import quotient

Array = NDArray[np.float64]

ROUNDING = 1e-12
"""A variance that is a smaller part of the mean square is rounding: energy at one place has no width."""


class ShapeMoments(NamedTuple):
    """Energy-weighted moments of a coordinate, one number a shower, each of shape (N,).

    Attributes:
        mean: the mean, in the unit of the coordinate.
        width: the standard deviation, in that unit.
        skewness: third central moment over width^3: 0 for a symmetric shape.
        kurtosis: fourth central moment over width^4, less 3 (excess): 0 for a Gaussian.
    """

    mean: Array
    width: Array
    skewness: Array
    kurtosis: Array


def shape_moments(shares: Array, positions: Array) -> ShapeMoments:
    """Moments to fourth order of positions (K,) weighted with shares (N, K) that sum to 1, or to 0.

    A shower without energy has 0 for all, and one whose energy is all at one place for all but the mean.
    """
    mean = shares @ positions
    away = positions - mean[:, None]
    second, third, fourth = (np.sum(shares * away**k, axis=1) for k in (2, 3, 4))
    second = np.where(second > ROUNDING * (shares @ np.square(positions)), second, 0.0)
    return ShapeMoments(
        mean=mean,
        width=np.sqrt(second),
        skewness=quotient(third, second**1.5),
        kurtosis=quotient(fourth - 3 * second**2, second**2),
    )


def mean_and_width(shares: Array, positions: NDArray[np.int64] | Array) -> tuple[Array, Array]:
    """Mean and standard deviation of positions (K,) weighted with shares (N, K), each of shape (N,)."""
    mean = shares @ positions
    return mean, width_of(mean, shares @ np.square(positions))


def width_of(mean: Array, mean_square: Array) -> Array:
    """Standard deviation from the mean and the mean square, arrays of one shape; rounding gives 0."""
    variance = mean_square - mean**2
    return np.sqrt(np.where(variance > ROUNDING * mean_square, variance, 0.0))
