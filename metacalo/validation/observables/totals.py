"""The energy of a shower as a whole."""

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers

Array = NDArray[np.float64]

MEV_PER_GEV = 1000.0


def total_energy_mev(showers: Showers) -> Array:
    """Visible energy of each shower [MeV], shape (N,)."""
    return np.asarray(showers.total_energy_mev, dtype=np.float64)


def response(showers: Showers) -> Array:
    """Visible over incident energy, E_tot / E_inc, shape (N,)."""
    return total_energy_mev(showers) / (MEV_PER_GEV * showers.incident_energy_gev)
