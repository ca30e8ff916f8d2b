"""The comparison of meta-learners from files to a report, on a few showers of full simulation."""

import json
import re
import shutil
from pathlib import Path

import pytest

from metacalo.benchmark import read_records
from metacalo.checkpoint import load_model
from metacalo.cli.app import run
from metacalo.geometry import load_detector

DETECTORS = ("lhcb_shashlik", "h1_lar", "par04_siw", "fesci", "lhcb_ecal")
MODEL = {"latents": 2, "trunk_width": 8, "branch_width": 8, "encoder_width": 8, "basis": 4, "small_basis": 2}
SMALL = [
    *("--start-steps", "2", "--budget", "0.1", "--tune-budget", "0.05", "--support", "0,8"),
    *("--set", f"model={json.dumps(MODEL)}", "--set", "pool=20", "--set", "test=20"),
    *("--set", "tune_support=8", "--set", "variant_support=[8]"),
    *("--set", 'common={"support_batch": 2, "query_batch": 2, "inner_steps": 1}'),
    *("--set", 'adapt={"steps": 2, "batch": 2}'),
    *("--set", 'start={"query_batch": 2, "threads": 1}'),
]


@pytest.fixture(scope="module")
def showers(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("showers")
    for name in DETECTORS[:-1]:
        shutil.copy(data_dir / f"{name.removesuffix('_shashlik')}_small.h5", folder / f"{name}.h5")
    shipped = load_detector(DETECTORS[-1]).showers
    assert shipped is not None
    shutil.copy(shipped, folder / f"{DETECTORS[-1]}.h5")
    return folder


def arguments(showers: Path, out: Path, detectors: tuple[str, ...], learners: str, *more: str) -> list[str]:
    chosen = ["--detectors", ",".join(detectors), "--learners", learners]
    return ["benchmark", "meta", "--showers", str(showers), "--out", str(out), *chosen, *SMALL, *more]


def test_a_rotation_trains_and_judges_on_held_out_detectors_and_does_nothing_twice(
    showers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = arguments(showers, tmp_path, DETECTORS[:3], "joint,meta_sgd")
    assert run(command) == 0
    records = read_records(tmp_path)
    tried = {(r.trial.detector, r.trial.learner, r.trial.way, r.trial.support) for r in records}
    assert tried == {
        (detector, *rest)
        for detector in DETECTORS[:3]
        for rest in (
            ("geant4", "all", 0),
            ("joint", "all", 0),
            ("joint", "all", 8),
            ("meta_sgd", "all", 0),
            ("meta_sgd", "all", 8),
            ("meta_sgd", "learned", 8),
        )
    }
    for record in records:
        trial = record.trial
        if trial.learner != "geant4":
            _, info = load_model(tmp_path / f"fold_{trial.fold}" / trial.learner)
            assert trial.detector not in info.detector_names
            assert info.weights_sha256 == record.weights_sha256
            assert info.training["cpu_seconds"] >= 0.1
            assert ("inner_rates" in info.extra) == (trial.learner == "meta_sgd")
            assert [look.step for look in record.history][:1] == [0] * min(trial.support, 1)
    report = (tmp_path / "report.md").read_text()
    assert "18 trials on 3 detectors" in report
    assert "| Meta-SGD, learned rates |" in report
    assert (tmp_path / "meta_learners.png").read_bytes().startswith(b"\x89PNG")
    results = (tmp_path / "results.jsonl").read_bytes()
    capsys.readouterr()
    assert run(command) == 0
    assert (tmp_path / "results.jsonl").read_bytes() == results
    assert "AUC" not in capsys.readouterr().out


def test_tuning_tries_as_many_settings_of_each_learner_and_keeps_the_best_for_the_rotation(
    showers: Path, tmp_path: Path
) -> None:
    command = arguments(showers, tmp_path, DETECTORS, "joint,reptile", "--tune", "2")
    assert run(command) == 0
    lines = (tmp_path / "tuning.jsonl").read_text().splitlines()
    attempts = [json.loads(line) for line in lines]
    assert [attempt["learner"] for attempt in attempts] == ["joint", "joint", "reptile", "reptile"]
    tuned = json.loads((tmp_path / "tuned.json").read_text())
    for learner in ("joint", "reptile"):
        best = min((a for a in attempts if a["learner"] == learner), key=lambda a: a["score"])
        assert tuned[learner]["choice"] == best["choice"]
    # two of the first fold and two to validate on are left out
    assert load_model(tmp_path / "tuning" / "candidate")[1].detector_names in {
        (name,) for name in DETECTORS[2:]
    }
    assert run(command) == 0
    assert (tmp_path / "tuning.jsonl").read_text().splitlines() == lines


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--set", "pool=50"), r"at least 70 showers of lhcb_shashlik.*got 60"),
        (("--set", "pool=10"), r"a pool of at least 20 showers.*got 10"),
        (("--shard", "2/2"), r"0 <= I < K, got 2/2"),
        (("--shard", "one"), r"a shard I/K, got 'one'"),
        (("--learners", "joint,protonet"), r"setting learners"),
        (("--set", "budget=3"), r"no setting 'budget'; did you mean 'budget_s'"),
        (("--detectors", "h1_lar,fesci"), r"at least three detectors"),
        (("--detectors", "h1_lar,fesci,scw"), r"got no scw\.h5"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(
    showers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], message: str
) -> None:
    assert run(arguments(showers, tmp_path / "run", DETECTORS[:3], "joint", *more)) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert re.search(message, shown), shown


def test_a_report_of_nothing_and_a_run_without_showers_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["benchmark", "meta", "--out", str(tmp_path), "--report"]) == 2
    assert "expected results in" in capsys.readouterr().err
    assert run(["benchmark", "meta", "--out", str(tmp_path)]) == 2
    assert "expected --showers" in capsys.readouterr().err
