"""The area under the curve, and its error."""

import numpy as np
import pytest

from metacalo.validation.classifiers import area_error, area_under_curve
from metacalo.validation.classifiers.area import mean_area


def test_the_area_counts_pairs_in_the_right_order():
    # Ones at 2 and 4 against zeros at 1 and 3: three of the four pairs; a tie counts half.
    label = np.array([0, 1, 0, 1])
    assert area_under_curve(label, np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.75)
    assert area_under_curve(label, np.zeros(4)) == pytest.approx(0.5)
    assert area_under_curve(label, np.array([0.0, 1.0, 0.0, 1.0])) == 1.0


def test_the_error_of_an_area_is_hanley_and_mcneils():
    # At one half the formula gives sqrt((n1 + n2 + 1) / (12 n1 n2)), the rank test's own.
    assert area_error(0.5, 30, 50) == pytest.approx((81 / (12 * 30 * 50)) ** 0.5)
    assert area_error(1.0, 30, 50) == pytest.approx(0.0, abs=1e-9)


def test_the_error_of_a_mean_is_the_larger_of_spread_and_statistics():
    assert mean_area([0.4, 0.6], 10_000, 10_000) == pytest.approx((0.5, 0.1))
    assert mean_area([0.5, 0.5], 30, 50) == pytest.approx((0.5, area_error(0.5, 30, 50)))
    assert mean_area([0.5], 30, 50) == pytest.approx((0.5, area_error(0.5, 30, 50)))
