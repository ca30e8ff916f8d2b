"""Projecting showers from their grid onto the cells of a readout."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid
from metacalo.readout.hits import LOST, CellHits
from metacalo.readout.placement import Placements
from metacalo.readout.projection.bins import collect, points_of
from metacalo.readout.projection.checks import check_suits, one_for_each, warn_of_other_angles
from metacalo.readout.projection.depth import ActiveDepth
from metacalo.readout.projection.plan import Plan
from metacalo.readout.projection.points import Shared, share
from metacalo.readout.projection.quadrature import Quadrature, smallest_cell_mm
from metacalo.readout.projection.spots import Spots
from metacalo.readout.readout import Readout
from metacalo.showers import Showers
from metacalo.showers.checks import check_same_grid

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BLOCK_HITS = 1 << 15
"""Voxels hit that are handled together: few enough for what comes of them to stay in the cache."""


@dataclass(frozen=True, eq=False)
class Projector:
    """Shares the energy of voxels over cells, for one grid and one readout; keep it to project more.

    Attributes:
        readout: the cells.
        grid: of the showers.
        fineness: multiplies the number of points twice over, across and around; 1 keeps shares within 0.5%.
        cached_plans: how many plans are kept, the last used.
    """

    readout: Readout
    grid: CylinderGrid
    fineness: float = 1.0
    cached_plans: int = 64
    active: ActiveDepth = field(init=False, repr=False)
    flat: Quadrature = field(init=False, repr=False)
    deep: Quadrature = field(init=False, repr=False)
    _plans: "OrderedDict[bytes, Plan]" = field(init=False, repr=False, default_factory=OrderedDict)

    def __post_init__(self) -> None:
        check_suits(self.readout, self.grid)
        cell_mm = smallest_cell_mm(self.readout)
        halves = self.readout.has_depth
        put = object.__setattr__
        put(self, "active", ActiveDepth.of(self.readout))
        for name, flat in (("flat", True), ("deep", False)):
            rule = Quadrature.of(
                self.grid,
                cell_mm,
                self.readout.depth_mm,
                flat=flat,
                halves=halves and not flat,
                fineness=self.fineness,
            )
            put(self, name, rule)

    def project(
        self,
        showers: Showers,
        placements: Placements,
        *,
        spots: Spots | None = None,
        planned: bool | None = None,
    ) -> CellHits:
        """Project showers.

        Args:
            showers: N showers on the grid.
            placements: N, or one for all: its plan is made once and kept, which is much faster.
            spots: draw spots of energy instead of sharing it evenly; see `Spots`.
            planned: whether to use a plan where there is one placement; not, if this is a piece of many that
                are to come out the same in pieces of any size. By default if there is one placement.

        Returns:
            The energy in the cells.

        Raises:
            GridMismatchError: showers on another grid.
            PlacementError: another number of placements than of showers.

        Warns:
            MetacaloWarning: showers that were made for other angles than they are placed at.
        """
        check_same_grid("the showers", showers.grid, self.grid, "the projector", "make one for their grid")
        placed = one_for_each(showers, placements)
        warn_of_other_angles(showers, placed)
        if spots is None and len(placements) == 1 and planned is not False:
            plan = self.plan(placements)
            parts = [plan.apply(*collect(chunk, plan.rule)) for chunk in _chunks(showers)]
            shared = Shared.joined(parts)
        else:
            shared = self._shared(showers, placed, spots)
        return CellHits(
            readout=self.readout,
            offsets=np.concatenate([[0], np.cumsum(shared.count)]),
            cell=shared.cell,
            energy_mev=shared.energy_mev.astype(np.float32),
            incident_energy_gev=showers.incident_energy_gev,
            theta_rad=placed.theta_rad,
            phi_rad=placed.phi_rad,
            position_mm=placed.origin_mm,
            lost_mev={name: shared.lost_mev[:, k].copy() for k, name in enumerate(LOST)},
        )

    def plan(self, placement: Placements) -> Plan:
        """The plan for one placement: made once, then kept."""
        key = placement.origin_mm.tobytes() + placement.rotation.tobytes()
        if key in self._plans:
            self._plans.move_to_end(key)
            return self._plans[key]
        made = Plan.of(self._rule(placement), self.readout, self.active, placement)
        self._plans[key] = made
        while len(self._plans) > self.cached_plans:
            self._plans.popitem(last=False)
        return made

    def _rule(self, placed: Placements) -> Quadrature:
        return self.flat if not self.readout.has_depth and not placed.theta_rad[0] else self.deep

    def _shared(self, showers: Showers, placed: Placements, spots: Spots | None) -> Shared:
        """Share the energy of showers; those at normal incidence may have a rule of their own."""
        normal = placed.theta_rad == 0.0
        if spots is not None or self.readout.has_depth or np.all(normal) or not np.any(normal):
            return self._one_by_one(showers, placed, spots)
        groups = [np.flatnonzero(normal), np.flatnonzero(~normal)]
        parts = [self._one_by_one(showers[rows], placed[rows], None) for rows in groups]
        return Shared.joined(parts, np.concatenate(groups))

    def _one_by_one(self, showers: Showers, placed: Placements, spots: Spots | None) -> Shared:
        """Share the energy of showers point by point, all by one rule."""
        parts = []
        start = 0
        for chunk in _chunks(showers):
            here = placed[start : start + len(chunk)]
            start += len(chunk)
            if spots is not None:
                points = spots.points(chunk)
            else:
                rule = self._rule(here)
                points = points_of(rule, *collect(chunk, rule))
            parts.append(share(points, self.readout, self.active, here))
        return Shared.joined(parts)


def _chunks(showers: Showers) -> Iterator[Showers]:
    """Yield showers in memory, few at a time."""
    mean = max(1, int(showers.offsets[-1]) // max(1, len(showers)))
    return showers.iter_batches(int(np.clip(BLOCK_HITS // mean, 1, 512)))
