"""One event as it is shown: its cells, and which part of the face they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import EventFileError
from metacalo.readout.cell_outlines import Face

if TYPE_CHECKING:
    from metacalo.readout.formats import EventFile
    from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_PANELS = 6
_SHARE_OF_HOTTEST = 0.01
_SHARE_SHOWN = 0.98
_MARGIN = 1.6
_LEAST_CELLS = 3.5


@final
@dataclass(frozen=True, eq=False)
class Event:
    """One event, as it is drawn.

    Attributes:
        readout: the cells.
        cell: numbers of the cells that were hit, (n,).
        energy_mev: their energies [MeV], (n,).
        entry_mm: where the particle entered, in detector coordinates [mm], (3,).
        title: what it is.
        note: incident particle and sum of energies.
    """

    readout: Readout
    cell: Indices
    energy_mev: Floats
    entry_mm: Floats
    title: str
    note: str


def event_of(file: EventFile, number: int, readout: Readout) -> Event:
    """Read one event of a file.

    Args:
        file: of events.
        number: of the event, from 0.
        readout: that its identifiers are of.

    Raises:
        EventFileError: there is no such event, or no cell in it has energy.
        ReadoutError: an identifier that the readout does not have.
    """
    columns = file.read(number, number + 1)
    energy = columns.hit["energy_mev"].astype(np.float64)
    if not np.any(energy > 0.0):
        raise EventFileError(
            f"{file.path}: expected an event with energy in a cell, got event {number} with none; "
            "choose another one"
        )
    incident = float(columns.event["incident_energy_gev"][0])
    note = f"{incident:.4g} GeV"
    if "theta_rad" in columns.event:
        note += f" at {np.degrees(float(columns.event['theta_rad'][0])):.1f}°"
    return Event(
        readout=readout,
        cell=readout.index_of(columns.hit["cell_id"]),
        energy_mev=energy,
        entry_mm=np.array([float(columns.event[f"impact_{axis}_mm"][0]) for axis in "xyz"]),
        title=f"{readout.name}, event {int(columns.event['event'][0])}",
        note=f"{note}; {len(energy):,} cells, {energy.sum():,.0f} MeV",
    )


def window_of(event: Event, face: Face) -> Floats:
    """Return what is shown: (left, right), (low, high) around the cells that have most of the energy.

    Cells with little are not asked, so that noise all over a detector does not make a shower a dot.
    """
    asked = event.energy_mev > _SHARE_OF_HOTTEST * event.energy_mev.max()
    cell, weight = event.cell[asked], event.energy_mev[asked]
    places, sizes = face.centres(event.readout, cell), face.sizes(event.readout, cell)
    hottest = int(np.argmax(weight))
    middle, half = [], []
    for values, size in zip(places, sizes, strict=True):
        away = np.abs(values - values[hottest]) + 0.5 * size
        order = np.argsort(away)
        share = np.cumsum(weight[order]) / weight.sum()
        reach = float(away[order][int(np.searchsorted(share, _SHARE_SHOWN))])
        near = away <= reach
        middle.append(float(np.average(values[near], weights=weight[near])))
        half.append(max(_MARGIN * reach, _LEAST_CELLS * float(size[hottest])))
    if face.lengths:
        half = [max(half)] * 2
    return np.stack([np.subtract(middle, half), np.add(middle, half)], axis=1)


def groups_of(n_layers: int) -> list[list[int]]:
    """Cut layers into at most six groups of equal numbers, the last may be smaller."""
    size = -(-n_layers // _PANELS)
    return [list(range(start, min(n_layers, start + size))) for start in range(0, n_layers, size)]


def merged_hits(event: Event, face: Face, chosen: NDArray[np.bool_]) -> tuple[Indices, Floats]:
    """Return cells of the chosen hits, those behind each other as one, and the sums of their energies."""
    cell, energy = event.cell[chosen], event.energy_mev[chosen]
    place = np.round(
        np.stack([*face.centres(event.readout, cell), *face.sizes(event.readout, cell)], axis=1), 6
    )
    _, first, which = np.unique(place, axis=0, return_index=True, return_inverse=True)
    summed = np.bincount(which.reshape(-1), weights=energy, minlength=len(first))
    return cell[first], summed.astype(np.float64)
