"""Reptile's step is known in closed form where the loss is a quadratic."""

import pytest
import torch
from torch import Tensor, nn

from metacalo.errors import SettingsError
from metacalo.meta import Reptile

HESSIAN = torch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
START = torch.tensor([1.0, -2.0], dtype=torch.float64)
CENTRE = torch.tensor([0.5, 3.0], dtype=torch.float64)
RATE = 0.1


class Quadratic(nn.Module):
    """L(x) = (x - c) A (x - c) / 2."""

    def __init__(self) -> None:
        super().__init__()
        self.x = nn.Parameter(START.clone())

    def forward(self) -> Tensor:
        away = self.x - CENTRE
        return 0.5 * away @ HESSIAN @ away


def pulled(model: Quadratic, steps: int, rule: str = "sgd") -> Tensor:
    reptile = Reptile(model, RATE, rule)
    learner = reptile.clone()
    for _ in range(steps):
        learner.adapt(learner())
    reptile.pull(learner).backward()
    assert model.x.grad is not None
    return model.x.grad


def test_one_plain_step_is_the_gradient_of_the_loss() -> None:
    torch.testing.assert_close(pulled(Quadratic(), 1), HESSIAN @ (START - CENTRE))


@pytest.mark.parametrize("steps", [2, 5])
def test_plain_outer_descent_interpolates_to_where_the_inner_steps_end(steps: int) -> None:
    model, share = Quadratic(), 0.3
    pulled(model, steps)
    torch.optim.SGD(model.parameters(), lr=share * RATE * steps).step()
    contraction = torch.linalg.matrix_power(torch.eye(2, dtype=torch.float64) - RATE * HESSIAN, steps)
    end = CENTRE + contraction @ (START - CENTRE)
    torch.testing.assert_close(model.x.detach(), START + share * (end - START))


def test_the_first_inner_step_of_adam_is_of_the_size_of_the_rate_in_each_direction() -> None:
    gradient = HESSIAN @ (START - CENTRE)
    torch.testing.assert_close(pulled(Quadratic(), 1, "adam"), gradient.sign(), rtol=1e-6, atol=0)


def test_the_model_keeps_its_parameters_and_a_learner_its_own() -> None:
    model = Quadratic()
    reptile = Reptile(model, RATE)
    learner = reptile.clone()
    learner.adapt(learner())
    assert torch.equal(model.x, START)
    assert not torch.equal(dict(learner.named_parameters())["x"], START)
    assert model.x.grad is None


def test_a_learner_that_took_no_step_pulls_nowhere_and_that_is_an_error() -> None:
    reptile = Reptile(Quadratic(), RATE)
    with pytest.raises(SettingsError, match="call adapt"):
        reptile.pull(reptile.clone())
