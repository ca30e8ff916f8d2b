"""Meta-SGD: the inner rates are learned with the start."""

from __future__ import annotations

import math
from typing import final

import torch
from torch import nn

from metacalo.meta.maml import MAML, Learner


@final
class MetaSGD:
    r"""Meta-SGD (Li et al. 2017), arXiv:1707.09835, with one learned rate for each tensor of parameters.

    An inner step is \(\theta'_i = \theta_i - \alpha_i \nabla_i L(\theta)\), and the outer gradient reaches
    both \(\theta\) and the rates. The paper learns a rate for every single number; here, as later in MAML++
    (Antoniou et al. 2018, arXiv:1810.09502), a weight matrix or an offset shares one, which a dozen detectors
    can tell and a reader can look at. Their logarithms are learned, so that they stay positive:
    \(\partial L / \partial \ln \alpha_i = -\alpha_i \, g_i \cdot g'_i\) for one inner step, with the
    gradients \(g\) of the support and \(g'\) of the query showers.

    Args:
        model: any module whose forward pass changes no parameter.
        rate: where all rates start.
        first_order: drop the second derivatives; rates are learned all the same.

    Attributes:
        log_rates: natural logarithms of the rates, shape (number of tensors,), in the model's order.
    """

    def __init__(self, model: nn.Module, rate: float, first_order: bool = False) -> None:
        self.model = model
        self.first_order = first_order
        self._names = [name for name, _ in model.named_parameters()]
        device = next(model.parameters()).device
        self.log_rates = nn.Parameter(torch.full((len(self._names),), math.log(rate), device=device))

    def clone(self) -> Learner:
        """Return a learner at the model's parameters, differentiable in them and in the rates."""
        rates = dict(zip(self._names, self.log_rates.exp(), strict=True))
        return MAML(self.model, rates, self.first_order).clone()

    def rates(self) -> dict[str, float]:
        """Return the rates by the name of the parameter."""
        return dict(zip(self._names, self.log_rates.detach().exp().tolist(), strict=True))
