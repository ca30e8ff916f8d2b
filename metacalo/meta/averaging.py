"""A running mean of the weights, which generalises better than the last of them."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn


@final
class WeightAverage:
    """Exponential moving average of a model's parameters (Polyak and Juditsky 1992, doi:10.1137/0330046).

    The decay of update n is min(decay, (1 + n) / (10 + n)), so that the initial weights are soon forgotten.

    Args:
        model: whose parameters are averaged; its buffers are not.
        decay: between 0 and 1.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.parameters = {name: p.detach().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the model's present parameters."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, parameter in model.named_parameters():
            self.parameters[name] = torch.lerp(parameter.detach(), self.parameters[name], decay)

    def state_dict(self) -> dict[str, object]:
        """Return what `load_state_dict` takes."""
        return {"updates": self.updates, "parameters": self.parameters}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Go on from a saved state."""
        updates, parameters = state["updates"], state["parameters"]
        if not isinstance(updates, int) or not isinstance(parameters, dict):
            raise TypeError("expected the state of a WeightAverage")
        self.updates = updates
        self.parameters = {name: _on_device_of(p, self.parameters[name]) for name, p in parameters.items()}

    @torch.no_grad()
    def copy_to(self, model: nn.Module) -> None:
        """Set a model's parameters to the average."""
        for name, parameter in model.named_parameters():
            parameter.copy_(self.parameters[name])


def _on_device_of(saved: Tensor, present: Tensor) -> Tensor:
    return saved.to(present.device).clone()
