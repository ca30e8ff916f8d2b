"""Projecting in one call, or as a stream."""

from collections.abc import Iterable, Iterator

from metacalo.errors import PlacementError
from metacalo.readout.hits import CellHits
from metacalo.readout.placement import Placements
from metacalo.readout.projection.projector import Projector
from metacalo.readout.projection.spots import SPOT_MEV, Spots
from metacalo.readout.readout import Readout
from metacalo.showers import Showers


def project(
    showers: Showers,
    readout: Readout,
    placements: Placements,
    *,
    sampling: bool = False,
    seed: int = 0,
    spot_mev: float = SPOT_MEV,
) -> CellHits:
    """Turn showers on the grid into energy in cells.

    Every voxel's energy is shared over the cells that it overlaps: by a fixed rule of points that follows the
    density within the voxel, or with `sampling` in random spots. Nothing is lost without being told.

    Args:
        showers: N showers.
        readout: the cells.
        placements: where they enter, N or one for all; see `metacalo.readout.placement.place`.
        sampling: draw spots, so that cells fluctuate against each other as single tracks make them.
        seed: of the spots.
        spot_mev: energy of a spot at the electromagnetic scale [MeV].

    Returns:
        The energy in the cells.

    Raises:
        ReadoutError: a readout that is not of the showers' detector, by its depth.
        PlacementError: another number of placements than of showers.

    Warns:
        MetacaloWarning: showers that were made for other angles than they are placed at.
    """
    spots = Spots(seed, spot_mev) if sampling else None
    return Projector(readout, showers.grid).project(showers, placements, spots=spots)


def project_stream(
    showers: Showers | Iterable[Showers],
    readout: Readout,
    placements: Placements,
    *,
    sampling: bool = False,
    seed: int = 0,
    spot_mev: float = SPOT_MEV,
    chunk: int = 512,
) -> Iterator[CellHits]:
    """Project any number of showers in constant memory; what comes does not depend on `chunk`.

    Args:
        showers: showers, which may be in a file, or batches of them as they are generated.
        readout: the cells.
        placements: one for all, or one for each.
        sampling: as in `project`.
        seed: as in `project`.
        spot_mev: as in `project`.
        chunk: showers at a time.

    Yields:
        Events of one chunk after the other.

    Raises:
        GridMismatchError: batches on different grids.
        PlacementError: another number of placements than of showers.
    """
    batches = showers.iter_batches(chunk) if isinstance(showers, Showers) else iter(showers)
    spots = Spots(seed, spot_mev) if sampling else None
    projector: Projector | None = None
    start = 0
    for batch in batches:
        projector = projector or Projector(readout, batch.grid)
        rows = slice(start, start + len(batch))
        start += len(batch)
        here = placements if len(placements) == 1 else placements[rows]
        if len(here) not in (1, len(batch)):
            break
        yield projector.project(batch, here, spots=spots, planned=len(placements) == 1)
    if len(placements) not in (1, start):
        raise PlacementError(
            f"expected one placement, or one for each shower, got {len(placements)} and at least {start} "
            "showers; give as many positions as there are showers"
        )
