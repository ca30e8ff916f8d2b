import numpy as np
import pytest

from metacalo.geometry import Detector, load_detector
from metacalo.simulation.parametric.cells import Cells, Depths


def stack(*sections):
    return Detector.from_dict(
        {"name": "mine", "sections": [{"repeat": n, "stack": slabs} for n, slabs in sections]}
    )


LEAD = {"material": "Pb", "thickness_mm": 2.0}
SCINTILLATOR = {"material": "polystyrene", "thickness_mm": 4.0, "active": True}


def test_a_homogeneous_calorimeter_sees_everything_where_it_is():
    detector = load_detector("l3_bgo")
    cells = Cells.of(detector)
    np.testing.assert_allclose(cells.edges_mm, detector.slab_edges_mm)
    np.testing.assert_allclose(cells.visible, 1.0)
    depths = Depths(cells, [20.0])
    z = np.linspace(0.1, 239.9, 97, dtype=np.float32)
    cell, inside = depths.cell(z)
    assert inside.all()
    np.testing.assert_allclose(depths.into_active(z, cell), z, atol=0.05)
    np.testing.assert_allclose(depths.millimetres(z / 11.18), z, rtol=2e-3)


def test_each_layer_of_a_uniform_stack_sees_a_layer_of_the_shower():
    detector = stack((66, [LEAD, SCINTILLATOR]))
    cells = Cells.of(detector)
    seen = cells.visible > 0
    assert seen.sum() == 66
    np.testing.assert_allclose(cells.visible[seen][1:-1], 1.0, rtol=1e-9)
    layer = 2.0 / detector.material("Pb").radiation_length_mm
    layer += 4.0 / detector.material("polystyrene").radiation_length_mm
    edges_x0 = np.interp(cells.edges_mm, cells.slab_edges_mm, cells.slab_edges_x0)
    width = np.diff(edges_x0)[seen]
    np.testing.assert_allclose(cells.visible[seen] * width, layer, rtol=1e-9)  # also at both ends
    absorber = 2.0 / detector.material("Pb").radiation_length_mm
    assert edges_x0[seen.argmax()] == pytest.approx(absorber - 0.5 * layer)  # what is before is not sampled


def test_all_that_is_placed_is_placed_in_active_material():
    detector = stack(
        (20, [{**LEAD, "material": "W"}, {"material": "air", "thickness_mm": 1.0}, SCINTILLATOR])
    )
    cells = Cells.of(detector)
    depths = Depths(cells, [10.0])
    z = np.random.default_rng(1).uniform(0.0, detector.depth_mm, 5000).astype(np.float32)
    cell, inside = depths.cell(z)
    seen = inside & (cells.visible[cell] > 0)
    placed = depths.into_active(z[seen], cell[seen]) % 7.0
    assert placed.min() > 3.0 - 1e-3
    assert np.abs(placed - 5.0).max() < 2.0 + 1e-3


def test_a_section_without_active_material_hides_its_part_of_the_shower():
    detector = stack((1, [{"material": "Fe", "thickness_mm": 50.0}]), (30, [LEAD, SCINTILLATOR]))
    cells = Cells.of(detector)
    front = cells.edges_mm[1:] <= 52.0  # where the first scintillator begins
    assert front.any()
    assert not cells.visible[front].any()
    assert set(cells.section[cells.visible > 0]) == {1}


def test_two_active_slabs_of_a_layer_share_what_it_sees_by_minimum_ionisation():
    thin = {**SCINTILLATOR, "thickness_mm": 1.0}
    thick = {**SCINTILLATOR, "thickness_mm": 3.0}
    detector = stack((40, [LEAD, thin, {**LEAD}, thick]))
    cells = Cells.of(detector)
    width = np.diff(np.interp(cells.edges_mm, cells.slab_edges_mm, cells.slab_edges_x0))
    seen = (cells.visible * width)[cells.visible > 0]
    assert len(seen) == 80
    np.testing.assert_allclose(seen[3:-2:2] / seen[2:-2:2], 3.0, rtol=1e-9)


def test_depths_go_on_behind_the_end_and_are_outside_there():
    detector = stack((10, [LEAD, SCINTILLATOR]))
    depths = Depths(Cells.of(detector), [10.0])
    end = np.float32(detector.depth_x0)
    assert depths.millimetres(np.array([end]))[0] == pytest.approx(60.0, rel=1e-4)
    assert depths.millimetres(np.array([2 * end]))[0] == pytest.approx(120.0, rel=1e-3)
    assert depths.cell(np.array([-0.1, 60.1], dtype=np.float32))[1].tolist() == [False, False]


def test_radii_are_counted_in_the_section_that_a_spot_is_in():
    detector = stack((10, [LEAD, SCINTILLATOR]), (10, [{**LEAD, "material": "W"}, SCINTILLATOR]))
    depths = Depths(Cells.of(detector), [30.0, 20.0])
    assert depths.scale_mm(np.array([5.0, 115.0, 500.0, -1.0], dtype=np.float32)).tolist() == [30, 20, 20, 30]
