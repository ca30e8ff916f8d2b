"""Fine-tuning: a few steps on the support showers, stopped by those held back."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from metacalo.adaptation.groups import parameter_groups
from metacalo.errors import SettingsError
from metacalo.models import ShowerBatch

if TYPE_CHECKING:
    from metacalo.adaptation.settings import AdaptSettings
    from metacalo.geometry import Detector
    from metacalo.models import Generator
    from metacalo.showers import Showers

_WARMUP = 0.1
_FEWEST_HELD_BACK = 6
_EVALUATION_BATCH = 128
_START_OF_LATENT = 0.05
_MOST_SKIPPED_IN_A_ROW = 20


@dataclass(frozen=True)
class Check:
    """A look at the showers held back.

    Attributes:
        step: steps done.
        seconds: of training so far.
        training_loss: mean loss of the batches since the last look [nat per shower]; None before the first
            step, or where none was finite.
        held_back_loss: mean loss of the showers held back [nat per shower]; None if it is not finite.
    """

    step: int
    seconds: float
    training_loss: float | None
    held_back_loss: float | None


@dataclass(frozen=True)
class FineTuning:
    """What a fine-tuning gave.

    Attributes:
        generator: with the weights of the best look.
        history: every look, in order.
        best_step: that `generator` is of; 0 if no step was better than none.
        seconds: of training, looks included.
        stopped_by: "steps", "held-back showers" or "time budget".
        skipped: steps that were not taken, because loss or gradient was not finite.
    """

    generator: Generator
    history: tuple[Check, ...]
    best_step: int
    seconds: float
    stopped_by: str
    skipped: int = 0


def fine_tune(
    generator: Generator,
    detector: Detector,
    support: Showers,
    settings: AdaptSettings,
    *,
    device: torch.device | str = "cpu",
    learned_rates: Mapping[str, float] | None = None,
    on_step: Callable[[int, float], object] = lambda _step, _loss: None,
) -> FineTuning:
    """Adapt a copy of a generator to a detector.

    What all showers agree on is calibrated at once; then come gradient steps on the support showers, the rate
    rising over the first tenth and falling as a cosine. The weights kept are those with the smallest loss on
    the showers held back, which are looked at with the same noise each time; they are calibrated once more,
    to all support showers.

    Args:
        generator: stays as it is.
        detector: whose showers they are.
        support: showers to adapt to; the last of a seeded shuffle are held back.
        settings: of the adaptation.
        device: to train on.
        learned_rates: of each parameter, by its name, which are taken if the settings ask for them.
        on_step: is told the steps done and the loss of the step.

    Returns:
        The adapted generator, on the CPU, and how it came about.

    Raises:
        SettingsError: fewer than 8 showers, a loss that is not finite from the start, or many such steps in a
            row; learned rates, or a head, that are asked for and not there.
    """
    device = torch.device(device)
    training, held_back = _split(support, settings)
    tuned = copy.deepcopy(generator).to(device).train()
    groups = parameter_groups(tuned, settings, learned_rates)
    rule = torch.optim.SGD if settings.rule == "sgd" else torch.optim.Adam
    optimiser = rule([{"params": part, "lr": peak} for peak, part in groups.items()])
    tuned.requires_grad_(False)
    for parameter in (p for part in groups.values() for p in part):
        parameter.requires_grad_()
    noise = torch.Generator(device).manual_seed(settings.seed)
    choice = np.random.default_rng([settings.seed, 1])
    hits = max(1.0, float(np.mean(training.n_hits)))
    time_budget_s = math.inf if settings.time_budget_s is None else settings.time_budget_s
    most_steps = settings.most_steps
    begun = time.perf_counter()
    _calibrate(tuned, training, detector, device)
    best_loss = _mean_loss(tuned, held_back, detector, device)
    if not math.isfinite(best_loss):
        raise SettingsError(
            f"expected a finite loss on the showers of {detector.name}, got {best_loss}; are incident "
            "energies in GeV and deposits in MeV, and is this the detector that they were simulated for?"
        )
    best = {name: value.detach().clone() for name, value in tuned.state_dict().items()}
    history = [Check(0, 0.0, None, best_loss)]
    best_step, stale, recent, stopped_by = 0, 0, list[float](), "steps"
    skipped = in_a_row = 0
    for step in range(1, most_steps + 1):
        progress = max((step - 1) / most_steps, (time.perf_counter() - begun) / time_budget_s)
        for group, peak in zip(optimiser.param_groups, groups, strict=True):
            group["lr"] = peak * _rate_factor(progress)
        rows = choice.choice(len(training), min(settings.batch, len(training)), replace=False)
        batch = ShowerBatch.from_showers(training[np.sort(rows)]).to(device)
        tuned.zero_grad()
        loss = tuned(batch, detector, noise, _latent_weight(progress, settings.latent_warmup))
        (loss / hits).backward()
        norm = torch.nn.utils.clip_grad_norm_(tuned.parameters(), settings.gradient_clip)
        value = float(loss.detach())
        if math.isfinite(value) and torch.isfinite(norm):
            optimiser.step()
            recent.append(value)
            in_a_row = 0
        else:
            skipped += 1
            in_a_row += 1
            if in_a_row >= _MOST_SKIPPED_IN_A_ROW:
                raise SettingsError(
                    f"expected finite losses, got none in {in_a_row} steps up to step {step}; lower the rate "
                    f"({settings.rate:g})"
                )
        on_step(step, value)
        out_of_time = (
            settings.time_budget_s is not None and time.perf_counter() - begun > settings.time_budget_s
        )
        if step % settings.check_every and step < most_steps and not out_of_time:
            continue
        held_back_loss = _mean_loss(tuned, held_back, detector, device)
        seconds = time.perf_counter() - begun
        history.append(
            Check(step, seconds, float(np.mean(recent)) if recent else None, _finite(held_back_loss))
        )
        recent = []
        if held_back_loss < best_loss:
            best_loss, best_step, stale = held_back_loss, step, 0
            best = {name: value.detach().clone() for name, value in tuned.state_dict().items()}
        elif progress >= settings.latent_warmup:
            stale += 1
            if stale >= settings.patience:
                stopped_by = "held-back showers"
                break
        if out_of_time:
            stopped_by = "time budget"
            break
    tuned.load_state_dict(best)
    _calibrate(tuned, support, detector, device)
    seconds = time.perf_counter() - begun
    tuned.requires_grad_()
    return FineTuning(tuned.cpu().eval(), tuple(history), best_step, seconds, stopped_by, skipped)


def _calibrate(generator: Generator, showers: Showers, detector: Detector, device: torch.device) -> None:
    parts = showers.iter_batches(_EVALUATION_BATCH)
    generator.calibrate([ShowerBatch.from_showers(part).to(device) for part in parts], detector)


def _split(support: Showers, settings: AdaptSettings) -> tuple[Showers, Showers]:
    n_held_back = max(_FEWEST_HELD_BACK, round(settings.held_back * len(support)))
    if len(support) < n_held_back + 2:
        raise SettingsError(
            f"expected at least {_FEWEST_HELD_BACK + 2} showers to adapt to, got {len(support)}; "
            "simulate more"
        )
    order = np.random.default_rng([settings.seed, 0]).permutation(len(support))
    loaded = support.load()
    return loaded[np.sort(order[n_held_back:])], loaded[np.sort(order[:n_held_back])]


@torch.no_grad()
def _mean_loss(generator: Generator, showers: Showers, detector: Detector, device: torch.device) -> float:
    was_training = generator.training
    generator.eval()
    noise = torch.Generator(device).manual_seed(0)
    total = 0.0
    for part in showers.iter_batches(_EVALUATION_BATCH):
        total += len(part) * float(generator(ShowerBatch.from_showers(part).to(device), detector, noise))
    generator.train(was_training)
    return total / len(showers)


def _finite(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None


def _rate_factor(progress: float) -> float:
    if progress < _WARMUP:
        return 0.1 + 0.9 * progress / _WARMUP
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (progress - _WARMUP) / (1.0 - _WARMUP)))) + 1e-3


def _latent_weight(progress: float, warmup: float) -> float:
    if progress >= warmup:
        return 1.0
    return _START_OF_LATENT + (1.0 - _START_OF_LATENT) * (progress / warmup) ** 2
