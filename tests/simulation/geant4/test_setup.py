"""From a detector to what Geant4 is told: blocks, physics, production cut."""

import math

import pytest

from metacalo.errors import SettingsError
from metacalo.geometry import load_detector
from metacalo.simulation.geant4 import PHYSICS
from metacalo.simulation.geant4.setup import check_options, setup_of


def test_slabs_that_touch_and_are_alike_are_one_block(crystal, sampling):
    whole = setup_of(crystal, "option0", 0.7)
    assert [(block.thickness_mm, block.active) for block in whole.blocks] == [(pytest.approx(356.0), True)]
    assert len(setup_of(sampling, "option0", 0.7).blocks) == 3 * 35


def test_slabs_are_so_wide_that_a_slanting_particle_leaves_them_at_the_back(sampling, crystal):
    thin, deep = (setup_of(detector, "option0", 0.7) for detector in (sampling, crystal))
    assert thin.half_width_mm == 1500.0
    assert deep.half_width_mm > deep.depth_mm * math.tan(math.radians(80.0))


def test_active_and_passive_slabs_of_one_material_stay_apart():
    detector = load_detector("atlas_lar")
    setup = setup_of(detector, "option0", 0.7)
    assert len(setup.materials) == len({slab.material for slab in detector.slabs})
    assert setup.depth_mm == pytest.approx(detector.depth_mm)
    active_mm = sum(block.thickness_mm for block in setup.blocks if block.active)
    assert active_mm == pytest.approx(detector.active_thickness_mm * detector.n_layers)


@pytest.mark.parametrize("physics", PHYSICS)
def test_every_physics_that_can_be_chosen_is_known(physics):
    check_options(physics, 0.7)


def test_unknown_physics_names_the_nearest():
    with pytest.raises(SettingsError, match=r"one of option0, .*got 'option9'; did you mean 'option"):
        check_options("option9", 0.7)


@pytest.mark.parametrize("cut_mm", [0.0, -1.0, float("nan"), float("inf"), 5000.0])
def test_an_impossible_production_cut_is_refused(cut_mm):
    with pytest.raises(SettingsError, match="production cut"):
        check_options("option0", cut_mm)
