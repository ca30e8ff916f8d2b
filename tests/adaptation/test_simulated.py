"""Adapting without showers: they are simulated, kept, and marked everywhere for what they are."""

import contextlib
import io
import json
from pathlib import Path

import pytest

from metacalo.adaptation.simulated import simulated_showers, support_job
from metacalo.cli.app import run
from metacalo.errors import SettingsError, SimulationError
from metacalo.geometry import load_detector
from metacalo.showers import open_showers, write_showers
from metacalo.simulation import engine, registry
from metacalo.simulation.parametric import ParametricEngine

MY_CALORIMETER = """
name: mine
sections:
  - repeat: 20
    stack:
      - {material: W, thickness_mm: 3.5}
      - {material: Si, thickness_mm: 0.5, active: true}
energy_range_gev: [1, 5]
"""


SEVENTY = ("--engine", "parametric", "--simulate", "70", "--n-showers", "40", "--steps", "3")


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("without_showers")
    (folder / "mine.yaml").write_text(MY_CALORIMETER)
    where = ["--geometry", str(folder / "mine.yaml"), "--out", str(folder / "out")]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as said:
        patch.setattr("metacalo.adaptation.run.MAIN_FIGURES", ("response",))  # one plot is enough here
        assert run(["adapt", *where, *SEVENTY]) == 0
    (folder / "said.txt").write_text(said.getvalue())
    return folder / "out"


def test_showers_are_simulated_over_the_ranges_of_the_detector_and_kept(adapted: Path) -> None:
    showers = open_showers(adapted / "showers.h5")
    assert len(showers) == 70
    assert showers.attributes["energy_range_gev"] == (1.0, 5.0)
    assert showers.attributes["parametric"] is True


def test_model_figures_and_report_say_that_the_showers_are_parametric(adapted: Path) -> None:
    model = json.loads((adapted / "model.json").read_text())
    assert model["extra"]["showers"]["parametric"] is True
    figures = json.loads((adapted / "adapted.json").read_text())
    assert figures["reference"] == "parametric"
    assert "parametric" in figures["showers"]["engine"]
    report = (adapted / "report.html").read_text()
    assert "come from the parametric engine, not from full simulation" in report
    assert "Geant4 against Geant4" not in report
    said = " ".join((adapted.parent / "said.txt").read_text().split())
    assert "mine: fast against parametric" in said
    assert "note: the showers come from the parametric engine" in said


def test_what_the_model_generates_carries_the_mark(adapted: Path, tmp_path: Path) -> None:
    out = tmp_path / "fast.h5"
    assert run(["generate", "--model", str(adapted), "-n", "3", "--energy", "2", "--out", str(out)]) == 0
    assert open_showers(out).attributes["parametric"] is True


def test_the_same_showers_are_not_simulated_twice(adapted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("simulated again")

    stamp = (adapted / "showers.h5").stat().st_mtime_ns
    monkeypatch.setattr(ParametricEngine, "simulate", never)
    monkeypatch.setattr("metacalo.adaptation.adapt", lambda *_args, **_options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(["adapt", "--geometry", str(adapted.parent / "mine.yaml"), *SEVENTY, "--out", str(adapted)])
    assert (adapted / "showers.h5").stat().st_mtime_ns == stamp


def test_parametric_showers_of_another_design_are_replaced_and_others_never(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metacalo.adaptation.adapt", lambda *_args, **_options: 1 / 0)
    design, out = tmp_path / "mine.yaml", tmp_path / "out"
    arguments = ["adapt", "--geometry", str(design), *SEVENTY, "--out", str(out)]
    for thickness in ("0.5", "0.3"):
        design.write_text(MY_CALORIMETER.replace("0.5", thickness))
        with pytest.raises(ZeroDivisionError):
            run(arguments)
        stored = open_showers(out / "showers.h5")
        assert stored.attributes["detector_fingerprint"] == load_detector(design).fingerprint
    full = stored.load().with_attributes(engine_kind="my Geant4", engine="my Geant4")
    write_showers(out / "showers.h5", full)
    capsys.readouterr()
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert "engine: my Geant4" in error
    assert "--showers" in error
    assert open_showers(out / "showers.h5") == full


def test_the_best_engine_is_taken_and_named_if_none_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("metacalo.simulation.best_engine", lambda: (engine("parametric"), "a reason"))
    monkeypatch.setattr("metacalo.adaptation.adapt", lambda *_args, **_options: 1 / 0)
    (tmp_path / "mine.yaml").write_text(MY_CALORIMETER)
    where = ["--geometry", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "out")]
    with pytest.raises(ZeroDivisionError):
        run(["adapt", *where, "--n-showers", "30"])
    said = capsys.readouterr()
    assert "showers: 730 of the engine parametric (a reason)" in said.err
    assert "730 showers of mine, engine parametric" in said.out


def test_without_geant4_the_best_engine_is_the_parametric_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from metacalo.errors import MissingExtraError

    def missing(name: str, **_: object) -> ParametricEngine:
        if name == "geant4":
            raise MissingExtraError("not installed")
        return ParametricEngine()

    monkeypatch.setattr(registry, "engine", missing)
    found, why = registry.best_engine()
    assert found.name == "parametric"
    assert "Geant4 cannot run here" in why


def test_some_simulated_showers_must_be_left_to_judge_by() -> None:
    with pytest.raises(SettingsError, match=r"more simulated showers than the 300 to adapt to.*got 300"):
        support_job(load_detector("scw"), engine("parametric"), 300, n=300)
    assert support_job(load_detector("scw"), engine("parametric"), 300).n == 1000


def test_showers_and_an_engine_exclude_each_other(
    tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--showers", str(data_dir / "lhcb_small.h5"), "--engine", "parametric"]
    assert run(["adapt", "--geometry", "lhcb_shashlik", *arguments, "--out", str(tmp_path / "out")]) == 2
    assert "expected either --showers, or --engine" in capsys.readouterr().err


def test_an_engine_that_cannot_run_is_refused_before_it_says_that_it_simulates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_engine: ParametricEngine) -> dict[str, object]:
        raise SimulationError("no data sets")

    monkeypatch.setattr(ParametricEngine, "provenance", missing)
    where = ["--engine", "parametric", "--out", str(tmp_path / "adapted" / "scw")]
    assert run(["adapt", "--geometry", "scw", *where]) == 2
    said = capsys.readouterr()
    assert said.err == "error: no data sets\n"
    assert list(tmp_path.iterdir()) == []


def test_a_detector_that_the_engine_refuses_leaves_no_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_engine: ParametricEngine, _detector: object) -> None:
        raise SimulationError("no such material")

    monkeypatch.setattr(ParametricEngine, "check", refuse)
    job = support_job(load_detector("scw"), ParametricEngine(), 2, n=4)
    with pytest.raises(SimulationError, match="no such material"):
        simulated_showers(job, tmp_path / "adapted" / "scw")
    assert list(tmp_path.iterdir()) == []
