from pathlib import Path

import pytest
import torch

from metacalo.adaptation import AdaptSettings, fine_tune
from metacalo.errors import SettingsError
from metacalo.geometry import Detector, load_detector
from metacalo.models import FieldVAE
from metacalo.showers import Showers, open_showers


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector("lhcb_shashlik")


@pytest.fixture(scope="module")
def lhcb(data_dir: Path) -> Showers:
    return open_showers(data_dir / "lhcb_small.h5").load()


@pytest.fixture(scope="module")
def generator() -> FieldVAE:
    torch.manual_seed(0)
    return FieldVAE()


def test_the_loss_of_held_back_showers_falls(generator: FieldVAE, detector: Detector, lhcb: Showers) -> None:
    tuning = fine_tune(generator, detector, lhcb, AdaptSettings(steps=20, batch=16, check_every=5))
    losses = {check.step: check.held_back_loss for check in tuning.history}
    assert list(losses) == [0, 5, 10, 15, 20]
    assert tuning.best_step > 0
    assert losses[tuning.best_step] == min(losses.values()) < losses[0] - 3


def test_the_generator_that_is_given_stays_as_it_is(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    fine_tune(generator, detector, lhcb, AdaptSettings(steps=2, batch=8))
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_a_seed_repeats_an_adaptation_bit_for_bit(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    first, again = (
        fine_tune(generator, detector, lhcb, AdaptSettings(steps=4, batch=8, seed=3)) for _ in range(2)
    )
    states = first.generator.state_dict(), again.generator.state_dict()
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_steps_that_make_it_worse_are_not_kept(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    settings = AdaptSettings(steps=40, batch=8, rate=3.0, check_every=2, patience=2)
    tuning = fine_tune(generator, detector, lhcb, settings)
    best = min(tuning.history, key=lambda check: check.held_back_loss)
    assert tuning.stopped_by == "held-back showers"
    assert tuning.best_step == best.step < tuning.history[-1].step


def test_a_window_of_losses_that_are_not_finite_is_survived(
    generator: FieldVAE, detector: Detector, lhcb: Showers, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = iter(range(1000))
    whole = FieldVAE.loss

    def broken(self: FieldVAE, *arguments: object) -> torch.Tensor:
        loss = whole(self, *arguments)
        return loss * float("nan") if self.training and 2 <= next(steps) < 5 else loss

    monkeypatch.setattr(FieldVAE, "loss", broken)
    tuning = fine_tune(generator, detector, lhcb, AdaptSettings(steps=8, batch=8, check_every=3))
    assert tuning.skipped == 3
    assert [check.step for check in tuning.history] == [0, 3, 6, 8]
    assert all(check.held_back_loss is not None for check in tuning.history)


def test_losses_that_are_never_finite_end_the_training(
    generator: FieldVAE, detector: Detector, lhcb: Showers, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FieldVAE.loss

    def broken(self: FieldVAE, *arguments: object) -> torch.Tensor:
        return whole(self, *arguments) * (float("nan") if self.training else 1.0)

    monkeypatch.setattr(FieldVAE, "loss", broken)
    with pytest.raises(SettingsError, match="lower the rate"):
        fine_tune(generator, detector, lhcb, AdaptSettings(steps=40, batch=8))


def test_a_time_budget_ends_the_training(generator: FieldVAE, detector: Detector, lhcb: Showers) -> None:
    tuning = fine_tune(
        generator, detector, lhcb, AdaptSettings(steps=10_000, time_budget_s=1.5, patience=999)
    )
    assert tuning.stopped_by == "time budget"
    assert 0 < tuning.history[-1].step < 10_000


def test_steps_since_the_last_look_count_when_the_time_is_over(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    settings = AdaptSettings(steps=10_000, time_budget_s=1e-3, check_every=1000)
    tuning = fine_tune(generator, detector, lhcb, settings)
    assert [look.step for look in tuning.history] == [0, 1]
    assert tuning.history[-1].held_back_loss is not None


def test_a_handful_of_showers_is_refused(generator: FieldVAE, detector: Detector, lhcb: Showers) -> None:
    with pytest.raises(SettingsError, match="at least 8 showers"):
        fine_tune(generator, detector, lhcb[:7], AdaptSettings())


def test_the_head_alone_leaves_the_body_as_it_is_but_for_what_is_calibrated(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    settings = AdaptSettings(steps=4, batch=8, check_every=1, adapts="head")
    tuning = fine_tune(generator, detector, lhcb, settings)
    before, after = (dict(g.named_parameters()) for g in (generator, tuning.generator))
    changed = {name for name, p in after.items() if not torch.equal(p, before[name])}
    assert tuning.best_step > 0
    assert changed <= generator.head_parameters() | {"response.slope"}
    assert "branch.4.weight" in changed
    assert all(p.requires_grad for p in after.values())


def test_learned_rates_that_are_all_half_the_peak_do_as_one_rate(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    rates = {name: 0.05 for name, _ in generator.named_parameters()}
    one = fine_tune(generator, detector, lhcb, AdaptSettings(steps=3, batch=8, rate=0.1))
    settings = AdaptSettings(steps=3, batch=8, rates="learned")
    learned = fine_tune(generator, detector, lhcb, settings, learned_rates=rates)
    states = one.generator.state_dict(), learned.generator.state_dict()
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_a_parameter_whose_learned_rate_is_nearly_none_stays(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    rates = {name: 1e-30 if name.startswith("trunk") else 0.05 for name, _ in generator.named_parameters()}
    settings = AdaptSettings(steps=3, batch=8, check_every=1, rates="learned")
    tuning = fine_tune(generator, detector, lhcb, settings, learned_rates=rates)
    assert tuning.best_step > 0
    assert torch.equal(tuning.generator.trunk[0].weight, generator.trunk[0].weight)
    assert not torch.equal(tuning.generator.branch[0].weight, generator.branch[0].weight)


def test_learned_rates_that_are_asked_for_must_be_there(
    generator: FieldVAE, detector: Detector, lhcb: Showers
) -> None:
    with pytest.raises(SettingsError, match=r"learned rate .* none for branch.0.bias .*or set rates=one"):
        fine_tune(generator, detector, lhcb, AdaptSettings(rates="learned"))


@pytest.mark.parametrize(("n_showers", "steps"), [(1, 50), (10, 50), (30, 100), (300, 200), (3000, 300)])
def test_more_showers_have_more_steps(n_showers: int, steps: int) -> None:
    assert AdaptSettings(n_showers=n_showers).most_steps == steps
    assert AdaptSettings(n_showers=n_showers, steps=7).most_steps == 7
