"""The visible energy of a whole shower, drawn first, from a head of its own."""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from metacalo.models.lookup import log_normal_cumulative, normal_of_logit
from metacalo.models.mlp import mlp

_MEAN_SCALE = 0.1
_LEAST_PROBABILITY = 1e-5
_LARGEST_LOGIT = math.log((1.0 - _LEAST_PROBABILITY) / _LEAST_PROBABILITY)
_SQRT_HALF = math.sqrt(0.5)
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


class Mixture(NamedTuple):
    """The law of ln response of some showers, a mixture of Gaussians; shapes (batch, parts).

    Attributes:
        log_weight: ln of the probability of each part.
        mean: of each part.
        log_width: ln of the standard deviation of each part.
    """

    log_weight: Tensor
    mean: Tensor
    log_width: Tensor

    def drawn(self, choice: Tensor, noise: Tensor) -> Tensor:
        """Return ln response from two standard normal numbers each, shape (batch,).

        Args:
            choice: says by its cumulative probability which part it is of, shape (batch,).
            noise: within the part, shape (batch,).
        """
        ends = self.log_weight.exp().cumsum(dim=1)[:, :-1]
        below = 0.5 + 0.5 * torch.erf(choice * _SQRT_HALF)
        part = (below[:, None] > ends).sum(dim=1, keepdim=True)
        mean, log_width = (torch.gather(values, 1, part).squeeze(1) for values in (self.mean, self.log_width))
        return mean + log_width.exp() * noise


class NormalScore(nn.Module):
    """`ResponseHead.normal_score` from tables, for a graph that has no normal quantile."""

    def __init__(self) -> None:
        super().__init__()
        self.log_cumulative = log_normal_cumulative()
        self.of_logit = normal_of_logit()

    def forward(self, mixture: Mixture, log_response: Tensor) -> Tensor:
        """Return the scores, shape (batch,).

        Args:
            mixture: law of ln response.
            log_response: shape (batch,).
        """
        deviation = (log_response[:, None] - mixture.mean) * torch.exp(-mixture.log_width)
        below, above = (
            torch.log(torch.exp(mixture.log_weight + self.log_cumulative(tail)).sum(dim=1))
            for tail in (deviation, -deviation)
        )
        return cast(Tensor, self.of_logit((below - above).clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)))


class ResponseHead(nn.Module):
    """A mixture of Gaussians for the logarithm of the response, conditioned on energy, angle and detector.

    Its parts begin ever broader and lower, the later ones rare: showers that leak more than most. The widths
    are relative to a reference width, so that what is learned is a correction of order one. The means also
    depend linearly on the conditions, as what is not learned before can then be told by a single number.

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
            log_response: ln of visible over expected energy, shape (batch,); see `Known.expected_mev`.
            conditions: shape (batch, n_conditions).
            reference_width: scale of the relative resolution, shape (batch,); see `Known.reference_width`.
            adjustment: that would be made to the head, if given.
        """
        log_weight, mean, log_width = self.mixture(conditions, reference_width)
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
        size, place = (2, len(conditions)), conditions.device
        noise = torch.randn(size, generator=generator, device=place, dtype=conditions.dtype)
        return self.mixture(conditions, reference_width).drawn(noise[0], noise[1])

    def normal_score(self, log_response: Tensor, conditions: Tensor, reference_width: Tensor) -> Tensor:
        """Return what a standard normal variable with the same cumulative probability would be, (batch,).

        Arguments as for `log_density`.
        """
        log_weight, mean, log_width = self.mixture(conditions, reference_width)
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

    def mixture(self, conditions: Tensor, reference_width: Tensor) -> Mixture:
        """Return the law of ln response for each row of the conditions; arguments as for `log_density`."""
        logit, mean, log_ratio = self.network(conditions).chunk(3, dim=1)
        mean = _MEAN_SCALE * (mean + (conditions @ self.slope)[:, None])
        log_width = log_ratio.clamp(*_LOG_RATIO_RANGE) + torch.log(reference_width)[:, None]
        return Mixture(torch.log_softmax(logit, dim=1), mean, log_width)
