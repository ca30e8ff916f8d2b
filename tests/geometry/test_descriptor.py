import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.geometry import DESCRIPTOR_NAMES, descriptor, detector_names, load_detector


def named(detector):
    return dict(zip(DESCRIPTOR_NAMES, descriptor(detector), strict=True))


def test_the_numbers_of_a_crystal_calorimeter_are_known_by_hand(stacked):
    numbers = named(stacked(("PbWO4", 222.6, True), repeat=1))
    assert numbers["ln_depth_x0"] == pytest.approx(np.log(222.6 / 8.904 / 25.0), abs=1e-3)
    assert numbers["ln_dz_x0"] == pytest.approx(np.log(0.8), abs=1e-4)
    assert numbers["ln_dr_moliere"] == pytest.approx(np.log(0.5), abs=1e-4)
    assert numbers["active_fraction"] == 1.0
    assert numbers["ln_density_ratio"] == pytest.approx(0.0)
    assert numbers["ln_sampling_fraction"] == pytest.approx(0.0)
    assert numbers["mean_z"] == pytest.approx(numbers["active_mean_z"])


def test_there_is_one_finite_number_of_order_one_for_each_name():
    for name in detector_names():
        numbers = descriptor(load_detector(name))
        assert numbers.shape == (len(DESCRIPTOR_NAMES),)
        assert numbers.dtype == np.float64
        assert np.isfinite(numbers).all()
        assert np.abs(numbers).max() < 5.0


def test_detectors_differ_in_their_numbers_and_twins_do_not():
    numbers = {name: descriptor(load_detector(name)) for name in detector_names()}
    np.testing.assert_array_equal(numbers["lhcb_ecal"], numbers["lhcb_shashlik"])
    np.testing.assert_array_equal(numbers["atlas_barrel"], numbers["atlas_lar"])
    distinct = {tuple(value) for value in numbers.values()}
    assert len(distinct) == len(numbers) - 2


@given(step=st.floats(1e-6, 1e-4), lead_mm=st.floats(0.5, 5.0))
def test_a_small_change_of_the_stack_is_a_small_change_of_the_numbers(stacked, step, lead_mm):
    grid = {"dr_mm": 18.0, "dz_mm": 12.0}  # automatic dz goes in steps of whole layers
    one = stacked(("Pb", lead_mm, False), ("polystyrene", 4.0, True), grid=grid)
    other = stacked(("Pb", lead_mm * (1.0 + step), False), ("polystyrene", 4.0, True), grid=grid)
    assert np.abs(descriptor(one) - descriptor(other)).max() < 5.0 * step


def test_a_vanishing_absorber_leads_to_the_homogeneous_calorimeter(stacked):
    grid = {"dr_mm": 11.0, "dz_mm": 10.0}
    nearly = stacked(("Al", 1e-6, False), ("BGO", 10.0, True), repeat=24, grid=grid)
    whole = stacked(("BGO", 10.0, True), repeat=24, grid=grid)
    np.testing.assert_allclose(descriptor(nearly), descriptor(whole), atol=1e-5)


def test_how_a_homogeneous_calorimeter_is_cut_into_slabs_does_not_matter(stacked):
    whole, cut = stacked(("BGO", 240.0, True), repeat=1), stacked(("BGO", 10.0, True), repeat=24)
    np.testing.assert_allclose(descriptor(whole), descriptor(cut))


def test_the_order_of_slabs_and_the_repetition_of_layers_do_not_matter(stacked):
    one = stacked(("W", 2.0, False), ("Si", 0.5, True), repeat=30)
    swapped = stacked(("Si", 0.5, True), ("W", 2.0, False), repeat=30)
    np.testing.assert_allclose(descriptor(one), descriptor(swapped))
