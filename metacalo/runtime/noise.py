"""Random numbers that are found by counting: shower i of a seed has the same ones in any batch and thread.

Philox4x64-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11) with
the seed as its key. Shower i takes the blocks 1 + i B ... (i + 1) B of four 64-bit words, B as many as it
needs, and their 16-bit parts in order, the lowest part of a word first. A part k stands for the normal number
that has (k + 1/2) / 2^16 of the law below it, times what makes the variance of all 2^16 of them one.

For waves around the axis that is enough: a voxel's noise is a sum over many. The first numbers of a shower,
which are not summed, are made of two parts a, b each as (x_a + x_b) / sqrt 2.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import final

import numpy as np
from numpy.random import Philox
from numpy.typing import NDArray

_PARTS = 1 << 16
_PARTS_OF_A_BLOCK = 16
_WORDS_OF_A_BLOCK = 4
_KEY_BITS = 128

# Wichura (1988), Algorithm AS 241, PPND16: the normal quantile to 1e-16
_CENTRE = (
    (
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227,
    ),
    (
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854,
    ),
)
_TAIL = (
    (
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ),
    (
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-09,
    ),
)


@lru_cache(maxsize=1)
def normal_table() -> NDArray[np.float32]:
    """Return the normal number of each 16-bit part, shape (65536,)."""
    q = (np.arange(_PARTS) + 0.5) / _PARTS - 0.5
    near = 0.180625 - q * q
    centre = q * _ratio(_CENTRE, near)
    far = np.sqrt(-np.log(0.5 - np.abs(q))) - 1.6  # of 16 bits none is beyond AS 241's second region
    tail = np.copysign(_ratio(_TAIL, far), q)
    x = np.where(np.abs(q) <= 0.425, centre, tail)
    return np.asarray(x / math.sqrt(float(np.mean(x * x))), dtype=np.float32)


def _ratio(
    coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    above, below = (np.polynomial.polynomial.polyval(x, part) for part in coefficients)
    return np.asarray(above / below)


@final
class NoiseSource:
    """Rows of standard normal numbers, one a shower.

    Args:
        n_noise: numbers of a row.
        n_fine: of these the first so many, which are made of two parts.
    """

    def __init__(self, n_noise: int, n_fine: int) -> None:
        self.n_noise, self.n_fine = n_noise, n_fine
        self.blocks = -(-(n_noise + n_fine) // _PARTS_OF_A_BLOCK)
        self._table = normal_table()

    def parts(self, seed: int, first: int, n: int) -> NDArray[np.uint16]:
        """Return the random 16-bit parts of showers, shape (n, 16 x blocks).

        Args:
            seed: 0 to 2^128 - 1.
            first: number of the first shower in the stream.
            n: number of showers.
        """
        # NumPy counts up before it makes a block, so that the counter that it is given is not used itself
        philox = Philox(key=seed, counter=first * self.blocks)
        words = philox.random_raw(n * self.blocks * _WORDS_OF_A_BLOCK)
        return words.astype("<u8", copy=False).view("<u2").reshape(n, -1)

    def rows(self, seed: int, first: int, n: int) -> NDArray[np.float32]:
        """Return standard normal numbers, shape (n, n_noise); arguments as for `parts`."""
        parts, fine = self.parts(seed, first, n), self.n_fine
        used = parts[:, : self.n_noise + fine]
        x = self._table.take(used)
        rows = np.empty((n, self.n_noise), dtype=np.float32)
        rows[:, :fine] = (x[:, : 2 * fine : 2] + x[:, 1 : 2 * fine : 2]) * np.float32(math.sqrt(0.5))
        rows[:, fine:] = x[:, 2 * fine :]
        return rows


def check_stream(seed: int, first: int) -> None:
    """Refuse a seed or a number of a shower that there is no counter for.

    Raises:
        ValueError: one is negative or too large.
    """
    if not 0 <= seed < 1 << _KEY_BITS:
        raise ValueError(f"expected a seed of 0 to 2^128 - 1, got {seed}; choose for example seed=1")
    if not 0 <= first < 1 << _KEY_BITS:
        raise ValueError(f"expected the number of a shower, 0 to 2^128 - 1, got first = {first}")
