"""The way from small bins to cells at one place, worked out once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from metacalo.readout.placement import Placements
from metacalo.readout.projection.bins import all_points
from metacalo.readout.projection.depth import ActiveDepth
from metacalo.readout.projection.points import GAP, OUTSIDE, Shared, located
from metacalo.readout.projection.quadrature import Quadrature
from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """A sparse matrix of the share of each small bin's energy that each cell gets at one place.

    Attributes:
        rule: the bins.
        cells: numbers of the cells that can be hit, ascending, shape (n_cells,).
        matrix: shares, shape (n_bins, 2 + n_cells); the first two columns are energy lost, in gaps and
            outside.
    """

    rule: Quadrature
    cells: Indices
    matrix: sparse.csr_array

    @classmethod
    def of(cls, rule: Quadrature, readout: Readout, active: ActiveDepth, placement: Placements) -> "Plan":
        """Work out the plan for one placement."""
        points = all_points(rule)
        cell, in_gap = located(points, readout, active, placement)
        column = np.empty(len(cell), dtype=np.int64)
        column[cell < 0] = np.where(in_gap, GAP, OUTSIDE)
        cells, place = np.unique(cell[cell >= 0], return_inverse=True)
        column[cell >= 0] = 2 + place
        entries = (points.energy_mev, (np.repeat(np.arange(rule.n_bins), rule.count), column))
        return cls(rule, cells, sparse.csr_array(entries, shape=(rule.n_bins, 2 + len(cells))))

    def apply(self, count: Indices, bins: Indices, energy_mev: Floats) -> Shared:
        """Share energies.

        Args:
            count: bins of each shower, shape (N,).
            bins: which, shape (n,).
            energy_mev: their energy [MeV], shape (n,).
        """
        begin = np.concatenate([[0], np.cumsum(count)])
        showers = sparse.csr_array((energy_mev, bins, begin), shape=(len(count), self.rule.n_bins))
        dense = (showers @ self.matrix).toarray()
        row, place = np.nonzero(dense[:, 2:])
        return Shared(
            np.bincount(row, minlength=len(count)), self.cells[place], dense[row, 2 + place], dense[:, :2]
        )
