"""What is known of a shower before it is made, as numbers of order one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from metacalo.models.batch import Conditions
    from metacalo.models.frame import DetectorFrame

N_KINEMATIC = 5
"""Numbers that stand for energy and angle; those of the descriptor follow."""

ANGLE = 3
"""Which of them is linear in the angle."""

# centre and width of ln E [GeV] for 1-100 GeV, and centre and width of ln(E / Ec) there
_LOG_ENERGY = (2.3, 1.3)
_LOG_RATIO = (6.8, 1.5)
_THETA_RAD = 0.4
_CONSTANT_TERM = 0.004


def known_features(conditions: Conditions, frame: DetectorFrame, descriptor: Tensor) -> Tensor:
    """Describe the particle and the detector.

    Args:
        conditions: incident energies and angles.
        frame: of the detector.
        descriptor: the detector's numbers, with or without noise, shape (n_descriptor,).

    Returns:
        Features, shape (batch, N_KINEMATIC + n_descriptor).
    """
    log_e = torch.log(conditions.energy_gev)
    log_y = torch.log(conditions.energy_gev * 1e3 / frame.critical_energy_mev)
    theta = conditions.theta_rad
    energy = (log_e - _LOG_ENERGY[0]) / _LOG_ENERGY[1]
    kinematic = torch.stack(
        [
            energy,
            energy**2 - 1,
            (log_y - _LOG_RATIO[0]) / _LOG_RATIO[1],
            theta / _THETA_RAD - 1,
            theta.sin() ** 2 * 4,
        ],
        dim=1,
    )
    return torch.cat([kinematic, descriptor.expand(kinematic.shape[0], -1)], dim=1)


def expected_visible_mev(conditions: Conditions, frame: DetectorFrame) -> Tensor:
    """Return the visible energy at a response of one [MeV], shape (batch,)."""
    return conditions.energy_gev * 1e3 * frame.sampling_fraction


def reference_width(conditions: Conditions, frame: DetectorFrame) -> Tensor:
    """Return the reference scale of the relative resolution, with a small constant term, shape (batch,)."""
    return torch.sqrt(frame.stochastic_term**2 / conditions.energy_gev + _CONSTANT_TERM**2)
