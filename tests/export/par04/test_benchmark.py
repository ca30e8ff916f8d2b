"""The arithmetic of the benchmark of Par04's showers, on figures made by hand."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.comparison import Comparison, Estimate

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import par04


def made(value: float, floor: float) -> SimpleNamespace:
    sides = [
        Comparison(n_reference=9, n_generated=9, estimates=dict.fromkeys(par04.SHOWN, Estimate(v, 0.02)))
        for v in (value, floor)
    ]
    return SimpleNamespace(comparisons={"Par04": sides[0]}, floor=sides[1])


def test_figures_are_averaged_over_seeds_and_their_errors_stay():
    found = par04.averaged([made(0.1, 0.3), made(0.3, 0.5)])
    assert set(found) == set(par04.SHOWN)
    value, floor = found["separation_depth"]
    assert value == pytest.approx((0.2, 0.02))
    assert floor == pytest.approx((0.4, 0.02))


def test_the_table_has_a_line_for_each_figure_and_a_column_for_each_energy():
    figures = par04.averaged([made(0.2, 0.1)])
    lines = par04.as_table({"1 GeV (9)": figures, "10 GeV (9)": figures}).splitlines()
    assert lines[0] == "| figure | 1 GeV (9) | 10 GeV (9) |"
    assert len(lines) == 2 + len(par04.SHOWN)
    assert lines[2 + par04.SHOWN.index("separation_depth")].count("0.200 ± 0.020 (0.100), poor") == 2


def test_showers_near_an_energy_are_within_a_quarter():
    energies = [7.9, 8.1, 10.0, 12.4, 12.6]
    showers = Showers(
        grid=CylinderGrid((1, 2, 3), 1.0, 1.0),
        incident_energy_gev=energies,
        theta_rad=0.0,
        offsets=np.zeros(6, dtype=int),
        voxels=[],
        energies_mev=[],
    )
    np.testing.assert_allclose(par04.near(showers, 10.0).incident_energy_gev, [8.1, 10.0, 12.4])
