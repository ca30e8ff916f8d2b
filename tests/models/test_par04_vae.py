from collections.abc import Callable

import pytest
import torch

from metacalo.errors import GridMismatchError
from metacalo.geometry import Detector
from metacalo.models import Conditions, Par04VAE, Par04VAESettings, ShowerBatch

Noise = Callable[[int], torch.Generator]


@pytest.fixture
def finer(detector: Detector) -> Detector:
    grid = {"shape": [9, 16, 90], "dr_mm": detector.grid.dr_mm, "dz_mm": detector.grid.dz_mm / 2}
    return Detector.from_dict({**detector.to_dict(), "grid": grid})


def test_the_layers_are_those_of_the_paper_and_back():
    model = Par04VAE()
    widths = [m.out_features for m in model.encoder if isinstance(m, torch.nn.Linear)]
    assert widths == [100, 50, 20, 14, 20]
    widths = [m.out_features for m in model.decoder if isinstance(m, torch.nn.Linear)]
    assert widths == [14, 20, 50, 100, 9 * 16 * 45]


@pytest.mark.parametrize("call", ["loss", "sample"])
def test_another_grid_is_refused_with_the_remedy(
    par04_vae: Par04VAE, batch: ShowerBatch, finer: Detector, call: str
):
    given = batch if call == "loss" else Conditions.from_arrays(1.0, 0.0)
    with pytest.raises(
        GridMismatchError, match=r"\(9, 16, 45\).*got \(9, 16, 90\).*use the family field_vae"
    ):
        getattr(par04_vae, call)(given, finer)


def test_a_model_for_that_grid_takes_it(finer: Detector, noise: Noise):
    model = Par04VAE(Par04VAESettings(grid_shape=(9, 16, 90), hidden=(6,), latents=2))
    made = model.sample(Conditions.from_arrays([1.0, 2.0], 0.0), finer, noise(1))
    assert torch.isfinite(model.loss(made, finer, noise(1)))


def test_the_cross_entropy_of_known_logits_is_known(
    par04_vae: Par04VAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    """A decoder that says 1/2 everywhere pays ln 2 a voxel; an encoder that says N(0, 1) pays nothing."""
    for network in (par04_vae.encoder, par04_vae.decoder):
        torch.nn.init.zeros_(network[-1].weight)
        torch.nn.init.zeros_(network[-1].bias)
    loss = par04_vae.loss(batch, detector, noise(1))
    assert loss.item() == pytest.approx(9 * 16 * 45 * 0.693147, rel=1e-5)


def test_voxels_below_half_a_kev_are_not_hit(par04_vae: Par04VAE, detector: Detector, noise: Noise):
    torch.nn.init.zeros_(par04_vae.decoder[-1].weight)
    visible_mev = 1e3 * detector.sampling_fraction
    with torch.no_grad():
        shares = torch.full((9 * 16 * 45,), 4.9e-4 / visible_mev)
        shares[100] = 5.1e-4 / visible_mev
        par04_vae.decoder[-1].bias.copy_(torch.logit(shares.double()))
    made = par04_vae.sample(Conditions.from_arrays([1.0, 1.0], 0.0), detector, noise(1))
    assert made.voxel.tolist() == [100, 100]
    assert made.deposit_mev.tolist() == pytest.approx([5.1e-4] * 2, rel=1e-3)


def test_a_shower_without_any_hit_has_a_loss(par04_vae: Par04VAE, detector: Detector, noise: Noise):
    nothing = torch.zeros(0, dtype=torch.int64)
    empty = ShowerBatch(torch.ones(2), torch.zeros(2), nothing, nothing, torch.zeros(0))
    assert torch.isfinite(par04_vae.loss(empty, detector, noise(1)))


def test_the_latents_divergence_has_its_weight(
    par04_vae: Par04VAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    none, half, full = (par04_vae.loss(batch, detector, noise(1), w).item() for w in (0.0, 0.5, 1.0))
    assert none < full
    assert half == pytest.approx((none + full) / 2, rel=1e-5)
