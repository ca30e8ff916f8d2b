"""The outer loop: one optimiser step after another, with all of its state in one place."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import torch

from metacalo.errors import SettingsError
from metacalo.meta.averaging import WeightAverage
from metacalo.meta.objective import build_objective
from metacalo.meta.schedule import cosine_rate, latent_weight
from metacalo.meta.tasks import Pool, draw_tasks

if TYPE_CHECKING:
    from metacalo.meta.settings import PretrainSettings
    from metacalo.models import Generator


@dataclass(frozen=True)
class OuterStep:
    """What came of one step.

    Attributes:
        step: number of steps done, this one included.
        loss: mean over the tasks [nat per hit]; not finite if the step was skipped for it.
        gradient_norm: before clipping.
        rate: learning rate of the step.
        skipped: whether loss or gradient was not finite, so that the weights stayed as they were.
    """

    step: int
    loss: float
    gradient_norm: float
    rate: float
    skipped: bool


@final
class OuterLoop:
    """The outer loop of a pretraining.

    Args:
        generator: trained in place; it is moved to `device`.
        pools: showers of the detectors to train on.
        settings: of the training.
        device: to train on.

    Raises:
        MissingExtraError: the backend is not installed.
        SettingsError: no detectors, or a detector has fewer showers than a task takes.
    """

    def __init__(
        self,
        generator: Generator,
        pools: Sequence[Pool],
        settings: PretrainSettings,
        device: torch.device | str = "cpu",
    ) -> None:
        if not pools:
            raise SettingsError(
                "expected at least one detector to train on, got none; name some in --geometries"
            )
        self.device = torch.device(device)
        self.generator = generator.to(self.device)
        self.settings = settings
        self.step = 0
        self.skipped = 0
        self._pools = tuple(pools)
        self._objective = build_objective(generator, settings, self.device)
        for pool in pools:
            pool.require(self._objective.n_support, self._objective.n_query)
        groups: list[dict[str, Any]] = [{"params": list(generator.parameters())}]
        if self._objective.learned:
            groups.append({"params": list(self._objective.learned), "weight_decay": 0.0})
        self._optimiser = torch.optim.AdamW(groups, lr=settings.rate, weight_decay=settings.weight_decay)
        self._average = (
            WeightAverage(generator, settings.ema_decay) if settings.ema_decay is not None else None
        )
        self._choice = torch.Generator().manual_seed(settings.seed)
        self._noise = torch.Generator(self.device).manual_seed(settings.seed + 1)
        self._skipped_in_a_row = 0

    def advance(self, progress: float | None = None) -> OuterStep:
        """Take one step.

        Args:
            progress: share of the training that is over, from 0 to 1, if that is not told by the steps done:
                for a training that is limited by its time. The schedules follow it.

        Raises:
            SettingsError: loss or gradient was not finite in `max_nonfinite_steps` steps in a row.
        """
        s = self.settings
        at = self.step if progress is None else int(progress * s.steps)
        rate = cosine_rate(
            at,
            steps=s.steps,
            peak=s.rate,
            warmup_steps=s.warmup_steps,
            final_fraction=s.final_rate_fraction,
        )
        weight = latent_weight(
            at,
            start=s.latent_weight_start,
            hold_steps=s.latent_hold_steps,
            rise_steps=s.latent_rise_steps,
        )
        if s.init is not None:
            weight = 1.0
        for group, peak in zip(self._optimiser.param_groups, (s.rate, s.rate_of_rates), strict=False):
            group["lr"] = rate * (peak / s.rate)
        self.generator.train()
        self._optimiser.zero_grad()
        loss = 0.0
        tasks = draw_tasks(
            self._pools, s.tasks_per_step, self._objective.n_support, self._objective.n_query, self._choice
        )
        for task in tasks:
            task_loss = self._objective.loss(task, self._noise, weight) / len(tasks)
            task_loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
            loss += float(task_loss.detach())
        norm = float(torch.nn.utils.clip_grad_norm_(self.generator.parameters(), s.gradient_clip))
        # not clipped: the steps of Adam do not depend on the size of these few gradients
        beside = sum(float(p.grad.abs().sum()) for p in self._objective.learned if p.grad is not None)
        skipped = not (math.isfinite(loss) and math.isfinite(norm) and math.isfinite(beside))
        if skipped:
            self._skip()
        else:
            self._skipped_in_a_row = 0
            self._optimiser.step()
            if self._average is not None:
                self._average.update(self.generator)
        self._optimiser.zero_grad()
        self.step += 1
        return OuterStep(self.step, loss, norm, rate, skipped)

    def _skip(self) -> None:
        self.skipped += 1
        self._skipped_in_a_row += 1
        if self._skipped_in_a_row >= self.settings.max_nonfinite_steps:
            raise SettingsError(
                f"expected finite losses and gradients, got {self._skipped_in_a_row} steps in a row (up to "
                "step "
                f"{self.step + 1}) without; lower rate ({self.settings.rate}) or inner_rate "
                f"({self.settings.inner_rate}), or raise warmup_steps ({self.settings.warmup_steps})"
            )

    def exported(self) -> Generator:
        """Return a copy of the generator in evaluation mode, with the averaged weights if they are kept."""
        copied = copy.deepcopy(self.generator)
        if self._average is not None:
            self._average.copy_to(copied)
        return copied.eval()

    def findings(self) -> dict[str, Any]:
        """Return what was learned beside the weights, for `ModelInfo.extra`."""
        return self._objective.findings()

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next step depends on, and nothing else."""
        return {
            "step": self.step,
            "skipped": self.skipped,
            "skipped_in_a_row": self._skipped_in_a_row,
            "generator": self.generator.state_dict(),
            "learned": [p.detach() for p in self._objective.learned],
            "optimiser": self._optimiser.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "choice": self._choice.get_state(),
            "noise": self._noise.get_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state as if there had been no break."""
        self.step = state["step"]
        self.skipped = state["skipped"]
        self._skipped_in_a_row = state["skipped_in_a_row"]
        self.generator.load_state_dict(state["generator"])
        with torch.no_grad():
            for parameter, saved in zip(self._objective.learned, state.get("learned", ()), strict=True):
                parameter.copy_(saved)
        self._optimiser.load_state_dict(state["optimiser"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])
        self._choice.set_state(state["choice"])
        self._noise.set_state(state["noise"])
