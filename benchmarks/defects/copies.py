"""Defects of diversity: showers that are copies of each other, or of those that were trained on.

A copy is a shower's shape, scaled to the incident energy that was asked for: a generator is told energy and
angle, so that its copies are not seen in these.
"""

from __future__ import annotations

import numpy as np

from defects.conditions import Rows, nearest
from defects.shapes import with_shapes_of
from metacalo.showers import Showers, concatenate


def duplicated(showers: Showers, share: float = 0.1, seed: int = 0) -> Showers:
    """A share of the showers are copies of others of the sample, each of the nearest in energy and angle."""
    rows = np.arange(len(showers))
    chosen = _chosen(showers, share, seed)
    originals = np.setdiff1d(rows, chosen)
    rows[chosen] = originals[nearest(showers[chosen], showers[originals])]
    return with_shapes_of(showers, showers, rows, keep="response")


def learnt_by_heart(showers: Showers, training: Showers, share: float = 0.1, seed: int = 0) -> Showers:
    """A share of the showers are copies of training showers, each of the nearest in energy and angle."""
    chosen = _chosen(showers, share, seed)
    copies = with_shapes_of(showers[chosen], training, nearest(showers[chosen], training), keep="response")
    rest = np.setdiff1d(np.arange(len(showers)), chosen)
    place = np.empty(len(showers), dtype=np.int64)
    place[np.concatenate([rest, chosen])] = np.arange(len(showers))
    return concatenate([showers[rest], copies])[place]


def collapsed(showers: Showers, modes: int = 200, seed: int = 0) -> Showers:
    """There are only so many different showers: each is a copy of the nearest of them."""
    kept = showers[_chosen(showers, min(1.0, modes / len(showers)), seed)]
    return with_shapes_of(showers, kept, nearest(showers, kept), keep="response")


def _chosen(showers: Showers, share: float, seed: int) -> Rows:
    """Rows of a share of the showers at random, ascending."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.permutation(len(showers))[: round(share * len(showers))])
