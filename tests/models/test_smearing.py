import math

import pytest
import torch

from metacalo.models.smearing import smear, smearing_of

CENTRE = (2, 5, 4)


def response_to(voxel: tuple[int, int, int], links, shape=(4, 8, 6)) -> torch.Tensor:
    """Noise of all voxels if the white noise is one in a single one: its waves are put in."""
    n_r, n_phi, n_z = shape
    smearing = smearing_of(links, n_phi)
    n_waves = n_phi // 2 + 1
    waves = smearing.synthesis[voxel[1]]
    has_sine = [k for k in range(n_waves) if 0 < 2 * k < n_phi]
    noise = torch.zeros(1, n_phi, n_r, n_z)
    noise[0, :, voxel[0], voxel[2]] = torch.cat([waves[:n_waves], waves[[n_waves + k for k in has_sine]]])
    return smear(noise, smearing)[0]


def links(weight: float, steps, shape=(4, 8, 6)):
    return [(torch.full((shape[0], 1, shape[2]), weight), step) for step in steps]


@pytest.mark.parametrize("n_phi", [1, 2, 3, 8, 9])
def test_without_links_a_voxel_gives_its_noise_to_itself_alone(n_phi: int):
    shape, voxel = (2, n_phi, 3), (1, n_phi - 1, 2)
    found = response_to(voxel, links(0.0, [(0, 0, 1)], shape), shape)
    wanted = torch.zeros(shape)
    wanted[voxel] = 1.0
    assert torch.allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("steps", "reached"),
    [
        ([(0, 0, 1)], [(2, 5, 5)]),
        ([(0, 0, -1)], [(2, 5, 3)]),
        ([(0, 1, 0), (0, -1, 0)], [(2, 4, 4), (2, 6, 4)]),
        ([(0, 3, 0), (0, -3, 0)], [(2, 2, 4), (2, 0, 4)]),
        ([(1, 0, 1)], [(3, 5, 5)]),
        ([(1, 1, -1), (1, -1, -1)], [(3, 4, 3), (3, 6, 3)]),
    ],
)
def test_noise_reaches_the_voxels_at_the_links_other_ends(steps, reached):
    found = response_to(CENTRE, links(0.4, steps))
    # of all voxels that are reached, each has as many terms of weight 0.4 as the link has steps
    scale = 1.0 / math.sqrt(1.0 + len(steps) * 0.4**2)
    wanted = torch.zeros(found.shape)
    wanted[CENTRE] = scale
    for voxel in reached:
        wanted[voxel] = 0.4 * scale
    assert torch.allclose(found, wanted, atol=1e-6)


def test_steps_that_the_grid_has_no_room_for_are_left_out():
    steps = [(0, 4, 0), (0, -4, 0), (4, 0, 0), (0, 0, 6)]
    found = response_to(CENTRE, links(0.4, steps))
    assert float(found[CENTRE]) == pytest.approx(1.0, abs=1e-6)
    assert float(found.abs().sum()) == pytest.approx(1.0, abs=1e-4)
