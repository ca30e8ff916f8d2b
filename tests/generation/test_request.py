import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.errors import SettingsError
from metacalo.generation.request import GivenConditions, Range, Request, SameConditions
from metacalo.showers import Showers


def test_a_number_is_a_range_of_one_value() -> None:
    assert Range.parse("50", name="energy", unit="GeV") == Range(50.0, 50.0)


def test_two_numbers_are_a_range() -> None:
    assert Range.parse("1:100", name="energy", unit="GeV") == Range(1.0, 100.0)


@pytest.mark.parametrize("text", ["", "a", "1:2:3", "nan", "1:inf", "1-2"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match="write for example `--energy"):
        Range.parse(text, name="energy", unit="GeV")


def test_ends_in_the_wrong_order_are_told_so() -> None:
    with pytest.raises(SettingsError, match="the lower value comes first, write `--energy 1:5`"):
        Range.parse("5:1", name="energy", unit="GeV")


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0)])
def test_energies_that_are_not_positive_are_refused(low: float, high: float) -> None:
    with pytest.raises(SettingsError, match="above 0 GeV"):
        Request(1, Range(low, high), Range(0, 0))


def test_angles_along_the_front_face_are_refused() -> None:
    with pytest.raises(SettingsError, match="below 90 degrees"):
        Request(1, Range(1, 1), Range(0, 90))


def test_no_showers_are_refused() -> None:
    with pytest.raises(SettingsError, match="at least 1"):
        Request(0, Range(1, 1), Range(0, 0))


@given(size=st.integers(1, 40))
def test_conditions_do_not_depend_on_the_size_of_the_batches(size: int) -> None:
    request = Request(37, Range(1, 100), Range(0, 40), seed=3)
    parts = list(request.batches(size))
    (whole,) = request.batches(37)
    for i in range(3):
        np.testing.assert_array_equal(np.concatenate([part[i] for part in parts]), whole[i])


def test_energies_are_even_in_their_logarithm_and_angles_even() -> None:
    (columns,) = Request(20_000, Range(1, 100), Range(0, 40), seed=1).batches(20_000)
    assert np.log10(columns[0]).mean() == pytest.approx(1.0, abs=0.02)
    assert np.degrees(columns[1]).mean() == pytest.approx(20.0, abs=0.4)
    assert columns[0].min() >= 1.0
    assert columns[0].max() <= 100.0


def test_the_conditions_of_showers_come_back_one_for_one(hand_made_showers: Showers) -> None:
    asked = SameConditions(hand_made_showers)
    parts = list(asked.batches(1))
    assert len(asked) == len(parts) == len(hand_made_showers)
    np.testing.assert_array_equal(
        np.concatenate([part[0] for part in parts]), hand_made_showers.incident_energy_gev
    )


def test_scalars_stand_for_all_showers() -> None:
    (columns,) = GivenConditions(50.0, [0.1, 0.2], 0.0, None).batches(10)
    np.testing.assert_allclose(columns[0], [50, 50])
    np.testing.assert_allclose(columns[1], [0.1, 0.2])


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(SettingsError, match="of one length"):
        GivenConditions([1.0, 2.0], [0.1, 0.2, 0.3], 0.0, None)


def test_nan_is_refused() -> None:
    with pytest.raises(SettingsError, match="above 0 GeV"):
        GivenConditions([1.0, float("nan")], 0.1, 0.0, None)
