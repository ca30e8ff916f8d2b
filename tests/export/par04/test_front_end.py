import numpy as np
import pytest
import torch

from metacalo.errors import ExportError
from metacalo.export.par04 import writing
from metacalo.export.par04.front_end import Par04TorchFrontEnd
from metacalo.export.par04.orientation import turned_voxels
from metacalo.export.torchscript import script


def row(energy_gev: float, beam_theta_deg: float, noise: torch.Tensor) -> torch.Tensor:
    conditions = torch.tensor([energy_gev / 1024, beam_theta_deg / 90, 0.0, 1.0])
    return torch.cat([noise, conditions])[None]


NOISE = torch.linspace(-1, 1, 50)


def test_fractions_are_deposits_over_the_incident_energy(front_end):
    fraction = front_end(row(10.0, 90.0, NOISE))
    assert fraction.shape == (1, 9 * 16 * 45)
    assert fraction.dtype == torch.float32
    # voxel k has (k + 1) keV per GeV, which is (k + 1) parts in a million, times e^-0.1
    np.testing.assert_allclose(fraction[0], 1e-6 * np.exp(-0.1) * np.arange(1, 6481), rtol=1e-5)


def test_the_angle_is_taken_to_the_normal_and_forward_showers_are_turned(front_end, siw):
    straight = front_end(row(10.0, 90.0, NOISE))[0].numpy()
    forward, backward = (front_end(row(10.0, theta, NOISE))[0].numpy() for theta in (70.0, 110.0))
    np.testing.assert_allclose(backward, straight * np.exp(np.radians(20)), rtol=1e-5)
    voxels = np.arange(siw.grid.n_voxels)
    np.testing.assert_allclose(forward[turned_voxels(voxels, 1.0, siw.grid)], backward, rtol=1e-6)


@pytest.mark.parametrize(
    ("asked", "nearest"), [((0.01, 90.0), (1.0, 90.0)), ((500.0, 20.0), (100.0, 90 - 40.107))]
)
def test_outside_the_range_the_nearest_conditions_are_taken(front_end, asked, nearest):
    torch.testing.assert_close(
        front_end(row(*asked, NOISE)), front_end(row(*nearest, NOISE)), rtol=1e-5, atol=0
    )


def test_the_one_hot_of_par04_is_passed_over(front_end):
    other = row(10.0, 90.0, NOISE)
    other[0, -2:] = torch.tensor([1.0, 0.0])
    torch.testing.assert_close(front_end(other), front_end(row(10.0, 90.0, NOISE)), rtol=0, atol=0)


def test_libtorch_may_give_eight_values_with_or_without_a_batch(front_end):
    module = script(Par04TorchFrontEnd(front_end))
    eight = row(10.0, 90.0, torch.tensor([0.5, -0.5, 1.0, -1.0]))
    torch.testing.assert_close(module(eight[0]), module(eight), rtol=0, atol=0)
    full = row(10.0, 80.0, NOISE)
    torch.testing.assert_close(module(full), front_end(full), rtol=1e-6, atol=0)


def test_four_tensors_without_the_incident_energy_are_refused(front_end):
    module = script(Par04TorchFrontEnd(front_end))
    with pytest.raises(torch.jit.Error, match="setSizeLatentVector 4"):
        module(NOISE, torch.zeros(1), torch.zeros(1), torch.zeros(2))


def test_another_number_of_values_is_refused(front_end):
    module = script(Par04TorchFrontEnd(front_end))
    with pytest.raises(torch.jit.Error, match="rows of 8 or 54 values, got 14"):
        module(torch.zeros(14))


def test_a_file_that_differs_from_torch_is_not_called_done(front_end):
    with pytest.raises(ExportError, match="agree with torch"):
        writing._difference(front_end, lambda _: np.zeros((1, 9 * 16 * 45), np.float32), 50)
    with pytest.raises(ExportError, match="expected 6480 values"):
        writing._difference(front_end, lambda _: np.zeros((1, 5), np.float32), 50)
    exact = writing._difference(front_end, lambda row: front_end(torch.tensor(row)[None]).numpy(), 50)
    assert exact == 0.0
