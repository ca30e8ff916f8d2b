"""The rotation: which detectors are held out together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metacalo.errors import SettingsError

_PER_FOLD = 2


@dataclass(frozen=True)
class Fold:
    """One division of the detectors.

    Attributes:
        index: from 0.
        held_out: detectors that models are judged on.
        training: all others.
    """

    index: int
    held_out: tuple[str, ...]
    training: tuple[str, ...]


def rotation(detectors: Sequence[str], seed: int = 0) -> tuple[Fold, ...]:
    """Divide detectors in folds that hold out two each; every detector is held out once.

    The first two are held out together, and first; the others are paired at random. Of an odd number the
    last is held out alone.

    Args:
        detectors: names, all different.
        seed: of the pairs.

    Raises:
        SettingsError: fewer than three detectors, or one of them twice.
    """
    if len(set(detectors)) < len(detectors) or len(detectors) <= _PER_FOLD:
        raise SettingsError(
            f"expected at least three detectors, all different, got {', '.join(detectors) or 'none'}; two "
            "are held out at a time, and the model is trained on the others"
        )
    others = np.random.default_rng(seed).permutation(detectors[_PER_FOLD:]).tolist()
    ordered = [*detectors[:_PER_FOLD], *others]
    pairs = [tuple(ordered[k : k + _PER_FOLD]) for k in range(0, len(ordered), _PER_FOLD)]
    return tuple(
        Fold(k, pair, tuple(name for name in detectors if name not in pair)) for k, pair in enumerate(pairs)
    )
