"""The high-level features of a shower: what the Frechet distance and the classifier look at."""

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation import observables
from metacalo.validation.observables.layers import voxel_positions_mm
from metacalo.validation.observables.moments import width_of
from metacalo.validation.observables.sums import energy_sums, hit_counts, layer_of_voxel, quotient
from metacalo.validation.scales import Scales

Array = NDArray[np.float64]


def high_level_features(showers: Showers, scales: Scales | Detector | None = None) -> tuple[Array, list[str]]:
    """Describe each shower by physics, shape (N, F), and name the F columns.

    In order, with their transformation (which matters to the Frechet distance, not to trees):

    - E_tot / E_inc (1);
    - sqrt(E_z / E_inc) for each layer of the grid (n_z); the root makes the noise of full and of nearly empty
      layers alike, and has no cut-off to choose at zero, where CaloChallenge's logarithm needs one;
    - sqrt(E_r / E_tot) for each ring (n_r); the first is the root of the core fraction;
    - depth and width in depth [layers], mean radius and width in radius [mm], R90 [mm] (5);
    - centre and width in x and in y [mm] (4);
    - log10(1 + hits), shares of the hottest and second hottest voxel (3);
    - for each coarse range of depth (0-4, 4-8, 8-12, 12-18, > 18 X0; fifths of the layers where no detector
      is known): centre and width in x and y, mean radius [mm], log10(1 + hits) (6 x 5).

    The incident energy and angle are conditions, not features: they are not among them.

    Args:
        showers: the showers.
        scales: the coarse ranges of depth, or the detector that the showers were in, whose radiation lengths
            set them; None if it is not known.
    """
    if not isinstance(scales, Scales):
        scales = Scales.of(showers.grid, scales)
    two_hottest = observables.two_hottest_fractions(showers)
    columns: list[tuple[str, Array]] = [("response", observables.response(showers))]
    columns += _numbered("layer", np.sqrt(observables.layer_responses(showers)))
    columns += _numbered("ring", np.sqrt(observables.ring_fractions(showers)))
    columns += [
        ("depth", observables.depth(showers)),
        ("width_in_depth", observables.width_in_depth(showers)),
        ("mean_radius", observables.mean_radius_mm(showers)),
        ("width_in_radius", observables.width_in_radius_mm(showers)),
        ("r90", observables.containment_radius_mm(showers)),
    ]
    centre, width = observables.transverse_moments_mm(showers)
    columns += [("x", centre[:, 0]), ("y", centre[:, 1]), ("width_x", width[:, 0]), ("width_y", width[:, 1])]
    columns += [
        ("hits", np.log10(1 + observables.hits(showers))),
        ("hottest", two_hottest[:, 0]),
        ("second_hottest", two_hottest[:, 1]),
    ]
    columns += _by_depth_range(showers, scales)
    return np.stack([column for _, column in columns], axis=1), [name for name, _ in columns]


def _by_depth_range(showers: Showers, scales: Scales) -> list[tuple[str, Array]]:
    """Centre, width, mean radius and hits in each coarse range of depth."""
    ranges = len(scales.range_names)
    member = scales.range_of_layer[layer_of_voxel(showers.grid)]
    position = {axis: voxel_positions_mm(showers, axis) for axis in ("x", "y", "r")}
    factors = [None, *position.values(), np.square(position["x"]), np.square(position["y"])]
    energy, *weighted = energy_sums(showers, member, ranges, factors)
    x, y, radius, x_square, y_square = (quotient(total, energy) for total in weighted)
    found = {
        "x": x,
        "width_x": width_of(x, x_square),
        "y": y,
        "width_y": width_of(y, y_square),
        "mean_radius": radius,
        "hits": np.log10(1 + hit_counts(showers, member, ranges)),
    }
    return [
        (f"{name}_from_{start}", values[:, k])
        for k, start in enumerate(scales.range_names)
        for name, values in found.items()
    ]


def _numbered(name: str, values: Array) -> list[tuple[str, Array]]:
    """Columns of values (N, K) under a common name."""
    return [(f"{name}_{k}", values[:, k]) for k in range(values.shape[1])]
