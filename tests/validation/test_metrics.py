"""Comparisons whose outcome is known: of a sample with itself, with a scaled one, with a shuffled one."""

import json
from dataclasses import replace

import numpy as np
import pytest

from metacalo.errors import GridMismatchError, SettingsError
from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers, concatenate
from metacalo.validation import QUICK, Comparison, compare, floor, split_halves
from metacalo.validation.metrics import SCALARS
from metacalo.validation.verdicts import CRITERIA


@pytest.fixture(scope="module")
def with_itself(real_showers, detector):
    return compare(real_showers, real_showers, detector, scope=replace(QUICK, resamples=10))


@pytest.fixture(scope="module")
def louder(real_showers, with_energies, detector):
    """Against the same showers with a tenth more energy everywhere."""
    generated = with_energies(real_showers, 1.1)
    return compare(real_showers, generated, detector, scope=replace(QUICK, resamples=10, trees=False))


def test_a_sample_is_at_no_distance_from_itself(with_itself):
    for name, estimate in with_itself.estimates.items():
        if name.startswith(
            ("separation", "wasserstein", "kolmogorov", "layer_correlation", "residual_layer")
        ):
            assert estimate.value == pytest.approx(0.0, abs=1e-9), name
    assert with_itself["frechet_distance"].value == pytest.approx(0.0, abs=1e-4)
    assert with_itself["response_ratio"].value == pytest.approx(1.0)
    assert with_itself["resolution_ratio"].value == pytest.approx(1.0)


def test_trees_cannot_tell_a_sample_from_itself(with_itself):
    area, error = with_itself["classifier_auc"]
    assert area == pytest.approx(0.5, abs=2 * error)


def test_every_estimate_that_is_promised_is_there(with_itself):
    names = [*SCALARS, "voxel_spectrum", "layer_energies", "mean"]
    assert {f"separation_{name}" for name in names} <= set(with_itself.estimates)
    judged = set(CRITERIA) & set(with_itself.estimates)
    assert set(CRITERIA) - judged == {
        "energy_response_deviation",  # no bin has the 20 showers of a kind that it needs
        "energy_resolution_deviation",
        "prd_f8",
        "classifier_auc_features_network",
        "classifier_auc_voxels_network",
        "regressor_full_to_generated_energy_bias",
        "memorisation_share_closer",
    }
    # Of a sample and itself every shower is covered, which leaves no spread.
    assert all(with_itself[name].error > 0 for name in judged - {"coverage"})
    assert (with_itself.n_reference, with_itself.n_generated) == (60, 60)
    # 60 showers are too few for a fit of the resolution in bins of energy.
    assert all("resolution" in note or "dependence" in note for note in with_itself.notes)


def test_the_mean_separation_is_that_of_the_ten(louder):
    ten = [louder[f"separation_{name}"].value for name in (*SCALARS, "voxel_spectrum", "layer_energies")]
    assert louder["separation_mean"].value == pytest.approx(np.mean(ten))


def test_a_scaled_sample_differs_in_response_alone(louder):
    assert louder["response_ratio"].value == pytest.approx(1.1)
    assert louder["resolution_ratio"].value == pytest.approx(1.0)
    assert louder["separation_response"].value > 0.1
    # The shift of a tenth of the mean, in standard deviations.
    moments = louder.energy_bins[0].reference["response"], louder.energy_bins[0].generated["response"]
    assert moments[1].mean == pytest.approx(1.1 * moments[0].mean)
    for shape in ("depth", "width_in_depth", "mean_radius", "width_in_radius", "hits", "core_fraction"):
        assert louder[f"wasserstein_{shape}"].value == pytest.approx(0.0, abs=1e-6)
    assert louder["layer_correlation_error"].value == pytest.approx(0.0, abs=1e-6)


def test_the_resolution_is_compared_within_bins_of_energy(detector):
    """Twice as wide at 1 GeV and half as wide at 100 GeV: even, though the spread over all is doubled."""

    def sample(spread_1_gev, spread_100_gev):
        energies_gev = np.repeat([1.0, 100.0], 40)
        spread = np.repeat([spread_1_gev, spread_100_gev], 40)
        response = 1.0 + spread * np.tile([1.0, -1.0], 40)
        return Showers(
            grid=detector.grid,
            incident_energy_gev=energies_gev,
            theta_rad=np.zeros(80),
            offsets=np.arange(81),
            voxels=np.zeros(80, dtype=np.int64),
            energies_mev=100.0 * energies_gev * response,
        )

    scope = replace(QUICK, resamples=2, trees=False)
    found = compare(sample(0.2, 0.02), sample(0.4, 0.01), detector, scope=scope)
    assert found["resolution_ratio"].value == pytest.approx(1.0, rel=1e-5)
    assert found["response_ratio"].value == pytest.approx(1.0, rel=1e-5)


def test_deposits_dealt_anew_among_the_voxels_keep_hits_and_response_and_lose_the_shape(
    real_showers, with_energies, detector
):
    rng = np.random.default_rng(0)
    energies = np.concatenate(
        [rng.permutation(np.asarray(real_showers[k : k + 1].energies_mev)) for k in range(len(real_showers))]
    )
    dealt = with_energies(real_showers, energies / np.asarray(real_showers.energies_mev))
    found = compare(real_showers, dealt, detector, scope=replace(QUICK, resamples=5, trees=False))
    assert found["separation_hits"].value == 0.0
    assert found["wasserstein_response"].value == pytest.approx(0.0, abs=1e-5)
    assert found["separation_core_fraction"].value > 0.8
    assert found["frechet_distance"].value > 10


def test_the_same_seed_gives_the_same_figures_and_another_other_errors(real_showers, detector):
    halves = split_halves(real_showers)
    first, again, other = (
        compare(*halves, detector, scope=replace(QUICK, resamples=5, trees=False), seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first["separation_depth"].value == other["separation_depth"].value
    assert first["separation_depth"].error != other["separation_depth"].error


def test_the_floor_is_the_comparison_of_two_samples_of_full_simulation(real_showers, detector):
    halves = split_halves(real_showers)
    found = floor(*halves, detector, scope=replace(QUICK, resamples=5))
    assert found == compare(*halves, detector, scope=replace(QUICK, resamples=5))
    assert found["separation_mean"].value > 0
    # 30 showers are too few for trees, and the result says so.
    assert "classifier_auc" not in found.estimates
    assert any("classifier AUC: it needs at least 50 showers" in note for note in found.notes)


def test_halves_share_the_energies_and_no_shower(real_showers):
    first, second = split_halves(real_showers, seed=3)
    assert len(first) == len(second) == 30
    low, high = (np.sort(half.incident_energy_gev) for half in (first, second))
    together = np.sort(np.concatenate([low, high]))
    assert together == pytest.approx(np.sort(real_showers.incident_energy_gev))
    # Of each pair of neighbours in energy one is here and one there.
    assert (np.maximum(low, high)[:-1] <= np.minimum(low, high)[1:]).all()
    assert len(split_halves(real_showers[:7])[1]) == 3


def test_three_showers_make_no_halves(real_showers):
    with pytest.raises(SettingsError, match="at least 4 showers, got 3"):
        split_halves(real_showers[:3])


def test_energy_bins_with_few_showers_are_left_out(with_itself, real_showers):
    for energy_bin in with_itself.energy_bins:
        energy = real_showers.incident_energy_gev
        inside = (energy >= energy_bin.low_gev) & (energy < energy_bin.high_gev)
        assert abs(energy_bin.reference["response"].n - inside.sum()) <= 1
        assert energy_bin.reference["response"].n >= 10
        assert energy_bin.reference == energy_bin.generated


def test_a_comparison_survives_json(with_itself):
    text = json.dumps(with_itself.to_dict(), allow_nan=False)
    assert Comparison.from_dict(json.loads(text)) == with_itself


def test_a_model_that_makes_nothing_gets_figures_that_json_can_hold(real_showers, detector):
    nothing = Showers(
        grid=real_showers.grid,
        incident_energy_gev=real_showers.incident_energy_gev,
        theta_rad=real_showers.theta_rad,
        offsets=np.zeros(len(real_showers) + 1, dtype=np.int64),
        voxels=[],
        energies_mev=[],
    )
    found = compare(real_showers, nothing, detector, scope=replace(QUICK, resamples=5, trees=False))
    json.dumps(found.to_dict(), allow_nan=False)
    assert found["response_ratio"].value == 0.0
    assert "resolution_ratio" not in found.estimates
    assert any("resolution" in note for note in found.notes)
    assert found["separation_voxel_spectrum"].value >= 0.5


def test_a_reference_without_any_energy_is_refused(hand_made_showers, detector):
    empty = concatenate([hand_made_showers[1:2]] * 3)
    with pytest.raises(SettingsError, match="reference has no energy"):
        compare(empty, hand_made_showers, detector)


def test_showers_of_another_grid_are_refused(real_showers, hand_made_showers, detector):
    with pytest.raises(GridMismatchError, match="compare showers on one grid"):
        compare(real_showers, hand_made_showers, detector)


def test_one_shower_is_no_sample(real_showers, detector):
    with pytest.raises(SettingsError, match="at least 2 generated showers, got 1"):
        compare(real_showers, real_showers[:1], detector)


@pytest.mark.parametrize("size", [2, 3])
def test_two_or_three_showers_can_be_compared(real_showers, detector, size):
    found = compare(
        real_showers[:size], real_showers[size : 2 * size], detector, scope=replace(QUICK, resamples=5)
    )
    json.dumps(found.to_dict(), allow_nan=False)


def on_grid(showers, grid):
    return Showers(
        grid=grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        offsets=showers.offsets,
        voxels=showers.voxels,
        energies_mev=showers.energies_mev,
    )


def test_grids_that_differ_by_their_rounding_alone_are_compared(real_showers, detector):
    grid = real_showers.grid
    rounded = on_grid(real_showers, replace(grid, dr_mm=grid.dr_mm * 1.0005))
    found = compare(real_showers, rounded, detector, scope=replace(QUICK, resamples=5, trees=False))
    assert found["separation_depth"].value == 0.0
    with pytest.raises(GridMismatchError, match="compare showers on one grid"):
        compare(real_showers, on_grid(real_showers, replace(grid, dr_mm=grid.dr_mm * 1.01)), detector)


def in_layers(layers, n_z):
    """Ten showers of one ring and sector that have 1 + k MeV in each of some layers."""
    dense = np.zeros((10, 1, 1, n_z))
    dense[..., layers] = np.arange(1.0, 11.0)[:, None, None, None]
    grid = CylinderGrid(shape=(1, 1, n_z), dr_mm=20.0, dz_mm=12.0)
    return Showers.from_dense(dense, grid=grid, incident_energy_gev=[5.0] * 10, theta_rad=0.0)


def test_layers_that_are_empty_in_both_do_not_dilute_the_separation_of_layers(detector):
    """Layer 0 is the same, layer 1 of the one and 2 of the other: separations 0, 1, 1, whatever is behind."""
    for n_z in (3, 12):
        first, second = in_layers([0, 1], n_z), in_layers([0, 2], n_z)
        found = compare(first, second, detector, scope=replace(QUICK, resamples=2, trees=False))
        alone = [
            compare(
                in_layers([k], n_z),
                in_layers([j], n_z),
                detector,
                scope=replace(QUICK, resamples=2, trees=False),
            )
            for k, j in ((0, 0), (1, 2))
        ]
        assert alone[0]["separation_layer_energies"].value == 0.0
        both_missed = alone[1]["separation_layer_energies"].value
        assert both_missed > 0.4
        assert found["separation_layer_energies"].value == pytest.approx(2 / 3 * both_missed)


def test_few_showers_have_no_residual_correlations_and_the_notes_say_so(real_showers, detector):
    found = compare(
        real_showers[:19], real_showers[19:], detector, scope=replace(QUICK, resamples=2, trees=False)
    )
    assert "residual_layer_correlation_error" not in found.estimates
    assert "layer_correlation_error" in found.estimates
    assert any("residual layer correlations: they need at least 20" in note for note in found.notes)


def test_a_tenth_more_energy_is_a_tenth_of_the_profile(with_itself, louder):
    assert with_itself["profile_deviation"].value == 0.0
    assert louder["profile_deviation"].value == pytest.approx(0.1, rel=1e-5)
