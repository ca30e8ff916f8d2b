"""The outlines of cells across the face of a calorimeter, for pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_RECTANGLE = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


@final
@dataclass(frozen=True)
class Face:
    """The two coordinates across a face.

    Attributes:
        names: of the coordinates, with units.
        lengths: whether both are lengths, so that one scale serves for both.
        azimuth_rad: middle of the range of azimuths, for a cylindrical face, so that no cell is torn at pi.
    """

    names: tuple[str, str]
    lengths: bool
    azimuth_rad: float = 0.0

    @classmethod
    def of(cls, readout: Readout, entry_mm: Floats) -> Self:
        """Return the face of a readout, seen around a place in detector coordinates [mm], (3,)."""
        if readout.cylindrical:
            return cls((r"$\eta$", r"$\phi$ [rad]"), False, math.atan2(entry_mm[1], entry_mm[0]))
        return cls(("x [mm]", "y [mm]"), True)

    def centres(self, readout: Readout, cell: Indices) -> tuple[Floats, Floats]:
        """Return where cells are, (n,) each."""
        cells = readout.cells
        if cells.eta is None or cells.phi_rad is None:
            return cells.x_mm[cell], cells.y_mm[cell]
        return cells.eta[cell], self._unwrapped(cells.phi_rad[cell])

    def sizes(self, readout: Readout, cell: Indices) -> tuple[Floats, Floats]:
        """Return full widths and heights of cells, (n,) each."""
        cells = readout.cells
        if cells.deta is None or cells.dphi_rad is None:
            return cells.dx_mm[cell], cells.dy_mm[cell]
        return cells.deta[cell], cells.dphi_rad[cell]

    def point(self, place_mm: Floats) -> tuple[float, float]:
        """Return a place in detector coordinates [mm], (3,), on the face."""
        x, y, z = (float(value) for value in place_mm)
        if self.lengths:
            return x, y
        return math.asinh(z / math.hypot(x, y)), float(self._unwrapped(np.array(math.atan2(y, x))))

    def _unwrapped(self, phi_rad: Floats) -> Floats:
        away = np.mod(phi_rad - self.azimuth_rad + math.pi, 2.0 * math.pi) - math.pi
        return np.asarray(self.azimuth_rad + away)


def outlines(readout: Readout, face: Face, cell: Indices) -> Floats:
    """Return the corners of cells on the face, (n, number of corners, 2).

    Cells of an endcap are hexagons, and those that the border of their module cuts are whole here; the
    outline of any other cell is its box.
    """
    centre = np.stack(face.centres(readout, cell), axis=1)
    size = np.stack(face.sizes(readout, cell), axis=1)
    return centre[:, None, :] + size[:, None, :] * _shape(readout)


def _shape(readout: Readout) -> Floats:
    """Return the corners of a cell in its box of width and height 1."""
    if readout.kind != "endcap":
        return _RECTANGLE
    angle = np.radians(60.0 * np.arange(6) + (30.0 if _is_upright(readout) else 0.0))
    corners = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(corners / np.ptp(corners, axis=0))


def _is_upright(readout: Readout) -> bool:
    """Whether two corners of the hexagons are above each other, so that they are higher than wide."""
    return bool(readout.cells.dy_mm[0] > readout.cells.dx_mm[0])
