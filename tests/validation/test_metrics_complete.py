"""Every figure of the standard scope, on samples of which the answer is known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers, concatenate
from metacalo.validation import STANDARD, compare
from metacalo.validation.observables import LAYER_OBSERVABLES, OBSERVABLES, RANGE_OBSERVABLES

SCOPE = replace(STANDARD, resamples=5, networks=False)
GRID = CylinderGrid(shape=(3, 4, 6), dr_mm=10.0, dz_mm=20.0)


def made(n: int, seed: int, *, modes: int | None = None, response: float = 0.2) -> Showers:
    """Showers of a toy: gamma-distributed deposits in a profile; of few different shapes if `modes`."""
    rng = np.random.default_rng(seed)
    energy = np.exp(rng.uniform(0, np.log(100), n)).astype(np.float32)
    profile = np.outer(np.exp(-np.arange(3.0)).repeat(4), [1.0, 3.0, 4.0, 3.0, 1.5, 0.5])
    shares = rng.gamma(10.0 * profile, size=(n, 12, 6))
    if modes is not None:
        shares = shares[rng.integers(modes, size=n)]
        energy = energy[rng.integers(modes, size=n)]
    dense = 1000 * energy[:, None, None] * response * shares / (10 * profile.sum())
    theta = rng.uniform(0, 0.6, n)
    return Showers.from_dense(dense.reshape(n, 72), grid=GRID, incident_energy_gev=energy, theta_rad=theta)


@pytest.fixture(scope="module")
def reference():
    return made(300, 1)


@pytest.fixture(scope="module")
def floor(reference):
    return compare(reference, made(300, 2), scope=SCOPE)


@pytest.fixture(scope="module")
def collapsed(reference):
    return compare(reference, made(300, 3, modes=8), scope=SCOPE)


def test_every_observable_has_every_distance(floor):
    for name in OBSERVABLES:
        for figure in ("separation", "wasserstein", "kolmogorov_smirnov", "ks_p_value", "jensen_shannon"):
            assert f"{figure}_{name}" in floor.estimates
    for name in {**LAYER_OBSERVABLES, **RANGE_OBSERVABLES}:
        at = "layer_energies" if name == "layer_energy" else name
        for figure in ("separation", "wasserstein", "kolmogorov_smirnov", "kullback_leibler"):
            assert floor[f"{figure}_{at}"].error is not None


def test_every_group_of_figures_is_there_without_a_detector(floor):
    names = {
        "sliced_wasserstein_voxels", "sliced_wasserstein_features", "mmd", "mmd_p_value", "frechet_distance",
        "frechet_physics_distance", "kernel_physics_distance", "prd_auc", "prd_f8", "prd_f1_8", "precision",
        "recall", "density", "coverage", "ssim_diversity", "support_size", "support_size_reference",
        "classifier_auc", "regressor_full_to_generated_energy_bias", "angle_response_deviation",
        "energy_resolution_deviation", "resolution_stochastic_reference", "resolution_constant_generated",
    }  # fmt: skip
    assert names <= set(floor.estimates)
    assert any("two showers are alike if" in note for note in floor.notes)
    json.dumps(floor.to_dict(), allow_nan=False)


def test_two_samples_of_one_distribution_differ_by_chance_only(floor):
    chances = np.array([e.value for n, e in floor.estimates.items() if n.startswith("ks_p_value")])
    assert np.median(chances) > 0.05
    assert floor["mmd_p_value"].value > 0.01
    assert floor["classifier_auc"].value == pytest.approx(0.5, abs=4 * floor["classifier_auc"].error)
    assert floor["response_ratio"].value == pytest.approx(1.0, abs=4 * floor["response_ratio"].error)


def test_a_planted_mode_collapse_is_seen_by_recall_support_and_pictures(floor, collapsed):
    assert collapsed["support_size"].value < 0.01 * collapsed["support_size_reference"].value
    assert collapsed["coverage"].value < floor["coverage"].value - 0.3
    assert collapsed["recall"].value < floor["recall"].value - 0.3
    assert collapsed["prd_f8"].value < floor["prd_f8"].value
    assert collapsed["ssim_diversity"].value > floor["ssim_diversity"].value


def test_the_curves_behind_the_plots_are_kept_and_do_not_count(floor):
    scores = floor.curves.scores["boosted trees on features"]
    assert len(scores.of_reference) == len(scores.of_generated) == 300
    assert ((scores.of_reference >= 0) & (scores.of_reference <= 1)).all()
    assert len(floor.curves.recall) == 1001
    assert floor.curves.neighbours is None
    assert "curves" not in floor.to_dict()


def test_a_planted_copy_of_a_training_shower_is_found(reference):
    training = made(200, 4)
    generated = concatenate([made(120, 5), training[:3]])
    scope = replace(SCOPE, layers=False, kernels=False, diversity=False, trees=False, regression=False)
    found = compare(reference, generated, scope=scope, training=training)
    assert found["memorised_copies"].value == 3
    assert found["memorised_copies_in_reference"].value == 0
    assert len(found.curves.neighbours.of_generated) == 123


def test_reference_showers_as_training_showers_are_refused_in_a_note(reference):
    scope = replace(SCOPE, layers=False, kernels=False, diversity=False, trees=False, regression=False)
    found = compare(reference, made(100, 5), scope=scope, training=reference)
    assert "memorised_copies" not in found.estimates
    assert any("held-out showers that were not trained on" in note for note in found.notes)


def test_few_showers_leave_figures_out_and_the_notes_say_which(reference):
    found = compare(reference[:10], made(10, 6), scope=STANDARD)
    assert "separation_mean" in found.estimates
    for name, words in {
        "mmd": "maximum mean discrepancy needs at least 50",
        "support_size": "similarity cut needs at least 200",
        "classifier_auc_voxels_network": "classifier test needs at least 50",
        "ks_p_value_response": "fewer than 20 showers",
        "regressor_full_to_generated_energy_bias": "regressor needs at least 100",
    }.items():
        assert name not in found.estimates
        assert any(words in note for note in found.notes), words


def test_a_constant_observable_is_at_no_distance():
    """All in one layer of one ring: depth and radius never vary."""
    dense = np.zeros((200, 72))
    dense[:, 1] = np.random.default_rng(0).gamma(20.0, size=200)
    energy = np.geomspace(1, 100, 200)
    flat = Showers.from_dense(dense, grid=GRID, incident_energy_gev=energy, theta_rad=0.0)
    found = compare(flat[::2], flat[1::2], scope=SCOPE)
    for figure in ("separation", "wasserstein", "kolmogorov_smirnov", "jensen_shannon"):
        assert found[f"{figure}_depth"].value == pytest.approx(0.0, abs=1e-12)
    assert "chi2_per_dof_depth" not in found.estimates
    assert any("one angle only" in note for note in found.notes)
    json.dumps(found.to_dict(), allow_nan=False)


def test_networks_say_how_far_they_can_tell_and_how_well_they_know_it(reference):
    scope = replace(SCOPE, layers=False, kernels=False, diversity=False, trees=False, regression=False)
    found = compare(reference[:150], made(150, 7, response=0.4), scope=replace(scope, networks=True))
    for inputs in ("features", "voxels"):
        assert found[f"classifier_auc_{inputs}_network"].value > 0.9
        assert found[f"classifier_jensen_shannon_{inputs}_network"].value > 0.5
        assert 0 <= found[f"classifier_calibration_error_{inputs}_network"].value < 0.5
    assert set(found.curves.scores) == {"network on features", "network on voxels"}
