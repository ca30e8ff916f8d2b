"""Lights at and about their thresholds."""

import math

import pytest

from metacalo.validation import Estimate
from metacalo.validation.verdicts import CRITERIA, Criterion, Light, judge

DISTANCE = Criterion(meaning="distance", good_below=0.01, fair_below=0.05)
RATIO = Criterion(meaning="ratio", good_below=0.02, fair_below=0.05, is_ratio=True)


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
