"""What is measured on each shower: one formula a function, on sparse showers, nothing made dense.

N is the number of showers, (n_r, n_phi, n_z) the shape of their grid. A voxel stands at the centre of its
bin; layers of the grid are counted from 0. A shower without energy gets 0 for every observable.

Three registries have them by name, with the words and units for a plot: `OBSERVABLES` are one number a
shower, `LAYER_OBSERVABLES` one for each layer, `RANGE_OBSERVABLES` (CaloGAN's) one for each coarse range of
depth.
"""

from metacalo.validation.observables.calogan import (
    deepest_range,
    depth_weighted_energy_mev,
    range_e_ratios,
    range_energies_mev,
    range_fractions,
    range_sparsity,
    range_widths_mm,
    shower_depth,
    shower_depth_width,
)
from metacalo.validation.observables.layers import (
    layer_azimuth_and_width_rad,
    layer_centre_and_width_mm,
    layer_energies_mev,
    layer_fractions,
    layer_hits,
    layer_responses,
    layer_sparsity,
)
from metacalo.validation.observables.longitudinal import (
    depth,
    depth_of_maximum,
    depth_of_start,
    depth_x0,
    longitudinal_moments,
    width_in_depth,
    width_in_depth_x0,
)
from metacalo.validation.observables.moments import ShapeMoments
from metacalo.validation.observables.observable import Observable, measure_all
from metacalo.validation.observables.of_layers import LAYER_OBSERVABLES, RANGE_OBSERVABLES
from metacalo.validation.observables.of_showers import OBSERVABLES
from metacalo.validation.observables.sums import hit_arrays
from metacalo.validation.observables.totals import MEV_PER_GEV, response, total_energy_mev
from metacalo.validation.observables.transverse import (
    column_positions_mm,
    containment_radius_mm,
    core_fraction,
    mean_radius_mm,
    radial_moments,
    ring_centres_mm,
    ring_fractions,
    transverse_centre_mm,
    transverse_moments_mm,
    transverse_width_mm,
    width_in_radius_mm,
)
from metacalo.validation.observables.voxels import (
    e_ratio,
    hits,
    hottest_fraction,
    second_hottest_fraction,
    sparsity,
    two_hottest_fractions,
)

__all__ = [
    "LAYER_OBSERVABLES",
    "MEV_PER_GEV",
    "OBSERVABLES",
    "RANGE_OBSERVABLES",
    "Observable",
    "ShapeMoments",
    "column_positions_mm",
    "containment_radius_mm",
    "core_fraction",
    "deepest_range",
    "depth",
    "depth_of_maximum",
    "depth_of_start",
    "depth_weighted_energy_mev",
    "depth_x0",
    "e_ratio",
    "hit_arrays",
    "hits",
    "hottest_fraction",
    "layer_azimuth_and_width_rad",
    "layer_centre_and_width_mm",
    "layer_energies_mev",
    "layer_fractions",
    "layer_hits",
    "layer_responses",
    "layer_sparsity",
    "longitudinal_moments",
    "mean_radius_mm",
    "measure_all",
    "radial_moments",
    "range_e_ratios",
    "range_energies_mev",
    "range_fractions",
    "range_sparsity",
    "range_widths_mm",
    "response",
    "ring_centres_mm",
    "ring_fractions",
    "second_hottest_fraction",
    "shower_depth",
    "shower_depth_width",
    "sparsity",
    "total_energy_mev",
    "transverse_centre_mm",
    "transverse_moments_mm",
    "transverse_width_mm",
    "two_hottest_fractions",
    "width_in_depth",
    "width_in_depth_x0",
    "width_in_radius_mm",
]
