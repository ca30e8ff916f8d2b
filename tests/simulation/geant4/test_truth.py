"""The comparison with other applications of Geant4: its arithmetic, and once from end to end."""

import importlib.util
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from metacalo.geometry import load_detector
from metacalo.showers import open_showers, write_showers

PROGRAM = Path(__file__).parents[3] / "benchmarks" / "geant4_truth.py"


@pytest.fixture(scope="module")
def truth():
    spec = importlib.util.spec_from_file_location("geant4_truth", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sample(truth, data_dir):
    showers = open_showers(data_dir / "par04_siw_small.h5")
    return truth.Sample(showers, np.full(len(showers), 0.5))


def test_the_error_of_a_ratio_of_means_is_that_of_both(truth):
    a, b = np.array([9.0, 11.0] * 50), np.array([4.0, 6.0] * 200)
    ratio, error = truth.ratio_of_means(a, b)
    assert ratio == pytest.approx(2.0)
    assert error == pytest.approx(2.0 * np.hypot(0.1 / 10, 0.2 / 20), rel=0.01)


def test_the_error_of_a_ratio_of_spreads_of_normal_numbers_is_one_over_the_root_of_2n(truth):
    generator = np.random.default_rng(1)
    a, b = generator.normal(10.0, 1.0, 20_000), generator.normal(5.0, 1.0, 20_000)
    ratio, error = truth.ratio_of_spreads(a, b)
    assert ratio == pytest.approx(0.5, rel=0.02)
    assert error / ratio == pytest.approx(np.sqrt(2 / (2 * 20_000)), rel=0.05)


def test_showers_compared_with_themselves_do_not_differ(truth, sample):
    found = truth.compare(load_detector("par04_siw"), sample, sample)
    assert found["visible"][0] == found["hits"][0] == found["radius"][0] == found["depth_spread"][0] == 1.0
    assert found["longitudinal"]["mean_deviation"] == found["radial"]["largest_deviation"] == 0.0
    assert found["resolution_p_value"] == pytest.approx(1.0)


def test_energy_outside_the_grid_is_visible_and_not_in_the_grid(truth, sample):
    outside = sample.showers.total_energy_mev * 0.25
    found = truth.compare(load_detector("par04_siw"), truth.Sample(sample.showers, outside), sample)
    assert found["visible"][0] == pytest.approx(1.25, rel=0.02)
    assert found["visible_in_grid"][0] == 1.0


def test_a_comparison_from_end_to_end(truth, data_dir, tmp_path, capsys):
    file = tmp_path / "par04_siw.h5"
    showers = open_showers(data_dir / "par04_siw_small.h5")
    soft = showers[showers.incident_energy_gev < 5.0]  # they take the least time
    write_showers(file, soft)
    with h5py.File(file, "a") as made:
        made["energy_active_outside_grid"] = np.zeros(len(soft))
    out = tmp_path / "out"
    assert truth.main([str(file), "-n", "10", "--siw", "5", "--out", str(out)]) == 0
    assert "stand-in" in capsys.readouterr().out
    assert "5 showers of par04_siw" in (out / "geant4_truth.md").read_text()
    results = json.loads((out / "geant4_truth.json").read_text())
    assert results["engine"]["stand_in_data"] is True
    ratio, error = results["detectors"]["par04_siw"]["visible"]
    assert abs(ratio - 1.0) < 4.0 * error + 0.015
    # Other applications of Geant4, electrons of 10 GeV: visible fraction 0.0320, mean layer 19.85 of 90.
    silicon_tungsten = results["silicon_tungsten"]
    assert silicon_tungsten["visible_fraction"][0] == pytest.approx(0.0320, rel=0.05)
    assert silicon_tungsten["mean_layer"][0] == pytest.approx(19.85, abs=2.5)
    written = (out / "par04_siw.h5").stat().st_mtime_ns
    assert truth.main([str(file), "-n", "10", "--siw", "0", "--out", str(out)]) == 0
    assert (out / "par04_siw.h5").stat().st_mtime_ns == written  # it was kept
