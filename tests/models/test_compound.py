import numpy as np
import pytest
import torch
from scipy.special import gammaincc, gammaln, ndtri
from scipy.stats import kstest

from metacalo.models import compound
from metacalo.models.compound_quantile import CompoundQuantile

CASES = [(0.05, 0.3), (0.7, 1.0), (3.0, 0.5), (7.9, 1.2), (12.0, 0.6), (40.0, 0.2)]  # rate, spread2


def sums(rate: float, spread2: float, n: int = 1_000_000) -> np.ndarray:
    """Sums that are not zero, in units of the mean of a crossing."""
    random = np.random.default_rng(3)
    crossings = random.poisson(rate, n)
    return random.gamma(crossings[crossings > 0] / spread2) * spread2  # a sum of gammas is a gamma


def filled(size: int, rate: float, spread2: float) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.full((size,), rate), torch.full((size,), spread2)


def quantile(upper: torch.Tensor, rate: torch.Tensor, spread2: torch.Tensor) -> torch.Tensor:
    """Energy that is exceeded with a probability, given that there is any."""
    noise = -ndtri(upper.double().numpy() * -np.expm1(-rate.double().numpy()))
    log_energy = CompoundQuantile()(torch.tensor(noise, dtype=torch.float32), rate.log(), spread2.log())
    return log_energy.exp()


@pytest.mark.parametrize(("rate", "spread2"), CASES)
def test_the_density_integrates_to_the_probability_of_a_hit_and_has_the_mean(rate: float, spread2: float):
    energy = torch.exp(torch.linspace(-25, 6, 40_000, dtype=torch.float64))
    law = tuple(x.double() for x in filled(len(energy), rate, spread2))
    density = torch.exp(compound.log_density(energy, *law) - rate)
    assert float(torch.trapezoid(density, energy)) == pytest.approx(-np.expm1(-rate), rel=2e-3)
    assert float(torch.trapezoid(density * energy, energy)) == pytest.approx(rate, rel=2e-3)


@pytest.mark.parametrize(("rate", "spread2"), CASES)
def test_quantiles_are_those_of_simulated_sums(rate: float, spread2: float):
    upper = torch.tensor([0.99, 0.9, 0.5, 0.1, 0.01])
    found = quantile(upper, *filled(5, rate, spread2))
    wanted = np.quantile(sums(rate, spread2), 1 - upper.numpy())
    assert found.numpy() == pytest.approx(wanted, rel=0.04)


@pytest.mark.parametrize(("rate", "spread2"), CASES)
def test_quantiles_of_uniform_numbers_have_the_sums_mean_and_variance(rate: float, spread2: float):
    upper = torch.rand(400_000, generator=torch.Generator().manual_seed(1))
    drawn = quantile(upper, *filled(len(upper), rate, spread2)).numpy()
    truth = sums(rate, spread2)
    assert drawn.mean() == pytest.approx(truth.mean(), rel=0.01)
    assert drawn.var() == pytest.approx(truth.var(), rel=0.03)


@pytest.mark.parametrize("rate", [1e-6, 1e-3, 0.02, 0.3, 1.0, 2.2, 5.0, 7.9, 8.1, 12.0, 90.0, 2e3])
@pytest.mark.parametrize("spread2", [0.2, 0.35, 0.6, 1.0, 1.7])
def test_the_distribution_of_energies_is_right_to_a_thousandth(rate: float, spread2: float):
    """What is drawn with even probabilities, against the law that training fits, in closed form."""
    upper = (np.arange(2000) + 0.5) / 2000
    drawn = quantile(torch.tensor(upper), *filled(2000, rate, spread2)).double().numpy()
    if rate < compound.MANY:
        n = np.arange(1, 61)[:, None]
        terms = np.exp(n * np.log(rate) - rate - gammaln(n + 1)) / -np.expm1(-rate)
        exceeded = (terms * gammaincc(n / spread2, drawn / spread2)).sum(axis=0)
    else:
        shape, scale, shift = compound.pearson(np.float64(rate), np.float64(spread2))
        # a sum of this kind may be negative, with a probability of thousandths, and counts as a little then
        exceeded = gammaincc(shape, np.maximum(drawn - shift, 0.0) / scale)
        upper = np.minimum(upper, gammaincc(shape, (0.02 - shift) / scale))
        exceeded = np.minimum(exceeded, upper.max())
    assert np.abs(exceeded - upper).max() < 1e-3


def test_few_crossings_make_a_hit_one_crossing():
    upper = torch.rand(20_000, generator=torch.Generator().manual_seed(1))
    drawn = quantile(upper, *filled(len(upper), 1e-3, 0.4)).numpy()
    assert kstest(drawn, "gamma", args=(2.5, 0, 0.4)).pvalue > 0.01


def test_sum_and_three_moments_agree_where_one_follows_the_other():
    energy = torch.linspace(2.0, 20.0, 50)
    below, above = (
        compound.log_density(energy, *filled(50, compound.MANY + step, 0.8)) for step in (-1e-3, 1e-3)
    )
    # per cent: the sum has no energies below zero, its moments do
    assert float((above - below).abs().max()) < 0.05


def test_the_gradient_is_that_of_finite_differences():
    energy = torch.tensor([0.3, 2.0, 15.0], dtype=torch.float64)
    rate = torch.tensor([0.4, 3.0, 14.0], dtype=torch.float64, requires_grad=True)
    spread2 = torch.tensor([0.5, 1.0, 0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(compound.log_density, (energy, rate, spread2))
    assert torch.autograd.gradgradcheck(compound.log_density, (energy, rate, spread2))


@pytest.mark.parametrize(("rate", "spread2"), CASES)
def test_the_upper_tail_inverts_the_quantile(rate: float, spread2: float):
    upper = torch.linspace(0.01, 0.99, 50)
    law = filled(50, rate, spread2)
    assert compound.upper_tail(quantile(upper, *law), *law).numpy() == pytest.approx(upper.numpy(), abs=0.01)


def test_nothing_expected_gives_finite_numbers():
    tiny, one = torch.full((1,), 1e-7), torch.ones(1)
    assert torch.isfinite(compound.log_density(one, tiny, one)).all()
    assert torch.isfinite(quantile(torch.full((1,), 0.5), tiny, one)).all()
    assert torch.isfinite(compound.upper_tail(one, tiny, one)).all()
