import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.errors import GeometryError
from metacalo.geometry import CylinderGrid
from metacalo.geometry.grid import automatic_spacing

grids = st.builds(
    CylinderGrid,
    st.tuples(st.integers(1, 20), st.integers(1, 60), st.integers(1, 60)),
    st.floats(0.01, 100.0),
    st.floats(0.01, 100.0),
)


def test_edges_and_centres_of_a_small_grid_are_known_by_hand():
    grid = CylinderGrid(shape=(2, 4, 3), dr_mm=5.0, dz_mm=10.0)
    assert grid.n_voxels == 24
    assert grid.r_edges_mm.tolist() == [0.0, 5.0, 10.0]
    assert grid.z_edges_mm.tolist() == [0.0, 10.0, 20.0, 30.0]
    assert grid.phi_edges_rad == pytest.approx(np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) * math.pi)
    assert grid.r_centres_mm.tolist() == [2.5, 7.5]
    assert grid.z_centres_mm.tolist() == [5.0, 15.0, 25.0]
    assert grid.phi_centres_rad == pytest.approx(np.array([-0.75, -0.25, 0.25, 0.75]) * math.pi)
    assert grid.voxel_volume_mm3 == pytest.approx([math.pi / 4 * 250.0, math.pi / 4 * 750.0])


@given(grids)
def test_voxels_fill_the_cylinder(grid):
    n_r, n_phi, n_z = grid.shape
    total = grid.voxel_volume_mm3.sum() * n_phi * n_z
    assert total == pytest.approx(math.pi * grid.radius_mm**2 * grid.depth_mm)
    assert len(grid.r_edges_mm) == n_r + 1


@given(grids)
def test_centres_lie_midway_between_edges(grid):
    for centres, edges in (
        (grid.r_centres_mm, grid.r_edges_mm),
        (grid.phi_centres_rad, grid.phi_edges_rad),
        (grid.z_centres_mm, grid.z_edges_mm),
    ):
        np.testing.assert_allclose(centres, 0.5 * (edges[1:] + edges[:-1]), rtol=1e-12, atol=1e-12)


@given(grids)
def test_a_grid_equals_the_one_read_from_its_description(grid):
    again = CylinderGrid(**grid.to_dict())
    assert again == grid
    assert hash(again) == hash(grid)


@pytest.mark.parametrize(
    "shape", [(9, 16), (9, 16, 0), (9, 16, -1), (9.5, 16, 45), (), None, "9x16x45", (True, 2, 3)]
)
def test_a_shape_that_is_not_three_positive_whole_numbers_is_refused(shape):
    with pytest.raises(GeometryError, match="three positive whole numbers"):
        CylinderGrid(shape=shape, dr_mm=1.0, dz_mm=1.0)


def test_a_shape_beyond_all_memory_is_refused():
    with pytest.raises(GeometryError, match="at most 10000000"):
        CylinderGrid(shape=(1000, 1000, 1000), dr_mm=1.0, dz_mm=1.0)


@pytest.mark.parametrize("size", [0.0, -1.0, math.nan, math.inf, 1e6, "1", None, True])
def test_a_size_that_is_no_length_is_refused(size):
    with pytest.raises(GeometryError, match="expected dr_mm above 0"):
        CylinderGrid(shape=(9, 16, 45), dr_mm=size, dz_mm=1.0)
    with pytest.raises(GeometryError, match="expected dz_mm above 0"):
        CylinderGrid(shape=(9, 16, 45), dr_mm=1.0, dz_mm=size)


def test_numbers_of_numpy_become_plain_ones():
    grid = CylinderGrid(shape=np.array([9, 16, 45]), dr_mm=np.float64(2.0), dz_mm=np.int64(3))
    assert grid == CylinderGrid((9, 16, 45), 2.0, 3.0)
    assert isinstance(grid.shape[0], int)
    assert isinstance(grid.dz_mm, float)


def test_automatic_spacing_of_a_sampling_calorimeter_is_whole_layers():
    assert automatic_spacing(16.39, 35.84, 6.0, homogeneous=False) == (17.92, 12.0)
    assert automatic_spacing(10.0, 20.0, 9.0, homogeneous=False) == (10.0, 9.0)
    assert automatic_spacing(10.0, 20.0, 25.0, homogeneous=False) == (10.0, 25.0)


def test_automatic_spacing_of_crystals_is_a_fraction_of_a_radiation_length():
    assert automatic_spacing(11.18, 22.58, 240.0, homogeneous=True) == (11.29, 8.944)
    # wrapped crystals of 20 X0 are no sampling structure
    assert automatic_spacing(11.18, 22.58, 240.0, homogeneous=False) == (11.29, 8.944)


def test_a_grid_says_what_it_is():
    assert (
        str(CylinderGrid((9, 16, 45), 17.9215, 12.0))
        == "9 x 16 x 45 (r, phi, z), dr = 17.9215 mm, dz = 12 mm"
    )


def test_auto_may_be_written_out_or_left_out(stacked):
    slabs = (("Pb", 2.0, False), ("polystyrene", 4.0, True))
    written = stacked(*slabs, grid={"shape": [18, 50, 45], "dr_mm": "auto", "dz_mm": "auto"})
    half = stacked(*slabs, grid={"dr_mm": 5.0})
    assert written.grid == CylinderGrid((18, 50, 45), 17.9235, 12.0)
    assert half.grid == CylinderGrid((9, 16, 45), 5.0, 12.0)
    assert stacked(*slabs, grid=half.grid).grid == half.grid
