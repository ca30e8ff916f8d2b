"""Where along the depth a shower's energy becomes visible: one cell of depth about each active slab.

A sampling calorimeter sees of a shower what crosses its active slabs. All energy of the cell that reaches
half-way (in radiation lengths) to the neighbouring active slabs stands for what that slab sees, and is placed
in it: no energy spot is thrown away for having ended in an absorber, and none ends in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector

Floats = NDArray[np.float64]

TABLE = 1 << 13
"""Steps of the tables that find a cell or a depth; a metre is cut into eighths of a millimetre."""

SMALLEST_X0 = 1e-6


@dataclass(frozen=True, eq=False)
class Cells:
    """The depth of a calorimeter, cut into cells of which some hold an active slab.

    Attributes:
        edges_mm: where cells begin, and the end of the last [mm], shape (n_cells + 1,).
        active_low_mm: where the active slab begins [mm], shape (n_cells,).
        active_mm: its thickness [mm], shape (n_cells,).
        visible: visible energy over the shower's energy in the cell, relative to the visible fraction of its
            section; 0 in a cell without an active slab, shape (n_cells,).
        section: section that the cell belongs to, shape (n_cells,).
        slab_edges_mm: depths at which slabs begin, and the end of the last [mm], shape (n_slabs + 1,).
        slab_edges_x0: the same in radiation lengths, shape (n_slabs + 1,).
    """

    edges_mm: Floats
    active_low_mm: Floats
    active_mm: Floats
    visible: Floats
    section: NDArray[np.int64]
    slab_edges_mm: Floats
    slab_edges_x0: Floats

    @classmethod
    def of(cls, detector: Detector) -> Self:
        """Cut a detector into cells."""
        edges_mm = np.asarray(detector.slab_edges_mm)
        x0_mm = np.array([detector.material(slab.material).radiation_length_mm for slab in detector.slabs])
        edges_x0 = np.concatenate([[0.0], np.cumsum(np.diff(edges_mm) / x0_mm)])
        slabs = _slabs(detector, edges_x0)
        active = np.flatnonzero(detector.slab_active)
        begin, end, half = edges_x0[active], edges_x0[active + 1], 0.5 * slabs.layer_x0[active]
        half_way = 0.5 * (end[:-1] + begin[1:])
        low = np.maximum(np.concatenate([[0.0], half_way]), begin - half)
        high = np.minimum(np.concatenate([half_way, edges_x0[-1:]]), end + half)
        cuts = np.unique(np.concatenate([[0.0], low, high, edges_x0[-1:]]))
        cuts = cuts[np.concatenate([[True], np.diff(cuts) > SMALLEST_X0])]
        middle = 0.5 * (cuts[:-1] + cuts[1:])
        owner = np.clip(np.searchsorted(low, middle, side="right") - 1, 0, len(low) - 1)
        filled = (low[owner] <= middle) & (middle <= high[owner])
        visible = slabs.share[active] * slabs.layer_x0[active] / (high - low)
        return cls(
            edges_mm=np.interp(cuts, edges_x0, edges_mm),
            active_low_mm=edges_mm[active][owner],
            active_mm=np.diff(edges_mm)[active][owner],
            visible=np.where(filled, visible[owner], 0.0),
            section=slabs.section[active][owner],
            slab_edges_mm=edges_mm,
            slab_edges_x0=edges_x0,
        )


class Depths:
    """Tables that turn depths into millimetres, cells and places in active slabs.

    Args:
        cells: of the calorimeter.
        scale_mm: what radii are counted in, of each section [mm], shape (n_sections,).
    """

    def __init__(self, cells: Cells, scale_mm: Sequence[float]) -> None:
        self._end_x0, self._end_mm = cells.slab_edges_x0[-1], cells.slab_edges_mm[-1]
        x0 = np.linspace(0.0, self._end_x0, TABLE + 1)
        self._mm = np.interp(x0, cells.slab_edges_x0, cells.slab_edges_mm).astype(np.float32)
        self._rise = np.append(np.diff(self._mm), self._end_mm / TABLE).astype(np.float32)
        middle = (np.arange(TABLE) + 0.5) * self._end_mm / TABLE
        self._cell = np.clip(
            np.searchsorted(cells.edges_mm, middle, side="right") - 1, 0, len(cells.section) - 1
        ).astype(np.int32)
        self._scale = np.asarray(scale_mm, dtype=np.float32)[cells.section[self._cell]]
        self._low = cells.edges_mm[:-1].astype(np.float32)
        self._width = np.diff(cells.edges_mm).astype(np.float32)
        self._active_low = cells.active_low_mm.astype(np.float32)
        self._active = cells.active_mm.astype(np.float32)

    def millimetres(self, depth_x0: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn depths below the front face from radiation lengths to millimetres.

        Behind the calorimeter they go on as if more of the same followed.
        """
        step = depth_x0 * np.float32(TABLE / self._end_x0)
        at = np.minimum(step, TABLE).astype(np.int32)
        return np.asarray(self._mm[at] + (step - at) * self._rise[at])

    def cell(self, z_mm: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return the cells of depths [mm], and whether each depth is inside the calorimeter."""
        step = z_mm * np.float32(TABLE / self._end_mm)
        inside = (step >= 0) & (step < TABLE)
        return self._cell[np.where(inside, step, 0).astype(np.int32)], inside

    def scale_mm(self, z_mm: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what radii are counted in at depths [mm]."""
        step = z_mm * np.float32(TABLE / self._end_mm)
        return np.asarray(self._scale[np.clip(step, 0, TABLE - 1).astype(np.int32)])

    def into_active(self, z_mm: NDArray[np.float32], cell: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the place in a cell's active slab [mm] that a depth in the cell stands for."""
        share = np.clip((z_mm - self._low[cell]) / self._width[cell], 0.0, 1.0)
        return np.asarray(self._active_low[cell] + share * self._active[cell])


class _Slabs(NamedTuple):
    """Of each slab: its section, its layer's thickness [X0], its share of the layer's visible energy."""

    section: NDArray[np.int64]
    layer_x0: Floats
    share: Floats


def _slabs(detector: Detector, edges_x0: Floats) -> _Slabs:
    section: list[int] = []
    layer_x0: list[float] = []
    share: list[float] = []
    for number, part in enumerate(detector.sections):
        first, n = len(section), len(part.stack)
        seen = np.array(
            [
                slab.active * slab.thickness_mm * detector.material(slab.material).minimum_ionisation_mev_mm
                for slab in part.stack
            ]
        )
        share += list(seen / max(float(seen.sum()), 1e-12)) * part.repeat
        layer_x0 += [float(edges_x0[first + n] - edges_x0[first])] * (n * part.repeat)
        section += [number] * (n * part.repeat)
    return _Slabs(np.array(section, dtype=np.int64), np.array(layer_x0), np.array(share))
