import warnings
from importlib.resources import files

import pytest

from metacalo.adaptation import AdaptSettings
from metacalo.adaptation.fine_tune import fine_tune
from metacalo.checkpoint import ModelInfo, load_model
from metacalo.checkpoint.bundled import bundled_models, bundled_path
from metacalo.geometry import Detector, load_detector
from metacalo.models import Generator
from metacalo.showers import open_showers

NEVER_TRAINED_ON = ("lhcb_ecal", "atlas_barrel")


@pytest.fixture(scope="module")
def shipped() -> tuple[Generator, ModelInfo]:
    return load_model("default")


def slabs(detector: Detector) -> list[tuple[str, float, bool]]:
    """What a particle meets, whatever the detector is called and however its layers are grouped."""
    return [
        (slab.material, slab.thickness_mm, slab.active)
        for section in detector.sections
        for _ in range(section.repeat)
        for slab in section.stack
    ]


def test_the_shipped_models_are_small_enough_to_be_downloaded_with_the_package() -> None:
    folder = files("metacalo") / "pretrained"
    assert sum(len(file.read_bytes()) for file in folder.iterdir() if file.is_file()) < 4e6


def test_the_default_model_is_found_by_its_name_and_no_other() -> None:
    assert "default" in bundled_models()
    path = bundled_path("default")
    assert path is not None
    assert path.is_file()
    assert bundled_path("defult") is None


def test_the_shipped_model_was_trained_on_twelve_detectors(shipped: tuple[Generator, ModelInfo]) -> None:
    _, info = shipped
    detectors = info.training_detectors()
    assert len({detector.name for detector in detectors}) == 12
    assert set(info.data_sha256) == {detector.name for detector in detectors}
    assert all(len(digest) == 64 for digest in info.data_sha256.values())


@pytest.mark.parametrize("name", NEVER_TRAINED_ON)
def test_the_shipped_model_never_saw_the_stacks_that_it_is_benchmarked_on(
    shipped: tuple[Generator, ModelInfo], name: str
) -> None:
    new = slabs(load_detector(name))
    assert new not in [slabs(detector) for detector in shipped[1].training_detectors()]


def test_stacks_are_compared_by_their_slabs_and_not_by_their_names() -> None:
    assert slabs(load_detector("lhcb_ecal")) == slabs(load_detector("lhcb_shashlik"))
    assert slabs(load_detector("atlas_barrel")) == slabs(load_detector("atlas_lar"))
    assert slabs(load_detector("lhcb_ecal")) != slabs(load_detector("atlas_lar"))


def test_the_shipped_model_says_how_it_was_made_and_how_good_it_is(
    shipped: tuple[Generator, ModelInfo],
) -> None:
    _, info = shipped
    assert info.command
    assert info.training
    assert info.seeds
    assert {"metacalo", "torch", "python"} <= set(info.versions)
    assert info.validation


def test_a_few_steps_on_a_few_bundled_showers_improve_the_shipped_model(
    shipped: tuple[Generator, ModelInfo],
) -> None:
    generator, _ = shipped
    detector = load_detector("lhcb_ecal")
    assert detector.showers is not None
    showers = open_showers(detector.showers, detector=detector)[:60]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tuning = fine_tune(generator, detector, showers, AdaptSettings(n_showers=60, steps=20, check_every=5))
    before = tuning.history[0].held_back_loss
    best = min(look.held_back_loss for look in tuning.history)
    assert tuning.best_step > 0
    assert best < before - 1.0  # nat per shower, of some thousands
