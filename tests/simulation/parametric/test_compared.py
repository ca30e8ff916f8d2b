"""Detectors outside of what the parametric engine was compared with, and the bounds that hold there."""

import warnings

import numpy as np
import pytest

from metacalo.errors import MetacaloWarning
from metacalo.geometry import Detector, detector_names, load_detector
from metacalo.simulation import Particles
from metacalo.simulation.parametric import ParametricEngine
from metacalo.simulation.parametric.adjusted import LARGEST_SPOT, sampling_resolution, spot_mev


def lead_and(material, thickness_mm):
    stack = [
        {"material": "Pb", "thickness_mm": 2.0},
        {"material": material, "thickness_mm": thickness_mm, "active": True},
    ]
    gas = {"xeco2": {"density_g_cm3": 0.0049, "mass_fractions": {"Xe": 0.85, "CO2": 0.15}}}
    return Detector.from_dict(
        {"name": "mine", "materials": gas, "sections": [{"repeat": 45, "stack": stack}]}
    )


@pytest.mark.parametrize(
    ("detector", "message"),
    [
        (lead_and("xeco2", 5.0), "xeco2 is an active gas"),
        (lead_and("Si", 0.02), "the visible fraction is 0.00"),
    ],
)
def test_a_detector_unlike_all_that_it_was_compared_with_is_warned_of(detector, message):
    with pytest.warns(MetacaloWarning, match=message):
        ParametricEngine().check(detector)


def test_shipped_detectors_are_within_the_comparison_and_no_bound_bites():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in detector_names():
            detector = load_detector(name)
            ParametricEngine().check(detector)
            stack = detector.composition
            if not stack.homogeneous:
                mip = stack.active_minimum_ionisation_mev / stack.n_layers
                assert spot_mev(mip, stack.mean_z, homogeneous=False) < LARGEST_SPOT * mip


def test_the_sampling_term_does_not_grow_with_a_fraction_below_those_fitted():
    assert sampling_resolution(0.001, 0.4) == pytest.approx(sampling_resolution(0.009, 0.4), rel=0.005)
    assert sampling_resolution(0.009, 0.4) > 1.1 * sampling_resolution(0.018, 0.4)


def test_in_gas_a_shower_has_many_hits_of_some_kev():
    detector = lead_and("xeco2", 5.0)
    particles = Particles("e-", np.full(40, 3.0), np.zeros(40), np.zeros(40))
    showers = ParametricEngine().simulate(detector, particles, np.random.default_rng(1)).showers
    assert showers.n_hits.mean() > 100
    assert 1000.0 * showers.total_energy_mev.sum() / showers.n_hits.sum() < 30.0
