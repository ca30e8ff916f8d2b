import copy
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from metacalo.errors import SettingsError
from metacalo.meta import OuterLoop, Pool, PretrainSettings
from metacalo.models import Generator

SMALL = {
    "support_batch": 4,
    "query_batch": 8,
    "inner_steps": 2,
    "warmup_steps": 2,
    "rate": 0.02,
    "gradient_clip": 3.0,
}


METHODS = ["maml", "fomaml", "reptile", "anil", "meta_sgd", "joint"]


def same(a: Any, b: Any) -> bool:
    """Bit for bit."""
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


@pytest.mark.parametrize("method", METHODS)
def test_ten_steps_are_five_and_five_bit_for_bit(
    toy: Generator, pools: tuple[Pool, ...], method: str
) -> None:
    settings = PretrainSettings(method=method, steps=10, **SMALL)
    straight = OuterLoop(copy.deepcopy(toy), pools, settings)
    losses = [straight.advance().loss for _ in range(10)]
    first = OuterLoop(copy.deepcopy(toy), pools, settings)
    head = [first.advance().loss for _ in range(5)]
    second = OuterLoop(copy.deepcopy(toy), pools, settings)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    tail = [second.advance().loss for _ in range(5)]
    assert head + tail == losses
    assert same(second.state_dict(), straight.state_dict())
    assert same(second.exported().state_dict(), straight.exported().state_dict())


@pytest.mark.parametrize("method", METHODS)
def test_training_lowers_the_loss(toy: Generator, pools: tuple[Pool, ...], method: str) -> None:
    loop = OuterLoop(toy, pools, PretrainSettings(method=method, steps=60, **SMALL))
    losses = [loop.advance().loss for _ in range(60)]
    assert sum(losses[-10:]) < sum(losses[:10])


def test_what_is_exported_is_the_average_and_the_generator_goes_on(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    averaged = OuterLoop(copy.deepcopy(toy), pools, PretrainSettings(steps=5, ema_decay=0.9, **SMALL))
    plain = OuterLoop(copy.deepcopy(toy), pools, PretrainSettings(steps=5, ema_decay=None, **SMALL))
    for _ in range(5):
        averaged.advance()
        plain.advance()
    assert same(averaged.generator.state_dict(), plain.generator.state_dict())
    assert same(plain.exported().state_dict(), plain.generator.state_dict())
    assert not same(averaged.exported().state_dict(), plain.exported().state_dict())
    assert not averaged.exported().training


class Fragile(torch.nn.Module):
    """Wraps a generator whose loss is infinite at chosen calls."""

    def __init__(self, generator: Generator, bad_calls: set[int]) -> None:
        super().__init__()
        self.inner = generator
        self.calls = 0
        self.bad_calls = bad_calls

    def forward(self, *args: Any) -> Tensor:
        self.calls += 1
        loss: Tensor = self.inner(*args)
        return loss * float("inf") if self.calls in self.bad_calls else loss


def test_a_step_whose_loss_is_not_finite_leaves_the_weights_and_is_counted(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    settings = PretrainSettings(method="joint", steps=4, tasks_per_step=1, **SMALL)
    loop = OuterLoop(Fragile(toy, {2}), pools, settings)  # type: ignore[arg-type]
    loop.advance()
    before = copy.deepcopy(loop.exported().state_dict())
    step = loop.advance()
    assert step.skipped
    assert (loop.step, loop.skipped) == (2, 1)
    assert same(loop.exported().state_dict(), before)
    assert not loop.advance().skipped


def test_many_such_steps_in_a_row_stop_the_training_with_the_remedy(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    settings = PretrainSettings(method="joint", steps=9, tasks_per_step=1, max_nonfinite_steps=3, **SMALL)
    loop = OuterLoop(Fragile(toy, {1, 2, 4, 5, 6}), pools, settings)  # type: ignore[arg-type]
    for _ in range(5):
        loop.advance()
    with pytest.raises(SettingsError, match=r"3 steps in a row \(up to step 6\).*lower rate \(0.02\)"):
        loop.advance()


def test_no_detectors_and_too_few_showers_are_refused_before_training(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    with pytest.raises(SettingsError, match="at least one detector"):
        OuterLoop(toy, (), PretrainSettings())
    with pytest.raises(SettingsError, match="72 support and 32 query"):
        OuterLoop(toy, pools, PretrainSettings())


def test_the_inner_rates_of_meta_sgd_are_learned_at_a_rate_of_their_own(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    settings = PretrainSettings(method="meta_sgd", steps=9, inner_rate=0.05, rate_of_rates=0.2, **SMALL)
    loop = OuterLoop(toy, pools, settings)
    assert [*loop.findings()["inner_rates"].values()] == pytest.approx([0.05] * 4)
    loop.advance()
    # the first step of Adam is as long as the rate, which is half its peak in the first of two steps
    rates = loop.findings()["inner_rates"]
    assert set(rates) == {name for name, _ in toy.named_parameters()}
    steps = [abs(math.log(rate / 0.05)) for rate in rates.values()]
    assert steps == pytest.approx([0.1] * len(steps), rel=1e-2)


def test_only_meta_sgd_finds_anything_beside_the_weights(toy: Generator, pools: tuple[Pool, ...]) -> None:
    found = {m: OuterLoop(toy, pools, PretrainSettings(method=m, **SMALL)).findings() for m in METHODS}
    assert [method for method, findings in found.items() if findings] == ["meta_sgd"]


def test_the_schedule_follows_the_share_of_the_time_if_that_is_given(
    toy: Generator, pools: tuple[Pool, ...]
) -> None:
    settings = PretrainSettings(**{**SMALL, "warmup_steps": 100}, steps=1000, final_rate_fraction=0.0)
    loop = OuterLoop(toy, pools, settings)
    rates = [loop.advance(progress).rate for progress in (0.0, 0.0495, 0.1, 0.55, 1.0)]
    assert rates == pytest.approx([0.01 * 0.02, 0.5 * 0.02, 0.02, 0.01, 0.0], abs=1e-12)
    assert loop.step == 5
