"""What a shower leaves behind the calorimeter, on average: the cause of the low tail of its response."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from metacalo.models.profile import longitudinal_shape

if TYPE_CHECKING:
    from metacalo.models.batch import Conditions
    from metacalo.models.frame import DetectorFrame

_LOG_RANGE = (-12.0, -0.1)
"""Of the share: less than e^-12 is nothing, and a calorimeter catches some of every shower."""

_LEAST_COSINE = 1e-3
"""Of a flight that is almost along the layers: it ends with the grid."""

# logistic approximation of the normal distribution, to 2e-4 absolutely (Page, Appl. Statist. 26 (1977) 75)
_LOGISTIC = 2.0 * math.sqrt(2.0 / math.pi)
_LOGISTIC_CUBIC = 0.044715


def log_leakage(conditions: Conditions, frame: DetectorFrame) -> Tensor:
    """Return ln of the mean share of a shower's energy behind the detector or its grid, shape (batch,).

    The upper tail of the gamma distribution of the depth (see `metacalo.models.profile`) at the end of the
    detector along the flight, or of the grid where that comes first. Exported graphs have no incomplete gamma
    function; as the cube root of such a variable is almost normal (Wilson and Hilferty 1931), elementary
    functions do: the share is right to a tenth down to 1e-3, and up to a half too small at the least, 6e-6.

    Args:
        conditions: incident energies and angles.
        frame: of the detector.
    """
    _, alpha, beta = longitudinal_shape(conditions.energy_gev, frame.critical_energy_mev, frame.mean_z)
    along = frame.depth_x0 / torch.cos(conditions.theta_rad).clamp_min(_LEAST_COSINE)
    depth = torch.minimum(along, frame.z_edges[-1])
    score = 3.0 * alpha.sqrt() * ((beta * depth / alpha).pow(1.0 / 3.0) - 1.0 + 1.0 / (9.0 * alpha))
    logit = _LOGISTIC * score * (1.0 + _LOGISTIC_CUBIC * score**2)
    return -torch.nn.functional.softplus(logit).clamp(-_LOG_RANGE[1], -_LOG_RANGE[0])
