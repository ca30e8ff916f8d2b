import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.geometry import load_detector
from metacalo.simulation.parametric import adjusted
from metacalo.simulation.parametric.gflash import (
    draw_longitudinal,
    median_longitudinal,
    radial,
    radius_at,
)
from metacalo.simulation.parametric.medium import Medium, lateral_scale_mm

LEAD = Medium(z=82.0, log_critical_mev=2.0, layer_x0=0.4, lost=0.3, homogeneous=0.0)
CRYSTAL = Medium(z=62.0, log_critical_mev=2.3, layer_x0=0.0, lost=0.0, homogeneous=1.0)


@given(st.floats(3.0, 10.0))
def test_the_maximum_goes_deeper_with_the_logarithm_of_the_energy(log_y):
    for medium in (LEAD, CRYSTAL):
        depth, _ = median_longitudinal(medium, np.array([log_y, log_y + 1.0]))
        assert depth[1] - depth[0] == pytest.approx(adjusted.MAXIMUM[1])


def test_individual_showers_scatter_about_the_medians_as_the_paper_has_it():
    log_y = np.full(40_000, 7.0)
    drawn = draw_longitudinal(CRYSTAL, log_y, np.random.default_rng(1))
    maximum, alpha = median_longitudinal(CRYSTAL, log_y[:1])
    for values, median, spread in (
        (drawn.maximum_x0, maximum, adjusted.SPREAD_OF_MAXIMUM / (-1.4 + 1.26 * 7)),
        (drawn.alpha, alpha, adjusted.SPREAD_OF_ALPHA / (-0.58 + 0.86 * 7)),
    ):
        assert np.log(values).mean() == pytest.approx(float(np.log(median)[0]), abs=3e-3)
        assert np.log(values).std() == pytest.approx(spread, rel=0.02)
    rho = np.corrcoef(np.log(drawn.maximum_x0), np.log(drawn.alpha))[0, 1]
    assert rho == pytest.approx(0.705 - 0.023 * 7 + adjusted.EXTRA_CORRELATION, abs=0.01)


def test_the_gamma_distribution_has_its_mode_at_the_maximum_and_its_mean_at_alpha_over_beta():
    drawn = draw_longitudinal(LEAD, np.full(5, 7.0), np.random.default_rng(2))
    depth = np.linspace(1e-3, 60.0, 600_001)
    for shape, rate, maximum in zip(drawn.alpha, drawn.beta, drawn.maximum_x0, strict=True):
        density = (rate * depth) ** (shape - 1) * np.exp(-rate * depth)
        assert depth[np.argmax(density)] == pytest.approx(maximum, abs=2e-4)
        assert (density * depth).sum() / density.sum() == pytest.approx(shape / rate, rel=1e-4)
    at_maximum = drawn.tau_per_x0 * drawn.maximum_x0 * drawn.alpha / (drawn.alpha - 1)
    expected = drawn.mean_alpha / (drawn.mean_alpha - 1)
    np.testing.assert_allclose(at_maximum, expected)  # the centre of gravity is at one tau for every shower


@given(st.floats(0.0, 0.999), st.floats(0.05, 0.4), st.floats(0.5, 2.0), st.floats(0.05, 0.95))
def test_radii_are_the_inverse_of_the_share_of_energy_within_them(share, core, tail, weight):
    arrays = [np.array([value]) for value in (share, core, tail, weight)]
    radius = float(radius_at(*arrays)[0])
    scale, within = (core, share / weight) if share < weight else (tail, (share - weight) / (1 - weight))
    largest = adjusted.LARGEST_RADIUS**2
    expected = (radius**2 / (radius**2 + scale**2)) / (largest / (largest + scale**2))
    assert expected == pytest.approx(within, abs=1e-9)
    assert radius <= adjusted.LARGEST_RADIUS * (1 + 1e-9)


def test_the_core_grows_with_depth_and_loses_weight_behind_the_maximum():
    tau = np.linspace(0.2, 3.0, 30)
    for medium in (LEAD, CRYSTAL):
        core, tail, weight = radial(medium, np.full(30, np.log(10.0)), tau)
        assert np.all(np.diff(core) > 0)
        assert np.all((weight > 0) & (weight <= 1))
        assert np.all(np.diff(weight[tau > 1]) < 0)
        assert np.all(core < tail)


def test_a_blend_of_equal_media_is_that_medium():
    assert Medium.blend([LEAD, LEAD, LEAD], np.array([0.2, 3.0, 1.0])).z == pytest.approx(82.0)
    half = Medium.blend([LEAD, CRYSTAL], np.array([1.0, 1.0]))
    assert (half.homogeneous, half.layer_x0) == (0.5, 0.2)


def test_the_medium_of_a_stack_is_made_of_its_slabs():
    medium = Medium.of(load_detector("lhcb_shashlik").composition)
    assert medium.lost == pytest.approx(1 - 1 / (1 + 0.007 * (82 - 5.62)), abs=0.002)
    assert medium.layer_x0 == pytest.approx(2 / 5.613 + 4 / 413.1, rel=0.01)
    assert np.exp(medium.log_critical_mev) == pytest.approx(9.7, abs=0.05)
    crystal = Medium.of(load_detector("l3_bgo").composition)
    assert (crystal.homogeneous, crystal.lost, crystal.layer_x0) == (1.0, 0.0, 0.0)


def test_other_constants_have_another_digest(monkeypatch):
    before = adjusted.digest()
    assert before == adjusted.digest()
    monkeypatch.setattr(adjusted, "CORE_SHAPE", 1.25)
    assert adjusted.digest() != before


def test_gaps_of_gas_widen_showers_beyond_the_moliere_radius():
    dense, airy = (load_detector(name).composition for name in ("par04_siw", "odd_siw"))
    assert lateral_scale_mm(dense) == dense.moliere_radius_mm
    share = 2.5 / (1.9 + 0.1 + 0.525 + 2.5)
    assert lateral_scale_mm(airy) / airy.moliere_radius_mm == pytest.approx(1 + adjusted.GAS_STRETCH * share)
