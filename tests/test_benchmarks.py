"""The benchmarks' own arithmetic on hand-made results, and a small study from end to end."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from metacalo.geometry import load_detector
from metacalo.showers import Showers, open_showers

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import export_speed
import few_shot
from timing.clock import Measurement, median_and_fastest, rounds, run_child
from timing.tables import as_json, as_table
from trials.aggregate import Cell, Spread, by_cell, first_at, not_better, races, spread_of
from trials.bins import excesses, richest, tail_error
from trials.columns import ASKED, MORE, SECONDS
from trials.figure import draw
from trials.goals import goals_table
from trials.library import frozen_showers
from trials.plan import Method, Trial, all_trials, shard, usual_methods
from trials.records import Look, Record, append, newest, read_all
from trials.tables import document, label, quality_table, race_table, starts_of, summary
from trials.trial import training_settings

DEPTH = next(column for column in ASKED if column.heading == "depth")
AUC = next(column for column in ASKED if column.heading == "AUC")


def look_backs(*losses: float) -> tuple[Look, ...]:
    """Looks a second and ten steps apart."""
    return tuple(Look(10 * k, float(k), loss) for k, loss in enumerate(losses))


def make_record(method: str, support: int, seed: int = 0, **changes: object) -> Record:
    figures = {column.figure: 0.01 * (seed + 1) for column in (*ASKED, *MORE)}
    figures |= changes.pop("figures", {})  # type: ignore[arg-type, operator]
    return Record(
        trial=Trial("lead", Method.parse(method), support, seed),
        figures=figures,
        n_reference=15,
        n_generated=15,
        **changes,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "text", ["geant4", "library", "zero-shot:joint", "adapted:maml", "adapted:maml:rule=adam+rate=0.001"]
)
def test_a_method_is_read_as_it_is_written(text: str) -> None:
    assert str(Method.parse(text)) == text


def test_a_number_alone_is_of_steps() -> None:
    assert Method.parse("adapted:joint:50") == Method("adapted", "joint", "steps=50")


@pytest.mark.parametrize("method", ["scratch:field_vae", "scratch:par04_vae", "adapted:par04"])
def test_whoever_is_not_meta_trained_is_trained_by_adam(method: str) -> None:
    family = "field_vae" if "field" in method else "par04_vae"
    assert training_settings(Trial("lead", Method.parse(method), 30, 2), family, {}).rule == "adam"


def test_a_method_s_own_settings_come_before_those_of_all() -> None:
    trial = Trial("lead", Method.parse("adapted:joint:rate=0.5+steps=7"), 30, 2)
    settings = training_settings(trial, "field_vae", {"steps": 3, "batch": 4})
    assert (settings.rate, settings.steps, settings.batch) == (0.5, 7, 4)
    assert (settings.n_showers, settings.seed) == (30, 2)


def test_other_weights_or_settings_are_another_trial() -> None:
    record = make_record("adapted:joint", 30, checkpoint_sha256="a", settings={"steps": 1, "rate": 2})
    assert record.key == replace(record, settings={"rate": 2, "steps": 1}, seconds=9.0).key
    assert record.key != replace(record, settings={"rate": 2, "steps": 3}).key
    assert record.key != replace(record, checkpoint_sha256="b").key


@pytest.mark.parametrize(
    "text", ["adapted", "geant4:joint", "library:joint", "tuned:joint", "adapted:joint:9:9"]
)
def test_what_is_no_method_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected geant4"):
        Method.parse(text)


def test_trials_without_support_are_done_once_a_seed() -> None:
    methods = usual_methods({"maml": "field_vae", "par04": "par04_vae"})
    trials = all_trials(["a", "b"], methods, [30, 100], [0, 1])
    assert [str(method) for method in methods] == [
        "geant4",
        "library",
        "zero-shot:maml",
        "adapted:maml",
        "adapted:par04",
        "scratch:field_vae",
        "scratch:par04_vae",
    ]
    assert len(trials) == len(set(trials)) == 2 * 2 * (2 + 2 * 5)


def test_shards_have_every_trial_once_and_a_fair_share_of_each_method() -> None:
    methods = usual_methods({"joint": "field_vae"})
    trials = all_trials(["a", "b"], methods, [30, 100], [0, 1])
    parts = [shard(trials, k, 2) for k in range(2)]
    assert sorted(map(str, (*parts[0], *parts[1]))) == sorted(map(str, trials))
    for method in methods:
        first, second = (sum(trial.method == method for trial in part) for part in parts)
        assert first == second


def test_a_shard_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="0 <= i < k"):
        shard([], 2, 2)


def test_frozen_showers_are_those_of_the_library_rescaled_and_turned() -> None:
    showers = open_showers(Path(__file__).parent / "data" / "lhcb_small.h5").load()
    library, like = showers[:20], showers[20:40]
    made = frozen_showers(library, like, seed=1)
    assert made.incident_energy_gev.tolist() == like.incident_energy_gev.tolist()
    log_energy = np.log(library.incident_energy_gev)
    for k in range(len(like)):
        places = np.column_stack([log_energy, library.theta_rad])
        wanted = np.array([np.log(like.incident_energy_gev[k]), like.theta_rad[k]])
        taken = int(np.square((places - wanted) / np.ptp(places, axis=0)).sum(axis=1).argmin())
        scale = like.incident_energy_gev[k] / library.incident_energy_gev[taken]
        assert made.total_energy_mev[k] == pytest.approx(scale * library.total_energy_mev[taken], rel=1e-5)
        # rings and layers hold what they held; only the azimuth is another
        layers, rings = library.layer_energies_mev[taken], library.ring_energies_mev[taken]
        assert made.layer_energies_mev[k] == pytest.approx(scale * layers, rel=1e-5)
        assert made.ring_energies_mev[k] == pytest.approx(scale * rings, rel=1e-5)


def test_a_record_comes_back_from_its_file_and_a_line_cut_off_does_not(tmp_path: Path) -> None:
    record = make_record("adapted:joint", 30, history=look_backs(3.0, 2.5), settings={"steps": 10})
    append(tmp_path / "results.0.jsonl", record)
    with (tmp_path / "results.0.jsonl").open("a") as file:
        file.write('{"trial": {"detec')
    assert read_all(tmp_path) == [record]


def test_the_newer_of_two_records_of_a_trial_counts() -> None:
    old = make_record("adapted:joint", 30, environment={"finished": "2025-01-01"}, checkpoint_sha256="a")
    new = make_record("adapted:joint", 30, environment={"finished": "2025-01-02"}, checkpoint_sha256="b")
    assert newest([new, old]) == {new.trial: new}


def test_a_spread_is_the_mean_and_the_deviation_of_the_sample() -> None:
    assert Spread.of([1.0, 2.0, 3.0]) == Spread(2.0, 1.0, 3)
    assert Spread.of([1.0, 2.0, 3.0]).text(2) == "2.00 ± 1.00"  # type: ignore[union-attr]
    assert Spread.of([4.0]).text(1) == "4.0"  # type: ignore[union-attr]
    assert Spread.of([]) is None


def test_a_figure_that_a_seed_lacks_does_not_count() -> None:
    without = make_record("geant4", 0, seed=1)
    del without.figures["classifier_auc"]
    with_it = make_record("geant4", 0, figures={"classifier_auc": 0.6})
    assert spread_of([with_it, without], AUC) == Spread(0.6, None, 1)
    assert spread_of([without], AUC) is None


def test_rows_are_sorted_by_support_then_method_with_the_floor_first() -> None:
    records = [
        make_record(method, support)
        for method, support in [
            ("scratch:par04_vae", 100),
            ("scratch:field_vae", 30),
            ("adapted:par04", 30),
            ("adapted:joint", 100),
            ("adapted:joint", 30),
            ("zero-shot:joint", 0),
            ("geant4", 0),
        ]
    ]
    assert [f"{cell.support} {cell.method}" for cell in by_cell(records, "lead")] == [
        "0 geant4",
        "0 zero-shot:joint",
        "30 adapted:joint",
        "30 adapted:par04",
        "30 scratch:field_vae",
        "100 adapted:joint",
        "100 scratch:par04_vae",
    ]


def test_the_table_has_means_and_deviations_over_seeds() -> None:
    records = [
        make_record("adapted:joint", 30, seed=seed, seconds=2.0 + seed, cpu_seconds=1.0) for seed in range(3)
    ]
    lines = quality_table([*records, make_record("geant4", 0)], "lead").splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| – | Geant4 against Geant4 | 1 | – | – | 0.0100 |")
    assert lines[3].startswith("| 30 | adapted from joint | 3 | 3.0 ± 1.0 | 1.0 ± 0.0 | 0.0200 ± 0.0100 |")


def test_a_method_is_named_with_what_differs() -> None:
    assert (
        label(Method.parse("adapted:joint:rule=adam+rate=0.001"))
        == "adapted from joint, rule adam, rate 0.001"
    )
    assert label(Method.parse("scratch:par04_vae")) == "par04_vae from scratch"


def test_the_asked_columns_are_in_the_table_in_order() -> None:
    heading = quality_table([make_record("geant4", 0)], "lead").splitlines()[0]
    names = [column.heading for column in (*SECONDS, *ASKED)]
    assert heading == "| support | method | seeds | " + " | ".join(names) + " |"


def test_the_summary_has_the_floor_and_each_method_at_a_glance() -> None:
    records = [
        make_record("geant4", 0),
        make_record("zero-shot:joint", 0),
        *(make_record("adapted:joint", 1000, seed, cpu_seconds=2.0 + seed) for seed in range(3)),
        make_record("adapted:joint", 100, seconds=2.0),
    ]
    assert summary(records).splitlines() == [
        "**lead**",
        "",
        "| showers | method | CPU seconds of training | mean separation | voxel spectrum | AUC "
        "| AUC, voxels |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| 0 | Geant4 against Geant4 | – | 0.0100 | 0.0100 | 0.010 | 0.010 |",
        "| 0 | zero-shot, joint | – | 0.0100 | 0.0100 | 0.010 | 0.010 |",
        "| 1,000 | adapted from joint | 3.0 | 0.0200 | 0.0200 | 0.020 | 0.020 |",
    ]


def test_the_summary_has_a_table_of_each_detector() -> None:
    lead, other = make_record("geant4", 0), make_record("geant4", 0)
    other = replace(other, trial=replace(other.trial, detector="copper"))
    assert [line for line in summary([lead, other]).splitlines() if line.startswith("**")] in (
        ["**lead**", "**copper**"],
        ["**copper**", "**lead**"],
    )


def test_the_time_to_a_loss_is_that_of_the_first_look_that_has_it() -> None:
    history = look_backs(9.0, 5.0, 7.0, 4.0)
    assert first_at(history, 5.0) == Look(10, 1.0, 5.0)
    assert first_at(history, 4.5) == Look(30, 3.0, 4.0)
    assert first_at(history, 3.0) is None


def race_of(adapted: tuple[Look, ...], scratch: tuple[Look, ...]) -> list[Record]:
    return [
        make_record("adapted:joint", 300, history=adapted),
        make_record("scratch:field_vae", 300, history=scratch),
    ]


def test_an_adaptation_that_needs_two_seconds_for_what_scratch_needs_six_is_three_times_faster() -> None:
    records = race_of(look_backs(9.0, 6.0, 3.0, 2.0), look_backs(99.0, 50.0, 20.0, 9.0, 8.0, 5.0, 4.0, 7.0))
    (race,) = races({record.trial: record for record in records})
    assert race.scratch == Look(60, 6.0, 4.0)
    assert race.adapted_at_scratch == Look(20, 2.0, 3.0)
    assert race.ratio == 3.0
    assert race.scratch_at_adapted is None
    assert "| 6.0 | 1 of 1 | 2.0 | 3.0 |" in race_table(records)


def test_an_adaptation_that_never_gets_there_has_no_ratio_and_scratch_passes_it() -> None:
    (race,) = races({r.trial: r for r in race_of(look_backs(9.0, 6.0), look_backs(20.0, 8.0, 6.0, 2.0))})
    assert race.adapted_at_scratch is None
    assert race.ratio is None
    assert race.scratch_at_adapted == Look(20, 2.0, 6.0)


def test_an_adaptation_that_starts_there_is_infinitely_faster() -> None:
    (race,) = races({r.trial: r for r in race_of(look_backs(1.0, 0.5), look_backs(20.0, 2.0))})
    assert race.ratio == float("inf")


def test_a_race_needs_the_same_detector_showers_and_seed() -> None:
    adapted = make_record("adapted:joint", 300, history=look_backs(1.0))
    others = [
        make_record("scratch:field_vae", 100, history=look_backs(2.0)),
        make_record("scratch:field_vae", 300, seed=1, history=look_backs(2.0)),
        make_record("scratch:par04_vae", 300, history=look_backs(2.0)),
    ]
    assert races({record.trial: record for record in (adapted, *others)}) == []


def test_nearer_to_one_half_is_the_better_auc_and_smaller_the_better_separation() -> None:
    ours = [
        make_record("adapted:joint", 30, seed, figures={"separation_depth": depth, "classifier_auc": auc})
        for seed, depth, auc in [(0, 0.1, 0.45), (1, 0.3, 0.6)]
    ]
    theirs = [
        make_record("scratch:field_vae", 30, seed, figures={"separation_depth": 0.15, "classifier_auc": 0.7})
        for seed in (0, 1)
    ]
    lost, won, pairs = not_better(ours, theirs, [DEPTH, AUC])
    assert lost == [DEPTH]
    assert (won, pairs) == (3, 4)


def test_the_report_says_when_weights_are_mixed_and_who_wins() -> None:
    records = [
        make_record("adapted:joint", 30, seconds=2.0, checkpoint_sha256="a" * 64),
        make_record("adapted:joint", 30, seed=1, seconds=2.0, checkpoint_sha256="b" * 64),
        make_record("scratch:field_vae", 30, seconds=30.0, figures={"separation_depth": 0.5}),
    ]
    text = document(records)
    assert "**Mixed**" in text
    assert "| lead | 30 | adapted from joint | from scratch | 2.0 / 30.0 |" in text
    assert "**Mixed**" not in document(records[:1])


def test_the_picture_is_a_png() -> None:
    records = [
        make_record(method, support, seed, seconds=1.0 + support)
        for method in ("geant4", "zero-shot:joint", "adapted:joint", "scratch:field_vae")
        for support in ((30, 100) if method.startswith(("adapted", "scratch")) else (0,))
        for seed in (0, 1)
    ]
    assert draw(records).startswith(b"\x89PNG")
    assert Cell(30, Method.parse("adapted:joint")) in by_cell(records, "lead")


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the study sets for its whole process is set back."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_a_small_study_runs_goes_on_and_reports(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from metacalo.checkpoint import ModelInfo, save_model
    from metacalo.models import build_generator

    shutil.copy(data_dir / "lhcb_small.h5", tmp_path / "lhcb_shashlik.h5")
    start = build_generator({"family": "field_vae", "latents": 2})
    save_model(tmp_path / "start", start, ModelInfo.of(start))
    out = tmp_path / "out"
    command = ["--showers", str(tmp_path), "--detectors", "lhcb_shashlik", "--support", "12", "--seeds", "0"]
    command += ["--pool", "30", "--test", "30", "--set", "steps=2", "--set", "check_every=1"]
    command += ["--checkpoint", f"joint={tmp_path / 'start'}", "--out", str(out)]
    first = ["geant4", "zero-shot:joint", "adapted:joint"]

    assert few_shot.main([*command, "--methods", ",".join(first)]) == 0
    assert few_shot.main(command) == 0  # the usual methods, of which two are left

    records = read_all(out)
    assert [str(record.trial.method) for record in records] == [
        *first,
        "library",
        "scratch:field_vae",
        "scratch:par04_vae",
    ]
    assert [record.trial.support for record in records] == [0, 0, 12, 12, 12, 12]
    assert [len(record.history) for record in records] == [0, 0, 3, 0, 3, 3]
    assert {(record.n_reference, record.n_generated) for record in records} == {(30, 30)}
    assert all(record.figures["separation_mean"] > 0 for record in records)

    capsys.readouterr()
    assert few_shot.main(["--report", str(out)]) == 0
    text = capsys.readouterr().out
    assert text.strip() == (out / "report.md").read_text().strip()
    assert "| 12 | adapted from joint | 1 |" in text
    assert "| 0 | Geant4 against Geant4 | – |" in (out / "summary.md").read_text()
    assert (out / "few_shot.png").stat().st_size > 0


def trial_of(method: str, support: int, seed: int = 0, seconds: float = 1.0, **figures: float) -> Record:
    return Record(
        trial=Trial("lhcb", Method.parse(method), support, seed), cpu_seconds=seconds, figures=figures
    )


def test_a_goal_is_a_mean_over_seeds_less_its_floor_or_a_training_from_scratch() -> None:
    records = [
        trial_of("geant4", 0, separation_hottest_voxel=0.01, separation_core_fraction=0.03),
        trial_of(
            "adapted:joint",
            300,
            seconds=4.0,
            separation_hottest_voxel=0.03,
            separation_core_fraction=0.05,
            classifier_auc=0.62,
        ),
        trial_of(
            "adapted:joint",
            300,
            1,
            seconds=8.0,
            separation_hottest_voxel=0.03,
            separation_core_fraction=0.05,
            classifier_auc=0.66,
        ),
        trial_of("scratch:field_vae", 1000, classifier_auc=0.70),
        trial_of("scratch:field_vae", 2400, classifier_auc=0.61),
    ]
    lines = {line.split(" | ")[0].strip("| "): line for line in goals_table(records, "joint").splitlines()}
    assert lines["CPU seconds of training"].endswith("| 20 | 5 | 6.0 (must) |")
    assert lines["hottest voxel, core fraction, mean separation: above the floor"].endswith(
        "| 0.03 | 0 | 0.0200 (must) |"
    )
    assert lines["AUC, trees on features"].endswith("| 0.75 | 0.6 | 0.640 (must) |")
    assert lines["AUC with 300, less from scratch with 1,000"].endswith("| 0 |  | -0.060 (must) |")
    assert lines["AUC with 300, less from scratch with 2,400"].endswith("|  | 0 | 0.030 (missed) |")
    assert "AUC before adaptation" not in lines


def test_a_goal_leaves_out_trainings_with_other_settings_and_reaches_its_aim() -> None:
    records = [
        trial_of("adapted:joint", 300, classifier_auc=0.6, separation_voxel_spectrum=0.006),
        trial_of("adapted:joint:steps=5", 300, classifier_auc=0.9, separation_voxel_spectrum=0.001),
    ]
    assert starts_of(records) == ["joint"]
    assert starts_of(records[1:]) == []
    table = goals_table(records, "joint")
    assert "| AUC, trees on features | 0.75 | 0.6 | 0.600 (aim) |" in table
    assert "| voxel spectrum, separation | 0.005 | 0.002 | 0.0060 (missed) |" in table


def test_a_ratio_of_times_is_better_if_higher() -> None:
    slow = (Look(0, 0.0, 9.0), Look(10, 50.0, 5.0))
    fast = (Look(0, 0.0, 9.0), Look(10, 2.0, 5.0), Look(20, 4.0, 4.0))
    records = [
        replace(trial_of("adapted:joint", 300), history=fast),
        replace(trial_of("scratch:field_vae", 300), history=slow),
    ]
    (line,) = [line for line in goals_table(records, "joint").splitlines() if line.startswith("| times")]
    assert line.endswith("| 20 | 200 | 25 (must) |")


def test_an_adaptation_that_never_gets_there_is_not_left_out_of_the_median() -> None:
    slow = (Look(0, 0.0, 9.0), Look(10, 50.0, 5.0))
    histories = {0: (Look(10, 0.1, 5.0),), 1: (Look(10, 2.0, 6.0),), 2: (Look(10, 2.0, 6.0),)}
    records = [
        replace(trial_of("adapted:joint", 300, seed), history=own) for seed, own in histories.items()
    ] + [replace(trial_of("scratch:field_vae", 300, seed), history=slow) for seed in histories]
    (line,) = [line for line in goals_table(records, "joint").splitlines() if line.startswith("| times")]
    assert line.endswith("| 20 | 200 | 0 (missed) |")


def test_the_layers_that_count_are_the_fewest_with_95_percent() -> None:
    assert richest(np.array([0.02, 0.6, 0.3, 0.06, 0.02])).tolist() == [1, 2, 3]
    assert richest(np.array([0.02, 0.6, 0.3, 0.04, 0.04])).tolist() == [1, 2, 3, 4]


def test_tails_are_right_for_the_reference_and_all_wrong_for_nothing_but_the_middle() -> None:
    showers = open_showers(Path(__file__).parent / "data/lhcb_small.h5").load()
    middle = np.full(len(showers), np.argsort(showers.total_energy_mev)[30])
    assert tail_error(showers, showers) < 0.7  # of 60 showers, one is beyond each end
    assert tail_error(showers, showers[middle]) == pytest.approx(1.0, abs=0.01)


def test_deviations_count_beyond_two_standard_deviations() -> None:
    """A response of 1 or 1.2 in turn, and the same with half of the width and 5% more in the mean."""
    energies_gev = np.repeat(np.geomspace(1.0, 32.0, 6)[:5] * 1.01, 200)
    turns = np.tile([0.0, 0.2], 500)
    full, made = (
        Showers(
            grid=load_detector("lhcb_shashlik").grid,
            incident_energy_gev=energies_gev,
            theta_rad=np.zeros(1000),
            offsets=np.arange(1001),
            voxels=np.zeros(1000, dtype=np.int64),
            energies_mev=1000.0 * energies_gev * response,
        )
        for response in (1.0 + turns, 1.1 * 1.05 + 0.5 * 1.05 * (turns - 0.1))
    )
    assert excesses(full, full) == {"response_excess": 0.0, "width_excess": 0.0, "profile_excess": 0.0}
    found = excesses(full, made)
    # relative errors of the means: width / sqrt(n), and for the whole the same with five times the showers
    width = 0.1 / 1.1 * np.sqrt(200 / 199)
    error = np.hypot(width, width / 2) / np.sqrt(200)
    assert found["response_excess"] == pytest.approx(0.05 - 2 * error, rel=1e-3)
    assert found["width_excess"] == pytest.approx(0.5 - 2 * np.sqrt(2) / np.sqrt(2 * 199), rel=1e-3)
    assert found["profile_excess"] == pytest.approx(0.05 - 2 * error * 1.025 / np.sqrt(5), abs=3e-4)


def test_a_report_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="expected results"):
        few_shot.main(["--report", str(tmp_path)])


def test_rounds_take_turns_after_a_first_time_that_does_not_count() -> None:
    done: list[str] = []
    seconds = rounds({"a": lambda: done.append("a"), "b": lambda: done.append("b")}, 2)
    assert done == ["a", "b", "a", "b", "a", "b"]
    assert {key: len(times) for key, times in seconds.items()} == {"a": 2, "b": 2}


def test_median_and_fastest_are_scaled() -> None:
    assert median_and_fastest([3.0, 1.0, 2.0], 10.0) == (20.0, 10.0)


def test_a_child_that_fails_tells_why() -> None:
    with pytest.raises(RuntimeError, match="exit code 3:\nno luck"):
        run_child([sys.executable, "-c", "import sys; sys.stderr.write('no luck'); sys.exit(3)"])


def test_a_child_has_an_output_and_a_peak_of_memory() -> None:
    child = run_child([sys.executable, "-c", "print('done')"])
    assert child.output == "done\n"
    assert child.peak_mib > 1


def test_limits_are_judged_and_written_down() -> None:
    measurements = [
        Measurement("start", "help", 0.2, "s", 0.3),
        Measurement("start", "version", 0.4, "s", 0.3),
        Measurement("pretrain", "joint", 1500.0, "showers/s", fastest=1600.0),
    ]
    assert [measurement.kept for measurement in measurements] == [True, False, None]
    assert as_table(measurements).row_count == 3
    content = json.loads(as_json(measurements, ["a note"]))
    assert [found["kept"] for found in content["measurements"]] == [True, False, None]
    assert content["notes"] == ["a note"]
    assert content["machine"]["cores"] >= 1


def test_the_parametric_engine_is_compared_with_full_simulation_in_every_bin(tmp_path: Path) -> None:
    import parametric_truth

    shipped = Path(__file__).parents[1] / "geometries" / "showers" / "lhcb_ecal.h5"
    (tmp_path / "showers").mkdir()
    shutil.copy(shipped, tmp_path / "showers" / "lhcb_ecal.h5")
    assert parametric_truth.main([str(tmp_path), "-n", "160", "--out", str(tmp_path / "out")]) == 0
    figures = json.loads((tmp_path / "out" / "parametric_truth.json").read_text())["lhcb_ecal"]
    assert [len(figures[kind]) for kind in ("full", "parametric")] == [4, 4]
    for full, parametric in zip(figures["full"], figures["parametric"], strict=True):
        assert full["n"] == parametric["n"]
        assert parametric["fraction"] == pytest.approx(full["fraction"], rel=0.1)
    table = (tmp_path / "out" / "parametric_truth.md").read_text()
    assert "| lhcb_ecal | " in table
    assert (tmp_path / "out" / "parametric_profiles.png").read_bytes()[:4] == b"\x89PNG"
    assert parametric_truth.main([str(tmp_path / "out"), "--out", str(tmp_path / "none")]) == 2


def test_the_figures_of_showers_are_known_by_hand() -> None:
    from parametric_study.observables import containment_radius, maximum, spread_without_trend

    assert containment_radius(np.array([8.0, 1.0, 1.0]), 10.0, 0.8) == pytest.approx(10.0)
    assert containment_radius(np.array([1.0, 1.0]), 10.0, 0.75) == pytest.approx(np.sqrt(250.0))
    depth = np.arange(40.0)
    assert maximum(np.exp(-0.5 * np.square((depth - 12.3) / 5.0)), depth) == pytest.approx(12.3, abs=0.1)
    log_energy = np.linspace(-1.0, 1.0, 2000)
    values = 2.0 + 0.3 * log_energy + 0.02 * np.where(np.arange(2000) % 2, 1.0, -1.0)
    spread = spread_without_trend(values, log_energy, np.linspace(0.0, 0.5, 2000))
    assert spread == pytest.approx(0.01, rel=0.01)


def test_speeds_stand_beside_the_baseline_of_the_same_run() -> None:
    figures = {
        "ONNX Runtime": {1: 0.5, 100: 0.1},
        "C++": {1: 0.25},
        export_speed.BASELINE: {1: 1.0, 100: 0.05},
    }
    table = export_speed.table_of(figures, [1, 100])
    cells = [list(column.cells) for column in table.columns]
    assert cells[1] == ["0.5 (2)", "0.25 (4)", "1"]
    assert cells[2] == ["0.1 (0.5)", "", "0.05"]


def test_an_exported_model_and_the_baseline_are_timed(tmp_path: Path) -> None:
    out = tmp_path / "speed.json"
    engines = "ONNX Runtime,random numbers alone,par04_vae in torch"
    given = ["--engines", engines, "--batches", "1,3", "--rounds", "1", "--out", str(out)]
    assert export_speed.main(given) == 0
    found = json.loads(out.read_text())
    for name in engines.split(","):
        assert all(found["ms_per_shower"][name][size] > 0 for size in ("1", "3"))
    assert 20 < found["runtime"]["peak_resident_MiB"] < 300
