"""The settings of a pretraining run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from metacalo.settings import Settings

Method = Literal["maml", "fomaml", "reptile", "anil", "meta_sgd", "joint"]
InnerRule = Literal["sgd", "adam"]
Backend = Literal["torch", "learn2learn"]

_Count = Annotated[int, Field(ge=1)]
_CountOrNone = Annotated[int, Field(ge=0)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

# what a run may change when it goes on: nothing of it reaches the weights
CHANGEABLE = frozenset(
    {"checkpoint_minutes", "log_every", "tensorboard", "threads", "validation_every", "validation_showers"}
)


class PretrainSettings(Settings):
    """How to pretrain a generator on several detectors; frozen, and an unknown key is an error.

    Losses are divided by the mean number of hits per shower of the detector, so that one rate and one clip
    fit all: they are nats per hit, and so is what `inner_rate` and `gradient_clip` apply to.

    The defaults are those tried for `maml` and `fomaml` that start from a jointly trained model (`init`).
    From random weights `joint` was run with another schedule: `rate` 3e-3, `warmup_steps` 1000,
    `latent_hold_steps` 1500 and `latent_rise_steps` 1500.

    Attributes:
        method: `maml` (second order), `fomaml` (first order), `reptile` (towards where the inner loop ends),
            `anil` (an inner loop of the head alone), `meta_sgd` (learned inner rates), or `joint`, the
            control: the plain loss, no inner loop.
        steps: of the outer optimiser.
        tasks_per_step: detectors that share a step, all different while there are enough.
        support_batch: showers of an inner step; each inner step has its own.
        query_batch: showers of the outer loss of a task; for `joint` the whole batch of a detector; none for
            `reptile`.
        inner_steps: gradient steps before the outer loss; none for `joint`.
        inner_rate: learning rate of the inner steps; for `meta_sgd`, where the rates start.
        inner_rule: of the inner steps of `reptile`: `sgd`, or `adam`, which wants a rate of about 1e-3.
        rate_of_rates: peak learning rate of the logarithms of the inner rates of `meta_sgd`.
        rate: peak learning rate of the outer Adam.
        warmup_steps: in which the rate rises linearly from zero; then it falls as a cosine.
        final_rate_fraction: of the peak, where the cosine ends.
        latent_weight_start: weight of the latent divergence at first, see `Generator.loss`; 1 all along if
            the training starts from `init`.
        latent_hold_steps: for which it stays so.
        latent_rise_steps: in which it then rises linearly to 1.
        weight_decay: of AdamW; Adam at 0.
        gradient_clip: largest norm of the outer gradient, and of those of the validation steps.
        ema_decay: of the running mean of the weights, which is what is validated and exported; None exports
            the weights themselves.
        seed: of the initial weights, the showers drawn, and the model's noise.
        max_nonfinite_steps: steps in a row whose loss or gradient may be infinite or NaN (they are skipped).
        validation_every: steps between validations on the detectors held out; 0 for only at the end.
        validation_steps: Adam steps on `validation_support` showers before the figure "after". They are the
            same short and simple rule for every method, so that methods and steps compare while a training
            runs. They are not the rule by which `metacalo adapt` adapts (gradient descent with a schedule,
            the response calibrated beside it), and do not predict its result.
        validation_rate: learning rate of those steps.
        validation_support: showers to adapt to.
        validation_showers: other showers of the same detector, on which the loss is evaluated.
        checkpoint_minutes: between saves of the state to resume from.
        log_every: steps between lines of the log.
        backend: `torch` is `metacalo.meta.MAML`; `learn2learn` its namesake there.
        init: model to start from instead of random weights, as for `metacalo.checkpoint.load_model`; its
            provenance is kept in that of the result.
        threads: of torch; None leaves the choice to torch. Bit-identical repetition needs the same number.
        tensorboard: write scalars for TensorBoard if it is installed.
    """

    method: Method = "maml"
    steps: _Count = 10_000
    tasks_per_step: _Count = 2
    support_batch: _Count = 24
    query_batch: _Count = 32
    inner_steps: _Count = 3
    inner_rate: _Positive = 0.1
    inner_rule: InnerRule = "sgd"
    rate_of_rates: _Positive = 1e-2
    rate: _Positive = 1e-3
    warmup_steps: _CountOrNone = 200
    final_rate_fraction: Annotated[float, Field(ge=0, le=1)] = 0.01
    latent_weight_start: Annotated[float, Field(ge=0, le=1)] = 0.05
    latent_hold_steps: _CountOrNone = 200
    latent_rise_steps: _CountOrNone = 300
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    gradient_clip: _Positive = 0.5
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = 0.999
    seed: _CountOrNone = 0
    max_nonfinite_steps: _Count = 20
    validation_every: _CountOrNone = 500
    validation_steps: _CountOrNone = 20
    validation_rate: _Positive = 1e-3
    validation_support: _Count = 300
    validation_showers: _Count = 300
    checkpoint_minutes: _Positive = 5.0
    log_every: _Count = 20
    backend: Backend = "torch"
    init: str | None = None
    threads: _Count | None = None
    tensorboard: bool = True

    @property
    def showers_per_step(self) -> int:
        """Showers that one outer step looks at."""
        support = 0 if self.method == "joint" else self.inner_steps * self.support_batch
        query = 0 if self.method == "reptile" else self.query_batch
        return self.tasks_per_step * (support + query)
