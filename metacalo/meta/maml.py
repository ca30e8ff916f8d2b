"""Model-agnostic meta-learning: an initialisation from which a few gradient steps suffice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, final

import torch
from torch import Tensor, nn
from torch.func import functional_call

from metacalo.errors import SettingsError

if TYPE_CHECKING:
    from typing import Any

Rate = float | Mapping[str, Tensor | float]


class AdaptiveLearner(Protocol):
    """What the inner loop needs: call it for a loss, then let it adapt to that loss."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model with the present parameters."""

    def adapt(self, loss: Tensor) -> None:
        """Take one gradient step."""


class MetaLearner(Protocol):
    """What the outer loop needs; `MAML` and learn2learn's class of that name both have it."""

    def clone(self) -> AdaptiveLearner:
        """Return a learner that starts at the model's parameters."""


@final
class MAML:
    r"""Model-Agnostic Meta-Learning (Finn et al. 2017), arXiv:1703.03400.

    An inner step is \(\theta' = \theta - \alpha \nabla_\theta L(\theta)\), taken on a copy:

        learner = maml.clone()
        learner.adapt(loss(learner(x), y))      # inner step on the support showers
        loss(learner(x_query), y_query).backward()  # reaches the gradients of the model's own parameters

    The interface is that of `learn2learn.algorithms.MAML`. No tensor is changed in place, and the model
    itself keeps its parameters.

    Args:
        model: any module whose forward pass changes no parameter.
        rate: inner learning rate \(\alpha\): one number, or one for each parameter, by its name. Tensors that
            require a gradient receive one.
        first_order: drop the second derivatives (FOMAML).
        allow_unused: whether parameters that the loss does not depend on stay as they are, or are an error;
            as `allow_nograd` unless given.
        allow_nograd: whether parameters with `requires_grad=False` stay as they are, or are an error.
        adapted: names of the parameters that inner steps change; None for all. With those of a head alone
            this is ANIL (Raghu et al. 2020, arXiv:1909.09157). The outer gradient reaches all of them.

    Raises:
        SettingsError: the mapping of rates lacks a parameter, or names one that the model has not; so does
            `adapted`, or it is empty.
    """

    def __init__(
        self,
        model: nn.Module,
        rate: Rate,
        first_order: bool = False,
        *,
        allow_unused: bool | None = None,
        allow_nograd: bool = False,
        adapted: Collection[str] | None = None,
    ) -> None:
        self.model = model
        self.rate = rate
        self.first_order = first_order
        self.allow_nograd = allow_nograd
        self.allow_unused = allow_nograd if allow_unused is None else allow_unused
        if isinstance(rate, Mapping):
            _check_names(rate, model)
        self.adapted = None if adapted is None else _checked_part(adapted, model)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model with its own parameters."""
        return self.model(*args, **kwargs)

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the model's own parameters, which the outer optimiser steps."""
        return self.model.parameters()

    def clone(self) -> Learner:
        """Return a learner at the parameters of the model, and differentiable with respect to them."""
        return Learner(self, dict(self.model.named_parameters()))


@final
class Learner:
    """A model with parameters of its own, each a differentiable function of those it was cloned from.

    Made by `MAML.clone`.
    """

    def __init__(self, maml: MAML, parameters: Mapping[str, Tensor]) -> None:
        self._maml = maml
        self._parameters = dict(parameters)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model with the present parameters."""
        return functional_call(self._maml.model, self._parameters, args, kwargs)

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Return the present parameters by name."""
        return iter(self._parameters.items())

    def parameters(self) -> Iterator[Tensor]:
        """Return the present parameters, in the model's order."""
        return iter(self._parameters.values())

    def clone(self) -> Learner:
        """Return a learner that goes on from here by itself, in the same graph."""
        return Learner(self._maml, self._parameters)

    def adapt(
        self,
        loss: Tensor,
        first_order: bool | None = None,
        allow_unused: bool | None = None,
        allow_nograd: bool | None = None,
    ) -> None:
        """Take one step down the gradient of a loss that was computed through this learner.

        Args:
            loss: scalar.
            first_order: as for `MAML`, whose value holds unless given; so do the next two.
            allow_unused: see `MAML`.
            allow_nograd: see `MAML`.

        Raises:
            SettingsError: the loss does not depend on a parameter, or one is frozen, and that is not allowed.
        """
        maml = self._maml
        second_order = not (maml.first_order if first_order is None else first_order)
        allow_unused = maml.allow_unused if allow_unused is None else allow_unused
        allow_nograd = maml.allow_nograd if allow_nograd is None else allow_nograd
        asked = {
            name: p for name, p in self._parameters.items() if maml.adapted is None or name in maml.adapted
        }
        free = {name: p for name, p in asked.items() if p.requires_grad}
        if not allow_nograd and len(free) < len(asked):
            frozen = sorted(set(asked) - set(free))
            raise SettingsError(
                f"expected every parameter to require a gradient, got {', '.join(frozen)} without; "
                "pass allow_nograd=True to leave such parameters as they are"
            )
        gradients = torch.autograd.grad(
            loss, list(free.values()), create_graph=second_order, retain_graph=second_order, allow_unused=True
        )
        step = {name: g for name, g in zip(free, gradients, strict=True) if g is not None}
        if not allow_unused and len(step) < len(free):
            unused = sorted(set(free) - set(step))
            raise SettingsError(
                f"expected a loss that depends on every parameter, got one without {', '.join(unused)}; "
                "pass allow_unused=True to leave such parameters as they are"
            )
        self._parameters = {
            name: p - self._rate(name) * step[name] if name in step else p
            for name, p in self._parameters.items()
        }

    def _rate(self, name: str) -> Tensor | float:
        rate = self._maml.rate
        return rate[name] if isinstance(rate, Mapping) else rate


def _checked_part(adapted: Collection[str], model: nn.Module) -> frozenset[str]:
    known = {name for name, _ in model.named_parameters()}
    foreign = sorted(set(adapted) - known)
    if foreign or not adapted:
        raise SettingsError(
            f"expected names of the model's parameters to adapt, got {', '.join(foreign) or 'none'}; take "
            "them from model.named_parameters(), or adapt all of them"
        )
    return frozenset(adapted)


def _check_names(rate: Mapping[str, Tensor | float], model: nn.Module) -> None:
    expected = {name for name, _ in model.named_parameters()}
    missing, foreign = sorted(expected - set(rate)), sorted(set(rate) - expected)
    if missing or foreign:
        raise SettingsError(
            f"expected one inner rate for each parameter of the model, got none for [{', '.join(missing)}] "
            f"and some for unknown [{', '.join(foreign)}]; take the names from model.named_parameters()"
        )
