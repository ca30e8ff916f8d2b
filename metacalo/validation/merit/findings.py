"""What a group of figures of merit found: estimates, reasons for those that lack, curves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.validation.comparison import Estimate
from metacalo.validation.curves import LearnedCurves

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Figures with what is to be said of them.

    Attributes:
        estimates: by name.
        notes: what could not be computed, and why; how a figure is to be read.
        curves: arrays for plots.
    """

    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    curves: LearnedCurves = field(default_factory=LearnedCurves, compare=False)

    @classmethod
    def together(cls, parts: Iterable[Findings]) -> Findings:
        """All parts as one; each note once."""
        estimates: dict[str, Estimate] = {}
        notes: dict[str, None] = {}
        curves = LearnedCurves()
        for part in parts:
            estimates |= part.estimates
            notes |= dict.fromkeys(part.notes)
            curves = _merged(curves, part.curves)
        return cls(estimates=estimates, notes=tuple(notes), curves=curves)


def attempt(find: Callable[[], Findings]) -> Findings:
    """Findings, or the reason why the samples do not allow for them as a note.

    A figure that came out infinite or NaN is left out, with a note too: JSON could not hold it.
    """
    try:
        found = find()
    except SettingsError as error:
        return Findings(notes=(f"left out: {error}",))
    bad = [name for name, estimate in found.estimates.items() if not isfinite(estimate.value)]
    if not bad:
        return found
    return replace(
        found,
        estimates={name: e for name, e in found.estimates.items() if name not in bad},
        notes=(*found.notes, f"left out: {', '.join(bad)} came out infinite or undefined"),
    )


def one_thread() -> AbstractContextManager[object]:
    """Let linear algebra use one thread.

    Many small products gain nothing from more, and on a busy machine they take ten times as long.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no stubs

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits


def estimate_of(replicas: Array) -> Estimate:
    """Of a figure (first) and the same of the resamples (rest), shape (1 + resamples,).

    Resamples in which the figure is not defined (of few showers all drawn may be one) are left out.
    """
    resampled = replicas[1:][np.isfinite(replicas[1:])]
    error = float(np.std(resampled, ddof=1)) if len(resampled) > 1 else None
    return Estimate(float(replicas[0]), error)


def _merged(first: LearnedCurves, second: LearnedCurves) -> LearnedCurves:
    has_prd = len(second.recall) > 0
    return LearnedCurves(
        scores={**first.scores, **second.scores},
        recall=second.recall if has_prd else first.recall,
        precision=second.precision if has_prd else first.precision,
        neighbours=second.neighbours or first.neighbours,
    )
