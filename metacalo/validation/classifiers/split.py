"""Which showers a classifier learns from and which it is tested on, so that twins stay together."""

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError

MIN_SHOWERS = 50
"""Fewest showers of each kind for which an AUC is given."""


def check_sizes(n_reference: int, n_generated: int) -> None:
    """Check that there are showers enough to train and to test a classifier.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS` showers of a kind.
    """
    if min(n_reference, n_generated) < MIN_SHOWERS:
        raise SettingsError(
            f"a classifier test needs at least {MIN_SHOWERS} showers of each kind, "
            f"got {n_reference} and {n_generated}; give it more showers or leave it out"
        )


def folds_of(n: int, groups: NDArray[np.generic] | None, folds: int, seed: int) -> NDArray[np.int64]:
    """Fold of each shower: equally filled with groups at random, shape (n,).

    Args:
        n: number of showers.
        groups: a label of each shower, (n,); those of one label get one fold.
        folds: number of folds.
        seed: of the permutation of the groups.
    """
    group = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(group.max()) + 1
    return (np.random.default_rng(seed).permutation(count) % folds)[group]
