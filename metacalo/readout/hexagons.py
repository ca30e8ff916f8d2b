"""A plane of hexagons: which one holds a point, in axial coordinates."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROW = math.sqrt(3.0) / 2.0
"""Distance of neighbouring rows of hexagons whose opposite sides are 1 apart."""


def round_to_hexagon(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Round axial coordinates to those of the nearest centre, which is the centre of the hexagon around them.

    (u, v) stands for u a + v b with two lattice vectors of equal length, 60 degrees apart. This is the
    rounding of the cube coordinates (u, v, -u - v), of which the one that moves furthest is made to follow
    from the other two, written with two coordinates only.

    Args:
        u: axial coordinate, shape (n,).
        v: axial coordinate, shape (n,).

    Returns:
        Whole axial coordinates, shape (n,) each; NaN where either is.
    """
    whole_u, whole_v = np.rint(u), np.rint(v)
    rest_u, rest_v = u - whole_u, v - whole_v
    by_u = np.abs(rest_u) >= np.abs(rest_v)
    step = np.where(by_u, rest_v, rest_u)
    step *= 0.5
    step += np.where(by_u, rest_u, rest_v)
    np.rint(step, out=step)
    whole_u += np.where(by_u, step, 0.0)
    step[by_u] = 0.0
    whole_v += step
    return whole_u, whole_v
