"""Where between the ends of a voxel its energy can be: in slabs that are read out."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]

_ENTRIES = 1 << 14


@dataclass(frozen=True, eq=False)
class ActiveDepth:
    """Depths that are read out, as one length without the gaps between them.

    A voxel holds energy of active slabs only, in proportion to the length of each inside it. A share u of the
    voxel's energy is therefore at the depth below which there is a share u of the voxel's active length.

    Attributes:
        slabs_mm: begin and end of each slab, ascending, shape (n, 2).
    """

    slabs_mm: Floats

    @classmethod
    def of(cls, readout: Readout) -> "ActiveDepth":
        """Slabs of a readout; from front to back where cells do not follow each other in depth.

        Behind the last slab that is read out the last ones repeat to the back of the detector, so that what a
        voxel holds of them is not pushed forward into a cell.
        """
        if not readout.has_depth:
            return cls(np.array([[0.0, readout.depth_mm]]))
        slabs = readout.active_depths_mm
        if len(slabs) < 2:
            return cls(slabs)
        pitch, last = slabs[-1] - slabs[-2], slabs[-1]
        number = max(0, int((readout.depth_mm - last[1]) / pitch[0] + 1e-6))
        return cls(np.concatenate([slabs, last + np.arange(1, number + 1)[:, None] * pitch]))

    @property
    def is_one_slab(self) -> bool:
        """Whether there are no gaps."""
        return len(self.slabs_mm) == 1

    def between(self, begin_mm: Floats, end_mm: Floats, share: Floats) -> Floats:
        """Depths of points that are on a share of the way between two ends.

        Args:
            begin_mm: depth of one end [mm], shape (n,).
            end_mm: depth of the other, below it [mm], shape (n,).
            share: 0 to 1, shape (n,).

        Returns:
            Depths [mm], shape (n,): in a slab if any part of the way is between the first and the last of
            them, else on the straight line, which is outside.
        """
        first, last = float(self.slabs_mm[0, 0]), float(self.slabs_mm[-1, 1])
        outside = (end_mm <= first) | (begin_mm >= last)
        if self.is_one_slab:
            low, high = np.maximum(begin_mm, first), np.minimum(end_mm, last)
            depth = low + share * (high - low)
        else:
            low = self._active_above(begin_mm)
            low += share * (self._active_above(end_mm) - low)
            low *= _ENTRIES / self._length
            depth = self._depth_table.take(low.astype(np.int64), mode="clip")
        if outside.any():
            depth[outside] = (begin_mm + share * (end_mm - begin_mm))[outside]
        return np.asarray(depth)

    def _active_above(self, depth_mm: Floats) -> Floats:
        """Active length above a depth, read from a table that is exact at its entries [mm]."""
        first, last = float(self.slabs_mm[0, 0]), float(self.slabs_mm[-1, 1])
        place = (depth_mm - first) * (_ENTRIES / (last - first))
        entry = place.astype(np.int64)
        return np.asarray(self._length_table.take(entry, mode="clip"))

    @cached_property
    def _length(self) -> float:
        return float(np.diff(self.slabs_mm, axis=1).sum())

    @cached_property
    def _lengths(self) -> Floats:
        return np.concatenate([[0.0], np.cumsum(np.diff(self.slabs_mm, axis=1))])

    @cached_property
    def _depth_table(self) -> Floats:
        length = (np.arange(_ENTRIES) + 0.5) * (self._length / _ENTRIES)
        slab = np.searchsorted(self._lengths, length, side="right") - 1
        return np.asarray(self.slabs_mm[slab, 0] + (length - self._lengths[slab]))

    @cached_property
    def _length_table(self) -> Floats:
        first, last = float(self.slabs_mm[0, 0]), float(self.slabs_mm[-1, 1])
        depth = first + np.arange(_ENTRIES + 1) * ((last - first) / _ENTRIES)
        knots = self.slabs_mm.reshape(-1)
        lengths = np.stack([self._lengths[:-1], self._lengths[1:]], axis=1).reshape(-1)
        return np.asarray(np.interp(depth, knots, lengths))
