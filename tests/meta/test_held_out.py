import copy

import pytest
import torch
from torch import Tensor

from metacalo.meta import OuterLoop, Pool, PretrainSettings
from metacalo.meta.held_out import score_held_out, validation_tasks
from metacalo.models import Generator

SETTINGS = PretrainSettings(
    method="joint",
    support_batch=8,
    query_batch=8,
    validation_steps=30,
    validation_rate=0.02,
    validation_support=40,
    validation_showers=50,
)
CPU = torch.device("cpu")


def test_adaptation_lowers_the_loss_and_leaves_the_generator_as_it_was(
    toy: Generator, held_out: Pool
) -> None:
    (task,) = validation_tasks((held_out,), SETTINGS)
    before = copy.deepcopy(toy.state_dict())
    score = score_held_out(toy, task, SETTINGS, CPU)
    assert score.after is not None
    assert score.before is not None
    assert score.after < score.before
    assert all(torch.equal(before[name], value) for name, value in toy.state_dict().items())
    assert score == score_held_out(toy, task, SETTINGS, CPU)


def test_a_small_pool_is_shared_out_in_proportion(held_out: Pool) -> None:
    settings = SETTINGS.model_copy(update={"validation_support": 300, "validation_showers": 600})
    (task,) = validation_tasks((held_out,), settings)
    assert (len(task.support), len(task.query)) == (30, 60)


def test_validation_takes_no_random_numbers_from_the_training(
    toy: Generator, pools: tuple[Pool, ...], held_out: Pool
) -> None:
    loop = OuterLoop(toy, pools, SETTINGS)
    loop.advance()
    before = copy.deepcopy(loop.state_dict())
    (task,) = validation_tasks((held_out,), SETTINGS)
    score_held_out(loop.exported(), task, SETTINGS, CPU)
    after = loop.state_dict()
    assert torch.equal(before["choice"], after["choice"])
    assert torch.equal(before["noise"], after["noise"])


def test_a_loss_that_is_not_finite_is_none(
    toy: Generator, held_out: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def infinite(*_: object) -> Tensor:
        return torch.tensor(float("nan"))

    monkeypatch.setattr(type(toy), "loss", infinite)
    (task,) = validation_tasks((held_out,), SETTINGS)
    settings = SETTINGS.model_copy(update={"validation_steps": 0})
    assert score_held_out(toy, task, settings, CPU).before is None
