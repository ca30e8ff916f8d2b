from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import kstest

from metacalo.models.response import Mixture, NormalScore, ResponseHead

Noise = Callable[[int], torch.Generator]
GRID = torch.linspace(-30.0, 30.0, 60_001, dtype=torch.float64)


@pytest.fixture
def head() -> ResponseHead:
    """With random parameters throughout, so that its parts differ."""
    torch.manual_seed(2)
    head = ResponseHead(n_conditions=3, width=8).double()
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return head


def density(head: ResponseHead, conditions: list[float], width: float) -> torch.Tensor:
    rows = torch.tensor([conditions], dtype=torch.float64).expand(len(GRID), -1)
    widths = torch.full((len(GRID),), width, dtype=torch.float64)
    return head.log_density(GRID, rows, widths).exp().detach()


@pytest.mark.parametrize("conditions", [[0.0, 0.0, 0.0], [1.0, -2.0, 0.5]])
@pytest.mark.parametrize("width", [0.02, 0.2])
def test_the_density_integrates_to_one(head: ResponseHead, conditions: list[float], width: float):
    total = torch.trapezoid(density(head, conditions, width), GRID)
    assert float(total) == pytest.approx(1.0, abs=1e-4)


def test_samples_follow_the_density(head: ResponseHead, noise: Noise):
    conditions, width, n = [1.0, -2.0, 0.5], 0.1, 5000
    rows = torch.tensor([conditions], dtype=torch.float64).expand(n, -1)
    drawn = head.sample(rows, torch.full((n,), width, dtype=torch.float64), noise(1)).detach()
    below = torch.cumulative_trapezoid(density(head, conditions, width), GRID)

    def cumulative(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(x, GRID[1:].numpy(), below.numpy())

    assert kstest(drawn.numpy(), cumulative).pvalue > 0.01


def test_a_fresh_head_expects_a_response_of_one_with_the_reference_width():
    torch.manual_seed(0)
    head = ResponseHead(n_conditions=3)
    n = 4000
    drawn = head.sample(torch.zeros(n, 3), torch.full((n,), 0.05), torch.Generator().manual_seed(1)).detach()
    assert float(drawn.median()) == pytest.approx(0.0, abs=0.02)
    central = float(drawn.quantile(0.84) - drawn.quantile(0.16)) / 2
    assert central == pytest.approx(0.05, rel=0.35)


def test_twice_the_reference_width_is_twice_the_width(head: ResponseHead, noise: Noise):
    """Same noise: every sample lies twice as far from the mean of its part."""
    rows = torch.zeros(200, 3, dtype=torch.float64)
    one, two, four = (
        head.sample(rows, torch.full((200,), w, dtype=torch.float64), noise(1)).detach()
        for w in (0.1, 0.2, 0.4)
    )
    assert torch.allclose(four - two, 2 * (two - one))


def test_scores_of_samples_are_standard_normal(head: ResponseHead, noise: Noise):
    conditions, n = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64).expand(5000, -1), 5000
    width = torch.full((n,), 0.1, dtype=torch.float64)
    score = head.normal_score(head.sample(conditions, width, noise(4)), conditions, width)
    assert kstest(score.detach().numpy(), "norm").pvalue > 0.01


def test_a_response_far_outside_has_a_finite_score(head: ResponseHead):
    conditions, width = torch.zeros(2, 3, dtype=torch.float64), torch.full((2,), 0.01, dtype=torch.float64)
    score = head.normal_score(torch.tensor([-50.0, 50.0], dtype=torch.float64), conditions, width)
    assert score.tolist() == pytest.approx([-4.265, 4.265], abs=1e-3)


def test_scores_from_tables_are_those_of_the_normal_quantile(head: ResponseHead):
    head = head.float()
    conditions, width = torch.zeros(400, 3), torch.full((400,), 0.05)
    mixture = head.mixture(conditions, width)
    response = torch.linspace(-1.0, 1.0, 400)
    wanted = head.double().normal_score(response.double(), conditions.double(), width.double())
    assert torch.allclose(NormalScore()(mixture, response).double(), wanted, atol=2e-5)


def test_the_part_of_the_mixture_follows_the_normal_number_that_picks_it():
    mixture = Mixture(
        torch.tensor([[0.2, 0.3, 0.5]]).log(), torch.tensor([[1.0, 2.0, 3.0]]), torch.zeros(1, 3)
    )
    # Phi(-0.9) = 0.184, Phi(-0.8) = 0.212, Phi(-0.1) = 0.460, Phi(0.1) = 0.540
    for choice, mean in ((-0.9, 1.0), (-0.8, 2.0), (-0.1, 2.0), (0.1, 3.0)):
        assert mixture.drawn(torch.tensor([choice]), torch.zeros(1)).tolist() == [mean]
