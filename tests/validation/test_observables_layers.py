"""Centres, widths and hits in each layer of the three hand-made showers, worked out on paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation import observables

ROOT_2, ROOT_3 = 2**0.5, 3**0.5


def one_layer(energies):
    """Showers of one ring at 2.5 mm and one layer, with energies in its sectors (N, n_phi)."""
    energies = np.atleast_2d(np.asarray(energies, dtype=float))
    return Showers.from_dense(
        energies[:, None, :, None],
        grid=CylinderGrid(shape=(1, energies.shape[1], 1), dr_mm=5.0, dz_mm=1.0),
        incident_energy_gev=np.ones(len(energies)),
        theta_rad=0.0,
    )


def test_hits_are_counted_in_their_layers(hand_made_showers):
    assert observables.layer_hits(hand_made_showers).tolist() == [[2, 0, 0, 1], [0] * 4, [0, 1, 0, 1]]
    assert observables.layer_hits(hand_made_showers, threshold_mev=2.0)[0].tolist() == [1, 0, 0, 0]
    assert observables.layer_sparsity(hand_made_showers)[0] == pytest.approx([1 / 3, 0, 0, 1 / 6])


def test_centres_are_means_over_the_voxels_of_a_layer(hand_made_showers):
    # Layer 0 of the first: 2 MeV at 2.5 mm and 4 MeV at 7.5 mm, both at -120 degrees.
    x, width_x = observables.layer_centre_and_width_mm(hand_made_showers, "x")
    y, width_y = observables.layer_centre_and_width_mm(hand_made_showers, "y")
    r, width_r = observables.layer_centre_and_width_mm(hand_made_showers, "r")
    assert r[0] == pytest.approx([35 / 6, 0, 0, 2.5])
    assert x[0] == pytest.approx([-35 / 12, 0, 0, -1.25])
    assert y[0] == pytest.approx([-35 * ROOT_3 / 12, 0, 0, -1.25 * ROOT_3])
    assert width_r[0] == pytest.approx([5 * ROOT_2 / 3, 0, 0, 0])
    assert width_x[0] == pytest.approx([2.5 * ROOT_2 / 3, 0, 0, 0])
    assert width_y[0] == pytest.approx([2.5 * ROOT_2 * ROOT_3 / 3, 0, 0, 0])
    assert x[2] == pytest.approx([0, 2.5, 0, -3.75])
    assert y[2] == pytest.approx([0, 0, 0, 3.75 * ROOT_3])
    assert not any(found[1].any() for found in (x, y, r, width_x, width_y, width_r))


def test_a_layer_with_one_hit_has_no_width_at_all(hand_made_showers):
    for axis in ("x", "y", "r"):
        _, width = observables.layer_centre_and_width_mm(hand_made_showers, axis)
        assert width[2].tolist() == [0, 0, 0, 0]
    _, width = observables.layer_azimuth_and_width_rad(hand_made_showers)
    assert width.tolist() == np.zeros((3, 4)).tolist()


def test_layers_together_have_the_centre_and_width_of_the_shower(real_showers):
    # The law of total variance: the mean of the variances and the variance of the means.
    share = observables.layer_fractions(real_showers)
    centre, width = observables.transverse_moments_mm(real_showers)
    for k, axis in enumerate(("x", "y")):
        means, widths = observables.layer_centre_and_width_mm(real_showers, axis)
        assert (share * means).sum(axis=1) == pytest.approx(centre[:, k], abs=1e-9)
        mean_square = (share * (widths**2 + means**2)).sum(axis=1)
        assert mean_square - centre[:, k] ** 2 == pytest.approx(width[:, k] ** 2)


def test_the_mean_azimuth_is_that_on_the_circle():
    # -120 and 120 degrees meet at 180, not at 0; their mean direction has length 1/2: sqrt(2 (1 - 1/2)) = 1.
    mean, width = observables.layer_azimuth_and_width_rad(one_layer([[1, 0, 1], [1, 0, 0], [0, 1, 1]]))
    assert np.abs(mean[0, 0]) == pytest.approx(np.pi)
    assert mean[1:, 0] == pytest.approx([-2 * np.pi / 3, np.pi / 3])
    assert width[:, 0] == pytest.approx([1, 0, 1])


def test_energy_alike_in_all_directions_has_no_azimuth_and_the_largest_spread():
    mean, width = observables.layer_azimuth_and_width_rad(one_layer(np.ones((1, 16))))
    assert mean.tolist() == [[0.0]]
    assert width == pytest.approx(np.array([[ROOT_2]]))


@given(
    energies=st.lists(st.floats(0.125, 64, width=32), min_size=8, max_size=8),
    turn=st.integers(1, 7),
)
def test_turning_a_shower_turns_its_azimuth_and_keeps_its_spread(energies, turn):
    energies[0] += 100.0  # so that there is a direction
    mean, width = observables.layer_azimuth_and_width_rad(one_layer([energies, np.roll(energies, turn)]))
    step = (mean[1, 0] - mean[0, 0] - turn * np.pi / 4) / (2 * np.pi)
    assert step == pytest.approx(np.round(step), abs=1e-6)
    assert width[1, 0] == pytest.approx(width[0, 0], abs=1e-6)
