"""Means and differences of records whose every number is known."""

import pytest

from metacalo.benchmark import Record, Trial
from metacalo.benchmark.aggregate import (
    AUC,
    LOSS,
    QUALITIES,
    Mean,
    Row,
    above_best,
    difference,
    floor_of,
    gap_after,
    rows_of,
    supports_of,
    values_of,
)
from metacalo.benchmark.records import FLOOR, Look
from metacalo.benchmark.tables import difference_table, document, quality_table, time_table


def record(
    detector: str, learner: str, support: int, auc: float, loss: float | None, way: str = "all"
) -> Record:
    history = tuple(Look(10 * k, 0.5 * k, (loss or 0.0) + 8.0 / 2**k) for k in range(4)) if support else ()
    return Record(
        trial=Trial(0, detector, learner, way, support, 0),
        figures={"classifier_auc": auc, "separation_mean": auc / 10, "response_ratio": 0.98},
        loss=loss,
        history=history,
        cpu_s=2.0,
        best_step=20,
    )


RECORDS = [
    record("a", FLOOR, 0, 0.50, None),
    record("b", FLOOR, 0, 0.52, None),
    record("a", "joint", 0, 0.90, 105.0),
    record("b", "joint", 0, 0.80, 205.0),
    record("a", "joint", 30, 0.70, 100.0),
    record("b", "joint", 30, 0.60, 201.0),
    record("a", "anil", 30, 0.68, 101.0),
    record("b", "anil", 30, 0.63, 203.0),
    record("a", "anil", 30, 0.75, 102.0, "head"),
]


def test_rows_and_columns_are_what_was_done_and_ways_of_their_own_come_last() -> None:
    assert rows_of(RECORDS) == [Row("joint", "all"), Row("anil", "all"), Row("anil", "head")]
    assert supports_of(RECORDS) == [0, 30]
    assert [row.label for row in rows_of(RECORDS)] == ["joint, continued", "ANIL", "ANIL, head alone"]


def test_a_difference_is_taken_on_the_same_detector() -> None:
    found = difference(RECORDS, Row("anil", "all"), 30, AUC)
    assert found is not None
    assert (found.won, found.pairs) == (1, 2)
    assert found.mean.value == pytest.approx((-0.02 + 0.03) / 2)
    assert found.mean.error == pytest.approx(0.025)
    only_a = difference(RECORDS, Row("anil", "head"), 30, LOSS)
    assert only_a is not None
    assert only_a.mean == Mean(2.0, None, 1)
    assert difference(RECORDS, Row("anil", "head"), 0, LOSS) is None


def test_the_loss_is_counted_from_the_best_of_each_detector() -> None:
    assert above_best(RECORDS, Row("anil", "all"), 30) == Mean(1.5, pytest.approx(0.5), 2)
    assert above_best(RECORDS, Row("joint", "all"), 0) == Mean(4.5, pytest.approx(0.5), 2)


def test_the_floor_is_that_of_full_simulation() -> None:
    floor = floor_of(RECORDS, AUC)
    assert floor is not None
    assert floor.value == pytest.approx(0.51)


def test_response_is_counted_by_how_far_it_is_off_in_either_direction() -> None:
    response = next(quality for quality in QUALITIES if quality.heading.startswith("response, mean"))
    assert values_of(RECORDS, Row("anil", "head"), 30, response) == {("a", 0): pytest.approx(2.0)}


@pytest.mark.parametrize(("most_s", "gap"), [(0.0, 7.0), (0.6, 3.0), (9.0, 0.0)])
def test_the_gap_of_held_back_showers_is_of_the_best_look_in_the_time(most_s: float, gap: float) -> None:
    mean = gap_after(RECORDS, Row("joint", "all"), 30, lambda look: look.cpu_s <= most_s)
    assert mean is not None
    # joint is lowest on both detectors: 8 / 2^k above the loss at look k, and 8 / 2^3 at the end
    assert mean.value == pytest.approx(gap)


def test_tables_show_means_differences_and_times() -> None:
    assert "| ANIL | – | 0.655 |" in quality_table(RECORDS, AUC)
    assert "| Geant4 against Geant4 | 0.510 | 0.510 |" in quality_table(RECORDS, AUC)
    assert "| ANIL | – | +0.005 ± 0.025 (1 of 2) |" in difference_table(RECORDS, AUC)
    assert "| joint, continued | 7.0 | 3.0 | 1.0 | 0.0 | 0.0 | 2.0 | 1.0 |" in time_table(RECORDS, 30)
    assert document(RECORDS, {}, []).count("\n## ") == 1 + len(QUALITIES) + 2 + 2
