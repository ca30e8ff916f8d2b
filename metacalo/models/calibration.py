"""What showers of a detector say all at once, without steps of a gradient: shifts and stretches.

Two numbers of the response and two of each latent are known from few showers, and do not wait for the
thousands that describe voxels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from metacalo.models.response import Adjustment

if TYPE_CHECKING:
    from metacalo.models.response import ResponseHead

_TRUST = 300.0
"""Showers from which on what they say of the prior counts more than what was learned before."""

_SLOPE = 0.1
"""Expected size of the slope: 1% in the response from one end of the angles to their middle."""

_STRETCH = 0.15
"""Expected size of the logarithm of the stretch: 30 showers tell a width no better than that."""

_ITERATIONS = 60


def fit_response(
    head: ResponseHead, log_response: Tensor, conditions: Tensor, reference_width: Tensor, angle: int
) -> None:
    """Shift, tilt and stretch the response so that these showers are the most likely.

    A shift of ln response, a slope with the angle and a factor on the widths, the same for all energies, by
    maximum likelihood (L-BFGS), slope and stretch being expected to be small. Changes the head.

    Args:
        head: of the response.
        log_response: of showers, shape (n,).
        conditions: shape (n, n_conditions).
        reference_width: shape (n,).
        angle: column of the conditions.
    """
    with torch.enable_grad():
        numbers = torch.zeros(3, device=log_response.device, requires_grad=True)
        optimiser = torch.optim.LBFGS([numbers], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            tried = _adjustment(numbers, angle)
            density = head.log_density(log_response, conditions, reference_width, tried)
            expected = (numbers[1] / _SLOPE) ** 2 + (numbers[2] / _STRETCH) ** 2
            value = 0.5 * expected - density.sum()
            value.backward(inputs=[numbers])  # type: ignore[no-untyped-call] # torch has no annotation
            return value

        optimiser.step(loss)  # type: ignore[no-untyped-call] # torch has no annotation
    if torch.isfinite(numbers).all():
        head.adjust(_adjustment(numbers.detach(), angle))


def _adjustment(numbers: Tensor, angle: int) -> Adjustment:
    return Adjustment(shift=numbers[0], slope=numbers[1], log_stretch=numbers[2], condition=angle)


@torch.no_grad()
def fit_prior(offsets: Tensor, posterior: tuple[Tensor, Tensor], prior: tuple[Tensor, Tensor]) -> None:
    """Shift and stretch the prior of the latents to the posteriors of these showers.

    The smallest divergence that offsets of means and of ln variances can reach, in closed form, drawn back to
    no change for few showers.

    Args:
        offsets: of the prior's means, then of its ln variances, shape (2 * n_latent,); changed.
        posterior: mean and ln variance of each shower's latents, each (n, n_latent).
        prior: the same before.
    """
    mean, log_variance = posterior
    prior_mean, prior_log_variance = prior
    n, n_latent = mean.shape
    share = n / (n + _TRUST)
    precision = torch.exp(-prior_log_variance)
    shift = share * ((mean - prior_mean) * precision).sum(dim=0) / precision.sum(dim=0)
    ratio = (((mean - prior_mean - shift) ** 2 + log_variance.exp()) * precision).mean(dim=0)
    offsets[:n_latent] += shift
    offsets[n_latent:] += share * torch.log(ratio)
