"""Incident particles: what hits the front face, with which energy and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError
from metacalo.showers.incident import Range, check_incident

Species = Literal["e-", "e+", "gamma"]
"""Particles that make electromagnetic showers."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Particles:
    """Particles of one species that enter the front face at its origin (0, 0, 0).

    Each flies along (sin theta cos phi, sin theta sin phi, cos theta); z is the depth into the calorimeter.

    Attributes:
        species: what they are, one for all.
        energy_gev: kinetic energy; the whole one for a photon [GeV], shape (n,).
        theta_rad: angle to the normal of the front face [rad], shape (n,).
        phi_rad: azimuth about that normal [rad], shape (n,).

    Raises:
        SettingsError: an unknown species, lengths that differ, or a value that is impossible.
    """

    species: Species
    energy_gev: Floats
    theta_rad: Floats
    phi_rad: Floats

    def __post_init__(self) -> None:
        checked_species(self.species)
        for name in ("energy_gev", "theta_rad", "phi_rad"):
            array = np.array(getattr(self, name), dtype=np.float64, ndmin=1)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        shapes = {self.energy_gev.shape, self.theta_rad.shape, self.phi_rad.shape}
        if len(shapes) > 1 or self.energy_gev.ndim != 1:
            raise SettingsError(
                f"expected energies, angles and azimuths of one length, got {self.energy_gev.shape}, "
                f"{self.theta_rad.shape} and {self.phi_rad.shape}; give one of each per particle"
            )
        if len(self) and not np.all(np.isfinite(self.phi_rad)):
            raise SettingsError("expected finite azimuths, got nan or infinity; give them in radians")
        if len(self):
            theta_deg = np.degrees(self.theta_rad)
            low, high = float(self.energy_gev.min()), float(self.energy_gev.max())
            check_incident(low, high, float(theta_deg.min()), float(theta_deg.max()))

    def __len__(self) -> int:
        return len(self.energy_gev)

    def __getitem__(self, key: slice | Sequence[int] | NDArray[Any]) -> Self:
        """Return some of them: a slice, those of a mask (n,), or those of an index array."""
        return type(self)(self.species, self.energy_gev[key], self.theta_rad[key], self.phi_rad[key])

    @property
    def direction(self) -> Floats:
        """Unit vectors of flight in detector coordinates, shape (n, 3)."""
        sine = np.sin(self.theta_rad)
        return np.stack(
            [sine * np.cos(self.phi_rad), sine * np.sin(self.phi_rad), np.cos(self.theta_rad)], axis=1
        )


def checked_species(text: str) -> Species:
    """Read the name of a particle that makes an electromagnetic shower.

    Raises:
        SettingsError: it is none of `Species`.
    """
    for species in get_args(Species):
        if text == species:
            return cast(Species, species)
    raise SettingsError(
        f"expected a particle that makes an electromagnetic shower, one of {', '.join(get_args(Species))}"
        f", got {text!r}; choose one of them"
    )


def draw(
    n: int,
    energy_gev: Range,
    theta_deg: Range,
    generator: np.random.Generator,
    *,
    species: Species = "e-",
    phi_rad: ArrayLike = 0.0,
) -> Particles:
    """Draw particles with energies even in their logarithm and angles even in degrees.

    Args:
        n: how many.
        energy_gev: range of the energies [GeV].
        theta_deg: range of the angles to the normal of the front face [degrees].
        generator: source of randomness; two numbers are taken per particle.
        species: what they are.
        phi_rad: azimuth [rad], one for all or shape (n,).

    Raises:
        SettingsError: an impossible range or species.
    """
    check_incident(energy_gev.low, energy_gev.high, theta_deg.low, theta_deg.high)
    low, high = np.log(energy_gev.low), np.log(energy_gev.high)
    even = generator.random((n, 2))
    energy = np.clip(np.exp(low + (high - low) * even[:, 0]), energy_gev.low, energy_gev.high)
    theta = np.radians(theta_deg.low + (theta_deg.high - theta_deg.low) * even[:, 1])
    return Particles(species, energy, theta, np.broadcast_to(np.asarray(phi_rad, dtype=np.float64), (n,)))
