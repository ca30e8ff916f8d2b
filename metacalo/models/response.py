"""The visible energy of a whole shower, drawn first, from a head of its own."""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from metacalo.models.mlp import mlp

_MEAN_SCALE = 0.1
_LEAST_PROBABILITY = 1e-5
_LOG_RATIO_RANGE = (-3.0, 4.0)
_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class Adjustment(NamedTuple):
    """A change of the response that is the same for all parts of the mixture; scalars.

    Attributes:
        shift: of the means, in units of 0.1 in ln response.
        slope: of the means with a condition, in the same units.
        log_stretch: ln of the factor on the widths.
        condition: column of the condition that the slope belongs to.
    """

    shift: Tensor
    slope: Tensor
    log_stretch: Tensor
    condition: int


class ResponseHead(nn.Module):
    """A mixture of Gaussians for the logarithm of the response, conditioned on energy, angle and detector.

    Its parts begin ever broader and lower, the later ones rare: showers that leak. The widths are relative to
    a reference width, so that what is learned is a correction of order one. The means also depend linearly on
    the conditions, as what is not learned before can then be told by a single number.

    Args:
        n_conditions: number of conditions.
        width: of the hidden layers.
        parts: of the mixture.
    """

    def __init__(self, n_conditions: int, width: int = 48, parts: int = 3) -> None:
        super().__init__()
        self.parts = parts
        self.slope = nn.Parameter(torch.zeros(n_conditions))
        order = torch.arange(parts)
        logit = torch.where(order == 0, 0.0, -2.0)
        self.network = mlp(
            n_conditions,
            width,
            2,
            3 * parts,
            last_gain=0.1,
            last_bias=torch.cat([logit, -0.5 * order, 0.7 * order]),
        )

    def log_density(
        self,
        log_response: Tensor,
        conditions: Tensor,
        reference_width: Tensor,
        adjustment: Adjustment | None = None,
    ) -> Tensor:
        """Return ln p(ln response), shape (batch,).

        Args:
            log_response: ln(visible energy / (incident energy x expected sampling fraction)), shape (batch,).
            conditions: shape (batch, n_conditions).
            reference_width: scale of the relative resolution after the stack, shape (batch,); see
                `DetectorFrame.stochastic_term`.
            adjustment: that would be made to the head, if given.
        """
        log_weight, mean, log_width = self._mixture(conditions, reference_width)
        if adjustment is not None:
            moved = adjustment.shift + conditions[:, adjustment.condition] * adjustment.slope
            mean = mean.detach() + _MEAN_SCALE * moved[:, None]
            log_width = log_width.detach() + adjustment.log_stretch
        deviation = (log_response[:, None] - mean) * torch.exp(-log_width)
        log_part = log_weight - 0.5 * deviation**2 - log_width - _HALF_LOG_TWO_PI
        return torch.logsumexp(log_part, dim=1)

    def sample(
        self, conditions: Tensor, reference_width: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw ln response for each row of the conditions, shape (batch,); arguments as for `log_density`."""
        log_weight, mean, log_width = self._mixture(conditions, reference_width)
        part = torch.multinomial(log_weight.exp(), 1, generator=generator)
        noise = torch.randn(part.shape, generator=generator, device=conditions.device)
        return (mean.gather(1, part) + log_width.gather(1, part).exp() * noise).squeeze(1)

    def normal_score(self, log_response: Tensor, conditions: Tensor, reference_width: Tensor) -> Tensor:
        """Return what a standard normal variable with the same cumulative probability would be, (batch,).

        Arguments as for `log_density`.
        """
        log_weight, mean, log_width = self._mixture(conditions, reference_width)
        deviation = (log_response[:, None] - mean) * torch.exp(-log_width)
        below = (log_weight.exp() * torch.special.ndtr(deviation)).sum(dim=1)
        score: Tensor = torch.special.ndtri(below.clamp(_LEAST_PROBABILITY, 1.0 - _LEAST_PROBABILITY))
        return score

    @torch.no_grad()
    def adjust(self, adjustment: Adjustment) -> None:
        """Shift, tilt and stretch all parts alike, in place."""
        offsets = cast(nn.Linear, self.network[-1]).bias
        offsets[self.parts : 2 * self.parts] += adjustment.shift
        offsets[2 * self.parts :] += adjustment.log_stretch
        self.slope[adjustment.condition] += adjustment.slope

    def _mixture(self, conditions: Tensor, reference_width: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return ln weight, mean and ln width of each part, shapes (batch, parts)."""
        logit, mean, log_ratio = self.network(conditions).chunk(3, dim=1)
        mean = _MEAN_SCALE * (mean + (conditions @ self.slope)[:, None])
        log_width = log_ratio.clamp(*_LOG_RATIO_RANGE) + torch.log(reference_width)[:, None]
        return torch.log_softmax(logit, dim=1), mean, log_width
