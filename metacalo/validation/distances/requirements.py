"""What a figure needs of its samples: enough showers, finite values, the same features in all."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError

Array = NDArray[np.float64]


def checked_values(figure: str, least: int, *samples: ArrayLike) -> tuple[Array, ...]:
    """Values of one observable, each sample of shape (N,) with its own N, after a look at them.

    Args:
        figure: name of the figure, for the message.
        least: smallest number of showers of each sample.
        samples: the values.

    Raises:
        SettingsError: for too few showers in a sample, or values that are not finite.
    """
    arrays = tuple(np.asarray(sample, dtype=np.float64).ravel() for sample in samples)
    check_sizes(figure, least, *(len(array) for array in arrays))
    _check_finite(figure, *arrays)
    return arrays


def checked_features(figure: str, least: int, *samples: ArrayLike) -> tuple[Array, ...]:
    """Features of showers, each sample of shape (N, F) with its own N, after a look at them.

    Args:
        figure: name of the figure, for the message.
        least: smallest number of showers of each sample.
        samples: the features.

    Raises:
        SettingsError: for too few showers in a sample, values that are not finite, or features that are not
            the same in number.
    """
    arrays = tuple(np.ascontiguousarray(sample, dtype=np.float64) for sample in samples)
    _check_columns(figure, *arrays)
    check_sizes(figure, least, *(len(array) for array in arrays))
    _check_finite(figure, *arrays)
    return arrays


def checked_matrices(figure: str, least: int, *samples: Any) -> tuple[Any, ...]:
    """Rows of showers, each sample dense (N, F) or sparse (SciPy, any format) and then made CSR.

    Args:
        figure: name of the figure, for the message.
        least: smallest number of showers of each sample.
        samples: the matrices.

    Raises:
        SettingsError: as `checked_features`, or if some are sparse and some are not.
    """
    from scipy.sparse import issparse

    if len({bool(issparse(sample)) for sample in samples}) > 1:
        raise SettingsError(f"{figure} needs all samples sparse or all dense; convert with scipy.sparse")
    if not issparse(samples[0]):
        return checked_features(figure, least, *samples)
    matrices = tuple(sample.tocsr().astype(np.float64, copy=False) for sample in samples)
    _check_columns(figure, *matrices)
    check_sizes(figure, least, *(matrix.shape[0] for matrix in matrices))
    _check_finite(figure, *(matrix.data for matrix in matrices))
    return matrices


def check_sizes(figure: str, least: int, *sizes: int) -> None:
    """Check that each sample has enough showers.

    Raises:
        SettingsError: if one has not.
    """
    if min(sizes) < least:
        raise SettingsError(
            f"{figure} needs at least {least} showers of each kind, got {' and '.join(map(str, sizes))}; "
            "give it more showers or leave it out"
        )


def _check_columns(figure: str, *arrays: Any) -> None:
    shapes = [array.shape for array in arrays]
    if any(len(shape) != 2 for shape in shapes) or len({shape[1] for shape in shapes}) > 1:
        raise SettingsError(
            f"{figure} needs samples of shape (showers, features) with the same features, "
            f"got {' and '.join(map(str, shapes))}; compute them with the same settings"
        )


def _check_finite(figure: str, *arrays: Array) -> None:
    for array in arrays:
        if not np.isfinite(array).all():
            bad = int(np.count_nonzero(~np.isfinite(array)))
            raise SettingsError(
                f"{figure} needs finite values, got {bad} that are NaN or infinite; "
                "leave out the showers or the observable that they come from"
            )
