"""Tasks: one detector each, with showers to adapt to and others to be judged on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from metacalo.errors import SettingsError
from metacalo.models import ShowerBatch
from metacalo.showers.checks import check_same_grid

if TYPE_CHECKING:
    from metacalo.geometry import Detector
    from metacalo.showers import Showers


@dataclass(frozen=True, eq=False)
class Task:
    """A detector with two disjoint samples of its showers (Finn et al. 2017, arXiv:1703.03400).

    Attributes:
        detector: that the showers belong to.
        support: showers that the inner loop adapts to.
        query: showers that the adapted model is judged on.
        hits_per_shower: mean number of hit voxels of a shower of this detector; a constant by which losses
            are divided, since a loss in nats per shower grows with the number of hits, and the detectors
            differ in it.
    """

    detector: Detector
    support: Showers
    query: Showers
    hits_per_shower: float

    def support_batches(self, size: int, device: torch.device | str = "cpu") -> Iterator[ShowerBatch]:
        """Cut the support showers, in their order, into batches; the last may be smaller."""
        for start in range(0, len(self.support), size):
            yield ShowerBatch.from_showers(self.support[start : start + size]).to(device)

    def query_batches(self, size: int, device: torch.device | str = "cpu") -> Iterator[ShowerBatch]:
        """Cut the query showers, in their order, into batches; the last may be smaller."""
        for start in range(0, len(self.query), size):
            yield ShowerBatch.from_showers(self.query[start : start + size]).to(device)


@dataclass(frozen=True, eq=False)
class Pool:
    """All showers of one detector, from which tasks are drawn.

    Every shower may serve as support in one task and as query in another; within a task the two are disjoint.
    So a meta-learner and plain joint training see the same showers.

    Attributes:
        detector: that the showers belong to.
        showers: on the detector's grid.

    Raises:
        GridMismatchError: the showers are on another grid than the detector's.
        SettingsError: there are no showers, or none has a hit.
    """

    detector: Detector
    showers: Showers

    def __post_init__(self) -> None:
        check_same_grid(
            f"showers of {self.detector.name}",
            self.showers.grid,
            self.detector.grid,
            f"detector {self.detector.name}",
            "take the detector that they were simulated for, or score them again on its grid",
        )
        if len(self.showers) == 0 or self.hits_per_shower == 0:
            raise SettingsError(
                f"{self.detector.name}: expected showers with hits, got {len(self.showers)} showers without; "
                "give a file that holds some"
            )

    @cached_property
    def hits_per_shower(self) -> float:
        """Mean number of hit voxels of a shower."""
        return float(np.mean(self.showers.n_hits))

    def require(self, n_support: int, n_query: int) -> None:
        """Check that a task can be drawn.

        Raises:
            SettingsError: the pool has fewer showers than asked for.
        """
        if n_support + n_query > len(self.showers):
            raise SettingsError(
                f"{self.detector.name}: a task of {n_support} support and {n_query} query showers was asked "
                "for, the "
                f"file holds {len(self.showers)}; take smaller batches, fewer inner steps, or more showers"
            )

    def draw(self, n_support: int, n_query: int, choice: torch.Generator) -> Task:
        """Draw a task, without replacement.

        Args:
            n_support: showers to adapt to; may be 0.
            n_query: showers to be judged on.
            choice: source of the randomness, on the CPU; its state fixes what is drawn next.

        Raises:
            SettingsError: the pool has fewer showers than asked for.
        """
        self.require(n_support, n_query)
        drawn = torch.randperm(len(self.showers), generator=choice)[: n_support + n_query].numpy()
        return Task(
            detector=self.detector,
            support=self.showers[drawn[:n_support]],
            query=self.showers[drawn[n_support:]],
            hits_per_shower=self.hits_per_shower,
        )


def draw_tasks(
    pools: Sequence[Pool], n_tasks: int, n_support: int, n_query: int, choice: torch.Generator
) -> list[Task]:
    """Draw tasks of different detectors; once all detectors are used, they are dealt anew.

    Args:
        pools: one for each detector.
        n_tasks: number of tasks.
        n_support: showers of each to adapt to.
        n_query: showers of each to be judged on.
        choice: source of the randomness, on the CPU.
    """
    order: list[int] = []
    while len(order) < n_tasks:
        order += torch.randperm(len(pools), generator=choice).tolist()
    return [pools[i].draw(n_support, n_query, choice) for i in order[:n_tasks]]
