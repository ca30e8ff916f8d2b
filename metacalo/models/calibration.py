"""What showers of a detector say all at once, without steps of a gradient: shifts and stretches.

Two numbers of the response and two of each latent are known from few showers, and do not wait for the
thousands that describe voxels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from metacalo.models.response import ResponseHead

_TRUST = 30.0
"""Showers from which on what they say of the prior counts more than what was learned before."""

_ITERATIONS = 60


def fit_response(
    head: ResponseHead, log_response: Tensor, conditions: Tensor, reference_width: Tensor
) -> None:
    """Shift and stretch the response so that these showers are the most likely.

    One shift of ln response and one factor on its widths for all energies and angles, by maximum likelihood
    (L-BFGS). Changes the head's offsets.

    Args:
        head: of the response.
        log_response: of showers, shape (n,).
        conditions: shape (n, n_conditions).
        reference_width: shape (n,).
    """
    with torch.enable_grad():
        numbers = torch.zeros(2, device=log_response.device, requires_grad=True)
        optimiser = torch.optim.LBFGS([numbers], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            shifted = head.shifted_offsets(numbers[0], numbers[1])
            value = -head.log_density(log_response, conditions, reference_width, shifted).mean()
            value.backward(inputs=[numbers])  # type: ignore[no-untyped-call] # torch has no annotation
            return value

        optimiser.step(loss)  # type: ignore[no-untyped-call] # torch has no annotation
    with torch.no_grad():
        if torch.isfinite(numbers).all():
            head.offsets().copy_(head.shifted_offsets(numbers[0], numbers[1]))


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
