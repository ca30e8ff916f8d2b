"""The result of a comparison: figures with errors, that go to JSON and come back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import floor, inf, log10
from typing import Any, NamedTuple

from metacalo.validation.curves import LearnedCurves
from metacalo.validation.profiles import Moments


class Estimate(NamedTuple):
    """A figure and its standard error (of the bootstrap or the folds); None where none is estimated."""

    value: float
    error: float | None = None

    def __str__(self) -> str:
        if self.error is None or not 1e-12 < self.error < inf:
            return f"{self.value:.4g}" if self.error is None else f"{self.value:.4g} ± {self.error:.2g}"
        # The error has two digits that count, and the value has no more than it.
        digits = max(1 - floor(log10(self.error)), 0)
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


@dataclass(frozen=True, kw_only=True)
class EnergyBin:
    """Moments of observables in one bin of incident energy.

    Attributes:
        low_gev: lower edge of the bin [GeV].
        high_gev: upper edge of the bin [GeV].
        reference: moments of the reference by name of the observable.
        generated: the same of the generated showers.
    """

    low_gev: float
    high_gev: float
    reference: Mapping[str, Moments]
    generated: Mapping[str, Moments]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How far generated showers are from the reference.

    Attributes:
        n_reference: number of reference showers.
        n_generated: number of generated showers.
        estimates: figures by name; `metrics.compare` says which.
        energy_bins: moments in bins of incident energy; bins with fewer than 10 showers of a kind are left
            out.
        notes: what could not be computed, and why; how a figure is to be read.
        curves: arrays behind plots, which do not go to JSON and do not count in equality.
    """

    n_reference: int
    n_generated: int
    estimates: Mapping[str, Estimate]
    energy_bins: tuple[EnergyBin, ...] = ()
    notes: tuple[str, ...] = ()
    curves: LearnedCurves = field(default_factory=LearnedCurves, compare=False, repr=False)

    def __getitem__(self, name: str) -> Estimate:
        """Figure of that name.

        Raises:
            KeyError: if there is none; the notes may say why.
        """
        return self.estimates[name]

    def to_dict(self) -> dict[str, Any]:
        """Describe the comparison in JSON's own types; `from_dict` is the inverse."""
        return {
            "n_reference": self.n_reference,
            "n_generated": self.n_generated,
            "estimates": {name: estimate._asdict() for name, estimate in self.estimates.items()},
            "energy_bins": [
                {
                    **asdict(energy_bin),
                    "reference": {name: m._asdict() for name, m in energy_bin.reference.items()},
                    "generated": {name: m._asdict() for name, m in energy_bin.generated.items()},
                }
                for energy_bin in self.energy_bins
            ],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Comparison":
        """Restore what `to_dict` described.

        Raises:
            KeyError: if a part is missing.
        """
        return cls(
            n_reference=content["n_reference"],
            n_generated=content["n_generated"],
            estimates={name: Estimate(**figure) for name, figure in content["estimates"].items()},
            energy_bins=tuple(
                EnergyBin(
                    low_gev=energy_bin["low_gev"],
                    high_gev=energy_bin["high_gev"],
                    reference={name: Moments(**m) for name, m in energy_bin["reference"].items()},
                    generated={name: Moments(**m) for name, m in energy_bin["generated"].items()},
                )
                for energy_bin in content["energy_bins"]
            ),
            notes=tuple(content["notes"]),
        )
