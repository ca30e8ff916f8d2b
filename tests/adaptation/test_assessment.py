import pytest
import torch

from metacalo.adaptation import ADAPTED, BEFORE, REFERENCE, assess
from metacalo.checkpoint import ModelInfo
from metacalo.generation import AdaptedModel
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


def test_every_sample_has_the_conditions_of_the_test_showers(model: AdaptedModel, data_dir) -> None:
    test = open_showers(data_dir / "lhcb_small.h5")[:24]
    assessment = assess(model, model, test)
    assert list(assessment.samples) == [REFERENCE, ADAPTED, BEFORE]
    for showers in assessment.samples.values():
        assert (showers.incident_energy_gev == test.incident_energy_gev).all()
    assert assessment.samples[ADAPTED] == assessment.samples[BEFORE]


def test_the_floor_is_at_the_sizes_of_the_comparison(model: AdaptedModel, data_dir) -> None:
    assessment = assess(model, model, open_showers(data_dir / "lhcb_small.h5")[:24])
    sizes = {(c.n_reference, c.n_generated) for c in (*assessment.comparisons.values(), assessment.floor)}
    assert sizes == {(12, 12)}
