"""What incident particles may be: ranges of energies and angles, and the checks on both."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from typing import Self, final

from metacalo.errors import SettingsError


@final
@dataclass(frozen=True)
class Range:
    """One value, or all between two.

    Attributes:
        low: smallest value.
        high: largest value; equal to `low` for a single one.
    """

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.4g}" if self.low == self.high else f"{self.low:.4g} to {self.high:.4g}"

    @classmethod
    def parse(cls, text: str, *, name: str, unit: str) -> Self:
        """Read ``50`` or ``1:100``.

        Args:
            text: what the user wrote.
            name: of the quantity, for the message.
            unit: of the quantity, for the message.

        Raises:
            SettingsError: it is neither, or not finite, or the wrong way round.
        """
        try:
            values = [float(part) for part in text.split(":")]
        except ValueError:
            values = []
        if len(values) not in (1, 2) or not all(map(math.isfinite, values)) or values[0] > values[-1]:
            turned = len(values) == 2 and values[0] > values[1]
            example = (
                f"`--{name} {values[1]:g}:{values[0]:g}`" if turned else f"`--{name} 10` or `--{name} 1:40`"
            )
            raise SettingsError(
                f"expected {name} as a number or low:high in {unit}, got {text!r}; "
                + (
                    f"the lower value comes first, write {example}"
                    if turned
                    else f"write for example {example}"
                )
            )
        return cls(values[0], values[-1])


def fresh_seed() -> int:
    """Return a seed that nobody else has."""
    return secrets.randbits(48)


def check_seed(seed: int) -> None:
    """Refuse a seed that is negative, or too large for the attributes of a file of showers.

    Raises:
        SettingsError: it is.
    """
    if not 0 <= seed < 2**63:
        raise SettingsError(
            f"expected a seed of at least 0 and below 2^63, got {seed}; leave it out for showers of their own"
        )


def check_incident(low_gev: float, high_gev: float, low_deg: float, high_deg: float) -> None:
    """Refuse incident particles that cannot be.

    Raises:
        SettingsError: an energy that is not positive and finite, or an angle outside 0 ... 90 degrees.
    """
    if not (0.0 < low_gev <= high_gev < math.inf):
        raise SettingsError(
            f"expected incident energies above 0 GeV, got {low_gev:g} to {high_gev:g}; give them in GeV"
        )
    if not (0.0 <= low_deg <= high_deg < 90.0):
        raise SettingsError(
            "expected angles to the normal of the front face of at least 0 and below 90 degrees, got "
            f"{low_deg:g} to {high_deg:g}"
        )
