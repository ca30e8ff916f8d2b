"""Where Par04's voxels are, against metacalo's own placement of showers on a barrel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.errors import SettingsError
from metacalo.export.par04.orientation import check_turns, theta_to_normal_rad, turned_voxels
from metacalo.export.par04.reenactment import par04_positions_mm
from metacalo.geometry import CylinderGrid

GRID = CylinderGrid(shape=(3, 8, 5), dr_mm=7.0, dz_mm=11.0)
ALL = np.arange(GRID.n_voxels)


def leaning_positions_mm(direction: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Centres of metacalo's voxels about the origin: azimuth 0 is where the particle leans."""
    lean = direction - (direction @ normal) * normal
    lean /= np.linalg.norm(lean)
    x = (direction @ normal) * lean - (direction @ lean) * normal
    axes = np.stack([x, np.cross(direction, x), direction])
    r, phi, z = np.meshgrid(GRID.r_centres_mm, GRID.phi_centres_rad, GRID.z_centres_mm, indexing="ij")
    local = np.stack([r * np.cos(phi), r * np.sin(phi), z], axis=-1).reshape(-1, 3)
    return local @ axes


@given(theta=st.floats(0.5, np.pi - 0.5), phi=st.floats(-3.1, 3.1))
def test_a_voxel_of_par04_is_where_the_same_shower_has_it_here(theta: float, phi: float) -> None:
    if abs(theta - np.pi / 2) < 0.01:
        return  # along the normal any azimuth is as good as another
    direction = np.array([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
    normal = np.array([np.cos(phi), np.sin(phi), 0.0])
    here = leaning_positions_mm(direction, normal)[turned_voxels(ALL, theta, GRID)]
    there = par04_positions_mm(GRID.shape, GRID.dr_mm, GRID.dz_mm, np.zeros(3), direction)
    np.testing.assert_allclose(there, here, atol=1e-9)


@pytest.mark.parametrize("theta", [0.6, 2.4])
def test_a_turn_there_and_back_is_none(theta: float) -> None:
    there = turned_voxels(ALL, theta, GRID)
    assert sorted(there) == list(ALL)
    np.testing.assert_array_equal(turned_voxels(there, theta, GRID), ALL)


def test_half_a_turn_is_made_in_the_forward_direction_alone() -> None:
    assert turned_voxels([0], 1.0, GRID)[0] == 4 * 5  # sector 0 of 8 becomes sector 4, 5 layers each
    assert turned_voxels([0], 2.0, GRID)[0] == 0


def test_the_angle_to_the_normal_is_the_same_on_both_sides_of_the_barrel() -> None:
    np.testing.assert_allclose(
        theta_to_normal_rad([np.pi / 2, np.pi / 3, 2 * np.pi / 3]), [0, np.pi / 6, np.pi / 6]
    )


def test_an_odd_number_of_sectors_is_refused() -> None:
    with pytest.raises(SettingsError, match="even number of sectors"):
        check_turns(CylinderGrid(shape=(3, 7, 5), dr_mm=1.0, dz_mm=1.0))
