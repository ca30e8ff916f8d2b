"""What a shower develops in: the constants of a calorimeter, or of one of its sections, that GFlash uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry.composition import Composition
from metacalo.geometry.materials import CONDENSED_ABOVE_G_CM3
from metacalo.geometry.sampling import Share
from metacalo.simulation.parametric.adjusted import GAS_STRETCH


@dataclass(frozen=True)
class Medium:
    """An effective medium.

    Attributes:
        z: effective atomic number, averaged over the mass.
        log_critical_mev: logarithm of the critical energy in MeV.
        layer_x0: thickness of a sampling layer [X0], the inverse of the paper's F_S; 0 where everything is
            active.
        lost: 1 - e/mip with the paper's e/mip = 1 / (1 + 0.007 (Z_passive - Z_active)).
        homogeneous: 1 where everything is active, 0 where it is sampled; between the two for a blend.
    """

    z: float
    log_critical_mev: float
    layer_x0: float
    lost: float
    homogeneous: float

    @classmethod
    def of(cls, composition: Composition) -> Self:
        """Return the medium that a composition makes on average."""
        passive = [share for share in composition.shares if not share.active]
        sampled = bool(passive) and bool(composition.active)
        excess = max(0.0, _mean_z(passive) - composition.active_mean_z) if sampled else 0.0
        layers = max(1, composition.n_layers)
        return cls(
            z=composition.mean_z,
            log_critical_mev=float(np.log(composition.critical_energy_mev)),
            layer_x0=composition.depth_mm / composition.x0_mm / layers if sampled else 0.0,
            lost=1.0 - 1.0 / (1.0 + 0.007 * excess),
            homogeneous=0.0 if sampled else 1.0,
        )

    @classmethod
    def blend(cls, media: Sequence[Self], weights: NDArray[np.float64]) -> Self:
        """Return the average of media, weighted with the share of a shower's energy in each."""
        shares = weights / weights.sum()
        return cls(
            **{
                field.name: float(np.dot(shares, [getattr(medium, field.name) for medium in media]))
                for field in fields(cls)
            }
        )


def lateral_scale_mm(composition: Composition) -> float:
    """Return what radii are counted in [mm]: the Moliere radius, stretched by gaps of gas."""
    gas = sum(s.total_mm for s in composition.shares if s.material.density_g_cm3 < CONDENSED_ABOVE_G_CM3)
    return composition.moliere_radius_mm * (1.0 + GAS_STRETCH * gas / composition.depth_mm)


def _mean_z(shares: Sequence[Share]) -> float:
    mass = [share.total_mm * share.material.density_g_cm3 for share in shares]
    return sum(m * s.material.mean_z for m, s in zip(mass, shares, strict=True)) / sum(mass)
