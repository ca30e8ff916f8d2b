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
            pool.require(self._objective.n_support, settings.query_batch)
        self._optimiser = torch.optim.AdamW(
            generator.parameters(), lr=settings.rate, weight_decay=settings.weight_decay
        )
        self._average = (
            WeightAverage(generator, settings.ema_decay) if settings.ema_decay is not None else None
        )
        self._choice = torch.Generator().manual_seed(settings.seed)
        self._noise = torch.Generator(self.device).manual_seed(settings.seed + 1)
        self._skipped_in_a_row = 0

    def advance(self) -> OuterStep:
        """Take one step.

        Raises:
            SettingsError: loss or gradient was not finite in `max_nonfinite_steps` steps in a row.
        """
        s = self.settings
        rate = cosine_rate(
            self.step,
            steps=s.steps,
            peak=s.rate,
            warmup_steps=s.warmup_steps,
            final_fraction=s.final_rate_fraction,
        )
        weight = latent_weight(
            self.step,
            start=s.latent_weight_start,
            hold_steps=s.latent_hold_steps,
            rise_steps=s.latent_rise_steps,
        )
        if s.init is not None:
            weight = 1.0
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self.generator.train()
        self._optimiser.zero_grad()
        loss = 0.0
        tasks = draw_tasks(
            self._pools, s.tasks_per_step, self._objective.n_support, s.query_batch, self._choice
        )
        for task in tasks:
            task_loss = self._objective.loss(task, self._noise, weight) / len(tasks)
            task_loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
            loss += float(task_loss.detach())
        norm = float(torch.nn.utils.clip_grad_norm_(self.generator.parameters(), s.gradient_clip))
        skipped = not (math.isfinite(loss) and math.isfinite(norm))
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

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next step depends on, and nothing else."""
        return {
            "step": self.step,
            "skipped": self.skipped,
            "skipped_in_a_row": self._skipped_in_a_row,
            "generator": self.generator.state_dict(),
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
        self._optimiser.load_state_dict(state["optimiser"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])
        self._choice.set_state(state["choice"])
        self._noise.set_state(state["noise"])
