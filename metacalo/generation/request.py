"""What showers are asked for: incident energies and angles, drawn or taken from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError
from metacalo.showers.incident import Range, check_incident, check_seed

if TYPE_CHECKING:
    from metacalo.showers import Showers


Columns = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


class Conditioned(Protocol):
    """Anything that tells the incident particles, some at a time."""

    def __len__(self) -> int:
        """Return the number of showers that are asked for."""

    def span(self) -> tuple[Range, Range]:
        """Return the energies [GeV] and angles [degrees] that occur."""

    def batches(self, size: int) -> Iterator[Columns]:
        """Yield energies [GeV], angles to the normal [rad] and azimuths [rad], at most `size` at a time."""


@final
@dataclass(frozen=True)
class Request:
    """Showers with energies spread evenly in their logarithm, and angles spread evenly.

    Attributes:
        n: number of showers.
        energy_gev: of the incident particles [GeV].
        theta_deg: angle to the normal of the front face [degrees].
        seed: of the draw.
    """

    n: int
    energy_gev: Range
    theta_deg: Range
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n < 1:
            raise SettingsError(f"expected at least 1 shower, got n = {self.n}; choose for example -n 1000")
        check_seed(self.seed)
        check_incident(self.energy_gev.low, self.energy_gev.high, self.theta_deg.low, self.theta_deg.high)

    def __len__(self) -> int:
        return self.n

    def span(self) -> tuple[Range, Range]:
        """Return the energies [GeV] and angles [degrees] that may occur."""
        return self.energy_gev, self.theta_deg

    def batches(self, size: int) -> Iterator[Columns]:
        """Yield the conditions; they do not depend on `size`."""
        energy_draw, theta_draw = (np.random.default_rng([self.seed, stream]) for stream in (0, 1))
        log_low, log_high = np.log(self.energy_gev.low), np.log(self.energy_gev.high)
        for start in range(0, self.n, size):
            m = min(size, self.n - start)
            energy = np.exp(log_low + (log_high - log_low) * energy_draw.random(m))
            theta = self.theta_deg.low + (self.theta_deg.high - self.theta_deg.low) * theta_draw.random(m)
            yield (
                energy.astype(np.float32),
                np.radians(theta).astype(np.float32),
                np.zeros(m, dtype=np.float32),
            )


@final
class SameConditions:
    """The incident particles of showers that exist, one for one.

    Args:
        showers: to be imitated; their hits are not read.
    """

    def __init__(self, showers: Showers) -> None:
        self._columns = (showers.incident_energy_gev, showers.theta_rad, showers.phi_rad)

    def __len__(self) -> int:
        return len(self._columns[0])

    def span(self) -> tuple[Range, Range]:
        """Return the energies [GeV] and angles [degrees] that occur."""
        return _span(*self._columns[:2])

    def batches(self, size: int) -> Iterator[Columns]:
        """Yield the conditions in the order of the showers."""
        energy, theta, phi = self._columns
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield energy[part], theta[part], phi[part]


@final
class GivenConditions:
    """Conditions from arrays; a scalar stands for all showers.

    Args:
        energy_gev: [GeV], scalar or shape (n,).
        theta_rad: [rad], scalar or shape (n,).
        phi_rad: [rad], scalar or shape (n,).
        n: number of showers, if all three are scalars.

    Raises:
        SettingsError: shapes do not agree, or a value is impossible.
    """

    def __init__(
        self, energy_gev: ArrayLike, theta_rad: ArrayLike, phi_rad: ArrayLike, n: int | None
    ) -> None:
        arrays = [np.asarray(a, dtype=np.float32) for a in (energy_gev, theta_rad, phi_rad)]
        try:
            shape = np.broadcast_shapes(*(a.shape for a in arrays), () if n is None else (n,))
        except ValueError as error:
            shapes = ", ".join(str(a.shape) for a in arrays)
            raise SettingsError(
                f"expected energies, angles and azimuths of one length (and n, if given), got {shapes}, "
                f"n = {n}"
            ) from error
        if len(shape) > 1 or 0 in shape:
            raise SettingsError(
                f"expected one-dimensional conditions of at least one shower, got shape {shape}"
            )
        energy, theta, phi = (np.broadcast_to(a, shape or (1,)) for a in arrays)
        span = _span(energy, theta)
        check_incident(span[0].low, span[0].high, span[1].low, span[1].high)
        self._columns = (energy, theta, phi)

    def __len__(self) -> int:
        return len(self._columns[0])

    def span(self) -> tuple[Range, Range]:
        """Return the energies [GeV] and angles [degrees] that occur."""
        return _span(*self._columns[:2])

    def batches(self, size: int) -> Iterator[Columns]:
        """Yield the conditions in their order."""
        for start in range(0, len(self), size):
            energy, theta, phi = (column[start : start + size] for column in self._columns)
            yield energy, theta, phi


def _span(energy_gev: NDArray[np.float32], theta_rad: NDArray[np.float32]) -> tuple[Range, Range]:
    theta_deg = np.degrees(theta_rad)
    return Range(float(energy_gev.min()), float(energy_gev.max())), Range(
        float(theta_deg.min()), float(theta_deg.max())
    )
