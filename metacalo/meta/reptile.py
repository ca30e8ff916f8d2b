"""Reptile: a start from which plain training on each task does not go far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, final

import torch
from torch import Tensor, nn
from torch.func import functional_call

from metacalo.errors import SettingsError

if TYPE_CHECKING:
    from typing import Any

_BETAS = (0.0, 0.999)
"""Of the inner Adam: without momentum, as in the paper's section 5."""


@final
class Reptile:
    r"""Reptile (Nichol, Achiam and Schulman 2018), arXiv:1803.02999.

    A learner takes k plain steps of rate \(\alpha\) on its task, from \(\theta\) to \(\theta_k\), and the
    start moves towards its end, \(\theta \leftarrow \theta + \epsilon (\theta_k - \theta)\). No derivative is
    taken through the steps:

        learner = reptile.clone()
        learner.adapt(loss(learner(x), y))
        reptile.pull(learner).backward()  # the gradients of the model's own parameters point away from there

    `pull` has the gradient \((\theta - \theta_k) / (\alpha k)\), so that any optimiser may take the outer
    step; plain gradient descent of rate \(\epsilon \alpha k\) is the interpolation above. For k = 1 and plain
    inner steps it is the gradient of the loss.

    Args:
        model: any module whose forward pass changes no parameter; it keeps its parameters.
        rate: of the inner steps.
        rule: of the inner steps: plain gradient descent, or Adam without momentum, fresh for each learner.
    """

    def __init__(self, model: nn.Module, rate: float, rule: Literal["sgd", "adam"] = "sgd") -> None:
        self.model = model
        self.rate = rate
        self.rule = rule

    def clone(self) -> ReptileLearner:
        """Return a learner at the parameters of the model, which it leaves as they are."""
        return ReptileLearner(self)

    def pull(self, learner: ReptileLearner) -> Tensor:
        """Return a scalar whose gradient is the mean step of a learner's way, up to the rate; see the class.

        Args:
            learner: that took at least one step.

        Raises:
            SettingsError: it took none.
        """
        if learner.steps == 0:
            raise SettingsError("expected a learner that took a step, got none; call adapt(loss) first")
        ends = dict(learner.named_parameters())
        pulls = [(p * (p.detach() - ends[name].detach())).sum() for name, p in self.model.named_parameters()]
        return torch.stack(pulls).sum() / (self.rate * learner.steps)


@final
class ReptileLearner:
    """A model with parameters of its own that a plain optimiser steps; made by `Reptile.clone`.

    Attributes:
        steps: taken so far.
    """

    def __init__(self, reptile: Reptile) -> None:
        self.steps = 0
        self._model = reptile.model
        self._parameters = {
            name: p.detach().clone().requires_grad_() for name, p in reptile.model.named_parameters()
        }
        leaves = list(self._parameters.values())
        self._optimiser: torch.optim.Optimizer
        if reptile.rule == "adam":
            self._optimiser = torch.optim.Adam(leaves, lr=reptile.rate, betas=_BETAS)
        else:
            self._optimiser = torch.optim.SGD(leaves, lr=reptile.rate)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model with the present parameters."""
        return functional_call(self._model, self._parameters, args, kwargs)

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Return the present parameters by name."""
        return iter(self._parameters.items())

    def adapt(self, loss: Tensor) -> None:
        """Take one step of the inner rule down a loss that was computed through this learner.

        Parameters that the loss does not depend on stay as they are.
        """
        self._optimiser.zero_grad()
        loss.backward(inputs=list(self._parameters.values()))  # type: ignore[no-untyped-call] # torch's own
        self._optimiser.step()
        self.steps += 1
