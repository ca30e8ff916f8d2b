"""The gradients of the learned rates are known in closed form where the loss is a quadratic."""

import pytest
import torch
from torch import Tensor, nn

from metacalo.meta import MAML, MetaSGD


class TwoParabolas(nn.Module):
    """L(x, y; c) = a (x - c)^2 / 2 + b (y - c)^2 / 2, in two tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.x = nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
        self.y = nn.Parameter(torch.tensor(-2.0, dtype=torch.float64))

    def forward(self, centre: float) -> Tensor:
        return (3.0 * (self.x - centre) ** 2 + 0.5 * (self.y - centre) ** 2) / 2


RATE, SUPPORT, QUERY = 0.2, 0.5, -1.0


@pytest.mark.parametrize("first_order", [False, True])
def test_gradient_of_the_logarithm_of_a_rate_is_minus_rate_times_both_gradients(first_order: bool) -> None:
    model = TwoParabolas()
    learner = MetaSGD(model, RATE, first_order)
    clone = learner.clone()
    clone.adapt(clone(SUPPORT))
    clone(QUERY).backward()
    expected, of_weights = [], []
    for curvature, start in ((3.0, 1.0), (0.5, -2.0)):
        inner = curvature * (start - SUPPORT)
        outer = curvature * (start - RATE * inner - QUERY)
        expected.append(-RATE * inner * outer)
        of_weights.append(outer * (1.0 if first_order else 1 - RATE * curvature))
    assert learner.log_rates.grad is not None
    assert learner.log_rates.grad.tolist() == pytest.approx(expected, rel=1e-6)
    assert [float(p.grad) for p in model.parameters()] == pytest.approx(of_weights, rel=1e-6)


def test_before_they_are_learned_the_rates_do_as_one_number() -> None:
    ends = []
    for wrap in (MAML, MetaSGD):
        clone = wrap(TwoParabolas(), RATE).clone()
        clone.adapt(clone(SUPPORT))
        ends.append([float(p.detach()) for p in clone.parameters()])
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


def test_rates_are_given_by_the_name_of_the_parameter() -> None:
    learner = MetaSGD(TwoParabolas(), RATE)
    with torch.no_grad():
        learner.log_rates[1] += 1.0
    assert learner.rates() == pytest.approx({"x": RATE, "y": RATE * torch.e})
