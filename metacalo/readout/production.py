"""From showers to a file of events on readout cells: streamed, in constant memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np

from metacalo.errors import MetacaloWarning, SettingsError
from metacalo.readout.electronics import Electronics, digitise
from metacalo.readout.formats import EventMetadata, EventWriter, columns_of
from metacalo.readout.projection import Projector, Spots

if TYPE_CHECKING:
    from metacalo.readout.entries import Entries
    from metacalo.readout.hits import CellHits
    from metacalo.readout.readout import Readout
    from metacalo.showers import Showers

BATCH = 512
"""Showers at a time: few enough for their spots, or for noise in all cells, to stay below 1 GB."""


@final
@dataclass
class Balance:
    """Where the energy of some events went, summed over them.

    Attributes:
        n_events: number of events.
        n_hits: number of cells that are read out, over all events.
        showers_mev: energy of the showers [MeV].
        cells_mev: of it, in cells [MeV].
        lost_mev: of it, in no cell, by reason [MeV].
        read_out_mev: energy that is read out: that in cells, after the electronics [MeV].
    """

    n_events: int = 0
    n_hits: int = 0
    showers_mev: float = 0.0
    cells_mev: float = 0.0
    lost_mev: dict[str, float] = field(default_factory=dict)
    read_out_mev: float = 0.0

    def add(self, showers: Showers, deposits: CellHits, read_out: CellHits) -> None:
        """Add some events."""
        self.n_events += len(showers)
        self.n_hits += len(read_out.cell)
        self.showers_mev += float(showers.total_energy_mev.sum())
        self.cells_mev += float(deposits.energy_mev.sum(dtype=np.float64))
        for reason, lost in deposits.lost_mev.items():
            self.lost_mev[reason] = self.lost_mev.get(reason, 0.0) + float(lost.sum())
        self.read_out_mev += float(read_out.energy_mev.sum(dtype=np.float64))

    def __str__(self) -> str:
        total = self.showers_mev or 1.0
        shares = {"cells": self.cells_mev, **self.lost_mev}
        return (
            f"{self.showers_mev / 1e3:,.4g} GeV of deposits: "
            + ", ".join(f"{energy / total:.2%} in {name}" for name, energy in shares.items())
            + f"; {self.n_hits / max(1, self.n_events):,.1f} cells an event"
        )


def project_to_file(
    batches: Iterable[Showers],
    readout: Readout,
    entries: Entries,
    path: str | Path,
    metadata: EventMetadata,
    *,
    layout: str | None = None,
    sampling: bool = False,
    electronics: Electronics | None = None,
    seed: int = 0,
    on_batch: Callable[[int], object] = lambda _: None,
) -> Balance:
    """Project showers onto readout cells into a file; it appears when it is whole.

    Args:
        batches: the showers, some at a time.
        readout: the cells.
        entries: where they enter; `Entries.settled` first, if all showers may enter in one direction, makes
            it faster.
        path: of the file; its suffix decides the format.
        metadata: what the file tells of all events; the attributes of the showers are added.
        layout: of a ROOT file: ``flat``, ``rntuple`` or ``edm4hep``.
        sampling: share the energy as spots at random instead of by overlap; see `Spots`.
        electronics: what happens to the energy of the cells; None for nothing.
        seed: of sampling and electronics. Results do not depend on how showers are cut into batches.
        on_batch: is told how many more events are written.

    Returns:
        Where the energy went.

    Raises:
        PlacementError: a shower enters where there are no cells.
        GridMismatchError: the showers are not on one grid.
        OutputError: the file cannot be written.

    Warns:
        MetacaloWarning: once, of showers that were made for other angles than they are placed at.
    """
    balance = Balance()
    told: list[warnings.WarningMessage] = []
    spots = Spots(seed) if sampling else None
    coming = iter(batches)
    try:
        start = next(coming)
    except StopIteration:
        raise SettingsError(f"{path}: expected at least 1 shower to project, got none") from None
    known = metadata.model_copy(update={"showers": dict(start.attributes)})
    projector = Projector(readout, start.grid)
    with EventWriter(path, known, layout=layout) as writer:
        for showers in chain([start], coming):
            first = writer.n_events
            placements = entries.placements(readout, showers, first)
            with _told_once(told):
                # By a plan always or never: as many showers as are in a batch must not decide.
                deposits = projector.project(showers, placements, spots=spots, planned=entries.is_one)
            hits, adc = deposits, None
            if electronics is not None:
                signals = digitise(deposits, electronics, seed=seed, first=first)
                hits, adc = signals.hits, signals.adc
            writer.append(columns_of(hits, first=first, adc=adc))
            balance.add(showers, deposits, hits)
            on_batch(len(showers))
    return balance


@contextmanager
def _told_once(told: list[warnings.WarningMessage]) -> Iterator[None]:
    """Let the first warning of metacalo through, and keep the like of it in later batches to itself."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetacaloWarning)
        yield
    for one in caught:
        ours = issubclass(one.category, MetacaloWarning)
        if ours and told:
            continue
        warnings.warn(one.message, one.category, stacklevel=3)
        if ours:
            told.append(one)
