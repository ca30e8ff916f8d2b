"""Planted copies of training showers must be found, and none where there is none."""

import numpy as np
import pytest
import scipy.sparse

from metacalo.errors import SettingsError
from metacalo.showers import open_showers
from metacalo.validation import diversity


@pytest.fixture(scope="module")
def real_voxels(data_dir):
    """Voxels of 1,000 showers of Geant4, sparse (1000, 6480)."""
    showers = open_showers(data_dir.parents[1] / "geometries" / "showers" / "lhcb_ecal.h5").load()
    parts = (showers.energies_mev, showers.voxels, showers.offsets)
    shape = (len(showers), int(np.prod(showers.grid.shape)))
    return scipy.sparse.csr_matrix(tuple(np.asarray(part) for part in parts), shape=shape)


@pytest.fixture
def features():
    """Generated, training and test showers of one distribution."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, 6)) for n in (400, 300, 350)]


def test_showers_of_one_distribution_are_not_memorised(features):
    found = diversity.memorisation(*features)
    assert found.share_closer.value == pytest.approx(0.5, abs=3 * found.share_closer.error)
    assert found.p_value > 0.01
    assert (found.copies, found.copies_in_test) == (0, 0)
    assert found.pairs.shape == (0, 2)


def test_three_planted_copies_are_found_though_they_move_no_mean(features):
    generated, training, test = features
    generated[[7, 100, 399]] = training[[3, 299, 0]].round(4)
    found = diversity.memorisation(generated, training, test)
    assert found.pairs.tolist() == [[7, 3], [100, 299], [399, 0]]
    assert found.copies == 3
    assert found.closer_than_any >= 3
    assert found.share_closer.value == pytest.approx(0.5, abs=0.07)


def test_smeared_training_showers_are_found_by_their_ranks(features):
    _, training, test = features
    rng = np.random.default_rng(1)
    generated = training[rng.integers(300, size=400)] + 0.2 * rng.normal(size=(400, 6))
    found = diversity.memorisation(generated, training, test)
    assert found.share_closer.value > 0.9
    assert found.p_value < 1e-20
    assert found.tail_p_value < 1e-6


def test_the_share_is_counted_by_hand():
    # Training at 0, 10, 20, ...; held-out showers 2 away from it, generated ones 1 (half of them) or 3.
    training = 10.0 * np.arange(60)[:, None]
    away = np.tile([1.0, 3.0], 30)[:, None]
    found = diversity.memorisation(training + away, training, training + 2)
    assert found.share_closer.value == pytest.approx(0.5)
    assert found.closer_than_any == 30
    assert found.copies == 0
    # The chance that the 30 closest of 120 are all among the 60 generated.
    expected = np.prod((60.0 - np.arange(30)) / (120 - np.arange(30)))
    assert found.tail_p_value == pytest.approx(expected)


def test_p_values_of_showers_that_are_not_memorised_are_uniform():
    rng = np.random.default_rng(2)
    found = [diversity.memorisation(*(rng.normal(size=(n, 3)) for n in (60, 50, 60))) for _ in range(80)]
    assert np.mean([f.p_value < 0.2 for f in found]) == pytest.approx(0.2, abs=0.13)
    shares = [f.share_closer.value for f in found]
    assert np.mean([f.share_closer.error for f in found]) == pytest.approx(np.std(shares), rel=0.3)


def test_copies_of_real_showers_are_found_up_to_rounding_and_scale(real_voxels):
    training, test, generated = real_voxels[:400], real_voxels[400:700], real_voxels[700:].copy()
    clean = diversity.memorisation(generated, training, test)
    assert clean.copies == 0
    assert clean.share_closer.value == pytest.approx(0.5, abs=0.1)
    copies = training[[5, 17, 233]] * 1.3
    copies.data = copies.data.astype(np.float16).astype(float)
    spoilt = scipy.sparse.vstack([generated, copies]).tocsr()
    found = diversity.memorisation(spoilt, training, test)
    assert found.pairs.tolist() == [[300, 5], [301, 17], [302, 233]]
    assert found.copies_in_test == 0


def test_empty_showers_are_left_out_without_a_shift_of_the_indices(real_voxels):
    training, test, generated = real_voxels[:400], real_voxels[400:700], real_voxels[700:]
    empty = scipy.sparse.csr_matrix((2, 6480))
    found = diversity.memorisation(
        scipy.sparse.vstack([empty, training[9:10], generated]),
        scipy.sparse.vstack([empty, training]),
        test,
    )
    assert found.pairs.tolist() == [[2, 11]]


def test_showers_that_share_no_voxel_are_a_root_of_two_apart():
    from metacalo.validation.diversity.neighbours import nearest_in_shape

    first = scipy.sparse.csr_matrix(np.array([[1.0, 3.0, 0.0, 0.0]]))
    second = scipy.sparse.csr_matrix(np.array([[0.0, 0.0, 1.0, 1.0], [2.0, 6.0, 0.0, 0.0]]))
    assert nearest_in_shape(first, second[:1])[0] == pytest.approx([2**0.5])
    distance, index = nearest_in_shape(first, second)
    assert (distance[0], index[0]) == (pytest.approx(0.0, abs=1e-7), 1)
    # Shares (1/4, 3/4) and (1/2, 1/2): 2 - 2 (sqrt(1/8) + sqrt(3/8)), squared.
    half = scipy.sparse.csr_matrix(np.array([[1.0, 1.0, 0.0, 0.0]]))
    assert nearest_in_shape(first, half)[0] ** 2 == pytest.approx([2 - 2 * (0.125**0.5 + 0.375**0.5)])


def test_held_out_showers_must_not_be_the_training_showers(features):
    generated, training, _ = features
    with pytest.raises(SettingsError, match="equal to training showers"):
        diversity.memorisation(generated, training, training[::-1])


def test_sparse_and_dense_showers_do_not_mix(features):
    with pytest.raises(SettingsError, match="sparse or all dense"):
        diversity.memorisation(scipy.sparse.csr_matrix(features[0]), *features[1:])
