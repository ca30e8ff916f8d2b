"""The birthday paradox: how many different showers a generator can make."""

from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import checked_features
from metacalo.validation.diversity.neighbours import neighbour_radius, squared_distance_blocks

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_SUPPORT = 200
"""Fewest showers."""

_ENOUGH_PAIRS = 50_000
_GROUPS = 10


class SupportSize(NamedTuple):
    """How many different showers there seem to be.

    Attributes:
        estimate: their number, with an error from leaving out tenths of the showers; None where some tenth
            holds all pairs.
        is_lower_bound: whether no two showers were alike, so that the number is only known to be at least
            that, at 95% confidence.
        cut: largest distance at which two showers are taken for alike.
        pairs: number of pairs that are alike.
        showers: number of showers among which they were sought.
    """

    estimate: Estimate
    is_lower_bound: bool
    cut: float
    pairs: int
    showers: int


def similarity_cut(
    reference: ArrayLike, *, quantile: float = 0.01, max_showers: int = 10_000, seed: int = 0
) -> float:
    """Distance up to which two showers are taken for alike: the 1% quantile of nearest-neighbour distances.

    Of the reference to itself: by construction 1 in 100 of its showers has a neighbour that is nearer. The
    paper judges by eye; nobody can do that with showers.

    Args:
        reference: standardised features, shape (N, F).
        quantile: share of showers that have a nearer neighbour.
        max_showers: of more showers, so many are chosen at random. The cut depends on their number: take the
            same cut for all samples that are compared.
        seed: of the choice.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_SUPPORT` showers, or values that are not finite.
    """
    (features,) = checked_features("the similarity cut", MIN_SHOWERS_FOR_SUPPORT, reference)
    chosen = np.random.default_rng(seed).permutation(features)[:max_showers]
    return float(np.quantile(neighbour_radius(chosen, 1), quantile))


def support_size(
    sample: ArrayLike, cut: float, *, max_showers: int = 10_000, draws: int = 500, seed: int = 0
) -> SupportSize:
    """Estimate how many different showers a generator can make, by the birthday paradox.

    If two of s showers are alike with a chance of 50%, the support has about s^2 members: Arora and Zhang
    2017, arXiv:1706.08224; K equally frequent showers give 2 ln 2 K = 1.39 K. s is the median, over random
    orders of the sample, of how many showers have to be drawn until two are alike. A support of which some
    members are much more frequent than others counts as the smaller one that collides as often: that is how
    a collapsed mode is found. If no pair is alike, the number is what would have shown one with 95%
    confidence, a lower bound. Compare it with that of the reference at the same cut.

    Args:
        sample: standardised features, shape (N, F).
        cut: largest distance at which two showers are alike; of `similarity_cut`.
        max_showers: of more showers, so many are chosen at random; of fewer still if very many are alike.
        draws: number of random orders.
        seed: of the choice and the orders.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_SUPPORT` showers, or values that are not finite.
    """
    (features,) = checked_features("the support size", MIN_SHOWERS_FOR_SUPPORT, sample)
    rng = np.random.default_rng(seed)
    features = rng.permutation(features)[:max_showers]
    alike, count = _alike(features, cut)
    if not len(alike):
        # Poisson: with 3.0 pairs expected, one would have been seen in 95 of 100 cases.
        bound = log(2) * count * (count - 1) / -log(0.05)
        return SupportSize(Estimate(bound), is_lower_bound=True, cut=cut, pairs=0, showers=count)
    sizes = _sizes_until_alike(alike, count, draws, rng)
    support = np.median(sizes, axis=0) ** 2
    error = None
    if np.isfinite(support).all():
        error = float(np.sqrt((_GROUPS - 1) * np.var(support[1:])))
    return SupportSize(Estimate(float(support[0]), error), False, cut, len(alike), count)


def _alike(features: Array, cut: float) -> tuple[NDArray[np.int64], int]:
    """Pairs that are alike, (pairs, 2), among the first so many showers, and how many these are.

    Twice as many showers are looked at each time until there are enough pairs, or no more showers.
    """
    count = min(250, len(features))
    while True:
        found = [np.empty((0, 2), dtype=np.int64)]
        for rows, squares in squared_distance_blocks(features[:count], features[:count]):
            one, other = np.nonzero(squares <= cut**2)
            pairs = np.column_stack([one + rows.start, other])
            found.append(pairs[pairs[:, 0] < pairs[:, 1]])
        alike = np.concatenate(found)
        if len(alike) > _ENOUGH_PAIRS:
            count = max(int(count * (_ENOUGH_PAIRS / len(alike)) ** 0.5), _GROUPS)
            return alike[alike[:, 1] < count], count
        if count == len(features):
            return alike, count
        count = min(2 * count, len(features))


def _sizes_until_alike(alike: NDArray[np.int64], count: int, draws: int, rng: np.random.Generator) -> Array:
    """How many showers are drawn until two are alike, with all and without each tenth, (draws, 1 + 10)."""
    group = np.arange(count) % _GROUPS
    low, high = np.sort(group[alike], axis=1).T
    code = low * _GROUPS + high
    order = np.argsort(code, kind="stable")
    codes, starts = np.unique(code[order], return_index=True)
    one, other = alike[order].T
    involved = np.array([(codes // _GROUPS == g) | (codes % _GROUPS == g) for g in range(_GROUPS)])
    found = np.full((draws, 1 + _GROUPS), np.inf)
    for draw in range(draws):
        turn = rng.permutation(count)
        second_of_pair = np.minimum.reduceat(np.maximum(turn[one], turn[other]), starts)
        found[draw, 0] = second_of_pair.min() + 1
        for g in range(_GROUPS):
            if not involved[g].all():
                last = second_of_pair[~involved[g]].min()
                found[draw, 1 + g] = np.count_nonzero((turn <= last) & (group != g))
    return found
