from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from metacalo.geometry import Detector, depth_in_x0, load_detector
from metacalo.models.comb import active_material_table, comb_angles, log_active_material_table
from metacalo.showers import open_showers

Stack = Callable[..., Detector]


def at(table: NDArray[np.float32], detector: Detector, degrees: float) -> NDArray[np.float64]:
    """The table's row at an angle that it stands at."""
    row = np.flatnonzero(np.isclose(np.degrees(comb_angles(detector)), degrees))
    assert len(row) == 1
    return table[row[0]].astype(np.float64)


def test_whole_layers_at_normal_incidence_hold_the_average(stack: Stack):
    detector = stack()
    table = active_material_table(detector)
    assert table.shape == (len(comb_angles(detector)), 3, 8, 10)
    assert table.dtype == np.float32
    assert at(table, detector, 0.0) == pytest.approx(1.0, abs=1e-6)


def test_the_two_halves_of_a_layer_hold_nothing_and_twice_the_average(stack: Stack):
    detector = stack(lead_mm=3.0, scintillator_mm=3.0, dz_mm=3.0, shape=(3, 8, 20))
    held = at(active_material_table(detector), detector, 0.0)
    assert held[..., ::2] == pytest.approx(0.0, abs=1e-6)
    assert held[..., 1::2] == pytest.approx(2.0, abs=1e-6)


def test_behind_the_calorimeter_there_is_nothing_and_a_voxel_across_its_end_holds_its_share(stack: Stack):
    detector = stack(repeat=4, dz_mm=9.6)  # 24 mm deep: 2.5 voxels
    held = at(active_material_table(detector), detector, 0.0)
    assert held[..., 3:] == pytest.approx(0.0)
    assert held.sum(axis=-1) * 9.6 * (4.0 / 6.0) == pytest.approx(16.0)


def test_a_homogeneous_calorimeter_holds_one_everywhere_inside(stack: Stack):
    slab = {"material": "PbWO4", "thickness_mm": 1000.0, "active": True}
    detector = stack(sections=[{"repeat": 1, "stack": [slab]}])
    held = at(active_material_table(detector), detector, 30.0)
    assert held[:, 2:6, 3:] == pytest.approx(1.0, abs=1e-6)  # the sectors whose face is in front
    assert held.max() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("degrees", [0.0, 10.0, 30.0, 40.0])
def test_a_ray_that_enters_by_the_front_face_crosses_all_active_material_at_the_angle(
    stack: Stack, degrees: float
):
    detector = stack(shape=(3, 8, 20))
    held = at(active_material_table(detector), detector, degrees)
    crossed_mm = held.sum(axis=-1) * detector.grid.dz_mm * detector.active_fraction
    # cos(phi) > 0 in the sectors 2 to 5: there the cylinder begins in front of the face
    expected = 10 * 4.0 / np.cos(np.radians(degrees))
    assert crossed_mm[:, 2:6] == pytest.approx(expected, rel=1e-5)


def test_a_shower_is_deeper_on_the_side_away_from_the_lean(stack: Stack):
    """d = z cos(theta) - r cos(phi) sin(theta): in front of the face at phi = 0, behind it at phi = pi."""
    detector = stack(dr_mm=30.0)
    held = at(active_material_table(detector), detector, 30.0)
    at_zero, at_pi = held[2, 3:5], held[2, [0, 7]]
    assert at_zero[:, 0] == pytest.approx(0.0)
    assert (at_pi[:, 0] > 0.5).all()
    assert at_pi[:, -1] == pytest.approx(0.0)  # and leaves by the back while the other side has yet to come
    assert (at_zero[:, -1] > 0.5).all()


def test_the_table_is_its_own_mirror_image_at_the_plane_of_incidence(stack: Stack):
    table = active_material_table(stack(lead_mm=2.3))
    assert np.allclose(table, table[:, :, ::-1], atol=1e-6)


def test_the_angles_go_from_zero_past_the_detectors_range_in_equal_steps(stack: Stack):
    angles = np.degrees(comb_angles(stack(theta_range_deg=[0, 20])))
    assert angles[0] == 0.0
    assert 25.0 <= angles[-1] < 25.6
    assert np.diff(angles) == pytest.approx(0.25)


@pytest.mark.parametrize("degrees", [10.0, 35.0])
def test_it_agrees_with_points_thrown_into_the_voxels(stack: Stack, degrees: float):
    """Share of points of a core r^2 / (r^2 + w^2), w = 0.2 R_M, that land in active slabs."""
    detector = stack(shape=(2, 16, 10), dr_mm=15.0)
    held = at(active_material_table(detector), detector, degrees)
    random = np.random.default_rng(1)
    n, theta = 40_000, np.radians(degrees)
    width = 0.2 * detector.moliere_radius_mm
    for ring in range(2):
        low, high = ((15.0 * k) ** 2 / ((15.0 * k) ** 2 + width**2) for k in (ring, ring + 1))
        share = random.uniform(low, high, n)
        radius = width * np.sqrt(share / (1 - share))
        for sector in (0, 3, 6, 8):
            phi = -np.pi + (sector + random.random(n)) * np.pi / 8
            for layer in (0, 1, 4, 9):
                z = (layer + random.random(n)) * detector.grid.dz_mm
                depth = z * np.cos(theta) - radius * np.cos(phi) * np.sin(theta)
                active = (depth >= 0) & (depth < detector.depth_mm) & (depth % 6.0 >= 2.0)
                thrown = active.mean() / detector.active_fraction
                # the table has 8 nodes a voxel, the throw 40,000 points
                assert held[ring, sector, layer] == pytest.approx(thrown, abs=0.05)


def test_the_logarithm_is_bounded_outside(stack: Stack):
    detector = stack(repeat=4)
    logs = log_active_material_table(detector)
    assert np.isfinite(logs).all()
    assert logs.min() == pytest.approx(np.log(1e-3))


def in_front_of_the_face(detector: Detector, theta: NDArray[np.float64], sign: float) -> NDArray[np.bool_]:
    """Voxels whose every point has z cos(theta) < sign r cos(phi) sin(theta)."""
    grid = detector.grid
    cosine = sign * np.cos(grid.phi_edges_rad)
    least = np.minimum(cosine[:-1], cosine[1:])[:, None]
    tilt = theta[:, None, None, None]
    return grid.z_edges_mm[1:] * np.cos(tilt) < grid.r_edges_mm[:-1, None, None] * least * np.sin(tilt)


def test_real_showers_leave_nothing_where_the_geometry_has_nothing(data_dir: Path):
    """No voxel that lies in front of the face is hit; of their images at phi + pi, some are."""
    in_front, hit_in_front, hit_behind = 0, 0, 0
    for name, file in (("fesci", "fesci"), ("h1_lar", "h1_lar"), ("lhcb_ecal", "lhcb")):
        detector = load_detector(name)
        showers = open_showers(data_dir / f"{file}_small.h5", detector=detector)
        hit, theta = showers.dense() > 0, showers.theta_rad
        outside = in_front_of_the_face(detector, theta, 1.0)
        in_front += outside.sum()
        hit_in_front += hit[outside].sum()
        hit_behind += hit[in_front_of_the_face(detector, theta, -1.0)].sum()
    assert in_front > 3000
    assert hit_in_front == 0
    assert hit_behind > 30


def graded(stack: Stack, **keys: Any) -> Detector:
    """10 layers of 2 mm lead and 4 mm polystyrene, a plate of 6 mm lead, 10 layers of 5 mm lead and 1 mm."""

    def section(repeat: int, lead_mm: float, plastic_mm: float = 0.0) -> dict[str, Any]:
        slabs: list[dict[str, Any]] = [{"material": "Pb", "thickness_mm": lead_mm}]
        if plastic_mm:
            slabs.append({"material": "polystyrene", "thickness_mm": plastic_mm, "active": True})
        return {"repeat": repeat, "stack": slabs}

    return stack(
        sections=[section(10, 2.0, 4.0), section(1, 6.0), section(10, 5.0, 1.0)], shape=(3, 8, 21), **keys
    )


def test_at_one_height_of_the_profile_a_section_shows_energy_per_mm_as_its_sampling_over_its_x0(stack: Stack):
    """A profile f(t) = 1 gives a voxel the energy of its X0; the comb, which part of it is visible."""
    detector = graded(stack)
    visible = at(active_material_table(detector), detector, 0.0)[0, 0]
    per_mm = visible * np.diff(depth_in_x0(detector, detector.grid.z_edges_mm)) / detector.grid.dz_mm
    front, plate, back = detector.section_compositions
    assert plate.sampling_fraction == 0.0
    expected = [c.sampling_fraction / c.x0_mm / detector.sampling_fraction for c in (front, plate, back)]
    assert per_mm == pytest.approx(np.repeat(expected, [10, 1, 10]), rel=1e-5)


def test_one_stack_cut_in_two_sections_has_the_comb_of_one(stack: Stack):
    whole = stack(repeat=20, shape=(3, 8, 20))
    section = whole.to_dict()["sections"][0]
    halves = stack(sections=[{**section, "repeat": 7}, {**section, "repeat": 13}], shape=(3, 8, 20))
    assert np.allclose(active_material_table(halves), active_material_table(whole), rtol=1e-5, atol=1e-6)
