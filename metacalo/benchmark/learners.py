"""The learners that are compared, and the settings that each may be tuned in."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from itertools import product
from typing import Any, Literal, get_args

import numpy as np

from metacalo.meta import PretrainSettings

Learner = Literal["joint", "reptile", "fomaml", "anil", "maml", "meta_sgd"]

LEARNERS: tuple[Learner, ...] = get_args(Learner)

Choice = dict[str, Any]
"""Settings of `PretrainSettings` by name."""

SCHEDULE_STEPS = 1000
"""Into which the schedules of a training that is limited by its time are divided."""

_OUTER: dict[str, tuple[Any, ...]] = {"rate": (1e-3, 3e-4, 3e-3)}
_INNER: dict[str, tuple[Any, ...]] = {"inner_rate": (0.1, 0.03, 0.3), "inner_steps": (3, 1, 5), **_OUTER}

SPACES: Mapping[Learner, tuple[dict[str, tuple[Any, ...]], ...]] = {
    "joint": ({"query_batch": (32, 16, 64), "tasks_per_step": (2, 4), "rate": (1e-3, 3e-4, 3e-3, 1e-4)},),
    "reptile": (
        {"inner_rule": ("sgd",), "inner_steps": (5, 3, 10), "inner_rate": (0.1, 0.03, 0.3), **_OUTER},
        {"inner_rule": ("adam",), "inner_steps": (5, 3, 10), "inner_rate": (1e-3, 3e-4, 3e-3), **_OUTER},
    ),
    "fomaml": (_INNER,),
    "anil": (_INNER,),
    "maml": (_INNER,),
    "meta_sgd": (_INNER,),
}
"""What is tried for each learner: every combination of each part; the first of all is the default."""


def candidates(learner: Learner, n: int, seed: int = 0) -> list[Choice]:
    """Draw settings to try for a learner: the default, and others of its space at random, none twice.

    Args:
        learner: whose they are.
        n: number of them; fewer if the space has no more.
        seed: of the draw.
    """
    every = [
        dict(zip(part, values, strict=True)) for part in SPACES[learner] for values in product(*part.values())
    ]
    rng = np.random.default_rng([seed, zlib.crc32(learner.encode())])
    others = 1 + rng.permutation(len(every) - 1)
    return [every[k] for k in (0, *others)][:n]


def learner_settings(
    learner: Learner, choice: Mapping[str, Any], start: str, seed: int, common: Mapping[str, object]
) -> PretrainSettings:
    """Return the settings of a learner's training from a common start.

    Args:
        learner: to be trained.
        choice: its own settings.
        start: model that it begins with.
        seed: of the draws and the noise.
        common: settings of all learners.

    Raises:
        SettingsError: a setting that does not exist, or cannot be.
    """
    fixed: dict[str, object] = {
        "method": learner,
        "init": start,
        "steps": SCHEDULE_STEPS,
        "warmup_steps": SCHEDULE_STEPS // 10,
        "seed": seed,
        "tensorboard": False,
    }
    return PretrainSettings.from_mapping({**fixed, **common, **choice})
