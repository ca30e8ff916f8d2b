"""Samples side by side, and what was measured on them: each observable once, for all figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid, Detector, depth_in_x0
from metacalo.showers import Showers
from metacalo.validation import profiles
from metacalo.validation.plots.style import check_samples, energy_range
from metacalo.validation.scales import Scales

Array = NDArray[np.float64]


class Measurable(Protocol):
    """What is measured on each shower: an entry of `OBSERVABLES` or `LAYER_OBSERVABLES`."""

    @property
    def name(self) -> str:
        """The key under which the values are kept."""

    def measure(self, showers: Showers, scales: Scales, /) -> Array:
        """Give the values, (N,) or (N, n_z)."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Samples that are compared in figures, and the values of their observables.

    Attributes:
        samples: showers by label, all on one grid; the first is the reference.
        scales: in which lengths they are measured.
        detector: where they were, if it is known.
    """

    samples: Mapping[str, Showers]
    scales: Scales
    detector: Detector | None = None
    _found: dict[str, dict[str, Array]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, samples: Mapping[str, Showers], where: Detector | Scales | None = None) -> "Measured":
        """Prepare samples for figures.

        Args:
            samples: showers by label; the first is the reference.
            where: the detector, the scales of one that is described no further, or None.

        Raises:
            SettingsError: without samples, or with an empty one.
        """
        check_samples(samples)
        grid = next(iter(samples.values())).grid
        if isinstance(where, Scales):
            return cls(samples, where)
        return cls(samples, Scales.of(grid, where), where)

    def values(self, observable: Measurable) -> dict[str, Array]:
        """Values of an observable by label of the sample; measured when they are first asked for."""
        if observable.name not in self._found:
            self._found[observable.name] = {
                label: np.asarray(observable.measure(showers, self.scales), dtype=np.float64)
                for label, showers in self.samples.items()
            }
        return self._found[observable.name]

    @property
    def reference(self) -> Showers:
        """The first sample."""
        return next(iter(self.samples.values()))

    @property
    def grid(self) -> CylinderGrid:
        """Grid of the reference, which is that of all."""
        return self.reference.grid

    @property
    def title(self) -> str:
        """What is written above a plot."""
        return self.scales.title

    @cached_property
    def note(self) -> str:
        """Range of incident energy of the reference, to be written on a plot."""
        energy = self.reference.incident_energy_gev
        return energy_range(float(energy.min()), float(energy.max()))

    @cached_property
    def depth_edges(self) -> Array:
        """Edges of the layers [scales.depth_unit], shape (n_z + 1,)."""
        if self.detector is not None:
            return depth_in_x0(self.detector, self.grid.z_edges_mm)
        centres = self.scales.layer_depth
        half = np.diff(centres) / 2 if len(centres) > 1 else np.array([0.5])
        below, above = np.append(half[:1], half), np.append(half, half[-1:])
        return np.append(centres - below, centres[-1] + above[-1])

    @cached_property
    def radius_edges(self) -> Array:
        """Edges of the rings [scales.radius_unit], shape (n_r + 1,)."""
        return np.asarray(self.grid.r_edges_mm / self.scales.radius_unit_mm)

    @property
    def end(self) -> float | None:
        """Depth [X0] where the calorimeter ends, if the grid reaches behind it."""
        if self.detector is None or self.detector.depth_x0 >= self.depth_edges[-1]:
            return None
        return float(self.detector.depth_x0)

    @property
    def depth_label(self) -> str:
        """Name and unit of an axis of depth."""
        return f"depth [{self.scales.depth_unit}]"

    def energy_edges_gev(self, bins: int) -> Array:
        """Edges of bins of incident energy that hold all of the reference [GeV], shape (bins + 1,)."""
        return profiles.energy_edges_gev(self.reference, bins)
