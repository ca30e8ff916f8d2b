"""In which lengths a shower is measured: the detector's radiation lengths, or the grid's own layers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid, Detector, depth_in_x0

DEPTH_RANGES_X0 = (0.0, 4.0, 8.0, 12.0, 18.0)
"""Where the coarse ranges of depth begin [X0]; the last is open."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Scales:
    """Units of depth and radius for showers on one grid.

    Attributes:
        title: what is written above plots: the detector's name.
        layer_depth: depth of the centre of each layer of the grid [depth_unit], shape (n_z,).
        depth_unit: X0, or layers of the grid where no detector is known; in mathtext.
        radius_unit_mm: unit of radii [mm]: the Moliere radius, or 1 mm where no detector is known.
        radius_unit: its name in mathtext.
        range_of_layer: coarse range of depth of each layer, 0 to 4, shape (n_z,).
        range_names: names of those ranges, as parts of names of figures.
        range_labels: the same for readers, in mathtext.
    """

    title: str
    layer_depth: NDArray[np.float64]
    depth_unit: str
    radius_unit_mm: float
    radius_unit: str
    range_of_layer: NDArray[np.int64]
    range_names: tuple[str, ...]
    range_labels: tuple[str, ...]

    @classmethod
    def of(cls, grid: CylinderGrid, detector: Detector | None = None, title: str | None = None) -> Scales:
        """Scales for showers on a grid, by the detector that they were in if it is known."""
        if detector is None:
            layers = grid.shape[2]
            fifth = np.arange(layers) * len(DEPTH_RANGES_X0) // layers
            return cls(
                title=title or "unnamed detector",
                layer_depth=np.arange(layers, dtype=np.float64),
                depth_unit="layers",
                radius_unit_mm=1.0,
                radius_unit="mm",
                range_of_layer=fifth.astype(np.int64),
                range_names=tuple(f"fifth{k + 1}" for k in range(len(DEPTH_RANGES_X0))),
                range_labels=tuple(_label_of_layers(fifth, k) for k in range(len(DEPTH_RANGES_X0))),
            )
        depth = np.asarray(depth_in_x0(detector, grid.z_centres_mm), dtype=np.float64)
        return cls(
            title=title or detector.name,
            layer_depth=depth,
            depth_unit="$X_0$",
            radius_unit_mm=float(detector.moliere_radius_mm),
            radius_unit=r"$R_\mathrm{M}$",
            range_of_layer=np.searchsorted(DEPTH_RANGES_X0, depth, side="right") - 1,
            range_names=tuple(f"{start:g}X0" for start in DEPTH_RANGES_X0),
            range_labels=(
                *(f"{low:g}–{high:g} $X_0$" for low, high in pairwise(DEPTH_RANGES_X0)),
                f"behind {DEPTH_RANGES_X0[-1]:g} $X_0$",
            ),
        )


def _label_of_layers(range_of_layer: NDArray[np.int64], k: int) -> str:
    """First and last layer of a range."""
    layers = np.flatnonzero(range_of_layer == k)
    return f"layers {layers[0]}–{layers[-1]}" if len(layers) else "no layers"
