from pathlib import Path

from metacalo.benchmark import Record, Trial, read_records
from metacalo.benchmark.records import Look, append_line, newest

TRIAL = Trial(fold=1, detector="scw", learner="anil", way="head", support=30, seed=2)


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    one = Record(
        trial=TRIAL,
        weights_sha256="ab",
        cpu_s=1.5,
        loss=10.25,
        history=(Look(0, 0.0, 12.0), Look(10, 0.5, 11.0)),
        figures={"classifier_auc": 0.75},
        environment={"torch": "2"},
    )
    append_line(tmp_path / "results.0.jsonl", one.to_json())
    assert read_records(tmp_path) == [one]
    assert one.key == (TRIAL, "ab")


def test_a_line_that_a_crash_cut_short_is_left_out_and_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    append_line(path, Record(trial=TRIAL).to_json())
    with path.open("a") as file:
        file.write('{"trial": {"fold"')
    append_line(path, Record(trial=TRIAL, weights_sha256="second").to_json())
    assert [record.weights_sha256 for record in read_records(tmp_path)] == ["", "second"]


def test_the_newest_record_of_a_trial_counts() -> None:
    old, new = (
        Record(trial=TRIAL, weights_sha256=sha, environment={"finished": when})
        for sha, when in (("old", "2026-01-01T00:00:00"), ("new", "2026-01-02T00:00:00"))
    )
    assert newest([new, old]) == [new]
