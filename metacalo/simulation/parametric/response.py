"""How a section of a stack responds: visible fraction, resolution, and the size of its energy spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from metacalo.geometry.composition import Composition
from metacalo.simulation.parametric.adjusted import sampling_resolution, spot_mev


@dataclass(frozen=True)
class Response:
    """Response of a section.

    Attributes:
        fraction: visible share of the energy, 0 for a section without active material.
        resolution: sampling term c of sigma / E = c / sqrt(E / GeV), 0 where everything is active.
        spots_per_mev: visible energy spots per MeV of the shower.
    """

    fraction: float
    resolution: float
    spots_per_mev: float

    @classmethod
    def of(cls, composition: Composition) -> Self:
        """Return the response of a composition."""
        if not composition.active:
            return cls(0.0, 0.0, 0.0)
        mip = composition.active_minimum_ionisation_mev / composition.n_layers
        spot = spot_mev(mip, composition.mean_z, homogeneous=composition.homogeneous)
        if composition.homogeneous:
            return cls(1.0, 0.0, 1.0 / spot)
        fraction = composition.sampling_fraction
        layer_x0 = composition.depth_mm / composition.x0_mm / composition.n_layers
        return cls(fraction, sampling_resolution(fraction, layer_x0), fraction / spot)
