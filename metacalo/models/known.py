"""What is known of a shower before it is made, as numbers of order one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from metacalo.models.leakage import log_leakage

if TYPE_CHECKING:
    from typing import Self

    from metacalo.models.batch import Conditions
    from metacalo.models.frame import DetectorFrame

N_KINEMATIC = 6
"""Numbers that energy and angle make up; those of the descriptor alone follow."""

ANGLE = 3
"""Which of them is linear in the angle."""

# centre and width of ln E [GeV] for 1-100 GeV, and centre and width of ln(E / Ec) there
_LOG_ENERGY = (2.3, 1.3)
_LOG_RATIO = (6.8, 1.5)
_THETA_RAD = 0.4
_CONSTANT_TERM = 0.004

# centre and width of ln of the leakage
_LOG_LEAKAGE = (-6.0, 3.0)

# standard deviation of the leakage over its mean: at a few per cent of it; more where there is less
_SPREAD_OF_LEAKAGE = 0.7


class Known(NamedTuple):
    """What is known of showers.

    Attributes:
        features: that describe particle and detector, shape (batch, N_KINEMATIC + n_descriptor).
        expected_mev: visible energy at a response of one, less what leaks out behind [MeV], shape (batch,).
        reference_width: scale of the relative resolution: the stochastic term, a small constant one, and the
            fluctuation of what leaks out behind, in quadrature, shape (batch,).
    """

    features: Tensor
    expected_mev: Tensor
    reference_width: Tensor

    @classmethod
    def of(cls, conditions: Conditions, frame: DetectorFrame, descriptor: Tensor | None = None) -> Self:
        """Return what is known.

        Args:
            conditions: incident energies and angles.
            frame: of the detector.
            descriptor: the detector's numbers with noise, shape (n_descriptor,); by default without.
        """
        energy_gev, theta_rad = conditions.energy_gev, conditions.theta_rad
        log_leaking = log_leakage(conditions, frame)
        leaking = log_leaking.exp()
        log_e = torch.log(energy_gev)
        log_y = torch.log(energy_gev * 1e3 / frame.critical_energy_mev)
        energy = (log_e - _LOG_ENERGY[0]) / _LOG_ENERGY[1]
        kinematic = torch.stack(
            [
                energy,
                energy**2 - 1,
                (log_y - _LOG_RATIO[0]) / _LOG_RATIO[1],
                theta_rad / _THETA_RAD - 1,
                theta_rad.sin() ** 2 * 4,
                (log_leaking - _LOG_LEAKAGE[0]) / _LOG_LEAKAGE[1],
            ],
            dim=1,
        )
        of_detector = frame.descriptor if descriptor is None else descriptor
        stochastic = frame.stochastic_term**2 / energy_gev
        return cls(
            features=torch.cat([kinematic, of_detector.expand(kinematic.shape[0], -1)], dim=1),
            expected_mev=energy_gev * 1e3 * frame.sampling_fraction * (1.0 - leaking),
            reference_width=torch.sqrt(stochastic + _CONSTANT_TERM**2 + (_SPREAD_OF_LEAKAGE * leaking) ** 2),
        )
