"""Samples that cannot, or can only in part, be compared."""

from dataclasses import replace

import numpy as np
import pytest

from metacalo.errors import GridMismatchError, MetacaloWarning, SettingsError, ShowerFileError
from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.samples import comparable, detector_of

GRID = CylinderGrid(shape=(2, 3, 4), dr_mm=5.0, dz_mm=10.0)


def beam(energy, *, seed=0, response=0.1, theta=0.1, grid=GRID):
    """A shower of three hits for each incident energy [GeV]."""
    energy = np.asarray(energy, dtype=np.float64)
    rng = np.random.default_rng(seed)
    deposits = rng.gamma(50.0, 1 / 50.0, size=(len(energy), 3)) / 3 * 1000 * response * energy[:, None]
    return Showers(
        grid=grid,
        incident_energy_gev=energy,
        theta_rad=theta,
        offsets=np.arange(0, 3 * len(energy) + 1, 3),
        voxels=np.tile([0, 5, 14], len(energy)),
        energies_mev=deposits.ravel(),
    )


FULL = beam(np.geomspace(1, 100, 200))


def test_samples_that_fit_are_left_alone():
    other = beam(np.geomspace(1.01, 99.5, 300), seed=1)
    kept, notes = comparable({"Geant4": FULL, "fast": other})
    assert notes == ()
    assert kept["Geant4"] is FULL
    assert kept["fast"] is other


def test_other_grids_are_refused_by_name():
    other = beam(np.geomspace(1, 100, 50), grid=replace(GRID, dr_mm=6.0))
    with pytest.raises(GridMismatchError, match="fast: the showers have the grid"):
        comparable({"Geant4": FULL, "fast": other})


def test_incident_energies_in_mev_are_recognised():
    with pytest.raises(SettingsError, match="differ by about 1000: are some in MeV"):
        comparable({"Geant4": FULL, "fast": beam(np.geomspace(1e3, 1e5, 50), response=1e-4)})


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_deposits_in_other_units_are_refused(factor):
    fast = beam(np.geomspace(1, 100, 50), seed=1, response=0.1 * factor)
    with pytest.raises(ShowerFileError, match=r"fast: .* difference of units: deposits must be in MeV"):
        comparable({"Geant4": FULL, "fast": fast})


def test_a_response_that_is_several_times_as_large_is_doubted():
    with pytest.warns(MetacaloWarning, match="4.* times that of Geant4; .* sampling fraction"):
        _, notes = comparable({"Geant4": FULL, "fast": beam(np.geomspace(1, 100, 50), response=0.5)})
    assert len(notes) == 1


def test_what_the_ranges_share_is_compared_and_it_is_said():
    fast = beam(np.geomspace(10, 1000, 100), seed=1)
    with pytest.warns(MetacaloWarning, match="100 of 200 of Geant4, 50 of 100 of fast"):
        kept, _ = comparable({"Geant4": FULL, "fast": fast})
    for showers in kept.values():
        assert showers.incident_energy_gev.min() >= 9.9
        assert showers.incident_energy_gev.max() <= 101


def test_ranges_that_share_nothing_are_refused():
    with pytest.raises(SettingsError, match="Geant4 1 to 100, fast 200 to 300 GeV"):
        comparable({"Geant4": FULL, "fast": beam(np.geomspace(200, 300, 50))})
    with pytest.raises(SettingsError, match="incident angles in a common range"):
        comparable({"Geant4": FULL, "fast": beam(np.geomspace(1, 100, 50), theta=0.3)})


def test_ranges_that_share_too_little_are_refused():
    fast = beam(np.geomspace(99.9, 500, 50), seed=1)
    with pytest.raises(SettingsError, match="showers are in the range that all samples share"):
        comparable({"Geant4": FULL, "fast": fast})


def test_other_spectra_in_the_same_range_are_told():
    with pytest.warns(MetacaloWarning, match="incident energies of fast are distributed otherwise"):
        comparable({"Geant4": FULL, "fast": beam(np.linspace(1, 100, 200), seed=1)})


def test_a_sample_given_twice_is_told():
    with pytest.warns(MetacaloWarning, match="fast has the very showers of Geant4"):
        comparable({"Geant4": FULL, "fast": beam(np.geomspace(1, 100, 200))})


def test_too_few_showers_are_refused():
    with pytest.raises(SettingsError, match="fast: expected at least 4 showers, got 3"):
        comparable({"Geant4": FULL, "fast": FULL[:3]})


def test_a_detector_is_known_by_the_name_in_the_file_if_the_grid_fits(real_showers):
    assert detector_of(real_showers).name == "lhcb_shashlik"
    assert detector_of(FULL.with_attributes(detector="lhcb_shashlik")) is None
    assert detector_of(FULL.with_attributes(detector="nobody's")) is None
    assert detector_of(FULL) is None
