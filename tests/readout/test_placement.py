"""Where showers enter: directions known by hand, and what cannot enter is refused."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.errors import PlacementError
from metacalo.readout.building import load_readout
from metacalo.readout.placement import place, pointing, solenoid_tilt
from metacalo.readout.readout import Readout


@pytest.fixture(scope="module")
def lhcb() -> Readout:
    return load_readout("lhcb_ecal")


@pytest.fixture(scope="module")
def atlas() -> Readout:
    return load_readout("atlas_barrel")


def test_a_shower_at_normal_incidence_keeps_its_axes(lhcb: Readout) -> None:
    placed = place(lhcb, (1545.3, 151.5))
    np.testing.assert_allclose(placed.origin_mm, [[1545.3, 151.5, 12490.0]])
    np.testing.assert_allclose(placed.rotation, [np.eye(3)], atol=1e-15)


def test_without_a_position_showers_enter_where_the_file_says(lhcb: Readout, atlas: Readout) -> None:
    np.testing.assert_allclose(place(lhcb).origin_mm[0, :2], lhcb.default_position)
    eta, phi = atlas.default_position
    origin = place(atlas).origin_mm[0]
    np.testing.assert_allclose(origin, 1500.0 * np.array([math.cos(phi), math.sin(phi), math.sinh(eta)]))


def test_the_axis_leans_towards_its_azimuth_and_so_does_azimuth_0_of_the_grid(lhcb: Readout) -> None:
    placed = place(lhcb, theta_rad=math.radians(30.0), phi_rad=math.radians(90.0))
    np.testing.assert_allclose(placed.direction, [[0.0, 0.5, math.sqrt(0.75)]], atol=1e-15)
    np.testing.assert_allclose(placed.rotation[0] @ [1.0, 0.0, 0.0], [0.0, math.sqrt(0.75), -0.5], atol=1e-15)


def test_a_particle_from_the_origin_flies_along_its_position(atlas: Readout) -> None:
    for eta in (-1.2, -0.3, 0.0, 0.7):
        placed = place(atlas, (eta, 2.0))
        there = placed.origin_mm[0]
        np.testing.assert_allclose(placed.direction[0], there / np.linalg.norm(there), atol=1e-12)
        assert placed.theta_rad[0] == pytest.approx(math.atan(abs(math.sinh(eta))))


def test_a_particle_from_the_origin_flies_along_its_position_onto_a_plane(lhcb: Readout) -> None:
    theta, phi = pointing(lhcb, (1545.3, 151.5))
    placed = place(lhcb, (1545.3, 151.5), theta_rad=theta, phi_rad=phi)
    there = placed.origin_mm[0]
    np.testing.assert_allclose(placed.direction[0], there / np.linalg.norm(there), atol=1e-12)


@cache
def barrel() -> Readout:
    return load_readout("atlas_barrel")


@given(
    theta=st.floats(0.0, 1.5),
    phi=st.floats(-3.2, 3.2),
    eta=st.floats(-1.3, 1.3),
    azimuth=st.floats(-3.1, 3.1),
)
def test_rotations_are_rotations(theta: float, phi: float, eta: float, azimuth: float) -> None:
    placed = place(barrel(), (eta, azimuth), theta_rad=theta, phi_rad=phi)
    rotation = placed.rotation[0]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert placed.direction[0] @ placed.normal[0] == pytest.approx(math.cos(theta))


def test_a_magnet_turns_the_direction_in_the_horizontal_plane(lhcb: Readout) -> None:
    placed = place(lhcb, tilt_rad=[0.1, -0.1])
    np.testing.assert_allclose(placed.theta_rad, [0.1, 0.1])
    np.testing.assert_allclose(placed.direction[:, 0], [math.sin(0.1), -math.sin(0.1)])
    np.testing.assert_allclose(placed.direction[:, 1], 0.0, atol=1e-15)


def test_a_solenoid_turns_electrons_to_greater_azimuth(atlas: Readout) -> None:
    tilt = solenoid_tilt(10.0, 2.0, 1500.0)
    # 0.3 x 2 T x 1.5 m / (2 x 10 GeV), charge -1 in a field along +z: force along +phi.
    assert float(tilt) == pytest.approx(math.asin(0.299792458 * 2.0 * 1.5 / 20.0))
    placed = place(atlas, (0.0, 0.0), tilt_rad=tilt)
    np.testing.assert_allclose(placed.direction[0], [math.cos(tilt), math.sin(tilt), 0.0], atol=1e-12)
    assert float(solenoid_tilt(10.0, 2.0, 1500.0, charge=1)) == pytest.approx(-float(tilt))


def test_a_particle_that_curls_before_the_face_is_refused() -> None:
    with pytest.raises(PlacementError, match=r"above 0\.4497 GeV"):
        solenoid_tilt([1.0, 0.4], 2.0, 1500.0)


@pytest.mark.parametrize(
    ("position", "options", "message"),
    [
        ((4000.0, 0.0), {}, "outside the acceptance"),
        ((0.0, 0.0), {}, "in a hole"),
        ((math.nan, 0.0), {}, "finite numbers for position"),
        ((1545.3, 151.5), {"theta_rad": math.nan}, "finite numbers for theta"),
        ((1545.3, 151.5), {"theta_rad": 3.0}, "goes away from it"),
        ((1545.3, 151.5), {"theta_rad": -0.1}, "does not enter"),
        ((1545.3, 151.5), {"tilt_rad": 1.56}, "does not enter"),
        ((1545.3,), {}, r"shape \(2,\) or \(N, 2\)"),
        ([(1545.3, 151.5)] * 3, {"theta_rad": [0.0, 0.1]}, "one for each shower, or one for all"),
        ("here", {}, "expected numbers for position"),
    ],
)
def test_what_cannot_enter_is_refused(
    lhcb: Readout, position: object, options: dict[str, object], message: str
) -> None:
    with pytest.raises(PlacementError, match=message):
        place(lhcb, position, **options)  # type: ignore[arg-type]


def test_beyond_the_last_cell_of_a_barrel_nothing_enters(atlas: Readout) -> None:
    with pytest.raises(PlacementError, match=r"eta = 2, phi = 0.*outside the acceptance"):
        place(atlas, (2.0, 0.0))


def test_a_barrel_tells_azimuths_in_degrees(atlas: Readout) -> None:
    with pytest.raises(PlacementError, match=r"eta = 3, phi = 45 degrees.*for example eta = .* degrees"):
        place(atlas, (3.0, math.pi / 4))


def test_millimetres_for_a_barrel_are_taken_for_what_they_are(atlas: Readout) -> None:
    with pytest.raises(PlacementError, match=r"got eta = 1000; x and y in mm are for a plane"):
        place(atlas, (1000.0, -500.0))


def test_a_place_in_the_hole_is_allowed_if_asked_for(lhcb: Readout) -> None:
    assert len(place(lhcb, (0.0, 0.0), only_on_cells=False)) == 1


def test_one_of_each_serves_all(lhcb: Readout) -> None:
    placed = place(lhcb, (1545.3, 151.5), theta_rad=[0.0, 0.1, 0.2])
    assert len(placed) == 3
    np.testing.assert_allclose(placed[1:].theta_rad, [0.1, 0.2])
