import pytest
import torch
from torch import nn

from metacalo.meta.averaging import WeightAverage


def one_weight(value: float) -> nn.Module:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, value)
    return model


def test_the_average_of_a_constant_is_the_constant() -> None:
    model = one_weight(2.0)
    average = WeightAverage(model, 0.9)
    for _ in range(5):
        average.update(model)
    assert average.parameters["weight"].item() == 2.0


def test_the_first_updates_forget_the_initial_weights_quickly() -> None:
    average = WeightAverage(one_weight(0.0), 0.999)
    average.update(one_weight(11.0))
    assert average.parameters["weight"].item() == pytest.approx(9.0)  # decay 2/11


def test_later_updates_have_the_decay_asked_for() -> None:
    average = WeightAverage(one_weight(0.0), 0.5)
    average.load_state_dict({"updates": 100, "parameters": {"weight": torch.tensor([[4.0]])}})
    average.update(one_weight(2.0))
    assert average.parameters["weight"].item() == pytest.approx(3.0)


def test_the_average_is_copied_into_a_model() -> None:
    model = one_weight(5.0)
    WeightAverage(one_weight(1.5), 0.5).copy_to(model)
    assert model.weight.item() == 1.5
