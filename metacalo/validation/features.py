"""The high-level features of a shower: what the Frechet distance and the classifier look at."""

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector, depth_in_x0
from metacalo.showers import Showers
from metacalo.validation import observables

Array = NDArray[np.float64]

DEPTH_RANGES_X0 = (0.0, 4.0, 8.0, 12.0, 18.0)
"""Where the coarse ranges of depth begin [X0]; the last is open."""


def high_level_features(showers: Showers, detector: Detector) -> tuple[Array, list[str]]:
    """Describe each shower by physics, shape (N, F), and name the F columns.

    In order, with their transformation (which matters to the Frechet distance, not to trees):

    - E_tot / E_inc (1);
    - sqrt(E_z / E_inc) for each layer of the grid (n_z); the root makes the noise of full and of nearly empty
      layers alike, and has no cut-off to choose at zero, where CaloChallenge's logarithm needs one;
    - sqrt(E_r / E_tot) for each ring (n_r); the first is the root of the core fraction;
    - depth and width in depth [layers], mean radius and width in radius [mm], R90 [mm] (5);
    - centre and width in x and in y [mm] (4);
    - log10(1 + hits), shares of the hottest and second hottest voxel (3);
    - for each coarse range of depth (0-4, 4-8, 8-12, 12-18, > 18 X0): centre and width in x and y, mean
      radius [mm], log10(1 + hits) (6 x 5).

    The incident energy and angle are conditions, not features: they are not among them.

    Args:
        showers: the showers.
        detector: where they were; its radiation lengths set the coarse ranges of depth.
    """
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
    centre, width = observables.transverse_centre_mm(showers), observables.transverse_width_mm(showers)
    columns += [("x", centre[:, 0]), ("y", centre[:, 1]), ("width_x", width[:, 0]), ("width_y", width[:, 1])]
    columns += [
        ("hits", np.log10(1 + observables.hits(showers))),
        ("hottest", two_hottest[:, 0]),
        ("second_hottest", two_hottest[:, 1]),
    ]
    columns += _by_depth_range(showers, detector)
    return np.stack([column for _, column in columns], axis=1), [name for name, _ in columns]


def depth_range_of_layer(showers: Showers, detector: Detector) -> NDArray[np.int64]:
    """Index into `DEPTH_RANGES_X0` of each layer of the grid, by the depth of its centre, shape (n_z,)."""
    centre_x0 = depth_in_x0(detector, showers.grid.z_centres_mm)
    return np.searchsorted(DEPTH_RANGES_X0, centre_x0, side="right") - 1


def _by_depth_range(showers: Showers, detector: Detector) -> list[tuple[str, Array]]:
    """Centre, width, mean radius and hits in each coarse range of depth."""
    shower, voxel, energy = observables.hit_arrays(showers)
    column, layer = np.divmod(voxel, showers.grid.shape[2])
    ranges = len(DEPTH_RANGES_X0)
    group = shower * ranges + depth_range_of_layer(showers, detector)[layer]
    shape = (len(showers), ranges)
    position = observables.column_positions_mm(showers)
    radius = np.hypot(*position.T)

    def total(weights: Array) -> Array:
        found = np.bincount(group, weights=weights, minlength=shape[0] * ranges)
        return np.asarray(found, dtype=np.float64).reshape(shape)

    def mean(weights: Array) -> Array:
        return np.divide(total(weights), deposit, out=np.zeros(shape), where=deposit > 0)

    deposit = total(energy)
    found: dict[str, Array] = {}
    for name, x in zip("xy", position.T, strict=True):
        found[name] = mean(energy * x[column])
        variance = mean(energy * np.square(x)[column]) - found[name] ** 2
        found[f"width_{name}"] = np.sqrt(np.maximum(variance, 0.0))
    found["mean_radius"] = mean(energy * radius[column])
    found["hits"] = np.log10(1 + total((energy > 0).astype(np.float64)))
    starts = [f"{start:g}X0" for start in DEPTH_RANGES_X0]
    return [
        (f"{name}_from_{starts[k]}", values[:, k]) for k in range(ranges) for name, values in found.items()
    ]


def _numbered(name: str, values: Array) -> list[tuple[str, Array]]:
    """Columns of values (N, K) under a common name."""
    return [(f"{name}_{k}", values[:, k]) for k in range(values.shape[1])]
