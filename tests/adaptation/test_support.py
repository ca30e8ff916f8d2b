from pathlib import Path

import numpy as np
import pytest

from metacalo.adaptation.support import (
    check_covered_by,
    check_ranges,
    check_units,
    divide,
    find_showers,
    trusted_ranges,
)
from metacalo.checkpoint import ModelInfo
from metacalo.errors import MetacaloWarning, ShowerFileError
from metacalo.geometry import load_detector
from metacalo.showers import Showers, open_showers

pytestmark = pytest.mark.filterwarnings("default::metacalo.errors.MetacaloWarning")


@pytest.fixture(scope="module")
def lhcb(data_dir: Path) -> Showers:
    return open_showers(data_dir / "lhcb_small.h5").load()


def test_support_and_test_are_disjoint_and_lose_nothing(lhcb: Showers) -> None:
    division = divide(lhcb, 40, seed=1)
    energies = [division.support.incident_energy_gev, division.test.incident_energy_gev]
    assert [len(e) for e in energies] == [40, 20]
    assert sorted(np.concatenate(energies)) == sorted(lhcb.incident_energy_gev)


def test_another_seed_draws_other_showers(lhcb: Showers) -> None:
    assert divide(lhcb, 40, seed=1).support == divide(lhcb, 40, seed=1).support
    assert divide(lhcb, 40, seed=1).support != divide(lhcb, 40, seed=2).support


def test_a_small_file_keeps_a_quarter_for_the_test_and_says_so(lhcb: Showers) -> None:
    with pytest.warns(MetacaloWarning, match="300 showers were asked for and the file has 60: 45"):
        division = divide(lhcb, 300, seed=0)
    assert len(division.test) == 15


def test_fewer_than_thirty_showers_are_warned_of(lhcb: Showers) -> None:
    with pytest.warns(MetacaloWarning, match="only 20 showers"):
        divide(lhcb, 20, seed=0)


def test_a_detector_without_showers_says_what_to_do() -> None:
    with pytest.raises(ShowerFileError, match=r"par04_siw.*--showers FILE\.h5"):
        find_showers(load_detector("par04_siw"))


def test_showers_that_fill_the_range_cover_all_of_it(lhcb: Showers) -> None:
    detector = load_detector("lhcb_shashlik").model_copy(update={"energy_range_gev": (1.0, 12.0)})
    energy, theta = trusted_ranges(detector, lhcb)
    assert energy == (1.0, 12.0)
    assert theta == detector.theta_range_deg


def test_showers_that_stop_short_of_the_range_limit_it(lhcb: Showers) -> None:
    detector = load_detector("lhcb_shashlik")
    energy, _ = trusted_ranges(detector, lhcb)
    highest = float(lhcb.incident_energy_gev.max())
    assert energy[0] == 1.0
    assert highest <= energy[1] < 1.3 * highest


def test_showers_beyond_the_claimed_range_are_trusted_where_they_are(lhcb: Showers) -> None:
    detector = load_detector("lhcb_shashlik").model_copy(update={"energy_range_gev": (0.1, 0.5)})
    energy, _ = trusted_ranges(detector, lhcb)
    lowest, highest = float(lhcb.incident_energy_gev.min()), float(lhcb.incident_energy_gev.max())
    assert 0.7 * lowest < energy[0] <= lowest * (1 + 1e-5)
    assert energy[1] == pytest.approx(highest, rel=1e-5)


def test_showers_outside_the_claimed_ranges_are_refused_or_warned_of(lhcb: Showers) -> None:
    detector = load_detector("lhcb_shashlik")
    check_ranges(detector, lhcb)
    in_mev = detector.model_copy(update={"energy_range_gev": (1000.0, 100_000.0)})
    with pytest.raises(ShowerFileError, match="energy_range_gev is 1000 to 100000 GeV"):
        check_ranges(in_mev, lhcb)
    too_narrow = detector.model_copy(update={"theta_range_deg": (0.0, 20.0)})
    with pytest.warns(MetacaloWarning, match="theta_range_deg, which is in degrees"):
        check_ranges(too_narrow, lhcb)


@pytest.mark.parametrize("factor", [1 / 0.175, 1e3, 1e-3])
def test_deposits_in_other_units_or_corrected_are_refused(lhcb: Showers, factor: float) -> None:
    with pytest.raises(ShowerFileError, match="not corrected for the sampling fraction"):
        check_units(load_detector("lhcb_shashlik"), _scaled(lhcb, factor))


def test_a_doubtful_response_is_warned_of_and_a_right_one_is_not(
    lhcb: Showers, recwarn: pytest.WarningsRecorder
) -> None:
    detector = load_detector("lhcb_shashlik")
    check_units(detector, lhcb)
    assert not recwarn
    with pytest.warns(MetacaloWarning, match="times as much"):
        check_units(detector, _scaled(lhcb, 2.0))


def test_showers_beyond_the_pretraining_are_warned_of(lhcb: Showers) -> None:
    detector = load_detector("lhcb_shashlik").model_copy(update={"energy_range_gev": (2.0, 100.0)})
    info = ModelInfo(family="field_vae", settings={}, detectors=(detector.to_dict(),))
    with pytest.warns(MetacaloWarning, match="pretrained with 2-100 GeV"):
        check_covered_by(info, lhcb)


def _scaled(showers: Showers, factor: float) -> Showers:
    return Showers(
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        offsets=showers.offsets,
        voxels=showers.voxels,
        energies_mev=showers.energies_mev * np.float32(factor),
    )
