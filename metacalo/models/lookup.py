"""Smooth functions of one number as pieces of cubics: what an exported graph has no operator for.

ONNX knows neither the normal quantile nor the incomplete gamma function. Both are smooth in suitable
variables, so that a few hundred cubics give them to the rounding of single precision, but for kinks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp
from torch import Tensor, nn

_NODES = np.array([0.0, 1.0, 2.0, 3.0]) / 3.0
_NOISE_RANGE = (-7.0, 7.0)
_LOGIT_RANGE = (-12.0, 12.0)

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@final
class PiecewiseCubic(nn.Module):
    """A function of one number, or several functions of the same, each piece through four of its values.

    Beyond its ends it keeps the value that it has there.

    Args:
        function: from numbers, shape (n,), to values, shape (n,) or (n, width).
        low: where the table begins.
        high: where it ends.
        pieces: number of cubics.
    """

    pieces: Tensor

    def __init__(self, function: Function, low: float, high: float, pieces: int) -> None:
        super().__init__()
        step = (high - low) / pieces
        places = low + step * (np.arange(pieces)[:, None] + _NODES)
        values = function(places.reshape(-1)).reshape(pieces, len(_NODES), -1)
        powers = np.linalg.inv(_NODES[:, None] ** np.arange(len(_NODES)))
        coefficients = np.einsum("kn,pnw->kpw", powers, values)
        self.low, self.inverse_step, self.n_pieces = low, 1.0 / step, pieces
        self.wide = coefficients.shape[2] > 1
        shaped = coefficients if self.wide else coefficients[:, :, 0]
        self.register_buffer("pieces", torch.tensor(shaped, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """Return the values, shape of `x`; for several functions `x` is (n,) and they are (n, width)."""
        place = ((x - self.low) * self.inverse_step).clamp(0.0, float(self.n_pieces))
        piece = place.clamp(max=self.n_pieces - 0.5).to(torch.int64)
        inside = place - piece
        if self.wide:
            c0, c1, c2, c3 = (self.pieces[k][piece] for k in range(4))
            inside = inside[:, None]
        else:
            flat = piece.view(-1)
            c0, c1, c2, c3 = (torch.gather(self.pieces[k], 0, flat).view(x.shape) for k in range(4))
        return c0 + inside * (c1 + inside * (c2 + inside * c3))


def log_least_rate() -> PiecewiseCubic:
    """Return ln(-ln Phi(x)): ln of the Poisson mean from which on noise x is not the zero of its law."""
    return PiecewiseCubic(lambda x: np.log(-log_ndtr(x)), *_NOISE_RANGE, 224)


def log_normal_cumulative() -> PiecewiseCubic:
    """Return ln Phi(x)."""
    return PiecewiseCubic(lambda x: np.asarray(log_ndtr(x)), *_NOISE_RANGE, 224)


def normal_of_logit() -> PiecewiseCubic:
    """Return the normal score of a probability p from its logit, ln p - ln (1 - p)."""

    def score(logit: NDArray[np.float64]) -> NDArray[np.float64]:
        # the quantile of the smaller tail, which is known from its logarithm
        tail: NDArray[Any] = ndtri_exp(-np.logaddexp(0.0, np.abs(logit)))
        return np.where(logit < 0, tail, -tail)

    return PiecewiseCubic(score, *_LOGIT_RANGE, 192)
