"""CaloGAN's table: on paper for the hand-made showers, and by its formulas on dense images for real ones."""

import numpy as np
import pytest

from metacalo.validation import observables
from metacalo.validation.scales import Scales


@pytest.fixture
def scales(tiny_grid):
    """Four layers are the first four ranges; the fifth has none."""
    return Scales.of(tiny_grid)


def test_energies_and_shares_of_ranges(hand_made_showers, scales):
    energies = observables.range_energies_mev(hand_made_showers, scales)
    assert energies.tolist() == [[6, 0, 0, 1, 0], [0] * 5, [0, 8, 0, 16, 0]]
    assert observables.range_fractions(hand_made_showers, scales)[2] == pytest.approx([0, 1 / 3, 0, 2 / 3, 0])


def test_the_ratio_compares_the_two_hottest_voxels_of_a_range(hand_made_showers, scales):
    ratios = observables.range_e_ratios(hand_made_showers, scales)
    assert ratios == pytest.approx(np.array([[1 / 3, 0, 0, 1, 0], [0] * 5, [0, 1, 0, 1, 0]]))


def test_widths_of_ranges_are_those_in_x(hand_made_showers, scales):
    # 2 MeV at x = -1.25 mm and 4 MeV at -3.75 mm.
    widths = observables.range_widths_mm(hand_made_showers, scales)
    assert widths[0] == pytest.approx([2.5 * 2**0.5 / 3, 0, 0, 0, 0])
    assert widths[1:].tolist() == [[0] * 5] * 2


def test_sparsity_of_ranges_counts_their_own_voxels(hand_made_showers, scales):
    found = observables.range_sparsity(hand_made_showers, scales)
    assert found[0] == pytest.approx([1 / 3, 0, 0, 1 / 6, 0])
    assert found[1].tolist() == [0] * 5


def test_depth_variables_count_ranges_from_zero(hand_made_showers, scales):
    assert observables.deepest_range(hand_made_showers, scales).tolist() == [3, 0, 3]
    assert observables.depth_weighted_energy_mev(hand_made_showers, scales) == pytest.approx([3, 0, 56])
    assert observables.shower_depth(hand_made_showers, scales) == pytest.approx([3 / 7, 0, 7 / 3])
    expected = [3 * 6**0.5 / 7, 0, 2 * 2**0.5 / 3]
    assert observables.shower_depth_width(hand_made_showers, scales) == pytest.approx(expected)


def test_the_table_is_that_of_dense_images(real_showers, detector):
    scales = Scales.of(real_showers.grid, detector)
    dense = real_showers.dense(np.float64)
    grid = real_showers.grid
    x = np.outer(grid.r_centres_mm, np.cos(grid.phi_centres_rad))[:, :, None]
    sums = []
    for k in range(5):
        image = dense[..., scales.range_of_layer == k]
        energy = image.sum(axis=(1, 2, 3))
        sums.append(energy)
        hit = energy > 0
        assert hit.any()
        second, first = np.sort(image.reshape(len(image), -1), axis=1)[:, -2:].T
        ratio = observables.range_e_ratios(real_showers, scales)[:, k]
        assert ratio[hit] == pytest.approx(((first - second) / (first + second + 1e-300))[hit])
        mean = (image * x).sum(axis=(1, 2, 3))[hit] / energy[hit]
        square = (image * x**2).sum(axis=(1, 2, 3))[hit] / energy[hit]
        width = observables.range_widths_mm(real_showers, scales)[hit, k]
        assert width**2 == pytest.approx(square - mean**2, abs=1e-9)
        share = observables.range_sparsity(real_showers, scales)[:, k]
        assert share == pytest.approx((image > 0).mean(axis=(1, 2, 3)))
    energies = np.stack(sums, axis=1)
    assert observables.range_energies_mev(real_showers, scales) == pytest.approx(energies)
    expected = energies @ np.arange(5)
    assert observables.depth_weighted_energy_mev(real_showers, scales) == pytest.approx(expected)
