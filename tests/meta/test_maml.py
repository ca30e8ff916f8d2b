"""The meta-gradient is known in closed form for a quadratic, and learn2learn's for a network."""

from importlib.machinery import PathFinder

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from metacalo.errors import SettingsError
from metacalo.meta import MAML, learn2learn_maml


class Quadratic(nn.Module):
    """L(x) = (x - c) A (x - c) / 2, whose gradient is A (x - c) and whose Hessian is A."""

    def __init__(self, hessian: Tensor, start: Tensor) -> None:
        super().__init__()
        self.hessian = hessian
        self.x = nn.Parameter(start.clone())

    def forward(self, centre: Tensor) -> Tensor:
        away = self.x - centre
        return 0.5 * away @ self.hessian @ away


HESSIAN = torch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
START = torch.tensor([1.0, -2.0], dtype=torch.float64)
SUPPORT = torch.tensor([0.5, 3.0], dtype=torch.float64)
QUERY = torch.tensor([-1.0, 1.0], dtype=torch.float64)


def meta_gradient(model: Quadratic, rate: float, steps: int, first_order: bool) -> tuple[Tensor, Tensor]:
    learner = MAML(model, rate, first_order).clone()
    for _ in range(steps):
        learner.adapt(learner(SUPPORT))
    (gradient,) = torch.autograd.grad(learner(QUERY), model.x)
    return gradient, dict(learner.named_parameters())["x"].detach()


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
@pytest.mark.parametrize("first_order", [False, True])
def test_meta_gradient_of_a_quadratic_is_known_in_closed_form(steps: int, first_order: bool) -> None:
    rate = 0.1
    gradient, adapted = meta_gradient(Quadratic(HESSIAN, START), rate, steps, first_order)
    contraction = torch.linalg.matrix_power(torch.eye(2, dtype=torch.float64) - rate * HESSIAN, steps)
    expected_adapted = SUPPORT + contraction @ (START - SUPPORT)
    outer = HESSIAN @ (expected_adapted - QUERY)
    torch.testing.assert_close(adapted, expected_adapted)
    torch.testing.assert_close(gradient, outer if first_order else contraction @ outer)


@settings(max_examples=30, deadline=None)
@given(
    curvature=st.floats(0.1, 5.0), rate=st.floats(0.01, 0.3), start=st.floats(-3, 3), steps=st.integers(1, 4)
)
def test_meta_gradient_in_one_dimension_shrinks_by_one_factor_a_step(
    curvature: float, rate: float, start: float, steps: int
) -> None:
    class Parabola(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.x = nn.Parameter(torch.tensor(start, dtype=torch.float64))

        def forward(self) -> Tensor:
            return 0.5 * curvature * self.x**2

    model = Parabola()
    learner = MAML(model, rate).clone()
    for _ in range(steps):
        learner.adapt(learner())
    learner().backward()
    factor = (1 - rate * curvature) ** (2 * steps)
    assert float(model.x.grad) == pytest.approx(curvature * factor * start, abs=1e-12)


def test_adapting_leaves_the_model_and_the_source_of_a_clone_as_they_were() -> None:
    model = Quadratic(HESSIAN, START)
    learner = MAML(model, 0.1).clone()
    learner.adapt(learner(SUPPORT))
    before = next(learner.parameters()).detach().clone()
    branch = learner.clone()
    branch.adapt(branch(SUPPORT))
    assert torch.equal(model.x, START)
    assert torch.equal(next(learner.parameters()), before)
    assert not torch.equal(next(branch.parameters()), before)


def test_a_clone_of_a_learner_stays_in_its_graph() -> None:
    model, straight = Quadratic(HESSIAN, START), Quadratic(HESSIAN, START)
    learner = MAML(model, 0.1).clone()
    learner.adapt(learner(SUPPORT))
    branch = learner.clone()
    branch.adapt(branch(SUPPORT))
    (gradient,) = torch.autograd.grad(branch(QUERY), model.x)
    torch.testing.assert_close(gradient, meta_gradient(straight, 0.1, 2, False)[0])


def test_rates_by_name_that_are_equal_do_as_one_number() -> None:
    model = nn.Linear(2, 1).double()
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    rates = {name: 0.05 for name, _ in model.named_parameters()}
    gradients = []
    for rate in (0.05, rates):
        learner = MAML(model, rate).clone()
        learner.adapt((learner(x) ** 2).sum())
        gradients.append(torch.autograd.grad((learner(x) ** 2).sum(), list(model.parameters())))
    torch.testing.assert_close(gradients[0], gradients[1])


def test_a_learned_rate_receives_minus_the_product_of_the_gradients() -> None:
    rate = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    model = Quadratic(HESSIAN, START)
    learner = MAML(model, {"x": rate}).clone()
    learner.adapt(learner(SUPPORT))
    learner(QUERY).backward()
    inner = HESSIAN @ (START - SUPPORT)
    outer = HESSIAN @ (START - 0.1 * inner - QUERY)
    assert float(rate.grad) == pytest.approx(float(-inner @ outer))


def test_rates_must_name_every_parameter_and_no_other() -> None:
    with pytest.raises(SettingsError, match=r"none for \[bias\].*unknown \[gain\]"):
        MAML(nn.Linear(2, 1), {"weight": 0.1, "gain": 0.1})


class WithASpare(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Parameter(torch.tensor(2.0))
        self.spare = nn.Parameter(torch.tensor(3.0))

    def forward(self) -> Tensor:
        return self.used**2


def test_an_unused_parameter_is_refused_by_name_unless_allowed() -> None:
    learner = MAML(WithASpare(), 0.1).clone()
    with pytest.raises(SettingsError, match="without spare; pass allow_unused=True"):
        learner.adapt(learner())
    learner.adapt(learner(), allow_unused=True)
    assert {name: p.item() for name, p in learner.named_parameters()} == pytest.approx(
        {"used": 1.6, "spare": 3.0}
    )


def test_a_frozen_parameter_is_refused_by_name_unless_allowed() -> None:
    model = WithASpare()
    model.spare.requires_grad_(False)
    learner = MAML(model, 0.1).clone()
    with pytest.raises(SettingsError, match="got spare without; pass allow_nograd=True"):
        learner.adapt(learner())
    learner.adapt(learner(), allow_nograd=True)
    assert float(dict(learner.named_parameters())["spare"]) == 3.0


def test_allowing_frozen_parameters_allows_unused_ones_too_as_in_learn2learn() -> None:
    maml = MAML(WithASpare(), 0.1, allow_nograd=True)
    learner = maml.clone()
    learner.adapt(learner())
    assert [p is q for p, q in zip(maml.parameters(), learner.parameters(), strict=True)] == [False, True]


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("steps", [1, 3])
def test_meta_gradient_of_a_network_is_that_of_learn2learn(steps: int, first_order: bool) -> None:
    if PathFinder.find_spec("learn2learn") is None:
        pytest.skip("the extra [learn2learn] is not installed")
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 2))
    x, y = torch.randn(2, 16, 3), torch.randn(2, 16, 2)
    results = []
    for wrap in (MAML, learn2learn_maml):
        learner = wrap(network, 0.1, first_order).clone()
        for _ in range(steps):
            learner.adapt(nn.functional.mse_loss(learner(x[0]), y[0]))
        loss = nn.functional.mse_loss(learner(x[1]), y[1])
        results.append((loss, *torch.autograd.grad(loss, list(network.parameters()))))
    torch.testing.assert_close(results[0], results[1], rtol=1e-6, atol=1e-6)


def test_inner_steps_of_a_part_leave_the_rest_and_the_outer_gradient_reaches_all() -> None:
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False)).double()
    x = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    body, head = (layer.weight.detach().clone() for layer in model)
    learner = MAML(model, 0.1, adapted={"1.weight"}).clone()
    learner.adapt(0.5 * (learner(x) - 1.0).square().sum())
    features = x @ body.T
    error = features @ head.T - 1.0
    adapted = dict(learner.named_parameters())
    assert adapted["0.weight"] is model[0].weight
    torch.testing.assert_close(adapted["1.weight"], head - 0.1 * error * features)
    gradients = torch.autograd.grad(learner(x).sum(), list(model.parameters()))
    # d/dW0 of W1' W0 x with W1' = W1 - 0.1 (W1 W0 x - 1) (W0 x)^T
    h = features.squeeze(0).requires_grad_()
    end = h @ (head.squeeze(0) - 0.1 * (head.squeeze(0) @ h - 1.0) * h)
    (by_features,) = torch.autograd.grad(end, h)
    torch.testing.assert_close(gradients[0], torch.outer(by_features, x.squeeze(0)))


@pytest.mark.parametrize("names", [set(), {"gain"}])
def test_a_part_to_adapt_must_be_of_the_model(names: set[str]) -> None:
    with pytest.raises(SettingsError, match=r"got (none|gain); take"):
        MAML(nn.Linear(2, 1), 0.1, adapted=names)
