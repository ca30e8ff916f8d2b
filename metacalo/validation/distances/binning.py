"""Bins for histograms of observables, set by the reference."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def quantile_cuts(reference: ArrayLike, bins: int = 30) -> Array:
    """Cuts between bins that hold equal shares of the reference, bins - 1 of them for distinct values.

    The two end bins are open, so that nothing over- or underflows. Bins of equal share make the separation
    power the same for an observable and any increasing function of it, so that nobody has to choose a range
    or an axis, and they give every bin the same statistical noise. A value that the reference repeats so
    often that it fills a whole bin (the zeros of a layer, a constant) gets a bin of its own.

    Args:
        reference: values of the reference, shape (N,).
        bins: wanted number of bins.

    Raises:
        ValueError: for an empty reference.
    """
    values = np.asarray(reference, dtype=np.float64)
    if values.size == 0:
        raise ValueError("bins are set by the reference, which is empty")
    # A quantile that is an observed value, not one between two: repeated values are then repeated exactly.
    cuts = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")
    repeated = cuts[1:][np.diff(cuts) == 0]
    return np.unique(np.concatenate([cuts, np.nextafter(repeated, np.inf)]))


def log_cuts(reference: ArrayLike, bins: int = 50) -> Array:
    """Cuts between bins of equal width in the logarithm, for a spectrum, shape (bins - 1,).

    They run from the 0.1 to the 99.99 per cent quantile of the positive values of the reference; the two end
    bins are open.

    Args:
        reference: values of the reference, shape (M,).
        bins: number of bins.

    Raises:
        ValueError: for a reference without positive values.
    """
    values = np.asarray(reference, dtype=np.float64)
    values = values[values > 0]
    if values.size == 0:
        raise ValueError("bins are set by the reference, which has no positive value")
    low, high = np.quantile(values, [1e-3, 1 - 1e-4])
    return np.unique(np.geomspace(low, high, bins - 1))


def bin_of_each(values: ArrayLike, cuts: Array) -> NDArray[np.int64]:
    """Bin of each value, 0 to len(cuts), in the shape of values; a value on a cut is in the upper bin."""
    return np.searchsorted(cuts, np.asarray(values, dtype=np.float64), side="right").astype(np.int64)


def binned(values: ArrayLike, cuts: Array) -> Array:
    """Numbers of values in each bin, shape (len(cuts) + 1,)."""
    return np.bincount(bin_of_each(values, cuts).ravel(), minlength=len(cuts) + 1).astype(np.float64)
