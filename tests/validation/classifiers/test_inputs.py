"""What the networks see."""

import numpy as np
import pytest

from metacalo.errors import GridMismatchError
from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.classifiers.inputs import FeatureInputs, VoxelInputs


def test_features_are_standardised_on_the_chosen_showers_only():
    inputs = FeatureInputs(
        np.array([[0.0, 5.0], [2.0, 5.0]]), np.array([[9.0, 7.0]]), standardise_on=np.array([0, 1])
    )
    # Mean 1 and spread 1 of the first two; the second feature is constant there.
    assert inputs.batch(np.array([2, 0])).tolist() == [[8.0, 0.0], [-1.0, 0.0]]
    assert inputs.width == 2


def test_voxels_are_percent_of_the_incident_energy_in_the_order_asked_for(hand_made_showers):
    inputs = VoxelInputs(hand_made_showers, hand_made_showers[::-1])
    rows = inputs.batch(np.array([5, 0, 1, 3]))
    assert rows.shape == (4, inputs.width) == (4, 26)
    assert np.array_equal(rows[0], rows[1])  # the last of the reversed sample is the first
    assert rows[1, :2] == pytest.approx([3.0, 0.0])  # log10 of 1 GeV in MeV
    response = (7 / 1000 + 24 / 100_000) / 3
    expected = np.zeros(24)
    expected[[0, 3, 12]] = 100 * np.array([2.0, 1.0, 4.0]) / (1000 * response)
    assert rows[1, 2:] == pytest.approx(expected)
    assert not rows[2, 2:].any()
    assert rows[3, 2:].sum() == pytest.approx(100 * 24 / (100_000 * response))


def test_every_row_is_the_dense_shower(real_showers):
    inputs = VoxelInputs(real_showers[:25], real_showers[25:])
    order = np.random.default_rng(0).permutation(60)
    dense = real_showers.dense().reshape(60, -1)[order]
    scale = inputs.batch(order)[:, 2:].sum(axis=1) / dense.sum(axis=1)
    assert np.allclose(inputs.batch(order)[:, 2:], dense * scale[:, None], rtol=1e-5)


def test_two_grids_are_refused(hand_made_showers):
    other = Showers.from_dense(
        np.ones((1, 2, 2, 2)),
        grid=CylinderGrid(shape=(2, 2, 2), dr_mm=5.0, dz_mm=10.0),
        incident_energy_gev=[1.0],
        theta_rad=0.0,
    )
    with pytest.raises(GridMismatchError, match="needs one grid"):
        VoxelInputs(hand_made_showers, other)
