"""Trees that tell samples apart, or cannot."""

import numpy as np
import pytest

from metacalo.errors import SettingsError
from metacalo.validation import classifier_auc
from metacalo.validation.classifiers import MIN_SHOWERS


def sample(seed, n=250, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, size=(n, 5))


def test_samples_of_one_distribution_cannot_be_told_apart():
    area, error = classifier_auc(sample(1), sample(2))
    assert area == pytest.approx(0.5, abs=3 * error)
    assert 0.02 < error < 0.05


def test_shifted_samples_are_told_apart():
    area, error = classifier_auc(sample(1), sample(2, shift=3.0))
    assert area > 0.99
    assert error < 0.01


def test_the_same_seed_gives_the_same_figure():
    first, second = sample(1, 80), sample(2, 80, shift=0.5)
    assert classifier_auc(first, second, folds=2) == classifier_auc(first, second, folds=2)


def test_the_figure_is_that_of_the_first_release():
    # As given by version 0.1.0, whose reports users have: a change here changes what they compare with.
    assert classifier_auc(sample(1, 80), sample(2, 80, shift=0.5), folds=2) == pytest.approx(
        (0.8222815839094908, 0.033301642238282185), rel=1e-6
    )


def test_twins_in_different_folds_would_give_themselves_away_and_in_one_do_not():
    # Each generated shower has its condition, which says nothing of its kind, from one of the reference.
    condition = np.random.default_rng(3).normal(size=(250, 1))
    label = np.arange(250)
    apart, _ = classifier_auc(condition, condition)
    together, error = classifier_auc(condition, condition, groups=(label, label))
    assert apart < together
    assert together == pytest.approx(0.5, abs=error)


def test_too_few_showers_are_refused():
    with pytest.raises(SettingsError, match=f"at least {MIN_SHOWERS} showers of each kind, got 49 and 250"):
        classifier_auc(sample(1, 49), sample(2))
