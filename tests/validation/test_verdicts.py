"""Lights at and about their thresholds."""

import math

import pytest

from metacalo.validation import Estimate
from metacalo.validation.verdicts import CRITERIA, Criterion, Light, judge

DISTANCE = Criterion(meaning="distance", good_below=0.01, fair_below=0.05)
RATIO = Criterion(meaning="ratio", good_below=0.02, fair_below=0.05, kind="ratio")
SHARE = Criterion(meaning="share", good_below=0.01, fair_below=0.05, kind="share")
SHIFT = Criterion(meaning="shift", good_below=0.01, fair_below=0.05, kind="shift")


@pytest.mark.parametrize(
    ("value", "light"),
    [
        (0.01, Light.GREEN),
        (0.029, Light.GREEN),
        (0.031, Light.AMBER),
        (0.069, Light.AMBER),
        (0.071, Light.RED),
    ],
)
def test_a_distance_is_judged_by_its_excess_over_the_floor(value, light):
    assert judge(DISTANCE, Estimate(value), Estimate(0.02)).light is light


@pytest.mark.parametrize(
    ("value", "light"),
    [(1.019, Light.GREEN), (0.981, Light.GREEN), (1.03, Light.AMBER), (0.96, Light.AMBER), (0.9, Light.RED)],
)
def test_a_ratio_is_judged_by_its_distance_to_one_in_both_directions(value, light):
    assert judge(RATIO, Estimate(value), Estimate(1.5)).light is light
    assert judge(RATIO, Estimate(value), None).light is light


def test_a_deviation_within_two_errors_of_figure_and_floor_is_compatible():
    # 0.03 and 0.04 make 0.05: twice that is just above the excess, then just below it.
    floor = Estimate(0.1, 0.04)
    assert judge(DISTANCE, Estimate(0.199, 0.03), floor).light is Light.PALE
    assert judge(DISTANCE, Estimate(0.201, 0.03), floor).light is Light.RED
    assert judge(RATIO, Estimate(1.09, 0.05), floor).light is Light.PALE


def test_a_share_is_judged_by_what_it_lacks_and_more_than_the_floor_is_good():
    assert judge(SHARE, Estimate(0.95), Estimate(0.90)).light is Light.GREEN
    assert judge(SHARE, Estimate(0.87), Estimate(0.90)).light is Light.AMBER
    assert judge(SHARE, Estimate(0.80), Estimate(0.90)).light is Light.RED


def test_a_shift_is_judged_by_its_distance_to_the_floor_in_both_directions():
    assert judge(SHIFT, Estimate(-0.005), Estimate(0.001)).light is Light.GREEN
    assert judge(SHIFT, Estimate(0.03), Estimate(0.0)).light is Light.AMBER
    assert judge(SHIFT, Estimate(-0.06), Estimate(0.0)).light is Light.RED


def test_a_small_deviation_with_an_error_above_the_threshold_is_not_called_good():
    """A resolution 1% off that is known to 8% may be 10% off: more showers have to say."""
    verdict = judge(RATIO, Estimate(1.01, 0.08), None)
    assert verdict.light is Light.PALE
    assert "not enough showers to say: the error is 8%" in verdict.reason
    assert judge(RATIO, Estimate(1.01, 0.019), None).light is Light.GREEN
    # For a distance the error of the floor counts too: 0.008 and 0.008 make 0.0113.
    assert judge(DISTANCE, Estimate(0.02, 0.008), Estimate(0.02, 0.008)).light is Light.PALE
    assert judge(DISTANCE, Estimate(0.02, 0.008), Estimate(0.02, 0.005)).light is Light.GREEN


def test_the_deviation_of_every_kind_has_words():
    assert {c.deviation for c in (DISTANCE, RATIO, SHARE, SHIFT)} == {
        "excess over the floor",
        "distance to 1",
        "lack to the floor",
        "distance to the floor",
    }


def test_the_reason_is_said_in_words():
    assert judge(RATIO, Estimate(0.9), None).reason == "10% too low"
    assert judge(DISTANCE, Estimate(0.5), Estimate(0.25)).reason == "0.25 above the floor"
    assert judge(DISTANCE, Estimate(0.25), Estimate(0.5)).reason == "0.25 below the floor"


@pytest.mark.parametrize(
    ("estimate", "floor"),
    [(None, Estimate(0.1)), (Estimate(math.nan), Estimate(0.1)), (Estimate(0.1), None)],
)
def test_what_is_not_known_is_not_judged(estimate, floor):
    assert judge(DISTANCE, estimate, floor).light is Light.NONE


def test_the_thresholds_are_in_order_and_cannot_be_changed():
    assert all(0 < c.good_below < c.fair_below for c in CRITERIA.values())
    with pytest.raises(TypeError):
        CRITERIA["mine"] = DISTANCE  # type: ignore[index]
