import json
import sys
from pathlib import Path

import pytest

from metacalo.errors import OutputError
from metacalo.meta.records import Records


def steps(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_record_is_a_line_and_what_is_not_finite_is_null(tmp_path: Path) -> None:
    with Records(tmp_path, tensorboard=False) as records:
        records.write(
            {"step": 3, "loss": float("nan"), "validation": {"a": {"before": 1.5, "after": float("inf")}}}
        )
    line = json.loads((tmp_path / "metrics.jsonl").read_text())
    assert line == {"step": 3, "loss": None, "validation": {"a": {"before": 1.5, "after": None}}}


def test_going_on_drops_the_records_of_steps_that_will_be_done_again(tmp_path: Path) -> None:
    with Records(tmp_path, tensorboard=False) as records:
        for step in (1, 2, 3):
            records.write({"step": step})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    with Records(tmp_path, from_step=2, tensorboard=False) as records:
        records.write({"step": 3})
    assert steps(tmp_path) == [1, 2, 3]


def test_a_new_training_begins_a_new_log(tmp_path: Path) -> None:
    for step in (1, 7):
        with Records(tmp_path, tensorboard=False) as records:
            records.write({"step": step})
    assert steps(tmp_path) == [7]


def test_without_tensorboard_there_are_just_no_scalars(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with Records(tmp_path) as records:
        records.write({"step": 1, "loss": 2.0})
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_with_tensorboard_every_number_is_a_scalar(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with Records(tmp_path) as records:
        records.write({"step": 4, "loss": 2.0, "validation": {"a": {"before": 1.5, "after": None}}})
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert set(events.Tags()["scalars"]) == {"loss", "validation/a/before"}
    assert [(e.step, e.value) for e in events.Scalars("loss")] == [(4, 2.0)]


def test_a_folder_that_is_a_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(OutputError, match=r"cannot be (written|read)"):
        Records(tmp_path / "run")
