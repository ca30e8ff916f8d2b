import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.errors import OutputError, SettingsError
from metacalo.geometry import Detector, load_detector
from metacalo.meta.sources import find_detectors, open_pools
from metacalo.showers.incident import Range
from metacalo.simulation import Job
from metacalo.simulation.parametric import ParametricEngine
from metacalo.simulation.random_detectors import DEPTH_X0, MOST_DEPTH_MM, MOST_LAYERS, random_detector
from metacalo.simulation.random_set import random_job, simulate_random_detectors


def like(n=5, seed=0):
    return Job(
        detector=random_detector(0), engine=ParametricEngine(), n=n, energy_gev=Range(1.0, 2.0),
        theta_deg=Range(0.0, 40.0), seed=seed,
    )  # fmt: skip


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 5))
def test_a_random_detector_is_a_plausible_calorimeter(number, seed):
    detector = random_detector(number, seed)
    assert DEPTH_X0[0] - 1.5 < detector.depth_x0 < DEPTH_X0[1] + 1.5
    assert detector.depth_mm <= MOST_DEPTH_MM
    assert detector.n_layers <= MOST_LAYERS
    assert 0.002 < detector.sampling_fraction <= 1.0
    assert detector.name == f"random_{number:04d}"
    assert Detector.from_dict(detector.to_dict()) == detector


def test_the_same_number_and_seed_give_the_same_detector_and_others_others():
    assert random_detector(3) == random_detector(3)
    several = {random_detector(number, seed).stack_fingerprint for number in range(40) for seed in range(2)}
    assert len(several) == 80


def test_the_set_has_every_kind():
    detectors = [random_detector(number) for number in range(200)]
    homogeneous = np.mean([detector.is_homogeneous for detector in detectors])
    two = np.mean([len(detector.sections) == 2 for detector in detectors])
    assert 0.12 < homogeneous < 0.28
    assert 0.09 < two < 0.24
    used = {
        slab.material for detector in detectors for section in detector.sections for slab in section.stack
    }
    assert used >= {"Pb", "W", "Fe", "Cu", "Si", "polystyrene", "LAr", "air", "G10", "BGO"}


def test_a_folder_of_them_is_what_pretraining_takes(tmp_path):
    told = []
    simulate_random_detectors(
        lambda number: random_job(number, like()), 3, tmp_path / "set", on_done=told.append
    )
    assert told == [5, 5, 5]
    detectors = find_detectors(tmp_path / "set")
    assert [detector.name for detector in detectors] == ["random_0000", "random_0001", "random_0002"]
    assert detectors[1] == random_detector(1)
    assert load_detector(tmp_path / "set" / "random_0002.yaml") == random_detector(2)
    pools = open_pools(detectors, tmp_path / "set")
    assert [len(pool.showers) for pool in pools] == [5, 5, 5]
    energies = [pool.showers.incident_energy_gev.tolist() for pool in pools]
    assert energies[0] != energies[1]


def test_an_interrupted_set_goes_on(tmp_path):
    simulate_random_detectors(lambda number: random_job(number, like()), 2, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.h5")}
    simulate_random_detectors(lambda number: random_job(number, like()), 3, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(tmp_path.glob("*.h5"))) == 3
    simulate_random_detectors(lambda number: random_job(number, like(n=6)), 1, tmp_path)
    assert (tmp_path / "random_0000.h5").stat().st_mtime_ns != before[tmp_path / "random_0000.h5"]


def test_impossible_sets_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="at least 1 random detector, got 0"):
        simulate_random_detectors(lambda number: random_job(number, like()), 0, tmp_path)
    with pytest.raises(SettingsError, match="0 or more, got -1"):
        random_detector(-1)
    (tmp_path / "file").write_text("a file")
    with pytest.raises(OutputError, match="cannot be made"):
        simulate_random_detectors(lambda number: random_job(number, like()), 1, tmp_path / "file" / "set")
