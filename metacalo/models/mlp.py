"""The network that all parts of the field model are made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def mlp(
    n_in: int,
    width: int,
    depth: int,
    n_out: int,
    *,
    last_gain: float = 1.0,
    last_bias: Tensor | None = None,
) -> nn.Sequential:
    """Build `depth` hidden layers with SiLU, and a linear last one.

    Args:
        n_in: number of inputs.
        width: of the hidden layers.
        depth: number of hidden layers.
        n_out: number of outputs.
        last_gain: factor on the initial parameters of the last layer; a small one makes what is learned begin
            as a small correction.
        last_bias: initial bias of the last layer instead, shape (n_out,).
    """
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(n_in, width), nn.SiLU()]
        n_in = width
    last = nn.Linear(n_in, n_out)
    with torch.no_grad():
        last.weight.mul_(last_gain)
        last.bias.mul_(last_gain)
        if last_bias is not None:
            last.bias.copy_(last_bias)
    return nn.Sequential(*layers, last)
