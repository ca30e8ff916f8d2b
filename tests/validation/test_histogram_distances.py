"""Chi-squared, Kullback-Leibler and Jensen-Shannon, on histograms whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, norm

from metacalo.errors import SettingsError
from metacalo.validation import distances


def gaussian_contents(mean: float, sigma: float, total: float = 1e12) -> np.ndarray:
    """Expected contents of fine bins, so many that a pseudo-count is nothing."""
    return total * np.diff(norm(mean, sigma).cdf(np.linspace(-9, 9, 3001)))


def test_chi_squared_of_two_bins_is_known_by_hand():
    # The four-field formula: N (ad - bc)^2 over the product of the four sums.
    found = distances.chi_squared([30, 70], [90, 110])
    assert float(found.value) == pytest.approx(300 * (30 * 110 - 70 * 90) ** 2 / (100 * 200 * 120 * 180))
    assert int(found.degrees_of_freedom) == 1


def test_chi_squared_is_that_of_the_test_of_homogeneity_whatever_the_totals():
    rng = np.random.default_rng(0)
    first, second = rng.poisson(40, size=12), rng.poisson(90, size=12)
    expected = chi2_contingency(np.stack([first, second]), correction=False)
    found = distances.chi_squared(first, second)
    assert float(found.value) == pytest.approx(expected.statistic)
    assert int(found.degrees_of_freedom) == expected.dof
    assert float(found.p_value) == pytest.approx(expected.pvalue)


def test_chi_squared_of_proportional_histograms_is_zero():
    found = distances.chi_squared([10, 20, 30], [30, 60, 90])
    assert float(found.value) == pytest.approx(0.0)
    assert float(found.p_value) == pytest.approx(1.0)


def test_p_values_of_samples_of_one_distribution_are_uniform():
    rng = np.random.default_rng(1)
    shares = np.linspace(1, 8, 8) / 36
    first, second = (rng.multinomial(n, shares, size=1500) for n in (300, 500))
    p_values = distances.chi_squared(first, second).p_value
    assert p_values.shape == (1500,)
    for level in (0.1, 0.5, 0.9):
        assert np.mean(p_values < level) == pytest.approx(level, abs=0.04)


def test_empty_bins_are_dropped_and_scarce_ones_merged():
    found = distances.chi_squared([50, 0, 2, 2, 2, 50, 1], [50, 0, 2, 2, 2, 50, 1])
    # 50 | 2 + 2 + 2 | 50 + the 1 that is left over.
    assert int(found.degrees_of_freedom) == 2
    kept = distances.chi_squared([50, 0, 2, 2, 2, 50, 1], [50, 0, 2, 2, 2, 50, 1], fewest=0.0)
    assert int(kept.degrees_of_freedom) == 5


def test_the_smaller_histogram_decides_what_is_scarce():
    assert int(distances.chi_squared([6, 6, 6], [600, 600, 600]).degrees_of_freedom) == 2
    assert int(distances.chi_squared([4, 4, 4], [600, 600, 600]).degrees_of_freedom) == 0
    assert float(distances.chi_squared([4, 4, 4], [600, 600, 600]).p_value) == 1.0


def test_an_empty_histogram_has_no_chi_squared():
    with pytest.raises(SettingsError, match="two histograms with entries"):
        distances.chi_squared([0, 0], [1, 2])


@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 1.0), (0.7, 1.0), (0.0, 1.5), (-0.4, 0.8)])
def test_kullback_leibler_of_two_gaussians_is_known_in_closed_form(mean, sigma):
    nats = np.log(sigma) + (1 + mean**2) / (2 * sigma**2) - 0.5
    found = distances.kullback_leibler(gaussian_contents(0, 1), gaussian_contents(mean, sigma))
    assert float(found) == pytest.approx(nats / np.log(2), abs=1e-5)


def test_kullback_leibler_is_finite_where_a_bin_is_empty_unless_told_otherwise():
    first, second = [10, 10, 0], [10, 0, 0]
    # With 1/2 in the two bins that are filled in either: (1/2, 1/2) against (10.5 / 11, 0.5 / 11).
    by_hand = 0.5 * np.log2(0.5 * 11 / 10.5) + 0.5 * np.log2(0.5 * 11 / 0.5)
    assert float(distances.kullback_leibler(first, second)) == pytest.approx(by_hand)
    assert distances.kullback_leibler(first, second, pseudo_count=0.0) == np.inf
    assert distances.kullback_leibler(second, first, pseudo_count=0.0) == pytest.approx(1.0)


def test_kullback_leibler_of_samples_of_one_distribution_is_as_biased_as_said():
    rng = np.random.default_rng(2)
    first, second = (rng.multinomial(n, np.full(20, 0.05), size=500) for n in (2000, 4000))
    bias = 19 / (2 * np.log(2)) * (1 / 2000 + 1 / 4000)
    assert distances.kullback_leibler(first, second).mean() == pytest.approx(bias, rel=0.05)


def test_jensen_shannon_is_known_by_hand():
    # The mean is (3/4, 1/4): its entropy less the mean of 0 and 1 bit.
    entropy = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25))
    assert float(distances.jensen_shannon([7, 0], [5, 5])) == pytest.approx(entropy - 0.5)
    assert float(distances.jensen_shannon([1, 0, 0], [0, 2, 3])) == pytest.approx(1.0)
    assert distances.jensen_shannon([[1, 2], [3, 0]], [[2, 4], [0, 1]]) == pytest.approx([0, 1])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=20).filter(
        lambda pairs: all(sum(side) for side in zip(*pairs, strict=True))
    )
)
def test_divergences_are_not_negative_and_jensen_shannon_is_symmetric_and_at_most_one(pairs):
    first, second = np.array(pairs).T
    assert float(distances.kullback_leibler(first, second)) >= -1e-12
    forth, back = distances.jensen_shannon(first, second), distances.jensen_shannon(second, first)
    assert float(forth) == pytest.approx(float(back), abs=1e-12)
    assert -1e-12 <= float(forth) <= 1 + 1e-12
    # Half the separation power, in nats, is the first term of its series and a lower limit.
    assert float(forth) * np.log(2) >= float(distances.separation_power(first, second)) / 2 - 1e-9
