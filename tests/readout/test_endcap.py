import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metacalo.errors import ReadoutError
from metacalo.geometry import load_detector
from metacalo.readout import load_readout, readout_of
from metacalo.readout.hexagons import ROW, round_to_hexagon
from metacalo.readout.sensors import sensor

MODULE_MM = 100.0
SMALL = {
    "kind": "endcap",
    "front_z_mm": 0.0,
    "default_position_mm": [210, 0],
    "module_mm": MODULE_MM,
    "radius_mm": [150, 450],
    "sensors": [
        {"name": "fine", "cells_per_side": 4, "up_to_radius_mm": 280},
        {"name": "coarse", "cells_per_side": 3},
    ],
}


def endcap(**keys):
    return readout_of(load_detector("hgcal_si").model_copy(update={"readout": SMALL | keys}))


@pytest.fixture(scope="module")
def small():
    return endcap(slabs_per_layer=28)


def turned(x, y, angle):
    return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


coordinates = st.floats(-50, 50)


@given(coordinates, coordinates)
def test_the_rounded_hexagon_has_the_nearest_centre(u, v):
    found = round_to_hexagon(np.array([u]), np.array([v]))
    near = [(np.floor(u) + i, np.floor(v) + j) for i in range(-1, 3) for j in range(-1, 3)]
    distance = [np.hypot(a - u + 0.5 * (b - v), ROW * (b - v)) for a, b in [(f[0] for f in found), *near]]
    assert distance[0] <= min(distance[1:]) + 1e-9


@pytest.mark.parametrize("n", [1, 2, 3, 4, 8, 12])
def test_a_sensor_has_three_n_squared_cells_around_a_corner_of_three(n):
    cells = sensor("any", n)
    assert len(cells.i) == 3 * n**2
    radius = np.sort(np.hypot(cells.x, cells.y))
    np.testing.assert_allclose(radius[:3], 1 / np.sqrt(3))
    assert set(cells.numbers.ravel()) == set(range(3 * n**2))


def test_the_silicon_of_hgcal_has_sensors_of_432_and_192_cells_in_28_layers():
    readout = load_readout("hgcal_si")
    modules = np.bincount(readout.sensor_of)
    assert np.bincount(readout.cells.region).tolist() == (28 * modules * [432, 192]).tolist()
    area_cm2 = readout.cells.dx_mm * readout.cells.dy_mm * 0.75 / 100
    np.testing.assert_allclose(area_cm2[readout.cells.region == 0][0], 0.562, rtol=1e-3)
    np.testing.assert_allclose(area_cm2[readout.cells.region == 1][0], 1.265, rtol=1e-3)
    some = slice(None, None, 89)
    cells = readout.cells
    numbers = np.arange(len(readout))[some]
    assert np.array_equal(readout.locate(cells.x_mm[some], cells.y_mm[some], cells.z_mm[some]), numbers)
    assert np.array_equal(readout.index_of(cells.id[some]), numbers)


def test_the_centre_of_every_cell_is_in_it_and_ids_differ(small):
    cells = small.cells
    assert np.array_equal(
        small.locate(cells.x_mm, cells.y_mm, small.cells.z_mm * 0 + 9.0), np.arange(len(small))
    )
    assert len(np.unique(cells.id)) == len(small)
    assert np.array_equal(small.index_of(cells.id), np.arange(len(small)))


def modules_around(readout, x, y):
    """Module with the nearest centre to each point, by trying all, and its distance."""
    u, v = readout.module_uv.T
    centre_x, centre_y = MODULE_MM * (u + 0.5 * v), MODULE_MM * ROW * v
    distance = np.hypot(np.subtract.outer(x, centre_x), np.subtract.outer(y, centre_y))
    return distance.argmin(axis=1)


def test_every_point_of_a_module_is_in_one_cell_of_it_and_near_its_centre(small):
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-520, 520, (2, 40_000))
    cell = small.locate(x, y, 9.0)
    nearest = modules_around(small, x, y)
    own = np.append(small.first_of_module, len(small))
    found = cell >= 0
    assert np.all((cell[found] >= own[nearest[found]]) & (cell[found] < own[nearest[found] + 1]))
    u, v = small.module_uv.T
    centre = MODULE_MM * (u + 0.5 * v)[nearest], (MODULE_MM * ROW * v)[nearest]
    across = [
        np.abs((x - centre[0]) * np.cos(a) + (y - centre[1]) * np.sin(a)) for a in np.pi / 3 * np.arange(3)
    ]
    assert np.array_equal(found, np.max(across, axis=0) < 0.5 * MODULE_MM)
    distance = np.hypot(x - small.cells.x_mm[cell], y - small.cells.y_mm[cell])
    # In units of the cells' distance a corner is at 1 / sqrt(3), the end of a neighbour's tip at twice that.
    assert np.all(distance[found] < 1.1548 * small.cells.dy_mm[cell[found]])
    assert np.mean(distance[found] < 0.578 * small.cells.dy_mm[cell[found]]) > 0.95


@pytest.mark.parametrize("n", [3, 8])
def test_whole_cells_have_one_area_and_cut_ones_make_up_for_the_others(n):
    readout = endcap(
        slabs_per_layer=28,
        radius_mm=[0, 20],
        default_position_mm=[1, 1],
        sensors=[{"name": "a", "cells_per_side": n}],
    )
    x, y = np.meshgrid(np.linspace(-60, 60, 1201), np.linspace(-60, 60, 1201))
    cell = readout.locate(x, y, 9.0)
    area = np.bincount(cell[cell >= 0], minlength=3 * n**2) * 0.1**2
    whole = MODULE_MM**2 * ROW / (3 * n**2)
    np.testing.assert_allclose(area.sum(), MODULE_MM**2 * ROW, rtol=2e-3)
    inner = np.hypot(readout.cells.x_mm, readout.cells.y_mm) < 0.5 * MODULE_MM - readout.cells.dx_mm
    np.testing.assert_allclose(area[inner], whole, rtol=0.02)
    assert area.min() > 0.6 * whole
    assert area.max() < 1.4 * whole


@given(st.floats(-450, 450), st.floats(-450, 450))
def test_a_turn_by_a_third_takes_cells_to_cells(small, x, y):
    shifts = [(0, 0), (1e-6, 0), (-1e-6, 0), (0, 1e-6), (0, -1e-6)]
    near = small.locate([x + dx for dx, _ in shifts], [y + dy for _, dy in shifts], 9.0)
    assume(len(set(near.tolist())) == 1)
    there = int(small.locate(*turned(x, y, 2 * np.pi / 3), 9.0))
    assert (there < 0) == (near[0] < 0)
    if there >= 0:
        expected = turned(small.cells.x_mm[near[0]], small.cells.y_mm[near[0]], 2 * np.pi / 3)
        np.testing.assert_allclose((small.cells.x_mm[there], small.cells.y_mm[there]), expected, atol=1e-9)


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 30), st.integers(0, 30))
def test_modules_of_one_sensor_are_alike(small, at_x, at_y, one, other):
    modules = np.flatnonzero(small.sensor_of == 1)
    one, other = modules[one % len(modules)], modules[other % len(modules)]
    place = []
    for k in (one, other):
        u, v = small.module_uv[k]
        shifts = np.array([0.0, 1e-6, -1e-6])
        x = MODULE_MM * (u + 0.5 * v) + 35 * at_x + shifts
        cell = small.locate(x[:, None], MODULE_MM * ROW * v + 35 * at_y + shifts, 9.0)
        assume(np.ptp(cell) == 0)
        place.append(int(cell[0, 0]) - small.first_of_module[k])
    assert place[0] == place[1]


def test_between_sensors_and_far_away_is_no_cell():
    readout = endcap()
    # Slabs of 6, 2.1, 0.7, 0.3 (sensor) and 3 mm.
    z = np.array([8.79, 8.81, 9.09, 9.11, 20.91, 1e9, np.nan])
    cell = readout.locate(210.0, 1.0, z)
    assert (cell >= 0).tolist() == [False, True, True, False, True, False, False]
    assert readout.cells.layer[cell[4]] == 1
    assert readout.locate([0.0, 1e12, np.nan, -1e12], [0.0, 1e12, 0.0, np.inf], 9.0).tolist() == [-1] * 4
    assert readout.contains([0.0, 210.0, 1e12], 0.0, 9.0).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"radius_mm": [450, 150]}, "readout.radius_mm: .* the hole is larger than the endcap"),
        ({"radius_mm": [40, 50]}, "readout.radius_mm: expected radii with centres of modules between them"),
        ({"layers": 27}, "readout.layers: expected 28"),
        (
            {"sensors": [{"name": "a", "cells_per_side": 2}, {"name": "b", "cells_per_side": 2}]},
            r"sensors\[0\].up_to_radius_mm: expected radii that ascend, got nothing",
        ),
        (
            {"sensors": [{"name": "a", "cells_per_side": 2, "up_to_radius_mm": 5}]},
            r"sensors\[0\].up_to_radius_mm: expected nothing for the outermost",
        ),
        ({"default_position_mm": [0, 0]}, "readout.default_position_mm: .* in a hole, a gap or outside"),
        ({"module_mm": 0.01}, "expected at most 20000000 cells"),
    ],
)
def test_an_endcap_that_cannot_be_is_refused(keys, message):
    with pytest.raises(ReadoutError, match=f"^hgcal_si: .*{message}"):
        endcap(**keys)
