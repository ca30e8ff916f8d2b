"""The outer loss of a task: what each method asks of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, final

import torch
from torch import Tensor, nn

from metacalo.errors import SettingsError
from metacalo.meta.learn2learn_backend import learn2learn_maml
from metacalo.meta.maml import MAML, MetaLearner
from metacalo.meta.meta_sgd import MetaSGD
from metacalo.meta.reptile import Reptile

if TYPE_CHECKING:
    from metacalo.meta.settings import PretrainSettings
    from metacalo.meta.tasks import Task
    from metacalo.models import Generator

_OF_LEARN2LEARN = ("maml", "fomaml", "joint")


class Objective(Protocol):
    """A method of pretraining."""

    n_support: int
    """Support showers that a task needs."""

    n_query: int
    """Query showers that a task needs."""

    learned: tuple[nn.Parameter, ...]
    """What the outer optimiser learns beside the generator's own parameters."""

    def loss(self, task: Task, noise: torch.Generator, latent_weight: float = 1.0) -> Tensor:
        """Return the outer loss of a task [nat per hit], differentiable in the generator's own parameters.

        Args:
            task: with as many support showers as `n_support`.
            noise: source of the model's randomness.
            latent_weight: as for `Generator.loss`.
        """

    def findings(self) -> dict[str, Any]:
        """Return what was learned beside the weights, for `ModelInfo.extra`."""


@final
class JointObjective:
    """Plain training on several detectors, the control that a meta-learner has to beat.

    Args:
        generator: to be trained.
        n_query: showers of a detector.
        device: where it is.
    """

    n_support = 0
    learned: tuple[nn.Parameter, ...] = ()

    def __init__(self, generator: Generator, n_query: int, device: torch.device) -> None:
        self.n_query = n_query
        self._generator = generator
        self._device = device

    def loss(self, task: Task, noise: torch.Generator, latent_weight: float = 1.0) -> Tensor:
        """Return the loss on the query showers [nat per hit]."""
        (query,) = task.query_batches(len(task.query), self._device)
        loss: Tensor = self._generator(query, task.detector, noise, latent_weight)
        return loss / task.hits_per_shower

    def findings(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


@final
class AdaptedObjective:
    """The loss on the query showers after a few gradient steps on the support showers.

    What an inner step is, is the learner's: MAML and FOMAML, ANIL, Meta-SGD.

    Each inner step sees support showers of its own, and its loss is divided by the detector's hits per shower
    like the outer one.

    Args:
        learner: wraps the generator to be trained.
        settings: for the numbers of steps and showers.
        device: where the generator is.
    """

    def __init__(self, learner: MetaLearner, settings: PretrainSettings, device: torch.device) -> None:
        self.n_support = settings.inner_steps * settings.support_batch
        self.n_query = settings.query_batch
        self.learned: tuple[nn.Parameter, ...] = (learner.log_rates,) if isinstance(learner, MetaSGD) else ()
        self._learner = learner
        self._support_batch = settings.support_batch
        self._device = device

    def loss(self, task: Task, noise: torch.Generator, latent_weight: float = 1.0) -> Tensor:
        """Return the loss on the query showers after adaptation [nat per hit]."""
        learner = self._learner.clone()
        for support in task.support_batches(self._support_batch, self._device):
            learner.adapt(learner(support, task.detector, noise, latent_weight) / task.hits_per_shower)
        (query,) = task.query_batches(len(task.query), self._device)
        loss: Tensor = learner(query, task.detector, noise, latent_weight)
        return loss / task.hits_per_shower

    def findings(self) -> dict[str, Any]:
        """Return the learned inner rates of Meta-SGD as `inner_rates`."""
        return {"inner_rates": self._learner.rates()} if isinstance(self._learner, MetaSGD) else {}


@final
class ReptileObjective:
    """A value that has Reptile's step as its gradient: away from where plain training on a task leads.

    Args:
        reptile: wraps the generator to be trained.
        settings: for the numbers of steps and showers.
        device: where the generator is.
    """

    n_query = 0
    learned: tuple[nn.Parameter, ...] = ()

    def __init__(self, reptile: Reptile, settings: PretrainSettings, device: torch.device) -> None:
        self.n_support = settings.inner_steps * settings.support_batch
        self._reptile = reptile
        self._support_batch = settings.support_batch
        self._device = device

    def loss(self, task: Task, noise: torch.Generator, latent_weight: float = 1.0) -> Tensor:
        """Return the loss of the last inner step, before it [nat per hit], with the gradient of `pull`."""
        learner = self._reptile.clone()
        loss = torch.zeros(())
        for support in task.support_batches(self._support_batch, self._device):
            loss = learner(support, task.detector, noise, latent_weight) / task.hits_per_shower
            learner.adapt(loss)
        pull = self._reptile.pull(learner)
        return loss.detach() + (pull - pull.detach())

    def findings(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def build_objective(generator: Generator, settings: PretrainSettings, device: torch.device) -> Objective:
    """Return the objective of `settings.method`, computed by `settings.backend`.

    Raises:
        MissingExtraError: the backend is learn2learn, which is not installed.
        SettingsError: the backend does not have the method, or the generator has no head for `anil`.
    """
    method, rate = settings.method, settings.inner_rate
    if settings.backend == "learn2learn" and method not in _OF_LEARN2LEARN:
        raise SettingsError(
            f"expected a method out of {', '.join(_OF_LEARN2LEARN)} for the backend learn2learn, got "
            f"{method!r}; take the backend torch"
        )
    if method == "joint":
        return JointObjective(generator, settings.query_batch, device)
    if method == "reptile":
        return ReptileObjective(Reptile(generator, rate, settings.inner_rule), settings, device)
    learner: MetaLearner
    if method == "meta_sgd":
        learner = MetaSGD(generator, rate)
    elif method == "anil":
        learner = MAML(generator, rate, adapted=_head_of(generator))
    else:
        wrap = learn2learn_maml if settings.backend == "learn2learn" else MAML
        learner = wrap(generator, rate, method == "fomaml")
    return AdaptedObjective(learner, settings, device)


def _head_of(generator: Generator) -> frozenset[str]:
    head = generator.head_parameters()
    if not head:
        raise SettingsError(
            f"expected a generator with a head for the method anil, got one of the family "
            f"{generator.family}, which names none in `head_networks`; take another method"
        )
    return head
