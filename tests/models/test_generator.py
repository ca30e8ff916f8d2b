"""What holds of every family."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from metacalo.checkpoint import ModelInfo, load_model, save_model
from metacalo.geometry import Detector
from metacalo.models import FAMILIES, Conditions, Generator, ShowerBatch

Noise = Callable[[int], torch.Generator]


@pytest.fixture(params=sorted(FAMILIES))
def model(request: pytest.FixtureRequest) -> Generator:
    found: Generator = request.getfixturevalue(request.param)
    return found


def test_the_loss_is_one_finite_number(
    model: Generator, batch: ShowerBatch, detector: Detector, noise: Noise
):
    loss = model(batch, detector, noise(1))
    assert loss.shape == ()
    assert torch.isfinite(loss)


def test_the_same_seed_gives_the_same_loss_and_another_seed_another(
    model: Generator, batch: ShowerBatch, detector: Detector, noise: Noise
):
    one, same, other = (model(batch, detector, noise(seed)).item() for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_all_randomness_comes_from_the_generator_that_is_passed(
    model: Generator, batch: ShowerBatch, detector: Detector, noise: Noise
):
    before = torch.get_rng_state()
    model(batch, detector, noise(1))
    model.sample(Conditions.from_arrays(10.0, 0.1), detector, noise(1))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_gradient_reaches_every_parameter(
    model: Generator, batch: ShowerBatch, detector: Detector, noise: Noise
):
    model(batch, detector, noise(1)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_neither_loss_nor_sample_changes_the_batch_or_the_model(
    model: Generator, batch: ShowerBatch, detector: Detector, noise: Noise
):
    state = {name: value.clone() for name, value in model.state_dict().items()}
    given = {name: value.clone() for name, value in vars(batch).items()}
    model(batch, detector, noise(1))
    model.sample(batch, detector, noise(1))
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())
    assert all(torch.equal(given[name], value) for name, value in vars(batch).items())
    assert list(model.buffers()) == []


def test_showers_come_one_for_each_condition_on_the_detectors_grid(
    model: Generator, detector: Detector, noise: Noise
):
    conditions = Conditions.from_arrays([1.0, 10.0, 100.0], [0.0, 0.3, 0.6])
    made = model.sample(conditions, detector, noise(1))
    assert torch.equal(made.energy_gev, conditions.energy_gev)
    assert torch.equal(made.theta_rad, conditions.theta_rad)
    assert (made.deposit_mev > 0).all()
    showers = made.to_showers(detector.grid)
    assert len(showers) == 3
    assert (showers.n_hits > 0).all()


def test_folded_for_a_detector_it_gives_the_showers_of_sample(
    model: Generator, detector: Detector, noise: Noise
):
    conditions = Conditions.from_arrays([2.0, 20.0], 0.2)
    folded = model.folded(detector)(conditions, noise(1))
    plain = model.sample(conditions, detector, noise(1))
    assert all(torch.equal(value, vars(plain)[name]) for name, value in vars(folded).items())


def test_a_saved_model_comes_back_with_the_same_loss(
    model: Generator, batch: ShowerBatch, detector: Detector, noise: Noise, tmp_path: Path
):
    save_model(tmp_path / "saved", model, ModelInfo.of(model, detectors=[detector]))
    loaded, info = load_model(tmp_path / "saved")
    assert info.family == model.family
    assert type(loaded) is type(model)
    assert torch.equal(loaded(batch, detector, noise(1)), model.eval()(batch, detector, noise(1)))


def test_its_text_names_the_family_and_its_networks(model: Generator):
    text = repr(model)
    assert text.startswith(type(model).__name__)
    assert "(encoder): Sequential" in text


def test_a_family_without_loss_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Generator()  # type: ignore[abstract]


def test_the_head_is_the_last_layers_of_networks_that_there_are(model: Generator):
    head = model.head_parameters()
    names = [name for name, _ in model.named_parameters()]
    assert len(head) == 2 * len(model.head_networks)
    assert head < set(names)
    for network in model.head_networks:
        inside = [name for name in names if name.startswith(f"{network}.")]
        assert {name for name in inside if name in head} == set(inside[-2:])
