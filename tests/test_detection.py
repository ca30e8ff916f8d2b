"""The planted defects do what their names say and nothing else, and what sees them is counted by hand."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from metacalo.showers import Showers, open_showers
from metacalo.validation import observables

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import detection
from defects import copies, energy, shapes, tails
from defects.catalogue import DEFECTS, NONE
from defects.conditions import expected, nearest, partners, pulls
from defects.figure import draw
from defects.metrics import METRICS
from defects.significance import false_alarms, first_seen, significances
from defects.study import Record, Task, all_tasks, append, halves, read_records
from defects.tables import document, summary


@pytest.fixture(scope="module")
def showers() -> Showers:
    folder = Path(__file__).parent / "data"
    return open_showers(folder / "lhcb_small.h5").load()


def shares(showers: Showers) -> np.ndarray:
    """Share of each voxel in the energy of its shower, shape (N, voxels)."""
    dense = showers.dense(np.float64).reshape(len(showers), -1)
    return dense / dense.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", list(DEFECTS))
def test_a_defect_damages_and_leaves_what_it_was_given(name: str, showers: Showers) -> None:
    before = showers.sha256()
    damaged = DEFECTS[name].plant(showers[:40], showers[40:], 1)
    assert showers.sha256() == before
    assert (damaged == showers[:40]) is (name == "collapsed")  # 40 are fewer than the 200 that are left
    assert damaged == DEFECTS[name].plant(showers[:40], showers[40:], 1)
    assert set(damaged.incident_energy_gev) <= set(showers[:40].incident_energy_gev)


def test_the_response_is_shifted_by_exactly_two_per_cent(showers: Showers) -> None:
    damaged = energy.shifted_response(showers, 0.02)
    assert observables.response(damaged) == pytest.approx(1.02 * observables.response(showers), rel=1e-6)
    assert shares(damaged) == pytest.approx(shares(showers), rel=1e-5)


def test_the_expected_value_of_a_polynomial_in_the_conditions_is_itself(showers: Showers) -> None:
    log_energy, theta = np.log(showers.incident_energy_gev.astype(float)), showers.theta_rad.astype(float)
    values = 3.0 - log_energy + 0.2 * log_energy**2 + theta - 2.0 * theta**2
    assert expected(showers, values) == pytest.approx(values, abs=1e-9)


def test_the_resolution_is_narrower_by_a_tenth_about_the_mean_at_each_energy(showers: Showers) -> None:
    damaged = energy.narrower_resolution(showers, 0.1)
    before, after = observables.response(showers), observables.response(damaged)
    mean = expected(showers, before)
    assert after - mean == pytest.approx(0.9 * (before - mean), abs=1e-7)
    assert after.mean() == pytest.approx(before.mean(), rel=1e-6)
    assert shares(damaged) == pytest.approx(shares(showers), rel=1e-5)


def test_partners_are_each_other_s_and_near_in_energy(showers: Showers) -> None:
    found = partners(showers, block=6)
    rows = np.arange(len(showers))
    assert np.array_equal(found[found], rows)
    assert not np.any(found == rows)
    rank = np.argsort(np.argsort(showers.incident_energy_gev))
    assert np.abs(rank - rank[found]).max() < 6
    assert np.count_nonzero(partners(showers[:7]) == np.arange(7)) == 1


def test_swapped_shapes_are_the_partner_s_and_the_energy_is_one_s_own(showers: Showers) -> None:
    damaged = shapes.swapped_shapes(showers)
    assert damaged.total_energy_mev == pytest.approx(showers.total_energy_mev, rel=1e-6)
    assert shares(damaged) == pytest.approx(shares(showers)[partners(showers)], rel=1e-5)
    assert observables.depth(damaged) == pytest.approx(
        observables.depth(showers)[partners(showers)], rel=1e-6
    )


def test_mixed_layers_keep_the_energy_and_each_layer_comes_whole_from_a_near_shower(showers: Showers) -> None:
    damaged = shapes.mixed_layers(showers, group=6)
    assert damaged.total_energy_mev == pytest.approx(showers.total_energy_mev, rel=1e-6)
    hit = showers.dense() > 0
    after = damaged.dense() > 0
    ordered = np.argsort(showers.incident_energy_gev, kind="stable")
    for start in range(0, len(showers), 6):
        members = ordered[start : start + 6]
        for layer in (0, 8, 20):
            before, now = (sorted(a[members, :, :, layer].reshape(6, -1).tolist()) for a in (hit, after))
            assert now == before


def test_mixed_layers_have_lost_their_correlation() -> None:
    rng = np.random.default_rng(0)
    grid = open_showers(Path(__file__).parent / "data" / "lhcb_small.h5").grid
    dense = np.zeros((600, *grid.shape))
    dense[:, 0, 0, :2] = 1.0 + rng.random(600)[:, None]
    dense[:, 0, 0, 2] = 50.0
    together = Showers.from_dense(dense, grid=grid, incident_energy_gev=np.full(600, 10.0), theta_rad=0.0)
    mixed = shapes.mixed_layers(together, group=600)
    correlation = [np.corrcoef(s.layer_energies_mev[:, :2].T)[0, 1] for s in (together, mixed)]
    assert correlation[0] == pytest.approx(1.0)
    assert abs(correlation[1]) < 0.15


@pytest.mark.parametrize("between_hits", [False, True])
def test_the_blur_keeps_the_energy_of_each_shower(showers: Showers, between_hits: bool) -> None:
    damaged = shapes.blurred(showers, 0.1, between_hits=between_hits)
    assert damaged.total_energy_mev == pytest.approx(showers.total_energy_mev, rel=1e-6)
    assert np.array_equal(damaged.n_hits, showers.n_hits) is between_hits


def test_one_hit_is_blurred_into_its_six_neighbours(showers: Showers) -> None:
    dense = np.zeros((2, *showers.grid.shape))
    dense[0, 3, 0, 7] = 60.0
    dense[1, 0, 5, 0] = 60.0  # at the axis, in the first layer: four neighbours
    one = Showers.from_dense(dense, grid=showers.grid, incident_energy_gev=[1.0, 1.0], theta_rad=0.0)
    found = shapes.blurred(one, 0.1).dense()
    last = showers.grid.shape[1] - 1
    for place in [(2, 0, 7), (4, 0, 7), (3, 1, 7), (3, last, 7), (3, 0, 6), (3, 0, 8)]:
        assert found[0][place] == pytest.approx(1.0)
    assert found[0, 3, 0, 7] == pytest.approx(54.0)
    assert found[1, 0, 5, 0] == pytest.approx(56.0)
    assert shapes.blurred(one, 0.1, between_hits=True) == one


def test_faint_hits_are_those_below_the_threshold(showers: Showers) -> None:
    damaged = tails.without_faint_hits(showers, 0.1)
    dense = showers.dense()
    assert np.array_equal(damaged.dense(), np.where(dense >= np.float32(0.1), dense, 0))
    assert 0 < damaged.n_hits.sum() < showers.n_hits.sum()


def test_outer_rings_are_empty_and_inner_ones_untouched(showers: Showers) -> None:
    damaged = tails.without_outer_rings(showers, 2)
    assert np.array_equal(damaged.dense()[:, :-2], showers.dense()[:, :-2])
    assert not damaged.dense()[:, -2:].any()


def test_the_tails_of_the_response_are_gone_at_both_ends(showers: Showers) -> None:
    damaged = tails.without_unusual_response(showers, 0.1)
    found = pulls(showers, observables.response(showers))
    kept = np.isin(showers.incident_energy_gev, damaged.incident_energy_gev)
    assert len(damaged) == 54
    assert np.flatnonzero(~kept).tolist() == sorted(np.argsort(found)[[0, 1, 2, -3, -2, -1]])


def test_the_latest_showers_are_gone(showers: Showers) -> None:
    damaged = tails.without_late_showers(showers, 0.1)
    found = pulls(showers, observables.depth(showers))
    kept = np.isin(showers.incident_energy_gev, damaged.incident_energy_gev)
    assert np.flatnonzero(~kept).tolist() == sorted(np.argsort(found)[-6:])


def test_a_tenth_are_copies_of_others_of_the_sample(showers: Showers) -> None:
    damaged = copies.duplicated(showers, 0.1, seed=3)
    same = np.abs(shares(damaged) - shares(showers)).max(axis=1) < 1e-6
    assert np.count_nonzero(~same) == 6
    for row in np.flatnonzero(~same):
        distance = np.abs(shares(showers) - shares(damaged)[row]).max(axis=1)
        assert distance.min() < 1e-6
        assert same[np.argmin(distance)]
    assert np.array_equal(damaged.incident_energy_gev, showers.incident_energy_gev)


def test_a_tenth_are_training_showers_with_their_response(showers: Showers) -> None:
    sample, training = showers[:40], showers[40:]
    damaged = copies.learnt_by_heart(sample, training, 0.1, seed=3)
    same = np.abs(shares(damaged) - shares(sample)).max(axis=1) < 1e-6
    changed = np.flatnonzero(~same)
    assert len(changed) == 4
    found = nearest(sample[changed], training)
    assert shares(damaged)[changed] == pytest.approx(shares(training)[found], rel=1e-5)
    assert observables.response(damaged)[changed] == pytest.approx(observables.response(training)[found])
    assert np.array_equal(damaged.theta_rad, sample.theta_rad)


def test_there_are_only_so_many_different_showers(showers: Showers) -> None:
    damaged = copies.collapsed(showers, 10)
    assert len({one.tobytes() for one in damaged.dense() > 0}) == 10
    assert len(np.unique(damaged.incident_energy_gev)) == len(np.unique(showers.incident_energy_gev))


def test_the_nearest_has_its_energy_and_angle(showers: Showers) -> None:
    order = np.random.default_rng(0).permutation(len(showers))
    assert np.array_equal(order[nearest(showers, showers[order])], np.arange(len(showers)))


def record(defect: str, seed: int, size: int = 300, **figures: float) -> Record:
    return Record(Task(size, seed, defect, False), {name: (v, 0.1) for name, v in figures.items()}, 1.0)


FLOORS = [record(NONE, seed, hits, separation_hits=0.1 * seed) for seed in (1, 2, 3) for hits in (300, 1000)]
"""Mean 0.2 and standard deviation 0.1 at both sizes."""


def test_a_significance_is_the_mean_excess_in_deviations_of_the_floor() -> None:
    records = [
        *FLOORS,
        record("rings", 0, separation_hits=0.6),
        record("rings", 1, separation_hits=0.8),
        record("rings", 0, 1000, separation_hits=1.2),
    ]
    found = significances(records)
    assert found == pytest.approx(
        {("rings", "separation_hits", 300): 5.0, ("rings", "separation_hits", 1000): 10.0}
    )
    assert first_seen(found, "rings", "separation_hits", [300, 1000]) == 300
    assert first_seen(found, "late", "separation_hits", [300, 1000]) is None


def test_what_is_seen_at_few_showers_only_by_accident_does_not_count() -> None:
    found = {("late", "recall", 300): 9.0, ("late", "recall", 1000): 1.0, ("late", "recall", 2500): 4.0}
    assert first_seen(found, "late", "recall", [300, 1000, 2500]) == 2500
    assert first_seen(found, "late", "recall", [300, 5000]) == 300  # of 5,000 nothing is known


@pytest.mark.parametrize(
    ("figure", "value", "significance"),
    [("recall", 0.2, 4.0), ("recall", 1.0, -4.0), ("response_ratio", 0.2, 4.0), ("response_ratio", 1.0, 4.0)],
)
def test_a_figure_is_bad_in_its_own_direction(figure: str, value: float, significance: float) -> None:
    floors = [record(NONE, k, **{figure: v}) for k, v in enumerate([0.5, 0.6, 0.7])]
    found = significances([*floors, record("late", 0, **{figure: value})])
    assert found["late", figure, 300] == pytest.approx(significance)


def test_the_error_of_a_judge_counts_and_a_count_that_is_always_nought_has_a_deviation_of_one() -> None:
    floors = [record(NONE, k, classifier_auc=0.5, memorised_copies=0.0) for k in range(3)]
    found = significances([*floors, record("learnt", 0, classifier_auc=0.9, memorised_copies=7.0)])
    assert found["learnt", "classifier_auc", 300] == pytest.approx(4.0)
    assert found["learnt", "memorised_copies", 300] == pytest.approx(7.0)


def test_two_undamaged_comparisons_are_no_floor() -> None:
    records = [r for r in FLOORS if r.task.seed < 3]
    assert significances([*records, record("rings", 0, separation_hits=9.0)]) == {}


def test_an_outlier_among_undamaged_showers_is_a_false_alarm() -> None:
    values = [0.9, 1.0, 1.1, 1.0, 5.0]
    assert false_alarms([record(NONE, k, separation_hits=v) for k, v in enumerate(values)]) == (1, 5)


def test_all_defects_are_planted_at_every_size_and_those_without_networks_come_first() -> None:
    tasks = all_tasks([30, 60], seeds=2, floors=3, learned_seeds=1, learned_floors=2)
    assert len(tasks) == len(set(tasks)) == 2 * (2 * len(DEFECTS) + 3)
    assert {(task.size, task.seed, task.defect) for task in tasks} == {
        *((size, seed, name) for size in (30, 60) for seed in (0, 1) for name in DEFECTS),
        *((size, seed, NONE) for size in (30, 60) for seed in (0, 1, 2)),
    }
    assert tasks[:2] == [Task(30, 2, NONE, False), Task(60, 2, NONE, False)]
    plain = 2 + 2 * len(DEFECTS)
    assert [task.learned for task in tasks] == [False] * plain + [True] * (len(tasks) - plain)
    assert sum(task.learned for task in tasks if task.defect == NONE) == 2 * 2


def test_the_halves_are_disjoint_and_leave_the_training_showers_out() -> None:
    showers = open_showers(Path(__file__).parents[1] / "geometries" / "showers" / "lhcb_ecal.h5")
    first, second = halves(showers, 200, 5)
    a, b, training = (set(part.incident_energy_gev.tolist()) for part in (first, second, showers[-400:]))
    assert len(a) == len(b) == 200
    assert not a & b
    assert not (a | b) & training
    with pytest.raises(SystemExit, match=r"expected at least 1,002 showers"):
        halves(showers, 301, 0)


def test_a_record_comes_back_and_a_line_cut_off_does_not(tmp_path: Path) -> None:
    whole = replace(FLOORS[0], figures={"recall": (0.5, None), "mmd": (0.25, 0.125)})
    append(tmp_path / "results.jsonl", whole)
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write('{"task": {"si')
    assert list(read_records(tmp_path / "results.jsonl")) == [whole]
    assert list(read_records(tmp_path / "nothing.jsonl")) == []


def test_tables_and_picture_name_every_defect_and_figure() -> None:
    records = [*FLOORS, *(record("rings", 0, size, separation_hits=0.9) for size in (300, 1000))]
    text = document(records)
    assert "| two outer rings dropped | separation, hits (7.0σ) | separation, hits (7.0σ) |" in text
    assert all(defect.heading in text for defect in DEFECTS.values())
    assert "300 showers: each defect × 1 (0 with networks and regressors), floor × 3 (0)" in text
    # of the figures only those of which there is a value
    assert [metric.heading for metric in METRICS if f"| {metric.heading} |" in text] == ["separation, hits"]
    content = json.loads(json.dumps(summary(records)))
    assert content["defects"]["rings"]["figures"]["separation_hits"] == {
        "first_seen": 300,
        "significance": {"300": 7.0, "1000": 7.0},
    }
    assert draw(records).startswith(b"\x89PNG")


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the study sets for its whole process is set back."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_a_small_study_runs_goes_on_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = {name: DEFECTS[name] for name in ("blurred", "learnt")}
    for module in ("study", "tables", "figure"):
        monkeypatch.setattr(sys.modules[f"defects.{module}"], "DEFECTS", chosen)
    shower_file = Path(__file__).parents[1] / "geometries" / "showers" / "lhcb_ecal.h5"
    shutil.copy(shower_file, tmp_path / "showers.h5")
    command = ["--showers", str(tmp_path / "showers.h5"), "--detector", "lhcb_ecal", "--out", str(tmp_path)]
    command += ["--sizes", "60", "--seeds", "1", "--floors", "3", "--learned-seeds", "0"]
    command += ["--learned-floors", "0"]
    assert detection.main(command) == 0
    records = list(read_records(tmp_path / "results.jsonl"))
    assert [r.task.defect for r in records] == [NONE, NONE, NONE, "blurred", "learnt"]
    found = significances(records)
    assert found["blurred", "separation_hits", 60] > 3
    assert found["learnt", "memorised_copies", 60] == pytest.approx(6.0)
    assert detection.main(command) == 0
    assert list(read_records(tmp_path / "results.jsonl")) == records
    capsys.readouterr()
    assert detection.main(["--report", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == (tmp_path / "detection.md").read_text().strip()
    assert (tmp_path / "detection.png").stat().st_size > 0
    assert json.loads((tmp_path / "detection.json").read_text())["comparisons"] == 5


def test_a_page_gets_tables_and_picture_and_keeps_its_words(tmp_path: Path) -> None:
    for one in [*FLOORS, record("rings", 0, separation_hits=0.9)]:
        append(tmp_path / "results.jsonl", one)
    (tmp_path / "images").mkdir()
    (tmp_path / "part").mkdir()
    page = tmp_path / "part" / "page.md"
    page.write_text("before\n<!-- figures:begin -->\nold\n<!-- figures:end -->\nafter\n")
    assert detection.main(["--report", str(tmp_path), "--page", str(page)]) == 0
    tables = (tmp_path / "detection.md").read_text()
    assert page.read_text() == f"before\n<!-- figures:begin -->\n{tables}<!-- figures:end -->\nafter\n"
    picture = (tmp_path / "images" / "detection.png").read_bytes()
    assert picture == (tmp_path / "detection.png").read_bytes()
    page.write_text("no place")
    with pytest.raises(SystemExit, match="got 0"):
        detection.main(["--report", str(tmp_path), "--page", str(page)])
    assert page.read_text() == "no place"


def test_a_report_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="expected results"):
        detection.main(["--report", str(tmp_path)])
