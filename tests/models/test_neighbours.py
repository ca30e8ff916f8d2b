from collections.abc import Callable

import pytest
import torch

from metacalo.geometry import Detector
from metacalo.models.deposit import DepositField
from metacalo.models.frame import DetectorFrame, detector_frame
from metacalo.models.neighbours import LINKS, N_WEIGHTS, Kernel, log_likelihood, normal_scores

Noise = Callable[[int], torch.Generator]


@pytest.fixture
def frame(detector: Detector) -> DetectorFrame:
    return detector_frame(detector)


def kernel_of(weight: float, link: int, n_r: int = 4, n_phi: int = 3, n_z: int = 9) -> Kernel:
    """A kernel of a single link, the same in all voxels."""
    return Kernel(tuple(torch.full((n_r, 1, n_z), weight * (i == link)) for i in range(len(LINKS))), n_phi)


@pytest.fixture
def kernel(frame: DetectorFrame) -> Kernel:
    n_r, _, n_z = frame.shape
    return Kernel.of(torch.zeros(n_r * n_z, N_WEIGHTS), frame)


def waves(n: int, frame: DetectorFrame, noise: Noise) -> torch.Tensor:
    n_r, n_phi, n_z = frame.shape
    return torch.randn(n, n_phi, n_r, n_z, generator=noise(1))


def test_noise_stays_standard_normal_in_every_voxel(kernel: Kernel, frame: DetectorFrame, noise: Noise):
    smeared = kernel.smear(waves(3000, frame, noise))
    assert float(smeared.mean(dim=0).abs().max()) < 6 / 3000**0.5
    assert float((smeared.var(dim=0) - 1.0).abs().max()) < 6 * (2 / 3000) ** 0.5


def test_a_link_to_the_layer_before_correlates_as_a_moving_average_does(noise: Noise):
    weight = 0.5
    smeared = kernel_of(weight, 0).smear(torch.randn(40_000, 3, 4, 9, generator=noise(1)))
    neighbours = (smeared[..., 3:-1] * smeared[..., 4:]).mean()
    assert float(neighbours) == pytest.approx(weight / (1 + weight**2), abs=5e-3)
    assert float((smeared[..., 3:-2] * smeared[..., 5:]).mean()) == pytest.approx(0.0, abs=5e-3)


def test_the_azimuth_is_a_circle(noise: Noise):
    smeared = kernel_of(0.3, 2, 1, 8, 1).smear(torch.randn(40_000, 8, 1, 1, generator=noise(1)))
    across_the_seam = (smeared[:, 0, 0] * smeared[:, 0, 7]).mean()
    inside = (smeared[:, 0, 3] * smeared[:, 0, 4]).mean()
    # two shared neighbours of weight 0.3 each, over 1 + 2 * 0.3^2
    assert float(across_the_seam) == pytest.approx(0.6 / 1.18, abs=0.02)
    assert float(inside) == pytest.approx(0.6 / 1.18, abs=0.02)


def test_tracks_go_outward_and_downstream(noise: Noise):
    link = next(i for i, link in enumerate(LINKS) if link.steps == ((1, 0, 1),))
    smeared = kernel_of(0.5, link).smear(torch.randn(20_000, 3, 4, 9, generator=noise(1)))
    forward = (smeared[:, 1, :, 4] * smeared[:, 2, :, 5]).mean()
    backward = (smeared[:, 1, :, 5] * smeared[:, 2, :, 4]).mean()
    assert float(forward) == pytest.approx(0.4, abs=0.02)
    assert float(backward) == pytest.approx(0.0, abs=0.02)


def test_correlations_in_closed_form_are_those_of_smeared_noise(
    kernel: Kernel, frame: DetectorFrame, noise: Noise
):
    smeared = kernel.smear(waves(2000, frame, noise))
    at = kernel.correlations()[3:, 0, 10:20, 0].mean()  # the first pair: the next layer
    found = (smeared[:, 3:, :, 10:20] * smeared[:, 3:, :, 11:21]).mean()
    assert float(found) == pytest.approx(float(at), abs=4e-3)


@pytest.fixture
def field() -> DepositField:
    size = (400, 2, 16, 12)
    expected = torch.linspace(0.02, 9.0, 12).expand(size).clone()
    return DepositField(expected, torch.ones(400, 2, 1, 12), torch.full((400, 2, 1, 12), 0.6))


def test_scores_have_mean_zero_and_their_own_variance(field: DepositField, noise: Noise):
    hits = field.sample(torch.randn(field.expected_mev.shape, generator=noise(1)))
    score, variance = normal_scores(field, *hits)
    assert score.mean(dim=(0, 1, 2)).numpy() == pytest.approx(0.0, abs=0.04)
    found = score.square().mean(dim=(0, 1, 2))
    assert found.numpy() == pytest.approx(variance[0, 0, 0].numpy(), rel=0.06, abs=0.01)


def test_scores_of_voxels_with_much_energy_are_the_noise_that_made_them(field: DepositField, noise: Noise):
    made_of = torch.randn(field.expected_mev.shape, generator=noise(1))
    score, _ = normal_scores(field, *field.sample(made_of))
    assert float((score - made_of)[..., -1].abs().mean()) < 0.1


def test_the_likelihood_is_largest_at_the_correlation_that_made_the_showers(
    field: DepositField, noise: Noise
):
    made_with = 0.3
    white = torch.randn(400, 16, 2, 12, generator=noise(1))
    score, variance = normal_scores(field, *field.sample(kernel_of(made_with, 0, 2, 16, 12).smear(white)))
    tried = torch.linspace(0.0, 0.6, 13)
    found = [float(log_likelihood(kernel_of(float(w), 0, 2, 16, 12), score, variance)) for w in tried]
    assert float(tried[int(torch.tensor(found).argmax())]) == pytest.approx(made_with, abs=0.051)


def test_without_links_there_is_nothing_to_gain(field: DepositField, noise: Noise):
    hits = field.sample(torch.randn(field.expected_mev.shape, generator=noise(1)))
    assert float(log_likelihood(kernel_of(0.0, 0, 2, 16, 12), *normal_scores(field, *hits))) == 0.0


def test_small_grids_lose_the_links_that_they_have_no_room_for(noise: Noise):
    kernel = Kernel(tuple(torch.full((1, 1, 1), 0.3) for _ in LINKS), 1)
    white = torch.randn(5, 1, 1, 1, generator=noise(1))
    assert torch.allclose(kernel.smear(white), white)
