"""Networks that tell samples apart as well as theory allows, and no better."""

from statistics import NormalDist

import numpy as np
import pytest
import torch

from metacalo.errors import SettingsError
from metacalo.showers import Showers
from metacalo.validation.classifiers import MIN_SHOWERS, NetworkSettings, feature_network, voxel_network
from metacalo.validation.classifiers.settings import CHALLENGE_FEATURES, CHALLENGE_VOXELS, QUICK_VOXELS

SMALL = NetworkSettings(
    width=32, hidden_layers=1, epochs=15, patience=6, batch=200, learning_rate=3e-3, standardise=True
)


def sample(seed, n=2000, shift=0.0):
    features = np.random.default_rng(seed).normal(size=(n, 4))
    features[:, 0] += shift
    return features


@pytest.fixture(scope="module")
def shifted():
    return feature_network(sample(1), sample(2, shift=1.0), settings=SMALL, repeats=5)


def test_two_gaussians_have_the_area_known_in_closed_form(shifted):
    # Best of all scores is the shifted coordinate itself: P(x < y) for y - x of mean d and variance 2.
    best = NormalDist().cdf(1.0 / 2**0.5)
    assert shifted.auc.value == pytest.approx(best, abs=3 * shifted.auc.error)
    assert shifted.calibrated_auc.value == pytest.approx(best, abs=3 * shifted.calibrated_auc.error)
    assert 0.005 < shifted.auc.error < 0.02


def test_five_repetitions_test_every_shower_once(shifted):
    assert shifted.n_test == 4000
    assert (shifted.n_train, shifted.n_validation) == (2400, 800)
    assert len(shifted.best_epochs) == 5


def test_calibration_makes_the_probabilities_true(shifted):
    assert shifted.calibrated_calibration_error < 0.05
    assert shifted.calibrated_reliability.count.sum() == 4000
    # The share on the right side of the middle between the two means.
    assert shifted.accuracy == pytest.approx(NormalDist().cdf(0.5), abs=0.04)


def test_the_divergence_is_bounded_from_below(shifted):
    # That of the two Gaussians is 0.1591 bit; isotonic regression on 800 showers costs some of it.
    assert 0.05 < shifted.jensen_shannon.value < 0.1591 + 2 * shifted.jensen_shannon.error


def test_shuffled_labels_cannot_be_told():
    both = np.concatenate([sample(1), sample(2, shift=1.0)])
    both = np.random.default_rng(3).permutation(both)
    test = feature_network(both[:2000], both[2000:], settings=SMALL, repeats=5)
    assert test.auc.value == pytest.approx(0.5, abs=3 * test.auc.error)
    assert test.jensen_shannon.value < 2 * test.jensen_shannon.error


def test_twins_stay_together():
    # A network that has learnt the features by heart knows of a twin in the test part only what is wrong.
    condition = np.random.default_rng(3).normal(size=(300, 8))
    label = np.arange(300)
    heart = NetworkSettings(width=128, hidden_layers=1, epochs=60, batch=50, learning_rate=3e-3)
    apart = feature_network(condition, condition, settings=heart)
    together = feature_network(condition, condition, groups=(label, label), settings=heart)
    assert apart.auc.value < 0.45
    # Twins have the same score to rounding: as many pairs are in the right order as in the wrong one.
    assert together.auc.value == pytest.approx(0.5, abs=2e-3)


def test_the_same_seed_gives_the_same_and_leaves_torch_alone():
    quick = NetworkSettings(width=8, epochs=2, dropout=0.5, standardise=True)
    torch.manual_seed(4)
    untouched = torch.rand(3)
    torch.manual_seed(4)
    first, again, other = (
        feature_network(sample(1, 60), sample(2, 60, 0.5), settings=quick, seed=seed) for seed in (0, 0, 1)
    )
    assert first.auc == again.auc
    assert np.array_equal(first.reliability.predicted, again.reliability.predicted)
    assert not np.array_equal(first.reliability.predicted, other.reliability.predicted)
    assert torch.equal(torch.rand(3), untouched)


def test_voxels_with_a_lost_ring_are_told_apart(real_showers):
    tiled = real_showers[np.arange(240) % 60]
    lost = tiled.dense()
    lost[:, 0] *= 0.5
    other = Showers.from_dense(
        lost, grid=tiled.grid, incident_energy_gev=tiled.incident_energy_gev, theta_rad=tiled.theta_rad
    )
    label = np.arange(240) % 60
    settings = NetworkSettings(width=64, hidden_layers=1, epochs=8, batch=48, learning_rate=2e-3)
    test = voxel_network(tiled, other, groups=(label, label), settings=settings)
    assert test.auc.value > 0.9
    assert test.settings == settings


def test_settings_of_the_challenge_are_at_hand():
    assert (CHALLENGE_FEATURES.width, CHALLENGE_FEATURES.hidden_layers) == (512, 2)
    assert (CHALLENGE_FEATURES.epochs, CHALLENGE_FEATURES.batch) == (50, 1000)
    assert CHALLENGE_FEATURES.learning_rate == 2e-4
    assert (CHALLENGE_VOXELS.width, CHALLENGE_VOXELS.dropout) == (2048, 0.2)
    assert QUICK_VOXELS.hidden_layers == CHALLENGE_VOXELS.hidden_layers


def test_what_cannot_be_tested_is_refused():
    few = f"at least {MIN_SHOWERS} showers of each kind, got 49 and 2000"
    with pytest.raises(SettingsError, match=few):
        feature_network(sample(1, 49), sample(2), settings=SMALL)
    with pytest.raises(SettingsError, match="1 to 5 repetitions of a classifier test, got 6"):
        feature_network(sample(1), sample(2), settings=SMALL, repeats=6)
    broken = sample(2)
    broken[3, 1] = np.nan
    with pytest.raises(SettingsError, match="got 1 others among those of the generated showers"):
        feature_network(sample(1), broken, settings=SMALL)
    one = np.zeros(2000, dtype=np.int64)
    with pytest.raises(SettingsError, match="nearly all showers of one group"):
        feature_network(sample(1), sample(2), groups=(one, one), settings=SMALL)
