"""What is tried: every way to a model, on every detector, with every number of support showers and seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

FLOOR = "geant4"
LIBRARY = "library"
ZERO_SHOT = "zero-shot"
ADAPTED = "adapted"
SCRATCH = "scratch"
FIELD_VAE = "field_vae"
PAR04_VAE = "par04_vae"

_KINDS = (FLOOR, LIBRARY, ZERO_SHOT, ADAPTED, SCRATCH)
_WITHOUT_SUPPORT = (FLOOR, ZERO_SHOT)
_WITHOUT_START = (FLOOR, LIBRARY)
UNTRAINED = (FLOOR, LIBRARY, ZERO_SHOT)


@dataclass(frozen=True)
class Method:
    """A way to a model, written ``kind:start`` or ``kind:start:name=value+name=value``.

    Attributes:
        kind: `geant4` (full simulation itself), `library` (its showers used again), `zero-shot`, `adapted`
            or `scratch`.
        start: the checkpoint's name, or for `scratch` the family; empty for those without.
        changes: settings of the training that differ from the usual ones; a number alone is of steps.
    """

    kind: str
    start: str = ""
    changes: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` gives.

        Raises:
            ValueError: it is no method.
        """
        kind, *rest = text.split(":")
        if kind not in _KINDS or len(rest) > 2 or (kind in _WITHOUT_START) != (not rest):
            raise ValueError(
                "expected geant4, library, zero-shot:NAME, adapted:NAME or scratch:FAMILY, the last two with "
                f":NAME=VALUE+NAME=VALUE if settings differ, got {text!r}"
            )
        start, changes = (*rest, "", "")[:2]
        return cls(kind, start, f"steps={changes}" if changes.isdecimal() else changes)

    def __str__(self) -> str:
        return ":".join(part for part in (self.kind, self.start, self.changes) if part)

    @property
    def order(self) -> tuple[int, bool, str, str]:
        """Where it stands in a table: by kind, the baseline's last."""
        return (_KINDS.index(self.kind), "par04" in self.start, self.start, self.changes)


@dataclass(frozen=True)
class Trial:
    """One model of one detector.

    Attributes:
        detector: name.
        method: way to the model.
        support: showers to train on, those held back for early stopping included; 0 if none are.
        seed: of the support showers, the training and the generation; for the floor, of the dealing.
    """

    detector: str
    method: Method
    support: int
    seed: int

    def __str__(self) -> str:
        return f"{self.detector} {self.method} support {self.support} seed {self.seed}"


def usual_methods(families: Mapping[str, str]) -> tuple[Method, ...]:
    """All methods for these checkpoints.

    Args:
        families: name of a checkpoint -> its family of generators.
    """
    fields = [name for name, family in families.items() if family == FIELD_VAE]
    return (
        Method(FLOOR),
        Method(LIBRARY),
        *(Method(ZERO_SHOT, name) for name in fields),
        *(Method(ADAPTED, name) for name in families),
        Method(SCRATCH, FIELD_VAE),
        Method(SCRATCH, PAR04_VAE),
    )


def all_trials(
    detectors: Sequence[str], methods: Sequence[Method], support: Sequence[int], seeds: Sequence[int]
) -> tuple[Trial, ...]:
    """Every trial once, seeds outermost, so that a study that is cut short has whole seeds."""
    found = [
        Trial(detector, method, 0 if method.kind in _WITHOUT_SUPPORT else n, seed)
        for seed, detector, n, method in product(seeds, detectors, support, methods)
    ]
    return tuple(dict.fromkeys(found))


def shard(trials: Sequence[Trial], index: int, count: int) -> tuple[Trial, ...]:
    """Trials of one of several processes; the methods, which differ most in their cost, go round.

    Args:
        trials: all of them, the same for every process.
        index: of the process, from 0.
        count: of processes.

    Raises:
        ValueError: there is no such process.
    """
    if not 0 <= index < count:
        raise ValueError(f"expected a shard i/k with 0 <= i < k, got {index}/{count}")
    turns: dict[Method, int] = {}
    mine = []
    for trial in trials:
        turn = turns.setdefault(trial.method, len(turns))
        turns[trial.method] += 1
        if turn % count == index:
            mine.append(trial)
    return tuple(mine)
