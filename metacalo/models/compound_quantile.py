"""Energies from normal noise: the quantile of a sum of a Poisson number of gamma variables, from a table.

Noise x is a hit of a voxel with a mean number of crossings L if exp(-L) < Phi(x), which is e(x) < L with
e(x) = -ln Phi(x). How far it is above, d = ln L - ln e(x), is the coordinate in which quantiles are smooth
for few crossings: for one crossing with an exponential law the energy *is* d. For many crossings it is x
itself. A table is also what an exported graph can hold.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from metacalo.models.compound import MANY, pearson
from metacalo.models.lookup import log_least_rate

_LEAST_RATE = 1e-3
_FEW_NODES, _MANY_NODES = 41, 37
_LOG_RATE_STEP = math.log(MANY / _LEAST_RATE) / (_FEW_NODES - 1)
_SPREADS2 = (0.05, 20.0)
_N_SPREADS2 = 40
_N_PLACES = 121
_LOG_ABOVE = (-9.0, 3.4)
_NOISE = (-6.6, 6.6)
_TERMS = 40
_LEAST_LOG_ENERGY = -4.0
"""Of many crossings, which hardly ever leave so little; in units of a crossing."""


@final
class CompoundQuantile(nn.Module):
    """What a hit leaves, given the noise that made it a hit."""

    table: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", _table())
        self.log_least_rate = log_least_rate()

    def forward(self, noise: Tensor, log_rate: Tensor, log_spread2: Tensor) -> Tensor:
        """Return ln of the energy, in units of the mean of a crossing, shape (hits,).

        Args:
            noise: standard normal, above the hit's threshold, shape (hits,).
            log_rate: ln of the mean number of crossings, shape (hits,).
            log_spread2: ln of the squared relative spread of a crossing, shape (hits,).
        """
        many = log_rate >= math.log(MANY)
        log_above = torch.log((log_rate - self.log_least_rate(noise)).clamp_min(math.exp(_LOG_ABOVE[0])))
        place = torch.where(many, _place(noise, _NOISE), _place(log_above, _LOG_ABOVE))
        k, h = _node(place, _N_PLACES)
        row = (log_rate - math.log(_LEAST_RATE)) * (1.0 / _LOG_RATE_STEP)
        i, f = _node(row + many.to(row.dtype), _FEW_NODES + _MANY_NODES)
        low, high = math.log(_SPREADS2[0]), math.log(_SPREADS2[1])
        j, g = _node((log_spread2 - low) * ((_N_SPREADS2 - 1) / (high - low)), _N_SPREADS2)
        start = (i * _N_SPREADS2 + j) * _N_PLACES + k
        across, down = _N_PLACES, _N_SPREADS2 * _N_PLACES
        lines = [
            _between(self.table, start if offset == 0 else start + offset, h)
            for offset in (0, across, down, down + across)
        ]
        near, far = lines[0] + g * (lines[1] - lines[0]), lines[2] + g * (lines[3] - lines[2])
        log_unit = torch.where(many, log_rate, torch.zeros_like(log_rate))
        return log_unit + (near + f * (far - near)) * (1.0 + torch.exp(log_spread2))


def _place(value: Tensor, ends: tuple[float, float]) -> Tensor:
    return (value - ends[0]) * ((_N_PLACES - 1) / (ends[1] - ends[0]))


def _node(place: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return the node below a place on an axis, and how far the place is from it."""
    place = place.clamp(0.0, size - 1.001)
    node = place.to(torch.int64)
    return node, place - node


def _between(table: Tensor, start: Tensor, h: Tensor) -> Tensor:
    first = torch.gather(table, 0, start)
    return first + h * (torch.gather(table, 0, start + 1) - first)


@lru_cache(maxsize=1)
@torch.inference_mode(mode=False)  # what is kept for later must be good for training too
def _table() -> Tensor:
    """Return ln of the energy, for many crossings over their mean, over 1 + spread2.

    By rate, spread2, and ln above or noise; flat.
    """
    spreads2 = np.geomspace(*_SPREADS2, _N_SPREADS2)
    few = np.exp(math.log(_LEAST_RATE) + _LOG_RATE_STEP * np.arange(_FEW_NODES))
    many = np.exp(math.log(MANY) + _LOG_RATE_STEP * np.arange(_MANY_NODES))
    rows = np.concatenate([_of_few(few, spreads2), _of_many(many, spreads2)])
    return torch.tensor((rows / (1.0 + spreads2[:, None])).reshape(-1), dtype=torch.float32)


def _of_few(rates: NDArray[np.float64], spreads2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln energy by (rate, spread2, ln above), from the exact law."""
    from scipy.special import gammainc, gammaincc, gammaln

    above = np.linspace(*_LOG_ABOVE, _N_PLACES)
    n = np.arange(1, _TERMS + 1)
    rate = rates[:, None]
    weight = np.exp(n * np.log(rate) - rate - gammaln(n + 1))
    found = np.empty((len(rates), len(spreads2), _N_PLACES))
    for j, s in enumerate(spreads2):
        log_energy = np.concatenate(
            [np.linspace(-12.0 - 12.0 * s, -5.0, 100), np.linspace(-4.97, math.log(90 * max(1.0, s)), 320)]
        )
        scaled = np.exp(log_energy) / s
        shape = np.broadcast_to(n[:, None] / s, (_TERMS, len(scaled)))
        # the smaller tail is worked out, and the other is what is left
        small = np.broadcast_to(scaled, shape.shape) < shape
        tail = np.empty(shape.shape)
        for incomplete, part in ((gammainc, small), (gammaincc, ~small)):
            tail[part] = incomplete(shape[part], np.broadcast_to(scaled, shape.shape)[part])
        below = weight @ np.where(small, tail, 1.0 - tail)
        beyond = weight @ np.where(small, 1.0 - tail, tail)
        # d = ln L - ln e, e = -ln P(energy or less), from the tail that is the smaller one
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            low = -np.log1p(-np.log1p(below * np.exp(rate)) / rate)
            high = np.log(rate) - np.log(-np.log1p(-beyond))
            log_above = np.log(np.where(below < beyond, low, high))
        for i in range(len(rates)):
            known = np.isfinite(log_above[i])
            found[i, j] = np.interp(above, log_above[i][known], log_energy[known])
    return found


def _of_many(rates: NDArray[np.float64], spreads2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln of the energy over its mean by (rate, spread2, noise), from the law of three moments."""
    from scipy.special import gammainccinv, gammaincinv, log_ndtr

    noise = np.linspace(*_NOISE, _N_PLACES)
    rate, spread2 = rates[:, None, None], spreads2[:, None]
    shape, scale, shift = pearson(rate, spread2)
    # of a hit: the upper tail is Q(x) / P(hit), and what is below the threshold is no hit
    upper = np.exp(log_ndtr(-noise)) / -np.expm1(-rate)
    lower = np.clip((np.exp(log_ndtr(noise)) - np.exp(-rate)) / -np.expm1(-rate), 0.0, 1.0)
    shape, upper, lower = np.broadcast_arrays(shape, upper, lower)
    exceeded = np.where(upper < 0.5, gammainccinv(shape, np.minimum(upper, 1.0)), gammaincinv(shape, lower))
    return np.asarray(np.log(np.maximum(scale * exceeded + shift, math.exp(_LEAST_LOG_ENERGY)) / rate))
