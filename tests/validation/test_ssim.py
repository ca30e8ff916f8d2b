"""Structural similarity, of pictures and of samples of them."""

import numpy as np
import pytest

from metacalo.errors import SettingsError
from metacalo.validation import diversity


def test_a_picture_is_like_itself():
    pictures = np.random.default_rng(0).random((3, 9, 45))
    assert diversity.structural_similarity(pictures, pictures, 1.0) == pytest.approx([1, 1, 1])


def test_two_even_pictures_are_compared_by_their_brightness_alone():
    bright, dark = np.full((1, 9, 45), 0.8), np.full((1, 9, 45), 0.2)
    c1 = (0.01 * 2.0) ** 2
    expected = (2 * 0.8 * 0.2 + c1) / (0.8**2 + 0.2**2 + c1)
    assert diversity.structural_similarity(bright, dark, 2.0) == pytest.approx([expected])


def test_structural_similarity_agrees_with_scikit_image():
    # structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.3,
    # full=True) of scikit-image 0.26.0, mean over all pixels of the full picture.
    index = np.arange(800.0)
    first = ((index * np.sqrt(2) % 1) ** 4).reshape(20, 40)
    second = ((index * np.sqrt(3) % 1) ** 4).reshape(20, 40) + 0.3 * first
    found = diversity.structural_similarity(first[None], second[None], 1.3)
    assert found == pytest.approx([0.26763305887342903], rel=1e-9)


def test_showers_that_are_all_the_same_are_not_diverse():
    rng = np.random.default_rng(1)
    reference = rng.exponential(size=(80, 9, 45))
    found = diversity.ssim_diversity(reference, np.repeat(reference[:1], 60, axis=0), pairs=100)
    assert found.generated.value == pytest.approx(1.0)
    assert found.reference.value < 0.3


def test_equal_samples_are_equally_diverse_and_less_spread_lowers_diversity():
    rng = np.random.default_rng(2)
    reference = rng.exponential(size=(300, 9, 45))
    same = diversity.ssim_diversity(reference, rng.exponential(size=(300, 9, 45)))
    difference = same.generated.value - same.reference.value
    assert abs(difference) < 4 * np.hypot(same.generated.error, same.reference.error)
    alike = diversity.ssim_diversity(reference, 0.5 * reference + 0.5 * reference.mean(axis=0))
    assert alike.generated.value > alike.reference.value + 8 * alike.generated.error


def test_the_unit_of_the_energy_does_not_matter():
    rng = np.random.default_rng(3)
    first, second = rng.exponential(size=(2, 60, 9, 45))
    in_mev = diversity.ssim_diversity(first, second)
    in_gev = diversity.ssim_diversity(first / 1000, second / 1000)
    assert in_mev.generated == pytest.approx(in_gev.generated)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (np.ones((60, 9, 40)), "of one shape"),
        (np.ones((60, 9)), "of one shape"),
        (np.zeros((60, 9, 45)), "empty pictures"),
        (-np.ones((60, 9, 45)), "not negative"),
        (np.full((60, 9, 45), np.nan), "finite"),
    ],
)
def test_pictures_that_cannot_be_compared_are_refused(reference, message):
    with pytest.raises(SettingsError, match=message):
        diversity.ssim_diversity(reference, np.ones((60, 9, 45)))
