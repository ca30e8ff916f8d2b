"""The fit of the resolution: terms that are known, found again, with errors that are right."""

import json

import numpy as np
import pytest

from metacalo.errors import SettingsError
from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.resolution import ResolutionPoints, fit_resolution, resolution_points

ENERGIES = np.array([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0])
A, B, C = 0.10, 0.01, 0.03


def law(energy, a=A, b=B, c=C):
    return np.sqrt(a**2 / energy + b**2 + c**2 / energy**2)


def values_of(fit):
    return [fit.stochastic.value, fit.constant.value, fit.noise.value]


def test_terms_in_quadrature_are_found_again():
    fit = fit_resolution(ResolutionPoints.at(ENERGIES, law(ENERGIES), 0.02 * law(ENERGIES)))
    assert values_of(fit) == pytest.approx([A, B, C])
    assert fit.chi2 == pytest.approx(0.0, abs=1e-9)
    assert fit.ndf == 4
    assert fit.p_value == pytest.approx(1.0)
    assert fit.resolution([[3.0, 30.0]]) == pytest.approx(law(np.array([[3.0, 30.0]])))


def test_terms_of_a_plain_sum_are_found_again():
    plain = A / ENERGIES**0.5 + B + C / ENERGIES
    fit = fit_resolution(ResolutionPoints.at(ENERGIES, plain, 0.02 * plain), in_quadrature=False)
    assert values_of(fit) == pytest.approx([A, B, C])
    assert fit.resolution(4.0) == pytest.approx(A / 2 + B + C / 4)
    assert fit.resolution_error(4.0) > 0


def test_a_term_that_would_be_negative_is_zero_and_still_has_an_error():
    squares = A**2 / ENERGIES - 2e-5
    fit = fit_resolution(ResolutionPoints.at(ENERGIES, squares**0.5, 0.02 * squares**0.5))
    assert fit.constant.value == 0.0
    assert fit.constant.error == pytest.approx(fit.covariance[1, 1] ** 0.25)
    assert fit.stochastic.value == pytest.approx(A, rel=0.05)


def test_errors_and_chi2_are_those_of_repeated_measurements():
    random = np.random.default_rng(1)
    truth, relative = law(ENERGIES), 0.03
    fits = [
        fit_resolution(ResolutionPoints.at(ENERGIES, measured, relative * measured))
        for measured in truth * (1 + relative * random.standard_normal((400, len(ENERGIES))))
    ]
    found = np.array([values_of(fit) for fit in fits])
    # A spread of 400 values is known to 3.5 per cent; the squares are biased by (3 per cent)^2.
    assert found[:, 0].mean() == pytest.approx(A, rel=0.005)
    assert found[:, 0].std() == pytest.approx(np.median([fit.stochastic.error for fit in fits]), rel=0.15)
    assert np.var(found[:, 0] ** 2) == pytest.approx(np.median([f.covariance[0, 0] for f in fits]), rel=0.25)
    assert np.mean([fit.chi2 for fit in fits]) == pytest.approx(4, abs=0.5)
    at_ten = np.array([fit.resolution(10.0) for fit in fits])
    assert at_ten.std() == pytest.approx(np.median([f.resolution_error(10.0) for f in fits]), rel=0.15)


@pytest.fixture(scope="module")
def test_beam():
    """20,000 showers of one voxel between 1 and 100 GeV, whose response 0.2 is smeared by the law."""
    random = np.random.default_rng(2)
    energy = np.exp(random.uniform(0.0, np.log(100.0), 20_000))
    response = 0.2 * (1 + law(energy) * random.standard_normal(len(energy)))
    return Showers.from_dense(
        (1000 * energy * response)[:, None],
        grid=CylinderGrid(shape=(1, 1, 1), dr_mm=1.0, dz_mm=1.0),
        incident_energy_gev=energy,
        theta_rad=0.0,
    )


@pytest.mark.parametrize("bins", [4, 10, 30])
def test_showers_give_the_terms_within_errors_however_wide_the_bins(test_beam, bins):
    fit = fit_resolution(resolution_points(test_beam, bins))
    for estimate, truth in zip((fit.stochastic, fit.constant, fit.noise), (A, B, C), strict=True):
        assert estimate.value == pytest.approx(truth, abs=3 * estimate.error)
    assert fit.stochastic.error < 0.03 * A
    assert fit.p_value > 0.01


def test_points_are_spread_over_mean_in_bins(test_beam):
    points = resolution_points(test_beam, bins=2)
    low = test_beam.incident_energy_gev <= np.sqrt(
        test_beam.incident_energy_gev.min() * test_beam.incident_energy_gev.max()
    )
    response = test_beam.total_energy_mev[low] / test_beam.incident_energy_gev[low] / 1000
    assert points.energy_gev[0] == pytest.approx(test_beam.incident_energy_gev[low].mean())
    ratio = response.std(ddof=1) / response.mean()
    assert points.resolution[0] == pytest.approx(ratio)
    n = len(response)
    assert points.error[0] == pytest.approx(ratio * (1 / (2 * (n - 1)) + ratio**2 / n) ** 0.5)
    inverse = 1 / test_beam.incident_energy_gev[low].astype(float)
    assert points.inverse_energies[0] == pytest.approx([(inverse**p).mean() for p in (0.5, 1.0, 2.0)])


def test_bins_without_enough_showers_or_without_a_spread_are_left_out(test_beam, hand_made_showers):
    assert len(resolution_points(test_beam[:40], bins=10).energy_gev) == 0
    assert len(resolution_points(test_beam[:0]).energy_gev) == 0
    same = hand_made_showers[[0] * 30 + [1] * 30]  # one shower again and again, and one without energy
    assert len(resolution_points(same).energy_gev) == 0


def test_a_fit_that_cannot_be_done_says_why():
    with pytest.raises(SettingsError, match="at least 4 energies, got 3; give it showers of more"):
        fit_resolution(ResolutionPoints.at(ENERGIES[:3], law(ENERGIES[:3]), 0.01 * np.ones(3)))
    narrow = np.linspace(50.0, 60.0, 8)
    with pytest.raises(SettingsError, match="differ by a factor of 2, got 50 to 60 GeV"):
        fit_resolution(ResolutionPoints.at(narrow, law(narrow), 0.01 * law(narrow)))
    spread = law(ENERGIES)
    with pytest.raises(SettingsError, match="errors that are positive, got 0"):
        fit_resolution(ResolutionPoints.at(ENERGIES, spread, 0 * spread))
    with pytest.raises(SettingsError, match="resolutions that are positive"):
        fit_resolution(ResolutionPoints.at(ENERGIES, np.where(ENERGIES > 50, np.nan, spread), spread))


def test_a_fit_is_written_as_the_field_writes_it():
    fit = fit_resolution(ResolutionPoints.at(ENERGIES, law(ENERGIES), 0.02 * law(ENERGIES)))
    assert str(fit) == "(10.00 ± 0.17)% / √(E/GeV) ⊕ (1.000 ± 0.043)% ⊕ (3.00 ± 0.89)% / (E/GeV)"
    content = json.loads(json.dumps(fit.to_dict()))
    assert content["stochastic_sqrt_gev"]["value"] == pytest.approx(A)
    assert np.shape(content["covariance"]) == (3, 3)
