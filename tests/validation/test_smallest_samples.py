"""Each figure says how many showers it needs, and refuses what it cannot compare."""

import numpy as np
import pytest
import scipy.sparse

from metacalo.errors import SettingsError
from metacalo.validation import distances, diversity

FEATURES = {
    distances.sliced_wasserstein: distances.MIN_SHOWERS_FOR_SLICED_WASSERSTEIN,
    distances.mmd_squared: distances.MIN_SHOWERS_FOR_MMD,
    distances.mmd_p_value: distances.MIN_SHOWERS_FOR_MMD,
    distances.frechet_physics_distance: distances.MIN_SHOWERS_FOR_FPD,
    distances.kernel_physics_distance: distances.MIN_SHOWERS_FOR_KPD,
    diversity.precision_recall_density_coverage: diversity.MIN_SHOWERS_FOR_COVERAGE,
    diversity.precision_recall_curve: diversity.MIN_SHOWERS_FOR_PRD,
}


def memorisation(reference, generated):
    return diversity.memorisation(generated, reference, reference + 0.1)


def support_size(reference, generated):
    return diversity.support_size(generated[: len(reference)], diversity.similarity_cut(reference))


FEATURES[memorisation] = diversity.MIN_SHOWERS_FOR_MEMORISATION
FEATURES[support_size] = diversity.MIN_SHOWERS_FOR_SUPPORT


@pytest.mark.parametrize("figure", FEATURES, ids=lambda figure: figure.__name__)
def test_a_figure_names_the_showers_that_it_needs_and_does_with_so_many(figure):
    least = FEATURES[figure]
    values = np.random.default_rng(0).normal(size=(least, 3))
    figure(values, values)
    with pytest.raises(SettingsError, match=f"at least {least} showers of each kind, got .*{least - 1}"):
        figure(values[1:], values)


@pytest.mark.parametrize("figure", FEATURES, ids=lambda figure: figure.__name__)
def test_a_figure_refuses_values_that_are_not_finite(figure):
    values = np.random.default_rng(1).normal(size=(FEATURES[figure], 3))
    spoilt = values.copy()
    spoilt[3, 1] = np.nan
    with pytest.raises(SettingsError, match="got 1 that are NaN or infinite"):
        figure(values, spoilt)


@pytest.mark.parametrize(
    "figure", [f for f in FEATURES if f is not support_size], ids=lambda figure: figure.__name__
)
def test_a_figure_refuses_samples_of_different_features(figure):
    values = np.zeros((FEATURES[figure], 3))
    with pytest.raises(SettingsError, match="with the same features"):
        figure(values, values[:, :2])
    with pytest.raises(SettingsError, match="with the same features"):
        figure(values[:, 0], values[:, 0])


@pytest.mark.parametrize("figure", FEATURES, ids=lambda figure: figure.__name__)
def test_constant_features_give_a_number(figure):
    values = np.ones((FEATURES[figure], 3))
    figure(values, values)


def test_the_kolmogorov_smirnov_test_needs_enough_finite_values():
    least = distances.MIN_SHOWERS_FOR_KS_TEST
    distances.kolmogorov_smirnov_test(np.arange(least), np.arange(least))
    with pytest.raises(SettingsError, match=f"at least {least} showers"):
        distances.kolmogorov_smirnov_test(np.arange(least), np.arange(least - 1))
    with pytest.raises(SettingsError, match="NaN or infinite"):
        distances.kolmogorov_smirnov_test(np.arange(least), np.full(least, np.inf))


def test_pictures_need_enough_showers():
    least = diversity.MIN_SHOWERS_FOR_SSIM
    pictures = np.ones((least, 4, 4))
    diversity.ssim_diversity(pictures, pictures)
    with pytest.raises(SettingsError, match=f"at least {least} showers"):
        diversity.ssim_diversity(pictures, pictures[1:])


def test_voxels_are_looked_at_too():
    voxels = scipy.sparse.csr_matrix(np.full((60, 5), 1.0))
    spoilt = voxels.copy()
    spoilt.data[7] = np.inf
    with pytest.raises(SettingsError, match="got 1 that are NaN or infinite"):
        distances.sliced_wasserstein(voxels, spoilt)
    with pytest.raises(SettingsError, match="with the same features"):
        distances.sliced_wasserstein(voxels, voxels[:, :4])
