from typing import Any

import numpy as np
import pytest

from metacalo.geometry import Detector, depth_in_x0, detector_names, load_detector, material


def section(repeat: int, **thickness_mm: float) -> dict[str, Any]:
    stack = [{"material": m, "thickness_mm": t, "active": m == "Si"} for m, t in thickness_mm.items()]
    return {"repeat": repeat, "stack": stack}


@pytest.fixture
def graded() -> Detector:
    """10 layers of 2 mm tungsten, then 5 of 8 mm lead, each with 1 mm silicon: 30 mm, then 45 mm."""
    return Detector.from_dict(
        {"name": "graded", "sections": [section(10, W=2.0, Si=1.0), section(5, Pb=8.0, Si=1.0)]}
    )


def in_x0(**thickness_mm: float) -> float:
    return sum(t / material(m).radiation_length_mm for m, t in thickness_mm.items())


@pytest.mark.parametrize("name", detector_names())
def test_one_section_is_a_division_to_the_last_bit(name: str):
    detector = load_detector(name)
    assert len(detector.sections) == 1
    z = detector.grid.z_edges_mm
    assert np.array_equal(depth_in_x0(detector, z), z / detector.x0_mm)


def test_each_section_counts_with_its_own_x0(graded: Detector):
    front, back = in_x0(W=2.0, Si=1.0), in_x0(Pb=8.0, Si=1.0)
    depths = depth_in_x0(graded, [0.0, 3.0, 30.0, 39.0, 75.0])
    assert depths == pytest.approx([0.0, front, 10 * front, 10 * front + back, 10 * front + 5 * back])


def test_the_end_is_at_the_detectors_depth(graded: Detector):
    assert float(depth_in_x0(graded, graded.depth_mm)) == pytest.approx(graded.depth_x0)


def test_it_goes_on_behind_the_end_with_the_effective_x0(graded: Detector):
    behind = depth_in_x0(graded, [75.0, 75.0 + graded.x0_mm, 75.0 + 7 * graded.x0_mm])
    assert behind - graded.depth_x0 == pytest.approx([0.0, 1.0, 7.0], abs=1e-9)


def test_it_rises_everywhere_and_keeps_the_shape(graded: Detector):
    z = np.linspace(0.0, 120.0, 600).reshape(20, 30)
    depths = depth_in_x0(graded, z)
    assert depths.shape == (20, 30)
    assert (np.diff(depths.ravel()) > 0).all()


def test_cutting_a_section_in_two_changes_nothing():
    whole = Detector.from_dict({"name": "whole", "sections": [section(10, W=2.0, Si=1.0)]})
    halves = Detector.from_dict(
        {"name": "halves", "sections": [section(4, W=2.0, Si=1.0), section(6, W=2.0, Si=1.0)]}
    )
    z = whole.grid.z_edges_mm
    assert depth_in_x0(halves, z) == pytest.approx(depth_in_x0(whole, z))


def test_a_material_of_the_file_counts_too():
    mixture = {"heavymet": {"density_g_cm3": 17.0, "mass_fractions": {"W": 0.9, "Ni": 0.1}}}
    sections = [section(3, heavymet=2.0, Si=1.0), section(3, Pb=2.0, Si=1.0)]
    detector = Detector.from_dict({"name": "mixed", "materials": mixture, "sections": sections})
    expected = 2.0 / detector.material("heavymet").radiation_length_mm + in_x0(Si=1.0)
    assert float(depth_in_x0(detector, 3.0)) == pytest.approx(expected)
