"""Parts of the showers, with twins together."""

import numpy as np
import pytest

from metacalo.validation.classifiers.split import folds_of


def test_every_fold_gets_its_share():
    assert np.bincount(folds_of(103, None, 5, seed=0)).tolist() == [21, 21, 21, 20, 20]


def test_a_group_is_never_divided():
    group = np.random.default_rng(0).integers(40, size=200)
    fold = folds_of(200, group, 5, seed=1)
    assert all(len(np.unique(fold[group == g])) == 1 for g in np.unique(group))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides(seed):
    assert (folds_of(50, None, 5, seed) == folds_of(50, None, 5, seed)).all()
    assert (folds_of(50, None, 5, seed) != folds_of(50, None, 5, seed + 1)).any()
