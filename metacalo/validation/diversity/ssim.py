"""Structural similarity of the pictures of showers: how much alike those of one sample are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError
from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import check_sizes

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_SSIM = 50
"""Fewest showers of each kind."""

WINDOW_PIXELS = 1.5
"""Standard deviation of the Gaussian window, cut at 3.5 of it, which makes 11 x 11 pixels."""


class SsimDiversity(NamedTuple):
    """Mean structural similarity of two showers of one sample; the higher, the less diverse the sample."""

    reference: Estimate
    generated: Estimate


def ssim_diversity(
    reference: ArrayLike, generated: ArrayLike, *, pairs: int = 2000, seed: int = 0
) -> SsimDiversity:
    """Mean structural similarity of random pairs of showers within each of two samples.

    A generator that makes too much alike showers has a higher one than the reference (Odena et al.,
    arXiv:1610.09585, for pictures). The scale is that of the reference for both samples: the pictures are
    ln(1 + E / e), with e the median of its pixels that are not empty, and the dynamic range is the largest
    value of the reference.

    Args:
        reference: pictures of energy (r, z), shape (N, n_r, n_z), not negative, in any unit. Energies over
            the incident energy leave the difference of showers of different energy out.
        generated: the same, shape (M, n_r, n_z).
        pairs: number of pairs in each sample; at first each shower is in one pair only.
        seed: of the pairs.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_SSIM` showers of a kind, pictures that differ in shape,
            have negative or not finite pixels, or a reference that is empty.
    """
    first, second = (np.asarray(images) for images in (reference, generated))
    if first.ndim != 3 or first.shape[1:] != second.shape[1:]:
        raise SettingsError(
            f"structural similarity needs pictures (showers, n_r, n_z) of one shape, "
            f"got {first.shape} and {second.shape}"
        )
    check_sizes("structural similarity", MIN_SHOWERS_FOR_SSIM, len(first), len(second))
    if not all(np.isfinite(images).all() and (images >= 0).all() for images in (first, second)):
        raise SettingsError("structural similarity needs pictures with finite energies that are not negative")
    if not (first > 0).any():
        raise SettingsError("structural similarity needs a reference with energy, got empty pictures")
    unit = float(np.median(first[first > 0]))
    largest = float(np.log1p(first.max() / unit))
    return SsimDiversity(
        *(_mean_similarity(images, unit, largest, pairs, seed) for images in (first, second))
    )


def structural_similarity(first: Array, second: Array, dynamic_range: float) -> Array:
    """Structural similarity of pictures, mean over their pixels: 1 for equal ones, shape (N,).

    Wang et al. 2004, doi:10.1109/TIP.2003.819861, with a Gaussian window of `WINDOW_PIXELS` and their
    constants. Where the window leaves the picture, the picture is continued as in a mirror, and all pixels
    count: the nine rings of a shower are narrower than the window, and at r = 0 the mirror is what is there.

    Args:
        first: pictures, shape (N, height, width).
        second: pictures with which they are compared, one by one, shape (N, height, width).
        dynamic_range: of the pixels.
    """
    from scipy.ndimage import gaussian_filter

    def mean(images: Array) -> Array:
        sigma = (0.0, WINDOW_PIXELS, WINDOW_PIXELS)
        return np.asarray(gaussian_filter(images, sigma, mode="reflect", truncate=3.5))

    c1, c2 = (0.01 * dynamic_range) ** 2, (0.03 * dynamic_range) ** 2
    m1, m2 = mean(first), mean(second)
    v1, v2 = mean(first**2) - m1**2, mean(second**2) - m2**2
    covariance = mean(first * second) - m1 * m2
    similarity = (2 * m1 * m2 + c1) * (2 * covariance + c2)
    similarity /= (m1**2 + m2**2 + c1) * (v1 + v2 + c2)
    return np.asarray(similarity.mean(axis=(1, 2)))


def _mean_similarity(
    images: NDArray[np.floating], unit: float, largest: float, pairs: int, seed: int
) -> Estimate:
    """Mean over random pairs, with the error that as many pairs as can be had of different showers give."""
    rng = np.random.default_rng(seed)
    apart = len(images) // 2
    drawn = [rng.permutation(len(images))[: 2 * apart].reshape(2, -1) for _ in range(-(-pairs // apart))]
    one, other = np.concatenate(drawn, axis=1)[:, :pairs]
    first, second = (np.log1p(np.asarray(images[index], dtype=np.float64) / unit) for index in (one, other))
    values = structural_similarity(first, second, largest)
    return Estimate(float(values.mean()), float(values.std(ddof=1) / min(len(values), apart) ** 0.5))
