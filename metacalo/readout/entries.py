"""Where the showers of a file enter a detector: one place, a list of places, or all over a region."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import PlacementError, SettingsError
from metacalo.geometry.naming import did_you_mean
from metacalo.readout.placement import Placements, place

if TYPE_CHECKING:
    from metacalo.readout.readout import Readout
    from metacalo.showers import Showers

Floats = NDArray[np.float64]

ALL = "all"
"""Region that stands for all cells in `scanned`."""

_DIRECTION = ("direction_theta_deg", "direction_phi_deg")
_STREAM = 6  # keeps these random numbers apart from those of other parts that have the same seed
_TRIES = 1000


@final
@dataclass(frozen=True, eq=False)
class Entries:
    """Entry points, and directions where they are not the showers' own.

    Attributes:
        position: (x, y) [mm], or (eta, phi [rad]) if the face is cylindrical, shape (2,) for all showers or
            (N, 2).
        theta_rad: angle to the normal [rad], one number or (N,); None for that of each shower.
        phi_rad: azimuth of the direction across the face [rad], likewise.
    """

    position: Floats
    theta_rad: float | Floats | None = None
    phi_rad: float | Floats | None = None

    @property
    def is_one(self) -> bool:
        """Whether all showers enter at one place in one direction."""
        angles = (self.theta_rad, self.phi_rad)
        return self.position.ndim == 1 and all(isinstance(angle, float) for angle in angles)

    def settled(self, directions: Iterable[tuple[ArrayLike, ArrayLike]]) -> Entries:
        """Take over the showers' own direction, if all have the same, so that `is_one` can tell.

        Args:
            directions: angle to the normal and azimuth [rad] of all showers, in pieces of any length.

        Returns:
            Entries that place the same showers at the same places.
        """
        given = (self.theta_rad, self.phi_rad)
        if self.position.ndim > 1 or all(angle is not None for angle in given):
            return self
        own: list[float | None] = [None, None]
        for piece in directions:
            for k, angles in enumerate(np.atleast_1d(np.asarray(values)) for values in piece):
                if given[k] is not None or not len(angles):
                    continue
                first = own[k] if own[k] is not None else float(angles[0])
                if np.any(angles != first):
                    return self
                own[k] = first
        theta, phi = (other if value is None else value for value, other in zip(given, own, strict=True))
        return Entries(self.position, theta, phi)

    def placements(self, readout: Readout, showers: Showers, first: int = 0) -> Placements:
        """Place showers; one placement for all if `is_one`.

        Args:
            readout: the detector's cells.
            showers: some of the showers.
            first: number of the first of them.

        Raises:
            PlacementError: where they enter there is no cell, or the direction does not enter.
        """
        rows = slice(first, first + len(showers))
        return place(
            readout,
            self.position if self.position.ndim == 1 else self.position[rows],
            theta_rad=_rows_of(self.theta_rad, rows, showers.theta_rad),
            phi_rad=_rows_of(self.phi_rad, rows, showers.phi_rad),
        )

    def check(self, readout: Readout, n_showers: int) -> None:
        """Refuse entries that are not one for all showers, or one for each, before anything is computed.

        Raises:
            PlacementError: another number of entries than showers, or a place without cells.
        """
        if self.position.ndim == 2 and len(self.position) != n_showers:
            raise PlacementError(
                f"expected {n_showers:,} entry points, one for each shower, got {len(self.position):,}; "
                "give as many rows as there are showers, or one --position for all"
            )
        place(readout, self.position)


def entry_columns(readout: Readout) -> tuple[str, str]:
    """Return the names of the columns of a file of entry points."""
    return ("eta", "phi_deg") if readout.cylindrical else ("x_mm", "y_mm")


def parse_position(readout: Readout, text: str) -> Floats:
    """Read ``X,Y`` in mm, or ``ETA,PHI`` with phi in degrees if the face is cylindrical; return (2,).

    Raises:
        PlacementError: it is no such pair of finite numbers.
    """
    try:
        values = np.array([float(part) for part in text.split(",")])
    except ValueError:
        values = np.zeros(0)
    if values.shape != (2,) or not np.all(np.isfinite(values)):
        expected, example = "x,y in mm", "20,-350"
        if readout.cylindrical:
            expected, example = "eta,phi with phi in degrees", "0.2,45"
        raise PlacementError(
            f"expected a position {expected}, got {text!r}; write for example --position={example}"
        )
    return _in_radians(readout, values)


def read_entries(readout: Readout, path: Path) -> Entries:
    """Read entry points from a text file of comma-separated values, a row a shower.

    The header names the columns: ``x_mm,y_mm``, or ``eta,phi_deg`` if the face is cylindrical; and, if
    the showers' own directions are not meant, ``direction_theta_deg`` and ``direction_phi_deg``.

    Args:
        readout: the detector's cells.
        path: of the file.

    Raises:
        PlacementError: it is missing, has other columns, no rows, or something that is no finite number.
    """
    needed = entry_columns(readout)
    possible = (*needed, *_DIRECTION)
    where = f"positions of {path}"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row and not row[0].lstrip().startswith("#")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise PlacementError(
            f"{where}: expected a readable file of comma-separated values, got none ({reason}); check name"
        ) from error
    header = [name.strip() for name in rows[0]] if rows else []
    unknown = [name for name in header if name not in possible]
    if unknown or any(name not in header for name in needed) or len(set(header)) < len(header):
        got = ",".join(header) or "nothing"
        raise PlacementError(
            f"{where}: expected a header with {','.join(needed)} (and, if wanted, {','.join(_DIRECTION)}), "
            f"got {got}; name the columns so in the first line"
        )
    numbers = _numbers(where, header, rows[1:])
    columns = dict(zip(header, numbers.T, strict=True))
    position = _in_radians(readout, np.stack([columns[name] for name in needed], axis=1))
    theta, phi = (np.radians(columns[name]) if name in columns else None for name in _DIRECTION)
    return Entries(position, theta, phi)


def scanned(readout: Readout, region: str, n: int, seed: int) -> Floats:
    """Spread entry points evenly over the front of a region or layer.

    Args:
        readout: the detector's cells.
        region: name of a region or of a layer of the readout, or ``all``.
        n: number of points.
        seed: of the draw.

    Returns:
        Positions (x, y) [mm] or (eta, phi [rad]), (n, 2), each with a cell of that region at it.

    Raises:
        SettingsError: an unknown region.
    """
    cells = readout.cells
    known = list(dict.fromkeys((*cells.region_names, *cells.layer_names, ALL)))
    if region not in known:
        hint = did_you_mean(region, known) or f"known are {', '.join(known)}"
        raise SettingsError(f"expected a region or layer to scan, got {region!r}; {hint}")
    chosen = np.full(len(cells), region == ALL)
    for names, column in ((cells.region_names, cells.region), (cells.layer_names, cells.layer)):
        if region in names:
            chosen |= column == names.index(region)
    # layers lie behind each other: the foremost has all places where a shower can enter
    chosen &= cells.layer == cells.layer[chosen].min()
    first, second, width, height = (values[chosen] for values in _faces(readout))
    random = np.random.default_rng([seed, _STREAM])
    area = width * height
    found = np.zeros((0, 2))
    numbers = np.flatnonzero(chosen)
    for _ in range(_TRIES):
        if len(found) >= n:
            return found[:n]
        at = random.choice(len(numbers), size=n, p=area / area.sum())
        spread = random.random((2, n)) - 0.5
        points = np.stack([first[at] + spread[0] * width[at], second[at] + spread[1] * height[at]], axis=1)
        inside = _cells_at(readout, points, numbers[at]) == numbers[at]
        found = np.concatenate([found, points[inside]])
    raise SettingsError(
        f"expected cells of {region!r} that a shower can enter, got none; scan another region"
    )


def _faces(readout: Readout) -> tuple[Floats, Floats, Floats, Floats]:
    """Return centres and sizes of the cells across the face: x, y [mm], or eta, phi [rad]."""
    cells = readout.cells
    if not readout.cylindrical:
        return cells.x_mm, cells.y_mm, cells.dx_mm, cells.dy_mm
    columns = (cells.eta, cells.phi_rad, cells.deta, cells.dphi_rad)
    eta, phi, deta, dphi = (column for column in columns if column is not None)
    return eta, phi, deta, dphi


def _cells_at(readout: Readout, points: Floats, cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cells at points across the face, looked up at the depth of given cells."""
    cells = readout.cells
    if not readout.cylindrical:
        return readout.locate(points[:, 0], points[:, 1], cells.z_mm[cell])
    radius = np.hypot(cells.x_mm[cell], cells.y_mm[cell])
    eta, phi = points.T
    return readout.locate(radius * np.cos(phi), radius * np.sin(phi), radius * np.sinh(eta))


def _rows_of(given: float | Floats | None, rows: slice, own: NDArray[np.float32]) -> ArrayLike:
    """Return what is given for some showers, or what is their own."""
    if given is None:
        return own
    return given[rows] if isinstance(given, np.ndarray) else given


def _in_radians(readout: Readout, position: Floats) -> Floats:
    return position * np.array([1.0, math.pi / 180.0]) if readout.cylindrical else position


def _numbers(where: str, header: list[str], rows: list[list[str]]) -> Floats:
    if not rows:
        raise PlacementError(f"{where}: expected a row for each shower, got only the header; add them")
    numbers = np.zeros((len(rows), len(header)))
    for i, row in enumerate(rows):
        try:
            numbers[i] = [float(text) for text in row]
        except ValueError:
            numbers[i] = math.nan
        if len(row) != len(header) or not np.all(np.isfinite(numbers[i])):
            raise PlacementError(
                f"{where}, row {i + 1}: expected {len(header)} finite numbers ({','.join(header)}), "
                f"got {','.join(row)!r}; mend the row"
            )
    return numbers
