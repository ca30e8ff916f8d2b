import math
from collections.abc import Callable

import pytest
import torch

from metacalo.models import compound
from metacalo.models.deposit import DepositField

Noise = Callable[[int], torch.Generator]


@pytest.fixture
def field() -> DepositField:
    """Two showers on (2, 3, 4) voxels, every number another."""
    count = torch.arange(1, 49, dtype=torch.float32).view(2, 2, 3, 4)
    return DepositField(
        expected_mev=0.05 * count,
        crossing_mev=0.4 + 0.05 * count[:, :, :1],
        spread2=0.2 + 0.01 * count[:, :, :1],
    )


def test_sampled_voxels_have_the_probability_mean_and_variance_of_their_law(
    field: DepositField, noise: Noise
):
    repeats = 4000
    many = DepositField(*(value.repeat(repeats, 1, 1, 1) for value in vars(field).values()))
    shower, voxel, energy = many.sample(torch.randn(many.expected_mev.shape, generator=noise(1)))
    flat = torch.zeros(2 * repeats, 24)
    flat[shower, voxel] = energy
    drawn = flat.view(repeats, 2, 24)
    hits = (drawn > 0).sum(dim=0)
    every = torch.arange(48)
    rate, crossing_mev, spread2 = field.at(every // 24, every % 24)
    probability = field.probability().flatten()
    mean_mev = rate * crossing_mev / probability
    variance_mev2 = crossing_mev**2 * (rate * (1 + spread2) + rate**2) / probability - mean_mev**2
    mean = drawn.sum(dim=0) / hits
    variance = ((drawn - mean) ** 2 * (drawn > 0)).sum(dim=0) / hits
    assert torch.allclose((hits / repeats).flatten(), probability, rtol=0.15, atol=0.03)
    assert torch.allclose(mean.flatten(), mean_mev, rtol=0.15)
    assert torch.allclose(variance.flatten().sqrt(), variance_mev2.sqrt(), rtol=0.25)


def test_hits_come_in_the_order_of_showers_and_voxels(field: DepositField, noise: Noise):
    shower, voxel, _ = field.sample(torch.randn(field.expected_mev.shape, generator=noise(2)))
    assert ((shower * 24 + voxel).diff() > 0).all()


def test_the_law_of_a_voxel_is_that_of_its_own_ring_and_layer(field: DepositField):
    ring, sector, layer = 1, 2, 3
    rate, crossing_mev, spread2 = field.at(torch.tensor([1]), torch.tensor([ring * 12 + sector * 4 + layer]))
    assert float(crossing_mev) == float(field.crossing_mev[1, ring, 0, layer])
    assert float(spread2) == float(field.spread2[1, ring, 0, layer])
    assert float(rate * crossing_mev) == pytest.approx(float(field.expected_mev[1, ring, sector, layer]))


def test_higher_noise_is_a_hit_and_more_energy(field: DepositField):
    noise = torch.full(field.expected_mev.shape, -6.0)
    assert len(field.sample(noise)[0]) == 0
    low, high = (field.sample(torch.full_like(noise, level)) for level in (3.0, 3.5))
    assert len(low[0]) == len(high[0]) == 48
    assert (high[2] > low[2]).all()


def test_the_likelihood_of_nothing_is_that_of_no_crossing_anywhere(field: DepositField):
    nothing = torch.zeros(0, dtype=torch.int64)
    likelihood = field.log_likelihood(nothing, nothing, torch.zeros(0))
    assert float(likelihood) == pytest.approx(-float((field.expected_mev / field.crossing_mev).sum()))


def test_a_hit_replaces_its_own_silence_by_its_probability_and_density(field: DepositField):
    nothing = torch.zeros(0, dtype=torch.int64)
    shower, voxel, energy = torch.tensor([1]), torch.tensor([7]), torch.tensor([0.8])
    gained = field.log_likelihood(shower, voxel, energy) - field.log_likelihood(
        nothing, nothing, torch.zeros(0)
    )
    law = field.at(shower, voxel)
    crossing_mev = float(law[1])
    density = compound.log_density(energy / crossing_mev, law[0], law[2])
    assert float(gained) == pytest.approx(float(density) - math.log(crossing_mev), rel=1e-4)


def test_a_field_without_energy_is_sampled_empty(noise: Noise):
    field = DepositField(torch.zeros(2, 2, 3, 4), torch.ones(2, 2, 1, 4), torch.ones(2, 2, 1, 4))
    shower, voxel, energy = field.sample(torch.randn(2, 2, 3, 4, generator=noise(1)))
    assert len(shower) == len(voxel) == len(energy) == 0


@pytest.mark.parametrize("noise", [-5.0, -5.6, -6.6, -9.0])
def test_a_voxel_of_ten_thousand_crossings_is_hit_at_any_noise(noise: float):
    """Its width is a hundredth of its energy; a probability that is zero in single precision is none."""
    one = torch.ones(1, 1, 1, 1)
    shower, voxel, energy = DepositField(1e4 * one, one, 0.6 * one).sample(noise * one)
    assert (shower.tolist(), voxel.tolist()) == ([0], [0])
    assert 0.9e4 < float(energy) < 0.95e4
