"""Quantiles of the gamma distribution, from a table: PyTorch has the distribution function, not its inverse.

A table is also what an exported graph can hold.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

_SHAPES = (0.04, 1.1e4)
_N_SHAPES = 192
_LOGITS = (-16.0, 16.0)
_N_LOGITS = 257


def gamma_quantile(shape: Tensor, upper: Tensor) -> Tensor:
    """Return x with Q(shape, x) = upper, Q being the regularised upper incomplete gamma function.

    Bilinear in ln shape and in the logit of the probability.

    Args:
        shape: of the gamma distribution of unit rate, from 0.05 to 1e4, any shape.
        upper: probability of a larger value, 0 to 1, same shape.
    """
    table = _table().to(shape.device).view(-1)
    row = (torch.log(shape) - math.log(_SHAPES[0])) * ((_N_SHAPES - 1) / math.log(_SHAPES[1] / _SHAPES[0]))
    row = row.clamp(0.0, _N_SHAPES - 1.001)
    logit = torch.log1p(-upper.clamp(max=1.0 - 1e-7)) - torch.log(upper.clamp_min(1e-12))
    column = (logit - _LOGITS[0]) * ((_N_LOGITS - 1) / (_LOGITS[1] - _LOGITS[0]))
    column = column.clamp(0.0, _N_LOGITS - 1.001)
    i, j = row.long(), column.long()
    start = i * _N_LOGITS + j
    across = column - j
    low = torch.lerp(table[start], table[start + 1], across)
    high = torch.lerp(table[start + _N_LOGITS], table[start + _N_LOGITS + 1], across)
    return torch.exp(torch.lerp(low, high, row - i) * (1.0 + 1.0 / shape))


@lru_cache(maxsize=1)
@torch.inference_mode(mode=False)  # what is kept for later must be good for training too
def _table() -> Tensor:
    """Return ln x times shape / (1 + shape), which is smooth for all shapes, (_N_SHAPES, _N_LOGITS)."""
    from scipy.special import expit, gammainccinv, gammaincinv, gammaln, log_expit

    shape = np.geomspace(*_SHAPES, _N_SHAPES)[:, None]
    logit = np.linspace(*_LOGITS, _N_LOGITS)
    x = np.where(logit < 0, gammaincinv(shape, expit(logit)), gammainccinv(shape, expit(-logit)))
    # where x underflows, P(shape, x) = x^shape / Gamma(shape + 1)
    with np.errstate(divide="ignore"):
        log_x = np.where(x > 1e-280, np.log(x), (log_expit(logit) + gammaln(shape + 1.0)) / shape)
    return torch.tensor(log_x * shape / (1.0 + shape), dtype=torch.float32)
