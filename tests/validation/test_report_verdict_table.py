"""The traffic-light table as data: the first comparison is judged, the others stand beside it."""

import pytest

from metacalo.validation import Comparison, Estimate
from metacalo.validation.report import verdict_table
from metacalo.validation.report.verdict_table import short_name
from metacalo.validation.verdicts import CRITERIA, Criterion, Light


def comparison(**estimates: float) -> Comparison:
    found = {name: Estimate(value, 0.001) for name, value in estimates.items()}
    return Comparison(n_reference=10, n_generated=10, estimates=found)


def test_rows_come_in_the_order_of_the_criteria_with_values_of_all():
    table = verdict_table(
        {
            "adapted": comparison(separation_mean=0.2, response_ratio=1.01),
            "before": comparison(response_ratio=0.8),
        },
        comparison(response_ratio=1.0, separation_mean=0.03),
    )
    assert table.labels == ("adapted", "before")
    assert [row.name for row in table.rows] == ["response_ratio", "separation_mean"]
    first, second = table.rows
    assert first.values == (Estimate(1.01, 0.001), Estimate(0.8, 0.001))
    assert (first.floor, first.light, first.words) == (Estimate(1.0, 0.001), Light.GREEN, "1% too high")
    assert second.values == (Estimate(0.2, 0.001), None)
    assert second.light is Light.RED
    assert second.meaning == CRITERIA["separation_mean"].meaning


def test_lights_are_counted_best_first_and_none_only_where_there_is_one():
    table = verdict_table(
        {"adapted": comparison(response_ratio=1.3, separation_mean=0.03)}, comparison(separation_mean=0.03)
    )
    assert list(table.counts.values()) == [1, 0, 0, 1]
    without_floor = verdict_table({"adapted": comparison(separation_mean=0.03)}, comparison())
    assert without_floor.counts[Light.NONE] == 1
    assert without_floor.rows[0].words == "no floor to compare with"


def test_figures_without_a_criterion_and_criteria_without_a_figure_have_no_row():
    own = {"length": Criterion(meaning="length of the shower", good_below=1, fair_below=2)}
    table = verdict_table(
        {"a": comparison(length=3.0, other=1.0)},
        comparison(length=0.0),
        criteria=own,
        floor_label="Geant4 itself",
    )
    assert [(row.name, row.light) for row in table.rows] == [("length", Light.RED)]
    assert table.floor_label == "Geant4 itself"
    assert verdict_table({}, comparison(length=1.0), criteria=own).rows == ()


@pytest.mark.parametrize("name", CRITERIA)
def test_short_names_fit_a_terminal_and_differ(name):
    assert len(short_name(name)) <= 30
    assert [short_name(other) for other in CRITERIA].count(short_name(name)) == 1
