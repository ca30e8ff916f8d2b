"""Every number of the parametric engine that is adjusted to full simulation, in one place.

The form of each law is GFlash's (Grindhammer and Peters 1993, hep-ex/0001020) or named below. The numbers
are fitted to full simulation (Geant4) of twelve detectors, those that the default checkpoint is trained on:
Si, scintillator and liquid argon between W, Pb, U, Fe and Cu, BGO, and liquid krypton. Where the paper has
the number too, it stands behind it. GFlash was fitted to Geant3 with other cuts, and to showers whose depth
counts in an average medium; here it counts slab by slab.
"""

from __future__ import annotations

import hashlib
import math

MAXIMUM = (-1.245, 1.091, -0.044, -0.69)
"""Median depth of the maximum [X0]: a + b ln y, for sampling + c / F_S + d (1 - e/mip).
Paper: -0.812, 1, -0.55, -0.69."""

ALPHA = (0.05, 0.58, 2.26, 0.2, -1.18)
"""Median of alpha: a + (b + c / Z) ln y, for sampling + d / F_S + e (1 - e/mip).
Paper: 0.81, 0.458, 2.26, -0.476, 0."""

SPREAD_OF_MAXIMUM = 0.95
SPREAD_OF_ALPHA = 0.88
"""Factors on the paper's spreads of ln T and ln alpha: part of them is the sampling here."""

EXTRA_CORRELATION = 0.12
"""Added to the paper's correlation of ln T and ln alpha."""

CORE = (0.0282, 0.00358, 0.1291, -0.000371, 0.0511, 0.076)
"""Core radius [R_M]: a + b ln E + (c + d Z) tau, for sampling + e (1 - e/mip) + f exp(-tau) / F_S.
Paper: 0.0251, 0.00319, 0.1162, -0.000381, -0.0203, 0.0397."""

TAIL = (0.6529, -0.00301, 0.3585, 0.0558, -0.0945, 0.1878)
"""Tail radius [R_M]: (a + b Z) (exp(-2.59 (tau - 0.645)) + exp((c + d ln E) (tau - 0.645))), for sampling
+ e (1 - e/mip) + f exp(-tau) / F_S. Paper: 0.659, -0.00309, 0.3585, 0.0421, -0.14, -0.495."""

CORE_WEIGHT = (0.158, -0.3036)
"""For sampling, added to the core's weight: (1 - e/mip) (a + b exp(-(tau - 1)^2) / F_S).
Paper: 0.348, -0.642."""

GAS_STRETCH = 0.439
"""Radii grow by this times the share of the depth that is gas: particles cross gaps at an angle, which the
Moliere radius of the stack does not count."""

RESOLUTION = (0.0804, 0.435, -0.25)
"""Sampling term c = a (layer / X0)^b f^c sqrt(1 - f) of sigma / E = c / sqrt(E / GeV), with the visible
fraction f. The paper takes c as given."""

LEAST_FRACTION = 0.009
"""Visible fraction below which f^c no longer grows: the least of those that `RESOLUTION` was fitted to
(hgcal_si), all sampled with solids or liquids. The law has no ground there, and is far too wide for gas."""

SPOT_OF_SAMPLING = (0.537, 0.257, 0.747)
"""Mean energy of a visible spot [MeV]: a m^b (Z / 70)^c, with the energy m [MeV] that a minimum-ionising
particle leaves in a layer: the deposits that lie alone, far from the axis, in full simulation."""

LARGEST_SPOT = 3.0
"""Mean energy of a visible spot of a sampling calorimeter over m at the most: a track leaves in a thin slab
what it loses in it. The largest of those fitted is 2.73 (par04_siw); gas would have 40 without."""

SPOT_OF_HOMOGENEOUS = (1.0, 1.15)
"""The same where everything is active: a (Z / 70)^b [MeV]."""

CORE_SPOTS_PER_GEV = 250.0
"""Core spots are grouped, so that there are about this many per GeV: tracks near the axis pass through many
layers and voxels together, which makes the hottest voxel hot."""

CORE_SHAPE = 1.0
"""Shape of the gamma distribution of core spots' energies."""

TAIL_SHAPE = 0.65
"""The same of tail spots, times Z / 70: below, Compton electrons of little energy are many."""

LARGEST_RADIUS = 8.3
"""Where the radial profile is cut off [R_M]: its own tail, 1 / r^2, leaves too much outside 4.5 R_M."""

LATE_SPREAD = (0.0035, 36.0)
"""Spread of the logarithm of the depth behind the maximum: a (Z - b), 0 below b. The hardest photons travel
farthest, in X0, where Z is high; what they leak fluctuates."""


def late_spread(z: float) -> float:
    """Return the spread of the logarithm of depths behind the maximum.

    Args:
        z: effective atomic number.
    """
    return LATE_SPREAD[0] * max(0.0, z - LATE_SPREAD[1])


def sampling_resolution(fraction: float, layer_x0: float) -> float:
    """Return the sampling term of the resolution [sqrt(GeV)].

    Args:
        fraction: visible share of the energy, above 0.
        layer_x0: thickness of a layer [X0].
    """
    scale, of_layer, of_fraction = RESOLUTION
    known = max(fraction, LEAST_FRACTION)
    return float(scale * layer_x0**of_layer * known**of_fraction * math.sqrt(max(0.0, 1.0 - fraction)))


def spot_mev(mip_mev: float, z: float, *, homogeneous: bool) -> float:
    """Return the mean energy of a visible spot [MeV].

    Args:
        mip_mev: energy that a minimum-ionising particle leaves in a layer [MeV].
        z: effective atomic number.
        homogeneous: whether everything is active.
    """
    if homogeneous:
        scale, of_z = SPOT_OF_HOMOGENEOUS
        return float(scale * (z / 70.0) ** of_z)
    scale, of_mip, of_z = SPOT_OF_SAMPLING
    return float(min(scale * mip_mev**of_mip * (z / 70.0) ** of_z, LARGEST_SPOT * mip_mev))


def digest() -> str:
    """Return a short hash of all adjusted numbers, by which showers of other numbers are told apart."""
    numbers = {name: value for name, value in globals().items() if name.isupper()}
    return hashlib.sha256(repr(sorted(numbers.items())).encode()).hexdigest()[:8]
