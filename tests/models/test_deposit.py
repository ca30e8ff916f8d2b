import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from metacalo.models.deposit import DepositField, HitLaw

Noise = Callable[[int], torch.Generator]
CASES = [(0.05, 0.5, 0.3), (0.7, 0.3, 1.0), (3.0, 2.0, 0.5), (40.0, 1.0, 0.2)]  # lam, crossing, spread2


def law_of(lam: float, crossing: float, spread2: float) -> HitLaw:
    numbers = (torch.tensor([x], dtype=torch.float64) for x in (lam * crossing, crossing, spread2))
    return HitLaw.of_compound_poisson(*numbers)


@pytest.mark.parametrize(("lam", "crossing", "spread2"), CASES)
def test_probability_mean_and_variance_are_those_of_simulated_sums(
    lam: float, crossing: float, spread2: float
):
    random = np.random.default_rng(3)
    n = random.poisson(lam, 2_000_000)
    hit = n[n > 0]
    energy = random.gamma(hit / spread2) * crossing * spread2  # a sum of gammas is a gamma
    law = law_of(lam, crossing, spread2)
    assert float(law.probability) == pytest.approx(len(hit) / len(n), rel=0.01)
    assert float(law.mean_mev) == pytest.approx(energy.mean(), rel=0.01)
    assert float(law.mean_mev**2 / law.shape) == pytest.approx(energy.var(), rel=0.03)


def test_few_crossings_make_a_hit_one_crossing():
    law = law_of(1e-4, 0.3, 0.4)
    assert float(law.probability) == pytest.approx(1e-4, rel=1e-3)
    assert float(law.mean_mev) == pytest.approx(0.3, rel=1e-3)
    assert float(1 / law.shape) == pytest.approx(0.4, rel=1e-3)


def test_many_crossings_are_always_hit_and_spread_as_poisson_does():
    law = law_of(500.0, 0.3, 0.4)
    assert float(law.probability) == 1.0
    assert float(law.mean_mev) == pytest.approx(150.0)
    assert float(1 / law.shape) == pytest.approx(1.4 / 500.0)


def test_nothing_expected_gives_finite_numbers():
    law = HitLaw.of_compound_poisson(torch.zeros(1), torch.ones(1), torch.ones(1))
    assert all(torch.isfinite(value).all() for value in vars(law).values())
    assert torch.isfinite(law.log_density(torch.tensor([1.0]))).all()


def test_one_law_of_three_has_the_shapes_it_was_given():
    law = HitLaw.of_compound_poisson(*torch.full((3, 3), 0.5))
    assert law.probability.shape == law.mean_mev.shape == law.shape.shape == (3,)


@pytest.mark.parametrize(("lam", "crossing", "spread2"), CASES)
def test_the_density_of_a_hit_integrates_to_one_with_the_laws_mean(
    lam: float, crossing: float, spread2: float
):
    law = law_of(lam, crossing, spread2)
    log_e = torch.linspace(-30, math.log(400.0), 200_000, dtype=torch.float64)
    density = law.log_density(log_e.exp()).exp() * log_e.exp()
    assert float(torch.trapezoid(density, log_e)) == pytest.approx(1.0, abs=1e-5)
    mean = torch.trapezoid(density * log_e.exp(), log_e)
    assert float(mean) == pytest.approx(float(law.mean_mev), rel=1e-4)


def test_energies_of_hits_follow_the_density(noise: Noise):
    law = law_of(0.7, 0.3, 1.0)
    many = HitLaw(*(value.expand(20_000) for value in vars(law).values()))
    energy = many.sample(noise(1))
    assert (energy > 0).all()
    shape, mean = float(law.shape), float(law.mean_mev)
    assert kstest(energy.numpy(), "gamma", args=(shape, 0, mean / shape)).pvalue > 0.01


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
    shower, voxel, energy = many.sample(noise(1))
    flat = torch.zeros(2 * repeats, 24)
    flat[shower, voxel] = energy
    drawn = flat.view(repeats, 2, 24)
    hits = (drawn > 0).sum(dim=0)
    every = torch.arange(48)
    law = field.law_of(every // 24, every % 24)
    mean = drawn.sum(dim=0) / hits
    variance = ((drawn - mean) ** 2 * (drawn > 0)).sum(dim=0) / hits
    assert torch.allclose((hits / repeats).flatten(), law.probability, rtol=0.15, atol=0.03)
    assert torch.allclose(mean.flatten(), law.mean_mev, rtol=0.15)
    assert torch.allclose(variance.flatten().sqrt(), law.mean_mev / law.shape.sqrt(), rtol=0.25)


def test_hits_come_in_the_order_of_showers_and_voxels(field: DepositField, noise: Noise):
    shower, voxel, _ = field.sample(noise(2))
    assert ((shower * 24 + voxel).diff() > 0).all()


def test_the_law_of_a_voxel_is_that_of_its_own_ring_and_layer(field: DepositField):
    ring, sector, layer = 1, 2, 3
    law = field.law_of(torch.tensor([1]), torch.tensor([ring * 12 + sector * 4 + layer]))
    same = HitLaw.of_compound_poisson(
        field.expected_mev[1, ring, sector, layer],
        field.crossing_mev[1, ring, 0, layer],
        field.spread2[1, ring, 0, layer],
    )
    assert float(law.mean_mev) == float(same.mean_mev)
    assert float(law.shape) == float(same.shape)


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
    law = field.law_of(shower, voxel)
    rate = field.expected_mev.flatten()[31] / field.crossing_mev[1, 0, 0, 3]
    expected = rate + law.probability.log() + law.log_density(energy)
    assert float(gained) == pytest.approx(float(expected), rel=1e-4)


def test_a_field_without_energy_is_sampled_empty(noise: Noise):
    field = DepositField(torch.zeros(2, 2, 3, 4), torch.ones(2, 2, 1, 4), torch.ones(2, 2, 1, 4))
    shower, voxel, energy = field.sample(noise(1))
    assert len(shower) == len(voxel) == len(energy) == 0
