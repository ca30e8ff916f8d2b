"""Ways from voxels to cells that are compared."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from metacalo.errors import MetacaloWarning
from metacalo.geometry import CylinderGrid
from metacalo.readout.hits import CellHits
from metacalo.readout.placement import Placements
from metacalo.readout.projection import Projector, Spots
from metacalo.readout.projection.depth import ActiveDepth
from metacalo.readout.projection.points import Points, share
from metacalo.readout.readout import Readout
from metacalo.showers import Showers
from readout_study.deposits import Deposits, events

TRUTH = "truth"
ASKED = "shared"
"""The way that `metacalo project` goes unless told otherwise."""

RESCORED = "rescored"
"""The simulation scored its voxels with exact positions, while the truth knows deposits to 1 mm only. Voxels
that are scored from these very deposits, as those of finer grids are, tell what is the projector's own."""

FINER = {"18 x 50 x 45": (18, 50, 2), "36 x 16 x 45": (36, 16, 4)}
"""Finer grids of the same outer radius: shape in r and phi, and by how much dr is smaller."""


@dataclass(frozen=True, eq=False)
class Way:
    """One way to make cells.

    Attributes:
        name: of the way.
        what: what it does.
        run: makes the events.
    """

    name: str
    what: str
    run: Callable[[Placements], CellHits]


def all_ways(deposits: Deposits, readout: Readout, spot_mev: Sequence[float]) -> list[Way]:
    """All ways for some showers, the truth first."""
    showers = deposits.showers
    ways = [Way(TRUTH, "deposits binned straight into cells", lambda p: deposits.in_cells(readout, p))]

    def projected(some: Showers, spot: float | None = None) -> Callable[[Placements], CellHits]:
        projector = Projector(readout, some.grid)

        def run(placements: Placements) -> CellHits:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", MetacaloWarning)  # showers are turned on purpose
                return projector.project(some, placements, spots=None if spot is None else Spots(5, spot))

        return run

    ways.append(Way(ASKED, "voxels shared by a fixed rule of points", projected(showers)))
    ways += [
        Way(f"spots {e:g} MeV", f"voxels in random spots of {e:g} MeV", projected(showers, e))
        for e in spot_mev
    ]
    ways.append(Way("centres", "voxels dumped at their centres", lambda p: dumped(showers, readout, p)))
    again = deposits.on_grid(showers.grid)
    ways.append(Way(RESCORED, "voxels scored from the truth's own deposits, shared", projected(again)))
    ways += [
        Way(f"{RESCORED}, spots {e:g} MeV", f"those, in random spots of {e:g} MeV", projected(again, e))
        for e in spot_mev
    ]
    for name, (n_r, n_phi, times) in FINER.items():
        grid = showers.grid
        finer = CylinderGrid((n_r, n_phi, grid.shape[2]), grid.dr_mm / times, grid.dz_mm)
        scored = deposits.on_grid(finer)
        ways.append(Way(name, "voxels of this grid, scored likewise, shared", projected(scored)))
    return ways


def dumped(showers: Showers, readout: Readout, placements: Placements) -> CellHits:
    """Put the energy of each voxel at its centre, as Par04 does."""
    grid = showers.grid
    ring, sector, depth = np.unravel_index(showers.voxels.astype(np.int64), grid.shape)
    radius, phi = grid.r_centres_mm[ring], grid.phi_centres_rad[sector]
    z = grid.z_centres_mm[depth]
    points = Points(
        count=showers.n_hits,
        x_mm=radius * np.cos(phi),
        y_mm=radius * np.sin(phi),
        low_mm=z,
        high_mm=z,
        along=np.zeros(len(z)),
        energy_mev=showers.energies_mev.astype(np.float64),
    )
    everywhere = ActiveDepth(np.array([[-1e6, 1e6]]))
    return events(showers, readout, placements, share(points, readout, everywhere, placements))
