"""A hexagonal module and the hexagonal cells that it is divided into."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.hexagons import ROW

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_CORNER = 1.0 / math.sqrt(3.0)
"""Distance of a corner from the centre of a hexagon whose opposite sides are 1 apart."""


@dataclass(frozen=True, eq=False)
class Sensor:
    """3 n^2 hexagonal cells on a hexagonal module, as on the sensors of CMS' HGCAL (n = 8: 192, n = 12: 432).

    The sides of the module lie across +-x. The cells' lattice, distance 1 here, is turned by 30 degrees, and
    three cells meet at the centre of the module. So at three of its sides cells are cut (to 5/6 of their area
    or less), at the other three the tips of cells that would belong to the neighbour are given to the nearest
    cell of the module (at most 7/6 and the like): the arrangement is the same after a turn by 120 degrees.

    Attributes:
        name: what it is called.
        cells_per_side: n.
        i: axial coordinate of each cell, shape (3 n^2,).
        j: likewise.
        numbers: cell of each (i, j) from -limit to limit, shape (2 limit + 1, 2 limit + 1).
    """

    name: str
    cells_per_side: int
    i: Indices
    j: Indices
    numbers: Indices

    @property
    def x(self) -> Floats:
        """Centres of the cells in units of their distance, shape (3 n^2,)."""
        return _x(self.i)

    @property
    def y(self) -> Floats:
        """Centres of the cells in units of their distance, shape (3 n^2,)."""
        return _y(self.i, self.j)


def sensor(name: str, cells_per_side: int) -> Sensor:
    """Divide a module into cells.

    Args:
        name: what the sensor is called.
        cells_per_side: n; there are 3 n^2 cells.

    Returns:
        The sensor; cells in the order of i and j.
    """
    limit = 2 * cells_per_side + 2
    i, j = (m.reshape(-1) for m in np.mgrid[-limit : limit + 1, -limit : limit + 1])
    x, y = _x(i), _y(i, j)
    side = 0.5 * math.sqrt(3.0) * cells_per_side
    across = [np.abs(x * math.cos(a) + y * math.sin(a)) for a in (0.0, math.pi / 3.0, 2.0 * math.pi / 3.0)]
    inside = np.flatnonzero(np.max(across, axis=0) < side)
    # What is outside goes to the nearest cell; a tip lies between two, and a slight turn decides for the same
    # one at each of the three sides.
    turn = 1e-3
    turned_x, turned_y = x - turn * y, y + turn * x
    distance = (turned_x[:, None] - x[inside]) ** 2 + (turned_y[:, None] - y[inside]) ** 2
    numbers = distance.argmin(axis=1)
    numbers[inside] = np.arange(len(inside))
    size = 2 * limit + 1
    return Sensor(name, cells_per_side, i[inside], j[inside], numbers.reshape(size, size))


def _x(i: Indices) -> Floats:
    return np.asarray(ROW * i - _CORNER, dtype=np.float64)


def _y(i: Indices, j: Indices) -> Floats:
    return np.asarray(j + 0.5 * i, dtype=np.float64)
