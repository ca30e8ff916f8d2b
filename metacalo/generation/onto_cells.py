"""Generation onto readout cells: showers of an adapted model become events as they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from metacalo.errors import SettingsError
from metacalo.generation.adapted import DEFAULT_BATCH
from metacalo.generation.free_memory import trimmed
from metacalo.generation.request import GivenConditions
from metacalo.readout.placement import pointing
from metacalo.readout.production import Balance, project_to_file
from metacalo.showers import ShowerWriter

if TYPE_CHECKING:
    import torch

    from metacalo.generation.adapted import AdaptedModel
    from metacalo.generation.request import Conditioned
    from metacalo.readout.electronics import Electronics
    from metacalo.readout.entries import Entries
    from metacalo.readout.formats import EventMetadata
    from metacalo.readout.readout import Readout
    from metacalo.showers import Showers

_CONDITIONS_TOGETHER = 1 << 16


def generate_onto_cells(
    model: AdaptedModel,
    conditions: Conditioned,
    readout: Readout,
    entries: Entries,
    path: str | Path,
    metadata: EventMetadata,
    *,
    showers_path: str | Path | None = None,
    seed: int,
    layout: str | None = None,
    sampling: bool = False,
    electronics: Electronics | None = None,
    batch: int = DEFAULT_BATCH,
    device: torch.device | str = "cpu",
    on_batch: Callable[[int], object] = lambda _: None,
) -> Balance:
    """Write generated showers as events on readout cells; files appear when they are whole.

    Args:
        model: that makes the showers.
        conditions: incident particles.
        readout: the cells of the model's detector.
        entries: where the showers enter.
        path: of the file of events; its suffix decides the format.
        metadata: what the file tells of all events.
        showers_path: of a file for the showers themselves, native HDF5; None for none.
        seed: of the showers, of sampling and of the electronics.
        layout: of a ROOT file: ``flat``, ``rntuple`` or ``edm4hep``.
        sampling: share the energy as spots at random instead of by overlap.
        electronics: what happens to the energy of the cells; None for nothing.
        batch: showers at a time.
        device: to compute on.
        on_batch: is told how many more events are written.

    Returns:
        Where the energy went.

    Raises:
        PlacementError: a shower enters where there are no cells.
        OutputError: a file cannot be written.
    """
    batches = trimmed(model.stream(conditions, seed=seed, batch=batch, device=device))
    return project_to_file(
        batches if showers_path is None else _recorded(batches, showers_path),
        readout,
        entries.settled((theta, phi) for _, theta, phi in conditions.batches(_CONDITIONS_TOGETHER)),
        path,
        metadata,
        layout=layout,
        sampling=sampling,
        electronics=electronics,
        seed=seed,
        on_batch=on_batch,
    )


def pointing_conditions(conditions: Conditioned, readout: Readout, entries: Entries) -> GivenConditions:
    """Return incident particles of the same energies that come straight from the origin of the detector.

    Args:
        conditions: whose energies are taken.
        readout: the cells.
        entries: where the particles enter.

    Raises:
        SettingsError: the origin is not before the front face, as where z = 0 is the face itself.
    """
    if readout.front_mm <= 0.0:
        raise SettingsError(
            "expected a readout with its front face behind the origin for particles that come from there, "
            f"got {readout.name} with its face at {readout.front_mm:g} mm; give the angle as a number"
        )
    (energy, _, _), *_ = conditions.batches(len(conditions))
    theta, phi = pointing(readout, entries.position)
    return GivenConditions(np.asarray(energy), theta.squeeze(), phi.squeeze(), len(conditions))


def _recorded(batches: Iterator[Showers], path: str | Path) -> Iterator[Showers]:
    """Yield showers, and write them to a file on the way."""
    first = next(batches)
    with ShowerWriter(path, first.grid, first.attributes) as writer:
        for showers in chain([first], batches):
            writer.append(showers)
            yield showers
