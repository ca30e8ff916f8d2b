"""An observable with what a plot or a table of it has to say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation.scales import Scales

Array = NDArray[np.float64]

Group = Literal["energy", "longitudinal", "transverse", "voxels", "shape variables"]

Unit = Literal["", "MeV", "rad", "depth", "radius"]
"""Unit of an observable; depth and radius are those of the scales."""


@dataclass(frozen=True, kw_only=True)
class Observable:
    """Something that is measured on each shower.

    Attributes:
        name: how figures of it are called, in snake_case.
        measure: gives it for N showers, shape (N,), or (N, n_z) or (N, ranges) of the registries of such.
        label: what stands at an axis, in mathtext, without the unit; `label_of` has it.
        unit: its unit, which `unit_of` gives in mathtext.
        heading: its name in a physicist's words.
        sentence: what it shows, in one plain sentence.
        group: the page of a report on which it belongs.
        log_x: whether it spans decades, so that its axis should be logarithmic.
        discrete: whether it takes a few values only, which bins should not split.
    """

    name: str
    measure: Callable[[Showers, Scales], Array]
    label: str
    heading: str
    sentence: str
    group: Group
    unit: Unit = ""
    log_x: bool = False
    discrete: bool = False

    def unit_of(self, scales: Scales) -> str:
        """Unit in mathtext; empty for a pure number."""
        return {"depth": scales.depth_unit, "radius": scales.radius_unit}.get(self.unit, self.unit)

    def label_of(self, scales: Scales) -> str:
        """Label of an axis in mathtext, with the unit in brackets if there is one."""
        unit = self.unit_of(scales)
        return f"{self.label} [{unit}]" if unit else self.label


def by_name(*observables: Observable) -> Mapping[str, Observable]:
    """A registry: the observables in their order, by name."""
    return MappingProxyType({observable.name: observable for observable in observables})


def measure_all(showers: Showers, scales: Scales, observables: Mapping[str, Observable]) -> dict[str, Array]:
    """Measure all observables of a registry, by name."""
    return {name: observable.measure(showers, scales) for name, observable in observables.items()}
