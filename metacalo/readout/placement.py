"""Where and in which direction showers enter a detector."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import PlacementError
from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]

LARGEST_THETA_RAD = math.radians(89.0)
"""A direction nearer to the face than this never enters."""

_LARGEST_ETA = 20.0
"""Beyond any detector: whoever gives more has another coordinate in mind."""

_INSIDE_MM = 1e-3
"""How far behind the front face a place is looked up, so that rounding does not put it before the face."""

_TESLA_METRE_GEV = 0.299792458e-3
"""Transverse momentum per field and radius of curvature [GeV / (T mm)]."""


@dataclass(frozen=True, eq=False)
class Placements:
    """Entry points and directions of N showers in detector coordinates.

    The axes across the front face at the entry point are x and y of the detector for a planar face; for a
    cylindrical one the first is the beam axis z and the second minus the direction of ascending azimuth, so
    that both and the inward normal are right-handed. A particle of angle theta to the normal and azimuth phi
    has the direction (sin theta cos phi, sin theta sin phi, cos theta) in these axes. Azimuth 0 of a shower's
    grid is where its axis leans, in the plane of direction and normal: such are the showers that a
    full simulation scores of a particle in the x-z plane.

    Attributes:
        origin_mm: entry points, where grids begin [mm], shape (N, 3).
        rotation: matrices that take coordinates of the grid (r cos phi, r sin phi, z along flight) to
            detector axes, shape (N, 3, 3).
        normal: normals of the face into the calorimeter, shape (N, 3).
        theta_rad: angle of each axis to the normal [rad], shape (N,).
        phi_rad: azimuth of each axis across the face [rad], shape (N,).
    """

    origin_mm: Floats
    rotation: Floats
    normal: Floats
    theta_rad: Floats
    phi_rad: Floats

    def __len__(self) -> int:
        return len(self.origin_mm)

    def __getitem__(self, rows: slice | NDArray[np.int64] | NDArray[np.bool_]) -> "Placements":
        """Return some of the placements."""
        return Placements(
            self.origin_mm[rows],
            self.rotation[rows],
            self.normal[rows],
            self.theta_rad[rows],
            self.phi_rad[rows],
        )

    def __iter__(self) -> Iterator["Placements"]:
        return (self[k : k + 1] for k in range(len(self)))

    @property
    def direction(self) -> Floats:
        """Unit vectors along the showers' axes in detector axes, shape (N, 3)."""
        return self.rotation[:, :, 2]


def place(
    readout: Readout,
    position: ArrayLike | None = None,
    *,
    theta_rad: ArrayLike | None = None,
    phi_rad: ArrayLike | None = None,
    tilt_rad: ArrayLike = 0.0,
    only_on_cells: bool = True,
) -> Placements:
    """Place showers on the front face of a detector.

    Args:
        readout: the detector's cells.
        position: (x, y) [mm], or (eta, phi [rad]) if the face is cylindrical, shape (2,) or (N, 2); by
            default the readout's `default_position`.
        theta_rad: angle of the direction to the normal of the face [rad], shape (N,) or one for all. By
            default 0; if the face is cylindrical that of a particle from the origin, as `pointing` gives it.
        phi_rad: azimuth of the direction across the face, see `Placements` [rad]; likewise.
        tilt_rad: by how much a magnetic field has turned the direction, about y for a planar face and about
            the beam axis for a cylindrical one [rad]; likewise. See `solenoid_tilt`.
        only_on_cells: refuse entry points that have no cell behind them; where False, their energy is told
            as lost.

    Returns:
        N placements, with theta and phi after the tilt.

    Raises:
        PlacementError: something that is not finite, lengths that do not agree, a direction along or out of
            the face, or an entry point before which there is no cell.
    """
    entry = _finite("position", readout.default_position if position is None else position)
    entry = entry[None] if entry.ndim == 1 else entry
    if entry.ndim != 2 or entry.shape[1] != 2:
        axes = "(eta, phi)" if readout.cylindrical else "(x, y)"
        raise PlacementError(
            f"expected positions {axes} of shape (2,) or (N, 2), got shape {entry.shape}; "
            "give two numbers a shower"
        )
    if readout.cylindrical and np.any(np.abs(entry[:, 0]) > _LARGEST_ETA):
        raise PlacementError(
            f"expected eta and phi of a place on {readout.name}, got eta = {np.abs(entry[:, 0]).max():.6g}; "
            "x and y in mm are for a plane, give eta and phi"
        )
    default = pointing(readout, entry) if readout.cylindrical else (0.0, 0.0)
    theta = _finite("theta", default[0] if theta_rad is None else theta_rad)
    phi = _finite("phi", default[1] if phi_rad is None else phi_rad)
    tilt = _finite("tilt", tilt_rad)
    sizes = {len(entry), *(values.size for values in (theta, phi, tilt))} - {1}
    if len(sizes) > 1 or max(values.ndim for values in (theta, phi, tilt)) > 1:
        raise PlacementError(
            f"expected one or N values of each, got {len(entry)} positions, theta of shape {theta.shape}, "
            f"phi {phi.shape}, tilt {tilt.shape}; give one for each shower, or one for all"
        )
    n = max(sizes, default=1)
    entry = np.broadcast_to(entry, (n, 2))
    theta, phi, tilt = (np.broadcast_to(values.reshape(-1), (n,)) for values in (theta, phi, tilt))
    _enters(theta)
    origin, face = _cylinder_face(readout, entry) if readout.cylindrical else _plane_face(readout, entry)
    if only_on_cells:
        _on_cells(readout, entry, origin, face)
    theta, phi = _tilted(theta, phi, tilt, cylindrical=readout.cylindrical)
    _enters(theta)
    return Placements(origin, face @ _onto_axis(theta, phi), face[:, :, 2], theta, phi)


def pointing(readout: Readout, position: ArrayLike) -> tuple[Floats, Floats]:
    """Direction of particles that come straight from the origin.

    Args:
        readout: the detector's cells.
        position: (x, y) [mm], or (eta, phi [rad]) if the face is cylindrical, shape (2,) or (N, 2).

    Returns:
        Angle to the normal of the face and azimuth across it [rad], each of shape (N,).
    """
    first, second = np.atleast_2d(np.asarray(position, dtype=np.float64)).T
    if readout.cylindrical:
        along = np.sinh(first)
        return np.arctan(np.abs(along)), np.where(along < 0.0, math.pi, 0.0)
    return np.arctan2(np.hypot(first, second), readout.front_mm), np.arctan2(second, first)


def solenoid_tilt(
    transverse_momentum_gev: ArrayLike, field_t: float, radius_mm: float, charge: int = -1
) -> Floats:
    r"""Angle by which a solenoid turns a particle from the origin in the transverse plane.

    The path is a circle of radius pT / (0.3 q B) through the origin; where it meets the face it has turned
    out of the radial direction by half of what it has turned in all,

        sin(tilt) = 0.3 q B R / (2 pT).

    Args:
        transverse_momentum_gev: pT [GeV], any shape.
        field_t: field along z [T].
        radius_mm: radius R of the face [mm].
        charge: in units of e; positive charges turn clockwise seen along -z, to negative azimuth.

    Returns:
        `tilt_rad` for `place` [rad], of the same shape.

    Raises:
        PlacementError: a momentum with which the particle does not reach the face.
    """
    momentum = _finite("transverse momentum", transverse_momentum_gev)
    with np.errstate(divide="ignore"):
        sine = -0.5 * charge * field_t * radius_mm * _TESLA_METRE_GEV / momentum
    if np.any(momentum <= 0.0) or np.any(np.abs(sine) >= 1.0):
        lowest = 0.5 * abs(charge * field_t) * radius_mm * _TESLA_METRE_GEV
        raise PlacementError(
            f"expected a transverse momentum above {lowest:.4g} GeV, with which the particle reaches the "
            f"face, got {momentum.min():.4g} GeV; raise it or lower the field"
        )
    return np.arcsin(sine)


def _finite(name: str, values: ArrayLike) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PlacementError(f"expected numbers for {name}, got {values!r} ({error})") from None
    if not np.all(np.isfinite(array)):
        bad = array[~np.isfinite(array)]
        raise PlacementError(
            f"expected finite numbers for {name}, got {bad.flat[0]} ({bad.size} of {array.size} are not "
            "finite); leave these showers out"
        )
    return array


def _enters(theta: Floats) -> None:
    bad = (theta < 0.0) | (theta > LARGEST_THETA_RAD)
    if np.any(bad):
        worst = math.degrees(float(theta[bad][0]))
        raise PlacementError(
            f"expected directions into the calorimeter, 0 to {math.degrees(LARGEST_THETA_RAD):g} degrees to "
            f"the normal of its face, got {worst:.6g} degrees: the particle "
            f"{'goes away from it' if worst > 90.0 else 'does not enter'}; give theta from the normal, not "
            "from the beam, and turn phi for the other side"
        )


def _plane_face(readout: Readout, entry: Floats) -> tuple[Floats, Floats]:
    origin = np.column_stack([entry, np.full(len(entry), readout.front_mm)])
    return origin, np.broadcast_to(np.eye(3), (len(entry), 3, 3))


def _cylinder_face(readout: Readout, entry: Floats) -> tuple[Floats, Floats]:
    eta, azimuth = entry.T
    cos, sin, zero = np.cos(azimuth), np.sin(azimuth), np.zeros(len(entry))
    radius = readout.front_mm
    with np.errstate(over="ignore"):
        origin = np.column_stack([radius * cos, radius * sin, radius * np.sinh(eta)])
    along = np.column_stack([zero, zero, zero + 1.0])
    across = np.column_stack([sin, -cos, zero])
    normal = np.column_stack([cos, sin, zero])
    return origin, np.stack([along, across, normal], axis=2)


def _on_cells(readout: Readout, entry: Floats, origin: Floats, face: Floats) -> None:
    """Refuse entry points with no cell behind them at any depth that is read out."""
    depths = readout.active_depths_mm.mean(axis=1)
    sampled = depths[np.unique(np.linspace(0, len(depths) - 1, 9).astype(np.int64))]
    found = np.zeros(len(entry), dtype=np.bool_)
    within = np.zeros(len(entry), dtype=np.bool_)
    for depth in (_INSIDE_MM, *sampled):
        if np.all(found):
            return
        # A projective readout is followed outwards from the origin, others along the normal.
        there = (
            origin * (1.0 + depth / readout.front_mm)
            if readout.cylindrical
            else origin + depth * face[:, :, 2]
        )
        found |= readout.locate(*there.T) >= 0
        within |= readout.contains(*there.T)
    if np.all(found):
        return
    first = int(np.argmin(found))
    where, instead = (_named(readout, place) for place in (entry[first], readout.default_position))
    why = "is in a hole or on cells that are missing" if within[first] else "is outside the acceptance"
    raise PlacementError(
        f"expected showers that enter where {readout.name} has cells, got {where}, which {why} "
        f"({int((~found).sum())} of {len(entry)} are such); choose another place, for example "
        f"{instead}"
    )


def _named(readout: Readout, place: ArrayLike) -> str:
    """A place on the front face in words, as one would write it."""
    first, second = np.asarray(place, dtype=np.float64)
    if readout.cylindrical:
        return f"eta = {first:.6g}, phi = {math.degrees(second):.6g} degrees"
    return f"x_mm = {first:.6g}, y_mm = {second:.6g}"


def _onto_axis(theta: Floats, phi: Floats) -> Floats:
    """Rotations that take the grid's z to the direction and its x to where the axis leans, (N, 3, 3)."""
    ct, st, cp, sp = np.cos(theta), np.sin(theta), np.cos(phi), np.sin(phi)
    lean = np.stack([ct * cp, ct * sp, -st], axis=1)
    side = np.stack([-sp, cp, np.zeros_like(sp)], axis=1)
    axis = np.stack([st * cp, st * sp, ct], axis=1)
    return np.stack([lean, side, axis], axis=2)


def _tilted(theta: Floats, phi: Floats, tilt: Floats, *, cylindrical: bool) -> tuple[Floats, Floats]:
    """Turn directions by `tilt`: in the x-z plane, or in the plane across the beam."""
    if not np.any(tilt):
        return theta, phi
    direction = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    bent = 0 if not cylindrical else 1  # the axis across the face that the field mixes with the normal
    sign = 1.0 if not cylindrical else -1.0  # the second axis of a cylinder's face is minus azimuth
    cos, sin = np.cos(tilt), sign * np.sin(tilt)
    across, inward = direction[:, bent].copy(), direction[:, 2].copy()
    direction[:, bent] = cos * across + sin * inward
    direction[:, 2] = cos * inward - sin * across
    turned = np.arctan2(np.hypot(direction[:, 0], direction[:, 1]), direction[:, 2])
    return turned, np.arctan2(direction[:, 1], direction[:, 0])
