"""How well a generator adapts to detectors that it was not trained on."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from metacalo.meta.tasks import Pool, Task
from metacalo.models import ShowerBatch

if TYPE_CHECKING:
    from metacalo.meta.settings import PretrainSettings
    from metacalo.models import Generator

_EVALUATION_BATCH = 64


@dataclass(frozen=True)
class HeldOutScore:
    """Loss on the query showers of a detector that was held out.

    Attributes:
        before: as the generator is [nat per hit]; None if it is not finite, and so is the next.
        after: after the adaptation steps [nat per hit].
        hits_per_shower: by which to multiply for nats per shower.
    """

    before: float | None
    after: float | None
    hits_per_shower: float


def validation_tasks(pools: tuple[Pool, ...], settings: PretrainSettings) -> list[Task]:
    """Draw the tasks that every validation of a run looks at; a small pool is shared out in proportion.

    Args:
        pools: one for each detector held out.
        settings: for the numbers of showers, and the seed.
    """
    tasks = []
    for pool in pools:
        wanted = settings.validation_support + settings.validation_showers
        share = min(1.0, len(pool.showers) / wanted)
        n_support = int(settings.validation_support * share)
        n_query = min(settings.validation_showers, len(pool.showers) - n_support)
        choice = torch.Generator().manual_seed(settings.seed)
        tasks.append(pool.draw(n_support, n_query, choice))
    return tasks


def score_held_out(
    generator: Generator, task: Task, settings: PretrainSettings, device: torch.device
) -> HeldOutScore:
    """Score a generator before and after `settings.validation_steps` steps of Adam on the support showers.

    It is scored in evaluation mode and adapted, on a copy, in training mode; the random numbers are the same
    at every call, and none are taken from the training's.

    Args:
        generator: stays as it is.
        task: with support and query showers.
        settings: of the adaptation: steps, rate, and `support_batch` showers a step.
        device: where the generator is.
    """
    adapted = copy.deepcopy(generator)
    before = _evaluate(adapted, task, device)
    after = before
    batches = list(task.support_batches(settings.support_batch, device))
    if settings.validation_steps and batches:
        adapted.train()
        noise = torch.Generator(device).manual_seed(settings.seed)
        optimiser = torch.optim.Adam(adapted.parameters(), lr=settings.validation_rate)
        for step in range(settings.validation_steps):
            optimiser.zero_grad()
            loss = adapted(batches[step % len(batches)], task.detector, noise) / task.hits_per_shower
            loss.backward()
            torch.nn.utils.clip_grad_norm_(adapted.parameters(), settings.gradient_clip)
            optimiser.step()
        after = _evaluate(adapted, task, device)
    return HeldOutScore(before, after, task.hits_per_shower)


@torch.no_grad()
def _evaluate(generator: Generator, task: Task, device: torch.device) -> float | None:
    generator.eval()
    noise = torch.Generator(device).manual_seed(0)
    total = 0.0
    batch: ShowerBatch
    for batch in task.query_batches(_EVALUATION_BATCH, device):
        total += len(batch) * float(generator(batch, task.detector, noise))
    loss = total / len(task.query) / task.hits_per_shower
    return loss if math.isfinite(loss) else None
