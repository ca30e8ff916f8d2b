"""The settings of the comparison of meta-learners."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from metacalo.benchmark.learners import LEARNERS, Learner
from metacalo.meta import PretrainSettings
from metacalo.settings import Settings

_Count = Annotated[int, Field(ge=1)]
_CountOrNone = Annotated[int, Field(ge=0)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

DETECTORS = (
    "lhcb_shashlik",
    "atlas_lar",
    "clic_siw",
    "fesci",
    "h1_lar",
    "hgcal_si",
    "l3_bgo",
    "na62_lkr",
    "odd_siw",
    "pamela_siw",
    "par04_scipb",
    "par04_siw",
    "scw",
    "zeus_du",
)


class RotationSettings(Settings):
    """How meta-learners are compared; frozen, and an unknown key is an error.

    Attributes:
        detectors: names; two at a time are held out, the first two together and first.
        learners: methods of `PretrainSettings` to compare.
        support: numbers of support showers; 0 is the model as it is.
        variant_support: those at which a learner's own way of adapting is tried too: the head alone for
            `anil`, with the learned rates for `meta_sgd`.
        seeds: of the support showers, the adaptation, and the generation.
        start_steps: of the joint training from random weights that all learners of a fold start from.
        budget_s: CPU seconds that each learner then has.
        tune_budget_s: CPU seconds that each candidate of the tuning has.
        tune_support: showers that candidates are adapted to.
        train: showers of a detector to train on, at the most; the first of the file.
        pool: first showers of a held-out detector, which support showers are drawn from.
        test: last showers of a held-out detector, which none is trained on.
        seed: of the folds, of the trainings, and of what candidates are tried.
        model: settings of the generator's family, and `family`.
        common: settings of all learners that differ from the defaults of `PretrainSettings`.
        adapt: settings of all adaptations that differ from the defaults of `AdaptSettings`.
        start: settings of the joint training from random weights that differ from those defaults.
    """

    detectors: tuple[str, ...] = DETECTORS
    learners: tuple[Learner, ...] = LEARNERS
    support: tuple[_CountOrNone, ...] = (0, 10, 30, 100, 300, 1000)
    variant_support: tuple[_Count, ...] = (10, 100, 1000)
    seeds: tuple[_CountOrNone, ...] = (0,)
    start_steps: _Count = 4000
    budget_s: _Positive = 120.0
    tune_budget_s: _Positive = 40.0
    tune_support: _Count = 100
    train: _Count = 2100
    pool: _Count = 1100
    test: _Count = 1000
    seed: _CountOrNone = 0
    model: dict[str, object] = Field(default_factory=dict)
    common: dict[str, object] = Field(default_factory=dict)
    adapt: dict[str, object] = Field(default_factory=dict)
    start: dict[str, object] = Field(default_factory=dict)

    def for_start(self) -> PretrainSettings:
        """Return the settings of the joint training from random weights.

        Its schedule is the one known to work for 20,000 steps, shortened in proportion where that leaves
        fewer.
        """
        steps = self.start_steps
        schedule: dict[str, object] = {
            "method": "joint",
            "steps": steps,
            "rate": 3e-3,
            "warmup_steps": min(1000, steps // 8),
            "latent_hold_steps": min(1500, steps // 6),
            "latent_rise_steps": min(1500, steps // 4),
            "seed": self.seed,
            "validation_every": 0,
            "checkpoint_minutes": 2.0,
            "log_every": 200,
            "tensorboard": False,
        }
        return PretrainSettings.from_mapping({**schedule, **self.start})
