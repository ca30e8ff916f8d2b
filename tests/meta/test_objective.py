from importlib.machinery import PathFinder

import pytest
import torch
from torch import nn

from metacalo.errors import MissingExtraError, SettingsError
from metacalo.meta import Pool, PretrainSettings, Task, learn2learn_backend
from metacalo.meta.objective import build_objective
from metacalo.models import Generator, ShowerBatch

SIZES = {"support_batch": 4, "query_batch": 8, "inner_steps": 2, "inner_rate": 0.05}


def task_of(pool: Pool, n_support: int) -> Task:
    return pool.draw(n_support, 8, torch.Generator().manual_seed(4))


def gradient(generator: Generator, pool: Pool, **choices: object) -> tuple[torch.Tensor, torch.Tensor]:
    objective = build_objective(generator, PretrainSettings(**SIZES, **choices), torch.device("cpu"))
    loss = objective.loss(task_of(pool, objective.n_support), torch.Generator().manual_seed(9))
    return loss.detach(), nn.utils.parameters_to_vector(
        torch.autograd.grad(loss, list(generator.parameters()))
    )


def test_joint_is_the_plain_loss_divided_by_the_hits_per_shower(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    loss, _ = gradient(toy, pools[1], method="joint")
    task = task_of(pools[1], 0)
    plain = toy.loss(ShowerBatch.from_showers(task.query), task.detector, torch.Generator().manual_seed(9))
    assert loss.item() == pytest.approx(plain.item() / pools[1].hits_per_shower)


def test_first_and_second_order_have_the_same_loss_and_another_gradient(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    second_loss, second = gradient(toy, pools[0], method="maml")
    first_loss, first = gradient(toy, pools[0], method="fomaml")
    assert torch.equal(first_loss, second_loss)
    assert not torch.allclose(first, second, rtol=1e-3)


@pytest.mark.parametrize("method", ["maml", "fomaml"])
def test_both_backends_have_the_same_meta_gradient(
    toy: Generator, pools: tuple[Pool, ...], method: str
) -> None:
    if PathFinder.find_spec("learn2learn") is None:
        pytest.skip("the extra [learn2learn] is not installed")
    ours = gradient(toy, pools[0], method=method)
    theirs = gradient(toy, pools[0], method=method, backend="learn2learn")
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_backend_that_is_not_installed_is_said_before_training(
    toy: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn2learn_backend.PathFinder, "find_spec", lambda *_: None)
    with pytest.raises(MissingExtraError):
        build_objective(toy, PretrainSettings(backend="learn2learn"), torch.device("cpu"))


def test_reptile_of_one_plain_step_has_the_loss_and_the_gradient_of_joint_training_on_its_support(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    settings = PretrainSettings(method="reptile", support_batch=8, inner_steps=1, inner_rate=0.05)
    objective = build_objective(toy, settings, torch.device("cpu"))
    assert (objective.n_support, objective.n_query) == (8, 0)
    drawn = pools[0].draw(8, 0, torch.Generator().manual_seed(4))
    loss = objective.loss(drawn, torch.Generator().manual_seed(9))
    pulled = torch.autograd.grad(loss, list(toy.parameters()))
    batch = ShowerBatch.from_showers(drawn.support)
    plain = toy(batch, drawn.detector, torch.Generator().manual_seed(9)) / drawn.hits_per_shower
    torch.testing.assert_close(loss, plain)
    torch.testing.assert_close(
        pulled, torch.autograd.grad(plain, list(toy.parameters())), rtol=1e-3, atol=1e-5
    )


def test_anil_with_a_head_of_everything_is_maml(
    toy: Generator, pools: tuple[Pool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = gradient(toy, pools[0], method="anil")
    maml = gradient(toy, pools[0], method="maml")
    assert not torch.allclose(some[0], maml[0], rtol=1e-6)
    everything = frozenset(name for name, _ in toy.named_parameters())
    monkeypatch.setattr(type(toy), "head_parameters", lambda _self: everything)
    torch.testing.assert_close(gradient(toy, pools[0], method="anil"), maml)


def test_meta_sgd_with_equal_rates_is_maml_and_learns_the_rates(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    torch.testing.assert_close(
        gradient(toy, pools[0], method="meta_sgd"), gradient(toy, pools[0], method="maml")
    )
    objective = build_objective(toy, PretrainSettings(method="meta_sgd", **SIZES), torch.device("cpu"))
    loss = objective.loss(task_of(pools[0], objective.n_support), torch.Generator().manual_seed(9))
    (by_rates,) = torch.autograd.grad(loss, objective.learned)
    assert by_rates.abs().min() > 0


def test_anil_wants_a_generator_with_a_head(toy: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(toy), "head_networks", ())
    with pytest.raises(SettingsError, match="of the family toy, which names none"):
        build_objective(toy, PretrainSettings(method="anil"), torch.device("cpu"))


@pytest.mark.parametrize("method", ["anil", "reptile", "meta_sgd"])
def test_methods_that_learn2learn_is_not_used_for_are_refused(toy: Generator, method: str) -> None:
    with pytest.raises(SettingsError, match=f"got '{method}'; take the backend torch"):
        build_objective(toy, PretrainSettings(method=method, backend="learn2learn"), torch.device("cpu"))
