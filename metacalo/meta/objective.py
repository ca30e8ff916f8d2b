"""The outer loss of a task: what each method asks of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, final

import torch
from torch import Tensor

from metacalo.meta.learn2learn_backend import learn2learn_maml
from metacalo.meta.maml import MAML, MetaLearner

if TYPE_CHECKING:
    from metacalo.meta.settings import PretrainSettings
    from metacalo.meta.tasks import Task
    from metacalo.models import Generator


class Objective(Protocol):
    """A method of pretraining."""

    n_support: int
    """Support showers that a task needs."""

    def loss(self, task: Task, noise: torch.Generator, latent_weight: float = 1.0) -> Tensor:
        """Return the outer loss of a task [nat per hit], differentiable in the generator's own parameters.

        Args:
            task: with as many support showers as `n_support`.
            noise: source of the model's randomness.
            latent_weight: as for `Generator.loss`.
        """


@final
class JointObjective:
    """Plain training on several detectors, the control that a meta-learner has to beat.

    Args:
        generator: to be trained.
        device: where it is.
    """

    n_support = 0

    def __init__(self, generator: Generator, device: torch.device) -> None:
        self._generator = generator
        self._device = device

    def loss(self, task: Task, noise: torch.Generator, latent_weight: float = 1.0) -> Tensor:
        """Return the loss on the query showers [nat per hit]."""
        (query,) = task.query_batches(len(task.query), self._device)
        loss: Tensor = self._generator(query, task.detector, noise, latent_weight)
        return loss / task.hits_per_shower


@final
class AdaptedObjective:
    """The loss on the query showers after a few gradient steps on the support showers (MAML, FOMAML).

    Each inner step sees support showers of its own, and its loss is divided by the detector's hits per shower
    like the outer one.

    Args:
        learner: wraps the generator to be trained.
        inner_steps: number of gradient steps.
        support_batch: showers of each.
        device: where the generator is.
    """

    def __init__(
        self, learner: MetaLearner, inner_steps: int, support_batch: int, device: torch.device
    ) -> None:
        self.n_support = inner_steps * support_batch
        self._learner = learner
        self._support_batch = support_batch
        self._device = device

    def loss(self, task: Task, noise: torch.Generator, latent_weight: float = 1.0) -> Tensor:
        """Return the loss on the query showers after adaptation [nat per hit]."""
        learner = self._learner.clone()
        for support in task.support_batches(self._support_batch, self._device):
            learner.adapt(learner(support, task.detector, noise, latent_weight) / task.hits_per_shower)
        (query,) = task.query_batches(len(task.query), self._device)
        loss: Tensor = learner(query, task.detector, noise, latent_weight)
        return loss / task.hits_per_shower


def build_objective(generator: Generator, settings: PretrainSettings, device: torch.device) -> Objective:
    """Return the objective of `settings.method`, computed by `settings.backend`.

    Raises:
        MissingExtraError: the backend is learn2learn, which is not installed.
    """
    if settings.method == "joint":
        return JointObjective(generator, device)
    first_order = settings.method == "fomaml"
    wrap = learn2learn_maml if settings.backend == "learn2learn" else MAML
    learner: MetaLearner = wrap(generator, settings.inner_rate, first_order)
    return AdaptedObjective(learner, settings.inner_steps, settings.support_batch, device)
