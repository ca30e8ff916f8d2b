import pytest
import torch

from metacalo.geometry import Detector
from metacalo.models import Conditions
from metacalo.models.decoder import N_OFFSETS, Basis, BasisSizes, decode
from metacalo.models.deposit import DepositField
from metacalo.models.frame import DetectorFrame, detector_frame
from metacalo.models.profile import log_mean_profile

SIZES = BasisSizes(mean=5, small=3, turning=2)
VISIBLE = torch.tensor([10.0, 200.0])
CONDITIONS = Conditions.from_arrays([1.0, 20.0], [0.0, 0.3])


@pytest.fixture
def frame(detector: Detector) -> DetectorFrame:
    return detector_frame(detector)


def basis(frame: DetectorFrame) -> Basis:
    source = torch.Generator().manual_seed(1)
    places = len(frame.coordinates)
    return Basis(
        torch.randn(places, sum(SIZES.functions), generator=source),
        0.1 * torch.randn(places, N_OFFSETS, generator=source),
    )


def decoded(
    frame: DetectorFrame, coefficients: torch.Tensor, turning: torch.Tensor, functions: Basis
) -> DepositField:
    log_comb = frame.log_comb_at(CONDITIONS.theta_rad)
    return decode(coefficients, turning, functions, SIZES, CONDITIONS, VISIBLE, log_comb, frame)


def random_decoded(frame: DetectorFrame, sign_of_sines: float = 1.0) -> DepositField:
    source = torch.Generator().manual_seed(2)
    coefficients = torch.randn(2, sum(SIZES.coefficients), generator=source)
    turning = torch.randn(2, 2, SIZES.turning_latents // 2, generator=source)
    turning[:, 1] *= sign_of_sines
    return decoded(frame, coefficients, turning.flatten(1), basis(frame))


def test_mean_energies_add_up_to_the_visible_energy(frame: DetectorFrame):
    field = random_decoded(frame)
    assert field.expected_mev.shape == (2, *frame.shape)
    assert torch.allclose(field.expected_mev.sum(dim=(1, 2, 3)), VISIBLE, rtol=1e-5)


def test_crossings_are_the_same_in_all_azimuths(frame: DetectorFrame):
    field = random_decoded(frame)
    n_r, _, n_z = frame.shape
    assert field.crossing_mev.shape == field.spread2.shape == (2, n_r, 1, n_z)
    assert (field.crossing_mev > 0).all()


def test_what_has_learned_nothing_returns_the_closed_form_on_the_active_material(frame: DetectorFrame):
    zero = basis(frame)
    zero = Basis(torch.zeros_like(zero.functions), torch.zeros_like(zero.offset))
    field = decoded(frame, torch.ones(2, sum(SIZES.coefficients)), torch.ones(2, SIZES.turning_latents), zero)
    profile = log_mean_profile(
        CONDITIONS.energy_gev, frame.critical_energy_mev, frame.mean_z, frame.r_edges, frame.z_edges
    )
    expected = profile.exp()[:, :, None] * frame.log_comb_at(CONDITIONS.theta_rad).exp()
    expected *= (VISIBLE / expected.sum(dim=(1, 2, 3)))[:, None, None, None]
    assert torch.allclose(field.expected_mev, expected, rtol=1e-4, atol=1e-9)
    assert torch.allclose(field.crossing_mev, torch.full_like(field.crossing_mev, frame.crossing_mev))
    assert torch.allclose(field.spread2, torch.ones_like(field.spread2))


def test_turning_the_sines_the_other_way_mirrors_the_shower(frame: DetectorFrame):
    one, other = random_decoded(frame), random_decoded(frame, sign_of_sines=-1.0)
    assert not torch.allclose(one.expected_mev, other.expected_mev, rtol=0.01)
    assert torch.allclose(one.expected_mev, other.expected_mev.flip(2), rtol=1e-3, atol=1e-9)


def test_without_turning_latents_a_shower_is_its_own_mirror_image(frame: DetectorFrame):
    coefficients = torch.randn(2, sum(SIZES.coefficients), generator=torch.Generator().manual_seed(2))
    field = decoded(frame, coefficients, torch.zeros(2, SIZES.turning_latents), basis(frame))
    assert torch.allclose(field.expected_mev, field.expected_mev.flip(2), rtol=1e-3, atol=1e-9)
