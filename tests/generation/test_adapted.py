import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from metacalo.checkpoint import ModelInfo, save_model
from metacalo.errors import CheckpointError, MetacaloWarning, SettingsError
from metacalo.generation import AdaptedModel, Range, Request, generate_to_file, load
from metacalo.geometry import load_detector
from metacalo.models import FieldVAE
from metacalo.showers import open_showers


@pytest.fixture(scope="module")
def model() -> AdaptedModel:
    torch.manual_seed(0)
    generator = FieldVAE().eval()
    return AdaptedModel(
        generator, load_detector("lhcb_shashlik"), ModelInfo.of(generator), (1.0, 100.0), (0.0, 40.0)
    )


def test_a_seed_makes_the_same_showers_again(model: AdaptedModel) -> None:
    first, again, other = (model.sample(energy_gev=5.0, theta_rad=0.1, n=4, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_without_a_seed_showers_are_new_and_tell_their_seed(model: AdaptedModel) -> None:
    first, second = (model.sample(energy_gev=5.0, n=4) for _ in range(2))
    assert first != second
    assert model.sample(energy_gev=5.0, n=4, seed=int(first.attributes["seed"])) == first


def test_a_negative_seed_is_refused(model: AdaptedModel) -> None:
    with pytest.raises(SettingsError, match="at least 0"):
        model.sample(energy_gev=5.0, n=4, seed=-1)


def test_showers_have_the_conditions_that_were_asked_for(model: AdaptedModel) -> None:
    showers = model.sample(energy_gev=[2.0, 4.0, 8.0], theta_rad=0.3, phi_rad=1.0)
    np.testing.assert_allclose(showers.incident_energy_gev, [2, 4, 8])
    np.testing.assert_allclose(showers.theta_rad, 0.3, rtol=1e-6)
    np.testing.assert_allclose(showers.phi_rad, 1.0)
    assert showers.grid == model.detector.grid


def test_inside_the_trained_range_there_is_no_warning_and_no_mark(model: AdaptedModel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        showers = model.sample(energy_gev=[1.0, 100.0], theta_rad=np.radians([0.0, 40.0]))
    assert showers.attributes["outside_trained_range"] is False


def test_the_least_angle_that_was_adapted_with_may_be_undershot_a_little(model: AdaptedModel) -> None:
    """Of 1,000 showers from 0 to 20 degrees the least angle is seldom 0; the test showers may go below."""
    model = replace(model, theta_range_deg=(0.018, 20.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.sample(energy_gev=10.0, theta_rad=np.radians([0.0, 20.3]))
    with pytest.warns(MetacaloWarning, match="extrapolated"):
        model.sample(energy_gev=10.0, theta_rad=np.radians([20.5]))


@pytest.mark.parametrize(("energy_gev", "theta_deg"), [(0.5, 10), (150.0, 10), (10.0, 50)])
def test_outside_the_trained_range_there_is_a_warning_and_a_mark(
    model: AdaptedModel, energy_gev: float, theta_deg: float
) -> None:
    with pytest.warns(MetacaloWarning, match="extrapolated"):
        showers = model.sample(energy_gev=energy_gev, theta_rad=np.radians(theta_deg), n=2)
    assert showers.attributes["outside_trained_range"] is True


def test_a_file_holds_what_the_stream_yields(model: AdaptedModel, tmp_path: Path) -> None:
    request = Request(10, Range(1, 5), Range(0, 40), seed=4)
    written = []
    assert (
        generate_to_file(model, request, tmp_path / "made.h5", seed=4, batch=4, on_batch=written.append) == 10
    )
    assert written == [4, 4, 2]
    made = open_showers(tmp_path / "made.h5", detector=model.detector)
    streamed = list(model.stream(request, seed=4, batch=4))
    assert [made[0:4], made[4:8], made[8:10]] == streamed
    assert made.attributes["detector"] == "lhcb_shashlik"
    assert bool(made.attributes["outside_trained_range"]) is False


def test_a_saved_model_makes_the_same_showers(model: AdaptedModel, tmp_path: Path) -> None:
    model.save(tmp_path / "saved")
    loaded = load(tmp_path / "saved")
    assert loaded.detector == model.detector
    assert loaded.energy_range_gev == model.energy_range_gev
    assert loaded.theta_range_deg == model.theta_range_deg
    assert loaded.sample(energy_gev=3.0, n=3, seed=1) == model.sample(energy_gev=3.0, n=3, seed=1)


def test_a_pretrained_model_is_not_an_adapted_one(model: AdaptedModel, tmp_path: Path) -> None:
    save_model(tmp_path, model.generator, model.info)
    with pytest.raises(CheckpointError, match="metacalo adapt"):
        load(tmp_path)


def test_a_bare_generator_is_trusted_where_its_detector_is(model: AdaptedModel) -> None:
    bare = AdaptedModel.of(model.generator, model.detector)
    assert (bare.energy_range_gev, bare.theta_range_deg) == ((1.0, 100.0), (0.0, 40.0))
    assert bare.sample(energy_gev=10.0, n=2, seed=1) == model.sample(energy_gev=10.0, n=2, seed=1)
