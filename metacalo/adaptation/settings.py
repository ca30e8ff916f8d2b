"""The settings of an adaptation."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from metacalo.settings import Settings

_FEWEST_STEPS = 50

_Count = Annotated[int, Field(ge=1)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class AdaptSettings(Settings):
    """How to adapt a pretrained generator to a detector; frozen, and an unknown key is an error.

    Attributes:
        n_showers: support showers, those held back for early stopping included.
        steps: at the most; fewer if the showers held back say so. None for more with more showers, see
            `most_steps`.
        batch: showers a step.
        rule: `sgd`, whose steps are those that a meta-learner prepares for, or `adam`.
        rate: peak learning rate; of a loss in nats per hit.
        rates: `one` for all parameters, or `learned`: those that a checkpoint of the method `meta_sgd` brings
            for each tensor of parameters, as the mean over the steps, in place of `rate`.
        adapts: `all` parameters, or the `head` alone, as ANIL does: see `Generator.head_parameters`.
        time_budget_s: end the training after this time [s]; None for no limit.
        held_back: share of the support showers that are not trained on and tell when to stop.
        check_every: steps between looks at the showers held back.
        patience: looks without improvement before the training ends.
        gradient_clip: largest norm of the gradient [nat per hit].
        latent_warmup: share of the steps in which the latent's weight rises to 1; for a training from
            scratch.
        seed: of the choice of support showers, the batches and the noise.
    """

    n_showers: _Count = 300
    steps: _Count | None = None
    batch: _Count = 32
    rule: Literal["sgd", "adam"] = "sgd"
    rate: _Positive = 0.2
    rates: Literal["one", "learned"] = "one"
    adapts: Literal["all", "head"] = "all"
    time_budget_s: _Positive | None = None
    held_back: Annotated[float, Field(gt=0, lt=1)] = 0.2
    check_every: _Count = 10
    patience: _Count = 10
    gradient_clip: _Positive = 1.0
    latent_warmup: Annotated[float, Field(ge=0, lt=1)] = 0.0
    seed: Annotated[int, Field(ge=0)] = 0

    @property
    def most_steps(self) -> int:
        """Steps at the most: `steps` if given, else 100 for 30 showers and 100 more for ten times as many."""
        if self.steps is not None:
            return self.steps
        return max(_FEWEST_STEPS, 10 * round(10 * math.log10(self.n_showers / 3)))
