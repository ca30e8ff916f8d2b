from collections.abc import Callable

import pytest
import torch
from torch.func import functional_call

from metacalo.geometry import Detector, load_detector
from metacalo.models import Conditions, FieldVAE, FieldVAESettings, ShowerBatch
from metacalo.models.frame import detector_frame
from metacalo.models.known import Known
from metacalo.models.response import Mixture
from metacalo.showers import Showers

Noise = Callable[[int], torch.Generator]

PARTS = {"voxels", "latent", "response", "neighbours"}


def loss_of(model: FieldVAE, batch: ShowerBatch, detector: Detector, noise: Noise) -> float:
    """Loss without noise on the descriptor."""
    with torch.no_grad():
        return float(model.eval().loss(batch, detector, noise(1)))


def test_the_loss_is_the_sum_of_its_parts_with_the_latents_weighted(
    field_vae: FieldVAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    field_vae.eval()
    parts = field_vae.loss_parts(batch, detector_frame(detector), noise(1))
    assert set(parts) == PARTS
    assert all(torch.isfinite(part) for part in parts.values())
    assert parts["latent"] > 0
    loss = field_vae.loss(batch, detector, noise(1), latent_weight=0.25)
    bound = parts["voxels"] + 0.25 * parts["latent"] + parts["response"]
    assert torch.allclose(loss, bound, rtol=1e-6)


def test_while_training_what_neighbours_share_is_added(
    field_vae: FieldVAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    field_vae.train()
    parts = field_vae.loss_parts(batch, detector_frame(detector), noise(1))
    assert torch.allclose(field_vae.loss(batch, detector, noise(1)), sum(parts.values()), rtol=1e-6)


def test_the_loss_is_a_mean_over_showers(
    field_vae: FieldVAE, showers: Showers, detector: Detector, noise: Noise
):
    """Without noise in the latents: their parts are means over the two halves."""
    field_vae.eval()
    torch.nn.init.constant_(field_vae.encoder[-1].bias, -100.0)  # clamped: the smallest variance
    halves = [
        loss_of(field_vae, ShowerBatch.from_showers(part), detector, noise)
        for part in (showers[:4], showers[4:8])
    ]
    whole = loss_of(field_vae, ShowerBatch.from_showers(showers[:8]), detector, noise)
    assert whole == pytest.approx(sum(halves) / 2, rel=0.01)


def test_the_kernel_is_learned_from_what_neighbours_share_and_changes_nothing_else(
    field_vae: FieldVAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    parts = field_vae.loss_parts(batch, detector_frame(detector), noise(1))
    parts["neighbours"].backward()
    touched = {name.split(".")[0] for name, p in field_vae.named_parameters() if p.grad is not None}
    assert touched == {"kernel"}


def test_the_loss_with_other_parameters_is_that_of_a_model_that_has_them(
    field_vae: FieldVAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    before = {name: value.clone() for name, value in field_vae.state_dict().items()}
    other = FieldVAE(field_vae.settings)
    loss = functional_call(field_vae, dict(other.named_parameters()), (batch, detector, noise(1)))
    assert torch.equal(loss, other(batch, detector, noise(1)))
    assert not torch.equal(loss, field_vae(batch, detector, noise(1)))
    assert all(torch.equal(before[name], value) for name, value in field_vae.state_dict().items())


def test_the_noise_on_the_descriptor_is_for_training_only(
    field_vae: FieldVAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    quiet = FieldVAE(field_vae.settings.model_copy(update={"descriptor_noise": 0.0}))
    quiet.load_state_dict(field_vae.state_dict())
    frame = detector_frame(detector)
    evaluated = field_vae.eval().loss_parts(batch, frame, noise(1))
    assert quiet.train().loss_parts(batch, frame, noise(1)) == evaluated
    assert field_vae.train().loss_parts(batch, frame, noise(1)) != evaluated


def test_the_same_seed_gives_the_same_showers_and_another_seed_others(
    field_vae: FieldVAE, detector: Detector, noise: Noise
):
    conditions = Conditions.from_arrays([1.0, 10.0, 100.0], 0.3)
    one, same, other = (field_vae.sample(conditions, detector, noise(seed)) for seed in (1, 1, 2))
    assert torch.equal(one.voxel, same.voxel)
    assert torch.equal(one.deposit_mev, same.deposit_mev)
    assert len(one.voxel) != len(other.voxel)


def test_the_deposits_add_up_to_the_visible_energy_that_was_drawn(
    field_vae: FieldVAE, detector: Detector, noise: Noise, monkeypatch: pytest.MonkeyPatch
):
    responses = torch.tensor([0.0, -0.1, 0.2])
    monkeypatch.setattr(Mixture, "drawn", lambda *_: responses)
    energy = torch.tensor([2.0, 20.0, 60.0])
    conditions = Conditions(energy, torch.zeros(3))
    made = field_vae.sample(conditions, detector, noise(1))
    expected = Known.of(conditions, detector_frame(detector)).expected_mev * responses.exp()
    assert torch.allclose(made.total_mev, expected, rtol=1e-4)


def test_one_set_of_weights_serves_any_grid(field_vae: FieldVAE, detector: Detector, noise: Noise):
    grid = {
        "shape": [18, 50, 45],
        "dr_mm": detector.grid.dr_mm / 2,
        "dz_mm": detector.grid.dz_mm,
    }
    fine = Detector.from_dict({**detector.to_dict(), "grid": grid, "theta_range_deg": [0, 1]})
    conditions = Conditions.from_arrays([50.0], [0.05])
    made = field_vae.sample(conditions, fine, noise(1))
    assert made.voxel.max() < 18 * 50 * 45
    assert made.voxel.max() > 9 * 16 * 45
    coarse = field_vae.sample(conditions, detector, noise(1))  # its first random numbers are the same
    assert torch.allclose(made.total_mev, coarse.total_mev, rtol=0.05)
    assert (made.n_hits > coarse.n_hits).all()
    assert torch.isfinite(field_vae.loss(made, fine, noise(1)))


def test_thirty_steps_lower_the_loss_of_showers_seen_and_unseen(
    showers: Showers, detector: Detector, noise: Noise
):
    torch.manual_seed(0)
    widths = dict.fromkeys(("trunk_width", "branch_width", "encoder_width", "prior_width"), 32)
    model = FieldVAE(FieldVAESettings(latents=4, basis=32, small_basis=8, **widths))
    seen, unseen = (ShowerBatch.from_showers(part) for part in (showers[:40], showers[40:]))
    before = [loss_of(model, part, detector, noise) for part in (seen, unseen)]
    optimiser = torch.optim.Adam(model.train().parameters(), lr=3e-3)
    source = noise(1)
    for _ in range(30):
        optimiser.zero_grad()
        model.loss(seen, detector, source).backward()
        optimiser.step()
    after = [loss_of(model, part, detector, noise) for part in (seen, unseen)]
    assert after[0] < before[0] - 15
    assert after[1] < before[1] - 10


def without_hits(n: int) -> ShowerBatch:
    nothing = torch.zeros(0, dtype=torch.int64)
    return ShowerBatch(torch.full((n,), 2.0), torch.full((n,), 0.1), nothing, nothing, torch.zeros(0))


def test_a_shower_without_any_hit_has_a_loss_and_a_gradient(
    field_vae: FieldVAE, batch: ShowerBatch, detector: Detector, noise: Noise
):
    shower = batch.shower
    kept = shower != 3
    with_a_gap = ShowerBatch(
        batch.energy_gev, batch.theta_rad, shower[kept], batch.voxel[kept], batch.deposit_mev[kept]
    )
    for given in (without_hits(2), with_a_gap):
        field_vae.zero_grad()
        loss = field_vae.loss(given, detector, noise(1))
        loss.backward()
        assert torch.isfinite(loss)
        assert all(torch.isfinite(p.grad).all() for p in field_vae.parameters() if p.grad is not None)
    assert loss.item() < 2 * loss_of(field_vae, batch, detector, noise)


def test_showers_may_be_sampled_without_any_hit(
    field_vae: FieldVAE, detector: Detector, noise: Noise, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Mixture, "drawn", lambda *given: torch.full_like(given[2], -30.0))
    made = field_vae.sample(Conditions.from_arrays([1.0, 2.0], 0.0), detector, noise(1))
    assert len(made.voxel) == 0
    assert made.total_mev.tolist() == [0.0, 0.0]
    assert len(made.to_showers(detector.grid)) == 2


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_folded_for_a_detector_it_gives_the_same_showers(
    field_vae: FieldVAE, detector: Detector, noise: Noise, mode: Callable[[], object]
):
    other = load_detector("h1_lar")
    samplers = [field_vae.folded(detector), field_vae.folded(other)]
    one, two = noise(1), noise(1)
    with mode():
        for energies in ([50.0], [1.0, 10.0, 100.0]):
            conditions = Conditions.from_arrays(energies, 0.2)
            for sampler, given in zip(samplers, (detector, other), strict=True):
                folded = sampler(conditions, one)
                plain = field_vae.sample(conditions, given, two)
                assert torch.equal(folded.shower, plain.shower)
                assert torch.equal(folded.voxel, plain.voxel)
                assert torch.equal(folded.deposit_mev, plain.deposit_mev)


def test_folding_does_not_run_the_trunk_again_and_leaves_the_model_as_it_is(
    field_vae: FieldVAE, detector: Detector, noise: Noise
):
    calls: list[int] = []
    field_vae.trunk.register_forward_hook(lambda *_: calls.append(1))
    before = set(vars(field_vae))
    sampler = field_vae.folded(detector)
    for _ in range(3):
        sampler(Conditions.from_arrays(10.0, 0.0), noise(1))
    assert len(calls) == 1
    assert set(vars(field_vae)) == before
    assert all(parameter.grad is None for parameter in field_vae.parameters())


def test_the_names_of_the_parameters_are_those_of_the_shipped_weights(field_vae: FieldVAE):
    parts = {name.split(".")[0] for name in field_vae.state_dict()}
    assert parts == {"response", "encoder", "prior", "branch", "trunk", "offset", "kernel"}
    shapes = {name: tuple(value.shape) for name, value in FieldVAE().state_dict().items()}
    assert shapes["response.network.4.weight"] == (9, 48)
    assert shapes["encoder.4.weight"] == (56, 128)
    assert shapes["prior.4.weight"] == (56, 64)
    assert shapes["branch.4.weight"] == (448, 128)
    assert shapes["trunk.6.weight"] == (192, 128)
    assert shapes["offset.4.weight"] == (3, 64)
