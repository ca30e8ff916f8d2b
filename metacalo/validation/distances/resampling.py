"""The bootstrap: samples drawn again from the sample, as weights."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def bootstrap_weights(n: int, resamples: int, rng: np.random.Generator) -> Array:
    """How often each of n showers is drawn in each resample of n with replacement, shape (resamples, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
