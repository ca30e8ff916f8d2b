import pytest
import torch

from metacalo.errors import ExportError
from metacalo.export import folded
from metacalo.export.verification import conditions_in
from metacalo.generation import AdaptedModel
from metacalo.models import Conditions, build_generator
from metacalo.models.folded import FoldedModel


@pytest.fixture(scope="module")
def model(default_model: AdaptedModel) -> FoldedModel:
    return folded(default_model)


def test_it_gives_the_showers_that_the_model_samples(default_model: AdaptedModel, model: FoldedModel):
    energy, theta, _ = conditions_in(default_model, model.n_noise, 6)
    seeded = (torch.Generator().manual_seed(3) for _ in range(2))
    noise = torch.randn(6, model.n_noise, generator=next(seeded))
    with torch.no_grad():
        wanted = default_model.generator.sample(
            Conditions(energy, theta), default_model.detector, next(seeded)
        ).dense(6480)
        found = model.dense(energy, theta, noise)
    flipped = ((wanted > 0) != (found > 0)).sum()
    assert int(flipped) <= 2  # thresholds within the rounding of the tabulated profile
    difference = (found - wanted).abs().max(dim=1).values / wanted.max(dim=1).values
    assert float(difference.max()) < 2e-5


def test_there_is_no_randomness_but_the_noise(default_model: AdaptedModel, model: FoldedModel):
    given = conditions_in(default_model, model.n_noise, 4)
    with torch.no_grad():
        one, two = model(*given), model(*given)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_a_shower_is_a_function_of_its_own_row(default_model: AdaptedModel, model: FoldedModel):
    energy, theta, noise = conditions_in(default_model, model.n_noise, 5)
    with torch.no_grad():
        together = model.dense(energy, theta, noise)
        alone = model.dense(energy[3:4], theta[3:4], noise[3:4])
    assert torch.equal(together[3] > 0, alone[0] > 0)
    assert torch.allclose(together[3], alone[0], rtol=1e-3, atol=1e-4)


def test_folding_leaves_the_model_as_it_is_to_be_trained_further(default_model: AdaptedModel):
    generator = default_model.generator.train().requires_grad_(True)
    try:
        model = folded(default_model)
        assert all(parameter.requires_grad for parameter in generator.parameters())
        assert all(module.training for module in generator.modules())
        assert not any(parameter.requires_grad for parameter in model.parameters())
        assert not any(module.training for module in model.modules())
    finally:
        generator.eval()


def test_hits_are_in_order_and_add_up_to_the_visible_energy(default_model: AdaptedModel, model: FoldedModel):
    given = conditions_in(default_model, model.n_noise, 40)
    with torch.no_grad():
        shower, voxel, deposit_mev = model(*given)
    assert ((shower * 6480 + voxel).diff() > 0).all()
    assert (deposit_mev > 0).all()
    sums = torch.zeros(40).index_add(0, shower, deposit_mev)
    response = sums / (given[0] * 1e3 * default_model.detector.sampling_fraction)
    assert float(response.mean()) == pytest.approx(1.0, abs=0.05)


def test_a_model_of_another_family_is_refused(default_model: AdaptedModel):
    dense = build_generator({"family": "par04_vae", "grid_shape": (9, 16, 45)})
    info = default_model.info.model_copy(update={"family": "par04_vae"})
    other = AdaptedModel(dense, default_model.detector, info, (1.0, 100.0), (0.0, 40.0))
    with pytest.raises(ExportError, match="field_vae, got par04_vae"):
        folded(other)
