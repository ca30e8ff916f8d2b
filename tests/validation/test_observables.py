"""Every observable of the three hand-made showers, worked out on paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation import observables

ROOT_3 = 3**0.5


def approx(expected):
    return pytest.approx(np.array(expected), rel=1e-6, abs=1e-9)


def test_the_response_is_the_visible_over_the_incident_energy(hand_made_showers):
    assert observables.total_energy_mev(hand_made_showers) == approx([7, 0, 24])
    assert observables.response(hand_made_showers) == approx([7e-3, 0, 24e-5])


def test_layers_hold_the_sums_over_rings_and_sectors(hand_made_showers):
    layers = observables.layer_energies_mev(hand_made_showers)
    assert layers == approx([[6, 0, 0, 1], [0, 0, 0, 0], [0, 8, 0, 16]])
    assert observables.layer_responses(hand_made_showers)[2] == approx([0, 8e-5, 0, 16e-5])
    assert observables.layer_fractions(hand_made_showers)[0] == approx([6 / 7, 0, 0, 1 / 7])


def test_rings_hold_shares_of_the_visible_energy(hand_made_showers):
    assert observables.ring_fractions(hand_made_showers) == approx([[3 / 7, 4 / 7], [0, 0], [1 / 3, 2 / 3]])
    assert observables.core_fraction(hand_made_showers) == approx([3 / 7, 0, 1 / 3])
    assert observables.core_fraction(hand_made_showers, rings=2) == approx([1, 0, 1])


def test_depth_and_its_width_count_layers_from_zero(hand_made_showers):
    assert observables.depth(hand_made_showers) == approx([3 / 7, 0, 7 / 3])
    assert observables.width_in_depth(hand_made_showers) == approx([54**0.5 / 7, 0, 8**0.5 / 3])


def test_radius_and_its_width_are_those_of_the_centres_of_rings(hand_made_showers):
    # Rings at 2.5 and 7.5 mm: two points 5 mm apart have the width 5 sqrt(p q).
    assert observables.mean_radius_mm(hand_made_showers) == approx([37.5 / 7, 0, 17.5 / 3])
    expected = [5 * 12**0.5 / 7, 0, 5 * 2**0.5 / 3]
    assert observables.width_in_radius_mm(hand_made_showers) == approx(expected)


def test_the_containment_radius_takes_a_ring_as_evenly_filled(hand_made_showers):
    # 90 per cent of 7 MeV is 6.3: the inner 5 mm hold 3, and 3.3 of the 4 beyond make 0.825 of 5 mm.
    assert observables.containment_radius_mm(hand_made_showers) == approx([9.125, 0, 9.25])
    assert observables.containment_radius_mm(hand_made_showers, share=1 / 3)[2] == pytest.approx(5.0)


def test_hits_are_voxels_above_a_threshold(hand_made_showers):
    assert observables.hits(hand_made_showers) == approx([3, 0, 2])
    assert observables.hits(hand_made_showers, threshold_mev=2.0) == approx([1, 0, 2])


def test_the_two_hottest_voxels_are_in_order(hand_made_showers):
    assert observables.hottest_fraction(hand_made_showers) == approx([4 / 7, 0, 2 / 3])
    assert observables.second_hottest_fraction(hand_made_showers) == approx([2 / 7, 0, 1 / 3])


def test_the_ratio_of_the_two_hottest_is_their_difference_over_their_sum(hand_made_showers):
    assert observables.e_ratio(hand_made_showers) == approx([1 / 3, 0, 1 / 3])
    single = Showers(
        grid=hand_made_showers.grid,
        incident_energy_gev=[1.0],
        theta_rad=[0.0],
        offsets=[0, 1],
        voxels=[7],
        energies_mev=[4.0],
    )
    assert observables.e_ratio(single).tolist() == [1.0]


def test_sparsity_is_the_share_of_voxels_that_are_hit(hand_made_showers):
    assert observables.sparsity(hand_made_showers) == approx([3 / 24, 0, 2 / 24])
    assert observables.sparsity(hand_made_showers, threshold_mev=2.0) == approx([1 / 24, 0, 2 / 24])


def test_radial_moments_of_energy_in_two_rings_are_those_of_a_coin(hand_made_showers):
    # Shares p = 4/7 and 2/3 in the outer of two rings: see the longitudinal moments.
    found = observables.radial_moments(hand_made_showers)
    assert found.mean == approx([37.5 / 7, 0, 17.5 / 3])
    assert found.width == approx([5 * 12**0.5 / 7, 0, 5 * 2**0.5 / 3])
    assert found.skewness == approx([-1 / 12**0.5, 0, -1 / 2**0.5])
    assert found.kurtosis == approx([(1 - 72 / 49) * 49 / 12, 0, -1.5])


def test_two_equally_hot_voxels_are_the_hottest_and_the_second(tiny_grid):
    twins = Showers(
        grid=tiny_grid,
        incident_energy_gev=[1.0],
        theta_rad=[0.0],
        offsets=[0, 3],
        voxels=[1, 2, 7],
        energies_mev=[4.0, 2.0, 4.0],
    )
    assert observables.two_hottest_fractions(twins) == approx([[0.4, 0.4]])
    assert observables.e_ratio(twins).tolist() == [0.0]


def test_the_transverse_centre_follows_the_sectors_from_minus_pi(hand_made_showers):
    # Sectors at -120, 0 and 120 degrees; the first shower is all in the first of them.
    centre = observables.transverse_centre_mm(hand_made_showers)
    assert centre[0] == approx([-37.5 / 14, -37.5 / 14 * ROOT_3])
    assert centre[1] == approx([0, 0])
    assert centre[2] == approx([-5 / 3, 2.5 * ROOT_3])
    width = observables.transverse_width_mm(hand_made_showers)
    assert width[0] == approx([2.5 * 12**0.5 / 7, 2.5 * 12**0.5 / 7 * ROOT_3])
    assert width[2] == approx([6.25 * 2**0.5 / 3, 3.75 * ROOT_3 * 2**0.5 / 3])


SCALE_FREE = (
    observables.layer_fractions,
    observables.ring_fractions,
    observables.depth,
    observables.width_in_depth,
    observables.mean_radius_mm,
    observables.width_in_radius_mm,
    observables.containment_radius_mm,
    observables.hits,
    observables.two_hottest_fractions,
    observables.e_ratio,
    observables.radial_moments,
    observables.layer_azimuth_and_width_rad,
    observables.transverse_centre_mm,
    observables.transverse_width_mm,
)


@settings(deadline=None)  # a busy machine says nothing of the code
@given(
    deposits=st.lists(st.floats(2**-10, 1024, width=32), min_size=24, max_size=24),
    factor=st.sampled_from([0.25, 0.5, 2.0, 1024.0]),
)
def test_shapes_do_not_depend_on_the_energy_scale(deposits, factor):
    def shower(values):
        return Showers.from_dense(
            np.array(values, dtype=np.float32).reshape(1, 2, 3, 4),
            grid=CylinderGrid(shape=(2, 3, 4), dr_mm=5.0, dz_mm=10.0),
            incident_energy_gev=[10.0],
            theta_rad=[0.0],
        )

    before, after = shower(deposits), shower(factor * np.array(deposits))
    for observable in SCALE_FREE:
        np.testing.assert_allclose(observable(after), observable(before), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(observables.response(after), factor * observables.response(before), rtol=1e-6)
