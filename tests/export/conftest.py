"""The shipped model, as if it were adapted to the shipped detector."""

import pytest

from metacalo.checkpoint import load_model
from metacalo.generation import AdaptedModel
from metacalo.geometry import load_detector


@pytest.fixture(scope="session")
def default_model() -> AdaptedModel:
    generator, info = load_model("default")
    return AdaptedModel(generator, load_detector("lhcb_ecal"), info, (1.0, 100.0), (0.0, 40.0))
