"""The shipped model for the shipped detector, exported once for all tests."""

from pathlib import Path

import pytest

from metacalo.checkpoint import load_model
from metacalo.export import export_onnx
from metacalo.generation import AdaptedModel
from metacalo.geometry import load_detector
from metacalo.runtime import Model, load


@pytest.fixture(scope="session")
def adapted() -> AdaptedModel:
    generator, info = load_model("default")
    return AdaptedModel(generator, load_detector("lhcb_ecal"), info, (1.0, 100.0), (0.0, 40.0))


@pytest.fixture(scope="session")
def exported(adapted: AdaptedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_onnx(adapted, tmp_path_factory.mktemp("exported")).path


@pytest.fixture(scope="session")
def model(exported: Path) -> Model:
    return load(exported)
