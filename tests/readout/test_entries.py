"""Where showers enter: given, from a file, or spread over a region."""

from pathlib import Path

import numpy as np
import pytest

from metacalo.errors import PlacementError, SettingsError
from metacalo.geometry import load_detector
from metacalo.readout import Readout, readout_of
from metacalo.readout.entries import Entries, parse_position, read_entries, scanned
from metacalo.showers import Showers


@pytest.fixture(scope="module")
def wall() -> Readout:
    return readout_of(load_detector("lhcb_ecal"))


@pytest.fixture(scope="module")
def barrel() -> Readout:
    return readout_of(load_detector("atlas_barrel"))


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_position_is_in_mm_or_in_degrees_for_a_barrel(wall: Readout, barrel: Readout) -> None:
    np.testing.assert_array_equal(parse_position(wall, "20,-350.5"), [20.0, -350.5])
    np.testing.assert_allclose(parse_position(barrel, "0.2, 90"), [0.2, 0.5 * np.pi])


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "nan,0", "inf,0", "1;2"])
def test_a_position_that_is_none_is_refused(wall: Readout, text: str) -> None:
    with pytest.raises(PlacementError, match="x,y in mm"):
        parse_position(wall, text)


def test_entries_are_read_by_the_names_of_columns(wall: Readout, barrel: Readout, tmp_path: Path) -> None:
    text = "# two showers\ny_mm,x_mm,direction_theta_deg\n1,2,30\n3,4,60\n"
    entries = read_entries(wall, write(tmp_path / "wall.csv", text))
    np.testing.assert_array_equal(entries.position, [[2.0, 1.0], [4.0, 3.0]])
    np.testing.assert_allclose(entries.theta_rad, [np.pi / 6, np.pi / 3])
    assert entries.phi_rad is None
    entries = read_entries(barrel, write(tmp_path / "barrel.csv", "eta,phi_deg\n0.5,180\n"))
    np.testing.assert_allclose(entries.position, [[0.5, np.pi]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "header with x_mm,y_mm .* got nothing"),
        ("x,y\n1,2\n", "got x,y; name the columns so"),
        ("x_mm\n1\n", "got x_mm"),
        ("x_mm,y_mm,x_mm\n1,2,3\n", "got x_mm,y_mm,x_mm"),
        ("x_mm,y_mm\n", "a row for each shower, got only the header"),
        ("x_mm,y_mm\n1,2\n3,nan\n", "row 2: expected 2 finite numbers .* got '3,nan'"),
        ("x_mm,y_mm\n1,2\n3,four\n", "row 2: .* got '3,four'"),
        ("x_mm,y_mm\n1,2\n3\n", "row 2: .* got '3'"),
        ("x_mm,y_mm\n1,2,3\n", "row 1: .* got '1,2,3'"),
    ],
)
def test_a_file_with_wrong_entries_is_refused(wall: Readout, text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PlacementError, match=message):
        read_entries(wall, write(tmp_path / "bad.csv", text))


def test_a_file_that_is_not_there_is_refused(wall: Readout, tmp_path: Path) -> None:
    with pytest.raises(PlacementError, match=r"none.csv: expected a readable file"):
        read_entries(wall, tmp_path / "none.csv")


def test_a_scan_is_even_over_the_region_and_nowhere_else(wall: Readout) -> None:
    x, y = scanned(wall, "middle", 40_000, seed=1).T
    there = wall.locate(x, y, 12_500.0)
    assert wall.cells.region_names[1] == "middle"
    assert set(wall.cells.region[there]) == {1}
    # 32 x 20 modules of 121.2 mm around 16 x 12: quarters, and the part beside the inner rectangle, by area
    assert np.mean((x > 0) & (y > 0)) == pytest.approx(0.25, abs=0.01)
    beside = np.mean(np.abs(y) < 6 * 121.2)
    assert beside == pytest.approx(16 * 12 / (32 * 20 - 16 * 12), abs=0.01)


def test_a_scan_of_all_cells_leaves_out_the_hole(wall: Readout) -> None:
    x, y = scanned(wall, "all", 20_000, seed=2).T
    assert np.all(wall.locate(x, y, 12_500.0) >= 0)
    assert np.ptp(x) == pytest.approx(64 * 121.2, rel=0.01)


def test_a_scan_of_a_barrel_goes_around(barrel: Readout) -> None:
    eta, phi = scanned(barrel, "middle", 20_000, seed=3).T
    assert np.abs(eta).max() == pytest.approx(1.475, abs=0.01)
    counts = np.histogram(phi, bins=8, range=(-np.pi, np.pi))[0]
    assert counts.sum() == 20_000
    np.testing.assert_allclose(counts, 2500, atol=4 * np.sqrt(2500))


def test_the_seed_decides_the_scan(wall: Readout) -> None:
    first, again, other = (scanned(wall, "inner", 10, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_scan_of_an_unknown_region_is_refused(wall: Readout) -> None:
    with pytest.raises(SettingsError, match="got 'iner'; did you mean 'inner'"):
        scanned(wall, "iner", 10, seed=0)


def test_showers_keep_their_own_direction_unless_told(wall: Readout, hand_made_showers: Showers) -> None:
    position = np.array([1000.0, 500.0])
    own = Entries(position).placements(wall, hand_made_showers)
    np.testing.assert_allclose(own.theta_rad, [0.0, 0.25, 0.5], rtol=1e-6)
    told = Entries(position, 0.3, np.array([0.1, 0.2, 0.3])).placements(wall, hand_made_showers[1:], first=1)
    np.testing.assert_allclose(told.theta_rad, [0.3, 0.3])
    np.testing.assert_allclose(told.phi_rad, [0.2, 0.3])


def test_one_direction_of_all_showers_is_taken_over_and_more_than_one_is_not() -> None:
    at = Entries(np.array([1000.0, 500.0]))
    alike = [(np.full(3, 0.25), np.zeros(3)), (np.full(2, 0.25), np.zeros(2))]
    assert not at.is_one
    one = at.settled(alike)
    assert (one.is_one, one.theta_rad, one.phi_rad) == (True, 0.25, 0.0)
    assert not at.settled([*alike, (np.array([0.25]), np.array([0.1]))]).is_one
    told = Entries(at.position, phi_rad=0.3).settled([*alike, (np.array([0.25]), np.array([0.1]))])
    assert (told.theta_rad, told.phi_rad) == (0.25, 0.3)
    each = Entries(np.full((5, 2), 1000.0))
    assert each.settled(alike) is each


def test_one_direction_places_showers_as_each_one_s_own_does(
    wall: Readout, hand_made_showers: Showers
) -> None:
    at, some = Entries(np.array([1000.0, 500.0])), hand_made_showers[1:2]
    own, one = (e.placements(wall, some) for e in (at, at.settled([(some.theta_rad, some.phi_rad)])))
    np.testing.assert_array_equal(one.rotation, own.rotation)


def test_another_number_of_entries_than_showers_is_refused(wall: Readout) -> None:
    with pytest.raises(PlacementError, match="expected 1,000 entry points, one for each shower, got 2"):
        Entries(np.full((2, 2), 1000.0)).check(wall, 1000)
