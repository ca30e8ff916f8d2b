import math

import pytest
import torch

from metacalo.models.profile import log_mean_profile

LEAD_EC_MEV, LEAD_Z = 7.4, 82.0
R_EDGES = torch.arange(10) * 0.5
FINE_Z_EDGES = torch.arange(601) * 0.05


def shares(
    energy_gev: list[float], z_edges: torch.Tensor = FINE_Z_EDGES, r_edges: torch.Tensor = R_EDGES
) -> torch.Tensor:
    return log_mean_profile(torch.tensor(energy_gev), LEAD_EC_MEV, LEAD_Z, r_edges, z_edges).exp()


def test_the_shares_add_up_to_one_at_every_energy():
    share = shares([0.01, 1.0, 30.0, 1e4])
    assert share.shape == (4, 9, 600)
    assert share.sum(dim=(1, 2)).tolist() == pytest.approx([1.0] * 4, abs=1e-5)


@pytest.mark.parametrize("energy_gev", [2.0, 20.0, 100.0])
def test_the_maximum_is_at_ln_y_minus_0_858(energy_gev: float):
    """GFlash, homogeneous medium: T = ln(E / Ec) - 0.858 in X0."""
    layers = shares([energy_gev])[0].sum(dim=0)
    centres = (FINE_Z_EDGES[1:] + FINE_Z_EDGES[:-1]) / 2
    expected = math.log(energy_gev * 1e3 / LEAD_EC_MEV) - 0.858
    assert float(centres[layers.argmax()]) == pytest.approx(expected, abs=0.1)


def test_the_mean_depth_is_that_of_a_gamma_law():
    """<z> = alpha / beta with beta = (alpha - 1) / T and alpha = 0.21 + (0.492 + 2.38 / Z) ln y."""
    log_y = math.log(50e3 / LEAD_EC_MEV)
    alpha = 0.21 + (0.492 + 2.38 / LEAD_Z) * log_y
    z_edges = torch.arange(2001) * 0.05
    everything = torch.tensor([0.0, 1e3])  # a narrow grid loses more of the tail, which is wider
    layers = shares([50.0], z_edges, everything)[0].sum(dim=0)
    mean = float(layers @ (z_edges[1:] + z_edges[:-1]) / 2)
    assert mean == pytest.approx(alpha / (alpha - 1) * (log_y - 0.858), rel=2e-3)


def test_a_shower_gets_wider_with_depth():
    share = shares([20.0], torch.arange(31) * 1.0)[0]
    inner = share[0] / share.sum(dim=0)
    at_and_past_the_maximum = inner[6:24]
    assert (at_and_past_the_maximum.diff() < 0).all()
    assert inner[3] > 0.8
    assert inner[23] < 0.5


def test_a_finer_grid_holds_the_same_in_the_same_place():
    coarse = shares([10.0], torch.arange(31) * 1.0)[0]
    halves = shares([10.0], torch.arange(61) * 0.5)[0].sum(dim=0).view(30, 2).sum(dim=1)
    # the radial law is taken at the middle of a layer, the depth is integrated
    assert halves.tolist() == pytest.approx(coarse.sum(dim=0).tolist(), rel=0.01, abs=1e-6)


def test_the_logarithm_is_finite_also_far_outside_the_shower():
    wide = torch.arange(20) * 2.0
    deep = torch.arange(101) * 3.0
    logs = log_mean_profile(torch.tensor([0.001, 1.0, 1e5]), LEAD_EC_MEV, LEAD_Z, wide, deep)
    assert torch.isfinite(logs).all()
