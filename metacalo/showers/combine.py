"""Several containers of showers as one."""

from collections.abc import Iterable

import numpy as np

from metacalo.errors import ShowerFileError
from metacalo.showers.attributes import merge_attributes
from metacalo.showers.checks import check_same_grid
from metacalo.showers.hits import MemoryHits
from metacalo.showers.showers import Showers


def concatenate(several: Iterable[Showers]) -> Showers:
    """Put showers of one grid behind one another, in memory.

    Attributes on which all agree are kept, and a mark such as ``outside_trained_range`` is true if it is
    for any of them.

    Args:
        several: At least one container of showers; a container may be empty.

    Raises:
        ShowerFileError: If there are none.
        GridMismatchError: If they do not share one grid.
    """
    parts = [showers.load() for showers in several]
    if not parts:
        raise ShowerFileError(
            "concatenate: got no showers, expected at least one container; pass a list of them"
        )
    first = parts[0]
    for number, part in enumerate(parts[1:], start=1):
        check_same_grid(
            f"concatenate, part {number}",
            part.grid,
            first.grid,
            "part 0",
            "put together showers of one detector only",
        )
    starts = np.cumsum([0, *(part.offsets[-1] for part in parts)])
    offsets = [part.offsets[1:] + start for part, start in zip(parts, starts[:-1], strict=True)]
    return Showers.trusted(
        grid=first.grid,
        incident_energy_gev=np.concatenate([part.incident_energy_gev for part in parts]),
        theta_rad=np.concatenate([part.theta_rad for part in parts]),
        phi_rad=np.concatenate([part.phi_rad for part in parts]),
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), *offsets]),
        hits=MemoryHits(
            np.concatenate([part.voxels for part in parts]),
            np.concatenate([part.energies_mev for part in parts]),
        ),
        attributes=merge_attributes([part.attributes for part in parts]),
    )
