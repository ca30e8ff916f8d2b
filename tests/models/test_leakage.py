import math
from dataclasses import replace

import pytest
import torch
from scipy import stats

from metacalo.geometry import Detector, load_detector
from metacalo.models import Conditions
from metacalo.models.frame import DetectorFrame, detector_frame
from metacalo.models.leakage import log_leakage

ENERGIES_GEV = (1.0, 5.0, 20.0, 100.0)


@pytest.fixture
def frame(detector: Detector) -> DetectorFrame:
    return detector_frame(detector)


def depth_behind_which(share: float, energy_gev: float, frame: DetectorFrame) -> float:
    """GFlash, homogeneous medium: a gamma law whose maximum is at ln y - 0.858, [X0]."""
    log_y = math.log(energy_gev * 1e3 / frame.critical_energy_mev)
    alpha = 0.21 + (0.492 + 2.38 / frame.mean_z) * log_y
    beta = (alpha - 1.0) / (log_y - 0.858)
    return float(stats.gamma.isf(share, alpha, scale=1.0 / beta))


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [(0.5, 0.97, 1.03), (0.1, 0.97, 1.03), (0.01, 0.97, 1.03), (1e-3, 0.9, 1.0), (1e-5, 0.5, 0.8)],
)
@pytest.mark.parametrize("energy_gev", ENERGIES_GEV)
def test_it_is_the_tail_of_the_mean_profile_behind_the_detector(
    energy_gev: float, share: float, low: float, high: float, frame: DetectorFrame
):
    depth_x0 = depth_behind_which(share, energy_gev, frame)
    cut = replace(frame, depth_x0=depth_x0, z_edges=torch.tensor([0.0, 100.0]))
    found = float(log_leakage(Conditions.from_arrays(energy_gev, 0.0), cut).exp())
    assert low < found / share < high
    grid_ends = replace(frame, depth_x0=100.0, z_edges=torch.tensor([0.0, depth_x0]))
    assert float(log_leakage(Conditions.from_arrays(energy_gev, 0.0), grid_ends).exp()) == pytest.approx(
        found, rel=1e-4
    )


@pytest.mark.parametrize("name", ["l3_bgo", "odd_siw", "lhcb_ecal"])
def test_it_is_finite_at_all_energies_and_angles(name: str):
    """A homogeneous detector, one whose grid ends first, one with more depth than its grid needs."""
    frame = detector_frame(load_detector(name))
    energy, angle = torch.meshgrid(
        torch.tensor([1e-4, 0.05, 1.0, 100.0, 2e4]), torch.tensor([0.0, 0.7, math.pi / 2]), indexing="ij"
    )
    found = log_leakage(Conditions(energy.flatten(), angle.flatten()), frame)
    assert torch.isfinite(found).all()
    assert (found <= -0.1).all()
    assert (found >= -12.0).all()


def test_a_slanting_shower_sees_the_detector_deeper_but_no_deeper_than_the_grid(frame: DetectorFrame):
    cut = replace(frame, depth_x0=15.0)
    slanting = log_leakage(Conditions.from_arrays(50.0, math.acos(15.0 / 20.0)), cut)
    assert float(slanting) == pytest.approx(
        float(log_leakage(Conditions.from_arrays(50.0, 0.0), replace(frame, depth_x0=20.0))), rel=1e-4
    )
    grazing = log_leakage(Conditions.from_arrays(50.0, 1.5), cut)
    end = float(frame.z_edges[-1])
    at_the_end = log_leakage(Conditions.from_arrays(50.0, 0.0), replace(frame, depth_x0=end))
    assert float(grazing) == pytest.approx(float(at_the_end), rel=1e-5)


def test_it_grows_with_energy_and_stays_within_its_range(frame: DetectorFrame):
    conditions = Conditions.from_arrays([1.0, 10.0, 100.0, 1e4], 0.0)
    assert (log_leakage(conditions, frame).diff() > 0).all()
    assert log_leakage(conditions, replace(frame, depth_x0=0.01)).tolist() == pytest.approx([-0.1] * 4)
    endless = replace(frame, depth_x0=1e3, z_edges=torch.tensor([0.0, 1e3]))
    assert log_leakage(conditions, endless).tolist() == [-12.0] * 4
