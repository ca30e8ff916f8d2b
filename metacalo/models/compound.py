"""The law of a sum of a Poisson number of gamma variables: density by a short sum, tail from a table.

N crossings, N Poisson with mean `rate`, each leave an energy from a gamma law of mean 1 and variance
`spread2`: a Tweedie variable (Jorgensen 1987, J. R. Stat. Soc. B 49, 127). Above `MANY` crossings the sum is
taken as the shifted gamma law with the same first three moments (a Pearson type III). For quantiles see
`metacalo.models.compound_quantile`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

MANY = 8.0
"""Mean number of crossings above which three moments stand for the sum."""

_FEW = 1.0
_TERMS_FEW, _TERMS = 9, 26
_RATES = (1e-3, 1.05 * MANY)
_SPREADS2 = (0.02, 20.0)
_SIZE = (28, 20)
_LOG_ENERGIES = (-14.0, 6.0)
_N_ENERGIES = 201
_LARGEST_LOGIT = 60.0

_T = TypeVar("_T", Tensor, NDArray[np.float64])


def log_density(energy: Tensor, rate: Tensor, spread2: Tensor) -> Tensor:
    """Return ln of the density of the sum at energies above zero, times exp(rate).

    Without the factor exp(-rate) of the Poisson law, since that is common to hit and empty voxels.

    Args:
        energy: in units of the mean of a crossing, shape (hits,).
        rate: mean number of crossings, shape (hits,).
        spread2: squared relative spread of a crossing, shape (hits,).
    """
    groups = (
        (torch.nonzero(rate < _FEW).squeeze(1), _TERMS_FEW),
        (torch.nonzero((rate >= _FEW) & (rate < MANY)).squeeze(1), _TERMS),
        (torch.nonzero(rate >= MANY).squeeze(1), 0),
    )
    parts = [
        _of_terms(energy[rows], rate[rows], spread2[rows], terms)
        if terms
        else _of_moments(energy[rows], rate[rows], spread2[rows])
        for rows, terms in groups
    ]
    order = torch.cat([rows for rows, _ in groups])
    return torch.zeros_like(energy).index_put((order,), torch.cat(parts))


def upper_tail(energy: Tensor, rate: Tensor, spread2: Tensor) -> Tensor:
    """Return the probability that the sum, given that it is not zero, exceeds an energy.

    Args:
        energy: in units of the mean of a crossing, shape (hits,).
        rate: mean number of crossings, shape (hits,).
        spread2: squared relative spread of a crossing, shape (hits,).
    """
    table = _tail_table().to(rate.device)
    few = torch.sigmoid(_interpolated(table, rate, spread2, torch.log(energy), _LOG_ENERGIES))
    many = torch.nonzero(rate >= MANY).squeeze(1)
    shape, scale, shift = pearson(rate[many], spread2[many])
    return few.index_put((many,), torch.special.gammaincc(shape, (energy[many] - shift) / scale))


def _of_terms(energy: Tensor, rate: Tensor, spread2: Tensor, terms: int) -> Tensor:
    """Sum over the number of crossings, 1 to `terms`."""
    n = torch.arange(1, terms + 1, device=energy.device, dtype=energy.dtype)
    shape = n / spread2[:, None]
    scaled = energy / spread2
    log_terms = (
        shape * torch.log(scaled)[:, None]
        - torch.lgamma(shape)
        + n * torch.log(rate)[:, None]
        - torch.lgamma(n + 1.0)
    )
    return torch.logsumexp(log_terms, dim=1) - scaled - torch.log(energy)


def _of_moments(energy: Tensor, rate: Tensor, spread2: Tensor) -> Tensor:
    shape, scale, shift = pearson(rate, spread2)
    above = (energy - shift) / scale
    return (shape - 1.0) * torch.log(above) - above - torch.lgamma(shape) - torch.log(scale) + rate


def pearson(rate: _T, spread2: _T) -> tuple[_T, _T, _T]:
    """Return shape, scale and shift of the shifted gamma law with the sum's mean, variance and skewness."""
    asymmetry = 1.0 + 2.0 * spread2
    return 4.0 * rate * (1.0 + spread2) / asymmetry**2, asymmetry / 2.0, -rate / asymmetry


def _interpolated(
    table: Tensor, rate: Tensor, spread2: Tensor, last: Tensor, ends: tuple[float, float]
) -> Tensor:
    """Interpolate linearly in ln rate, ln spread2 and a third quantity between its ends."""
    rates, spreads, nodes = table.shape
    i, f = _place(torch.log(rate), math.log(_RATES[0]), math.log(_RATES[1]), rates)
    j, g = _place(torch.log(spread2), math.log(_SPREADS2[0]), math.log(_SPREADS2[1]), spreads)
    k, h = _place(last, *ends, nodes)
    flat = table.view(-1)
    start = (i * spreads + j) * nodes + k
    row, plane = nodes, spreads * nodes
    lines = [
        torch.lerp(flat[start + offset], flat[start + offset + 1], h)
        for offset in (0, row, plane, plane + row)
    ]
    return torch.lerp(torch.lerp(lines[0], lines[1], g), torch.lerp(lines[2], lines[3], g), f)


def _place(value: Tensor, low: float, high: float, size: int) -> tuple[Tensor, Tensor]:
    """Node below a value on a regular axis, and how far the value is from it to the next."""
    place = ((value - low) * ((size - 1) / (high - low))).clamp(0.0, size - 1.001)
    node = place.long()
    return node, place - node


@lru_cache(maxsize=1)
@torch.inference_mode(mode=False)  # what is kept for later must be good for training too
def _tail_table() -> Tensor:
    """Tabulate the logit of the upper tail by (rate, spread2, ln energy)."""
    from scipy.special import gammainc, gammaincc, gammaln

    rates, spreads = _SIZE
    rate = np.geomspace(*_RATES, rates)[:, None]
    log_energies = np.linspace(*_LOG_ENERGIES, _N_ENERGIES)
    n = np.arange(1, _TERMS + 1)
    weight = np.exp(n * np.log(rate) - rate - gammaln(n + 1)) / -np.expm1(-rate)
    tails = np.empty((rates, spreads, _N_ENERGIES))
    for j, s in enumerate(np.geomspace(*_SPREADS2, spreads)):
        energy = np.exp(log_energies)
        below = weight @ gammainc(n[:, None] / s, energy / s)
        above = weight @ gammaincc(n[:, None] / s, energy / s)
        with np.errstate(divide="ignore"):
            tails[:, j] = np.clip(np.log(above) - np.log(below), -_LARGEST_LOGIT, _LARGEST_LOGIT)
    return torch.tensor(tails, dtype=torch.float32)
