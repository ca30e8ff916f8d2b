"""What changes in the course of a training, as functions of the step alone: no state to lose."""

from __future__ import annotations

import math


def cosine_rate(
    step: int, *, steps: int, peak: float, warmup_steps: int = 0, final_fraction: float = 0.0
) -> float:
    """Return the rate of a step: a linear warm-up, then half a cosine.

    Loshchilov and Hutter 2016, arXiv:1608.03983, without restarts.

    Args:
        step: counted from 0.
        steps: of the whole run.
        peak: largest rate, reached after `warmup_steps`.
        warmup_steps: length of the rise.
        final_fraction: of the peak, at the end.
    """
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = min((step - warmup_steps) / max(steps - warmup_steps, 1), 1.0)
    return peak * (final_fraction + (1.0 - final_fraction) * 0.5 * (1.0 + math.cos(math.pi * progress)))


def latent_weight(step: int, *, start: float, hold_steps: int, rise_steps: int) -> float:
    """Return the weight of a latent's divergence at a step: low at first, then a linear rise to 1.

    Bowman et al. 2016, arXiv:1511.06349.

    Args:
        step: counted from 0.
        start: the low weight.
        hold_steps: for which it stays.
        rise_steps: length of the rise.
    """
    if step < hold_steps:
        return start
    if step >= hold_steps + rise_steps:
        return 1.0
    return start + (1.0 - start) * (step - hold_steps) / rise_steps
