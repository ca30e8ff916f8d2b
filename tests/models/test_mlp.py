import torch
from torch import nn

from metacalo.models.mlp import mlp


def linear_layers(network: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in network if isinstance(layer, nn.Linear)]


def test_layers_have_the_widths_that_were_asked_for():
    shapes = [tuple(layer.weight.shape) for layer in linear_layers(mlp(3, 8, 2, 5))]
    assert shapes == [(8, 3), (8, 8), (5, 8)]


def test_the_gain_scales_the_first_answer():
    torch.manual_seed(1)
    full = mlp(3, 8, 2, 5)
    torch.manual_seed(1)
    tenth = mlp(3, 8, 2, 5, last_gain=0.1)
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(0.1 * full(x), tenth(x), atol=1e-6)


def test_without_a_gain_the_first_answer_is_the_bias():
    bias = torch.tensor([1.0, -2.0])
    assert torch.equal(mlp(3, 8, 1, 2, last_gain=0.0, last_bias=bias)(torch.ones(1, 3))[0], bias)
