"""Separation powers beside those of the CaloChallenge's own script."""

import json

import numpy as np
import pytest

from metacalo.errors import GridMismatchError
from metacalo.showers import open_showers
from metacalo.validation.calochallenge import challenge_separations


@pytest.fixture(scope="module")
def golden(data_dir):
    # What `evaluate.py -d 2 -m hist-chi` of github.com/CaloChallenge/homepage printed (evaluate.py at commit
    # 04b79ce, HighLevelFeatures.py 10a16cd, XMLHandler.py b7da333), unchanged, for the files that
    # `metacalo convert --to calochallenge --sampling-fraction 0.033` made of the first 30 and the last 30
    # showers of par04_siw_small.h5, the first as its reference, with the binning XML that was written beside.
    # null is its nan: a layer without energy in the reference.
    return json.loads((data_dir / "calochallenge_small.json").read_text())


@pytest.fixture(scope="module")
def ours(data_dir):
    showers = open_showers(data_dir / "par04_siw_small.h5")
    return challenge_separations(showers[:30], showers[30:], sampling_fraction=0.033)


def test_they_are_those_of_the_challenges_script(golden, ours):
    assert ours.response == pytest.approx(golden["response"], rel=1e-12)
    assert ours.voxel_energy == pytest.approx(golden["voxel_energy"], rel=1e-12)
    for name, powers in golden["layers"].items():
        theirs = np.array([np.nan if power is None else power for power in powers])
        assert ours.layers[name] == pytest.approx(theirs, abs=1e-12, nan_ok=True)


def test_means_leave_out_what_is_not_defined(golden, ours):
    powers = [power for power in golden["layers"]["layer_energy"] if power is not None]
    assert len(powers) < 45
    assert ours.means()["layer_energy"] == pytest.approx(np.mean(powers))
    assert set(ours.means()) == {
        "response",
        "voxel_energy",
        "occupancy",
        "centre_r",
        "width_r",
        *golden["layers"],
    }


def test_a_sample_is_not_separated_from_itself(real_showers):
    found = challenge_separations(real_showers, real_showers, sampling_fraction=0.17)
    assert found.means() == pytest.approx(dict.fromkeys(found.means(), 0.0))


def test_what_is_outside_all_bins_is_not_defined(real_showers):
    # Without the sampling fraction E_tot / E_inc is about 0.17, and the first bin begins at 0.5.
    assert np.isnan(challenge_separations(real_showers, real_showers).response)


def test_disjoint_layer_energies_are_separated_fully(real_showers, with_energies):
    found = challenge_separations(real_showers, with_energies(real_showers, 1e-3), sampling_fraction=0.17)
    # Energies of layer 8 differ by a factor 10 among the showers, and by 1,000 between the samples.
    assert found.layers["layer_energy"][8] == pytest.approx(1.0)


def test_two_grids_are_refused(real_showers, data_dir):
    with pytest.raises(GridMismatchError):
        challenge_separations(real_showers, open_showers(data_dir / "par04_siw_small.h5"))
