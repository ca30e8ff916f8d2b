"""Features of different units on one scale: that of the reference."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CLIP = 5.0
"""Where standardised features end in the Frechet distance [standard deviations of the reference]."""


def standardise(reference: Array, generated: Array) -> tuple[Array, Array]:
    """Features of both samples, (N, F) and (M, F), in standard deviations of the reference about its mean.

    They are clipped at `CLIP` standard deviations, so that no single feature of a tiny spread decides the
    Frechet distance. A feature that is constant in the reference is measured in the spread of both samples
    together, and is 0 in both if constant there too.
    """
    centre = reference.mean(axis=0)
    both = np.concatenate([reference, generated])
    size = np.abs(both).max(axis=0)
    spread, common = reference.std(axis=0), both.std(axis=0)
    unit = np.where(spread > 1e-9 * size, spread, common)
    inverse = np.divide(1.0, unit, out=np.zeros_like(unit), where=unit > 1e-9 * size)
    first, second = ((sample - centre) * inverse for sample in (reference, generated))
    return np.clip(first, -CLIP, CLIP), np.clip(second, -CLIP, CLIP)


def scaled_by_largest(reference: Array, generated: Array) -> tuple[Array, Array]:
    """Both samples with each feature divided by its largest absolute value in the reference.

    The scale of the Frechet and kernel physics distances, arXiv:2211.10295; a feature that is 0 in all of the
    reference stays as it is.
    """
    largest = np.abs(reference).max(axis=0)
    largest[largest == 0] = 1.0
    return reference / largest, generated / largest
