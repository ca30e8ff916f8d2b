"""Samples at equal sizes: halves, twins, and other showers for the floor."""

from dataclasses import replace

import numpy as np
import pytest

from metacalo.errors import SettingsError
from metacalo.validation import QUICK, assess_samples, compare, split_halves
from metacalo.validation.assessment import limited, same_conditions

SCOPE = replace(QUICK, resamples=2, trees=False, coverage=False)


def test_showers_of_the_same_particles_are_compared_as_twins_of_the_second_half(
    real_showers, with_energies, detector
):
    louder = with_energies(real_showers, 1.1)
    found = assess_samples(real_showers, {"louder": louder}, detector, scope=SCOPE)
    a, b = split_halves(real_showers)
    assert found.floor == compare(a, b, detector, scope=SCOPE)
    assert found.comparisons["louder"] == compare(a, split_halves(louder)[1], detector, scope=SCOPE)
    assert found.sizes == "30 showers against 30 (halves of the reference)"
    assert (found.reference, found.floor_label) == ("Geant4", "Geant4 against Geant4")


def test_the_smallest_sample_sets_the_size_of_all(real_showers, detector):
    found = assess_samples(
        real_showers, {"few": real_showers[:20], "all": real_showers}, detector, scope=SCOPE
    )
    for comparison in (*found.comparisons.values(), found.floor):
        assert (comparison.n_reference, comparison.n_generated) == (20, 20)
    assert len(found.samples["all"]) == 60


def test_other_full_simulation_leaves_the_reference_whole(real_showers, detector):
    found = assess_samples(
        real_showers[:40], {"fast": real_showers[20:]}, detector, floor=real_showers[20:], scope=SCOPE
    )
    assert (found.floor.n_reference, found.floor.n_generated) == (40, 40)
    assert found.floor == found.comparisons["fast"]
    assert "other showers of full simulation" in found.sizes


def test_a_scope_limits_the_number_of_showers(real_showers, detector):
    found = assess_samples(
        real_showers, {"fast": real_showers}, detector, scope=replace(SCOPE, max_showers=12)
    )
    assert found.floor.n_reference == found.floor.n_generated == 12


def test_limited_samples_keep_twins_and_the_spectrum(real_showers, with_energies):
    kept = limited({"a": real_showers, "b": with_energies(real_showers, 2.0)}, 15, seed=3)
    assert same_conditions(kept["a"], kept["b"])
    assert len(kept["a"]) == 15
    # One of every four neighbours in energy.
    groups = np.sort(real_showers.incident_energy_gev).reshape(15, 4)
    chosen = np.sort(kept["a"].incident_energy_gev)
    assert ((groups.min(axis=1) <= chosen) & (chosen <= groups.max(axis=1))).all()
    assert limited({"a": real_showers}, None, seed=0)["a"] is real_showers


def test_nothing_to_compare_is_refused(real_showers):
    with pytest.raises(SettingsError, match="at least one generated sample"):
        assess_samples(real_showers, {})
