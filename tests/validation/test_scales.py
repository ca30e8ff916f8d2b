"""Units of depth and radius, with a detector and without."""

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid, Detector, depth_in_x0
from metacalo.showers import Showers
from metacalo.validation import observables
from metacalo.validation.scales import DEPTH_RANGES_X0, Scales


def test_layers_fall_in_depth_ranges_by_their_centres(real_showers, detector):
    scales = Scales.of(real_showers.grid, detector)
    step = real_showers.grid.dz_mm / detector.x0_mm
    for layer, k in enumerate(scales.range_of_layer):
        centre = (layer + 0.5) * step
        assert scales.layer_depth[layer] == pytest.approx(centre)
        assert DEPTH_RANGES_X0[k] <= centre
        assert k == len(DEPTH_RANGES_X0) - 1 or centre < DEPTH_RANGES_X0[k + 1]


def test_a_detector_gives_its_name_and_its_lengths(real_showers, detector):
    scales = Scales.of(real_showers.grid, detector)
    assert scales.title == "lhcb_shashlik"
    assert scales.radius_unit_mm == detector.moliere_radius_mm
    assert (scales.depth_unit, scales.radius_unit) == ("$X_0$", r"$R_\mathrm{M}$")
    assert scales.range_names == ("0X0", "4X0", "8X0", "12X0", "18X0")
    assert scales.range_labels[::4] == ("0–4 $X_0$", "behind 18 $X_0$")
    assert Scales.of(real_showers.grid, detector, "mine").title == "mine"


def test_without_a_detector_layers_and_millimetres_are_the_units():
    scales = Scales.of(CylinderGrid(shape=(2, 3, 10), dr_mm=5.0, dz_mm=10.0), title="foreign")
    assert scales.title == "foreign"
    assert scales.layer_depth.tolist() == list(range(10))
    assert (scales.depth_unit, scales.radius_unit, scales.radius_unit_mm) == ("layers", "mm", 1.0)
    assert scales.range_of_layer.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert scales.range_labels[0] == "layers 0–1"


def test_a_grid_with_fewer_layers_than_ranges_leaves_the_last_empty(tiny_grid):
    scales = Scales.of(tiny_grid)
    assert scales.range_of_layer.tolist() == [0, 1, 2, 3]
    assert scales.range_labels[-1] == "no layers"


def graded_detector(real_showers):
    """20 layers of 2 mm W and 4 mm polystyrene, then 6 mm of aluminium: two sections of very different X0."""
    plastic = {"material": "polystyrene", "thickness_mm": 4.0, "active": True}
    sections = [
        {"repeat": n, "stack": [{"material": m, "thickness_mm": t}, plastic]}
        for n, m, t in ((20, "W", 2.0), (60, "Al", 6.0))
    ]
    grid = real_showers.grid.to_dict()
    return Detector.from_dict({"name": "graded", "sections": sections, "grid": grid})


def test_each_section_counts_with_its_own_radiation_length(real_showers):
    """120 mm of the first section are 11.6 X0; behind them a millimetre counts a thirteenth as much."""
    graded = graded_detector(real_showers)
    scales = Scales.of(real_showers.grid, graded)
    depth = depth_in_x0(graded, real_showers.grid.z_centres_mm)
    assert (scales.range_of_layer == np.searchsorted(DEPTH_RANGES_X0, depth, side="right") - 1).all()
    effective = real_showers.grid.z_centres_mm / graded.x0_mm
    by_mean_x0 = np.searchsorted(DEPTH_RANGES_X0, effective, side="right") - 1
    assert (scales.range_of_layer != by_mean_x0).any()
    layers = real_showers.grid.shape[2]
    dense = np.zeros((layers, *real_showers.grid.shape))
    dense[np.arange(layers), 0, 0, np.arange(layers)] = 1.0
    single = Showers.from_dense(
        dense, grid=real_showers.grid, incident_energy_gev=[1.0] * layers, theta_rad=0.0
    )
    assert observables.depth_x0(single, graded) == pytest.approx(depth)
    assert observables.longitudinal_moments(single, scales).mean == pytest.approx(depth)
    assert observables.width_in_depth_x0(single, graded).tolist() == [0.0] * layers
