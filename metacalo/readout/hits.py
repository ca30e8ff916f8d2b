"""The container: energy in readout cells, and what became of the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import ReadoutError
from metacalo.readout.readout import Readout
from metacalo.showers.runs import gather
from metacalo.showers.sums import shower_of_hit

Floats = NDArray[np.float64]

LOST = ("gap", "outside")
"""Where energy is that no cell has: between cells and in holes, or beyond the outer bounds of the readout."""


@dataclass(frozen=True, eq=False, kw_only=True)
class CellHits:
    """Events on readout cells, stored as the cells that were hit.

    Immutable: arrays are read-only. Energies are what the showers have, deposits in active material not
    corrected for the sampling fraction, and nothing is dropped: those of the cells and `lost_mev` add up to
    the shower's, to 1e-6 of it.

    Attributes:
        readout: the cells.
        offsets: event ``i`` owns the hits ``offsets[i]:offsets[i+1]``, (N+1,).
        cell: number of each cell in ``readout.cells``, ascending within each event, (M,).
        energy_mev: energy in it [MeV], (M,).
        incident_energy_gev: energy of the incident particles [GeV], (N,).
        theta_rad: angle to the normal of the front face [rad], (N,).
        phi_rad: azimuth of the direction across the face [rad], (N,).
        position_mm: entry points in detector coordinates [mm], (N, 3).
        lost_mev: energy in no cell [MeV], (N,) for each of `LOST`.
    """

    readout: Readout
    offsets: NDArray[np.int64]
    cell: NDArray[np.int64]
    energy_mev: NDArray[np.floating]
    incident_energy_gev: NDArray[np.floating]
    theta_rad: NDArray[np.floating]
    phi_rad: NDArray[np.floating]
    position_mm: Floats
    lost_mev: Mapping[str, Floats]

    def __post_init__(self) -> None:
        n, m = len(self.offsets) - 1, len(self.cell)
        shapes = {
            "offsets": (self.offsets, (n + 1,)),
            "energy_mev": (self.energy_mev, (m,)),
            "incident_energy_gev": (self.incident_energy_gev, (n,)),
            "theta_rad": (self.theta_rad, (n,)),
            "phi_rad": (self.phi_rad, (n,)),
            "position_mm": (self.position_mm, (n, 3)),
            **{f"lost_mev[{name!r}]": (lost, (n,)) for name, lost in self.lost_mev.items()},
        }
        for name, (array, shape) in shapes.items():
            if array.shape != shape:
                raise ReadoutError(
                    f"expected {name} of shape {shape} for {n} events of {m} hits, got {array.shape}; "
                    "give one value for each"
                )
        steps = np.diff(self.offsets)
        if n < 0 or self.offsets[0] != 0 or self.offsets[-1] != m or np.any(steps < 0):
            raise ReadoutError(f"expected offsets that ascend from 0 to {m}, the number of hits; sort them")
        if m and not 0 <= int(self.cell.min()) <= int(self.cell.max()) < len(self.readout):
            raise ReadoutError(
                f"expected cells from 0 to {len(self.readout) - 1}, got {int(self.cell.min())} to "
                f"{int(self.cell.max())}; use numbers in readout.cells, which readout.index_of gives for ids"
            )
        for array in (self.cell, *(array for array, _ in shapes.values())):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, key: int | slice | Sequence[int] | NDArray[Any]) -> "CellHits":
        """Return some of the events: one, a slice, those of a mask (N,), or those of an index array."""
        rows = np.atleast_1d(np.arange(len(self))[key if isinstance(key, slice) else np.asarray(key)])
        offsets, wanted = gather(self.offsets, rows)
        return CellHits(
            readout=self.readout,
            offsets=offsets,
            cell=self.cell[wanted],
            energy_mev=self.energy_mev[wanted],
            incident_energy_gev=self.incident_energy_gev[rows],
            theta_rad=self.theta_rad[rows],
            phi_rad=self.phi_rad[rows],
            position_mm=self.position_mm[rows],
            lost_mev={name: lost[rows] for name, lost in self.lost_mev.items()},
        )

    @property
    def n_hits(self) -> NDArray[np.int64]:
        """Number of cells hit in each event, (N,)."""
        return np.diff(self.offsets)

    @property
    def event(self) -> NDArray[np.int64]:
        """Event of each hit, (M,)."""
        return shower_of_hit(self.offsets)

    @property
    def cell_id(self) -> NDArray[np.uint64]:
        """Identifier of the cell of each hit, (M,)."""
        return self.readout.cells.id[self.cell]

    @property
    def total_energy_mev(self) -> Floats:
        """Energy in the cells of each event [MeV], (N,)."""
        summed = np.bincount(self.event, weights=self.energy_mev, minlength=len(self))
        return np.asarray(summed, dtype=np.float64)

    @property
    def layer_energies_mev(self) -> Floats:
        """Energy in the cells of each layer [MeV], (N, n_layers)."""
        n_layers = len(self.readout.cells.layer_names)
        target = self.event * n_layers + self.readout.cells.layer[self.cell]
        summed = np.bincount(target, weights=self.energy_mev, minlength=len(self) * n_layers)
        return np.asarray(summed, dtype=np.float64).reshape(len(self), n_layers)

    def energies_of(self, event: int) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
        """Return cells and energies [MeV] of one event, views of shape (n_hits,).

        Raises:
            ReadoutError: there is no such event.
        """
        if not -len(self) <= event < len(self):
            raise ReadoutError(
                f"expected an event from 0 to {len(self) - 1}, got {event}; choose one of these"
            )
        k = event % len(self)
        hits = slice(int(self.offsets[k]), int(self.offsets[k + 1]))
        return self.cell[hits], self.energy_mev[hits]

    def energy_in(self, cells: ArrayLike) -> Floats:
        """Energy of each event in some cells together [MeV].

        Args:
            cells: numbers of cells, (k,) the same for all events or (N, k) for each its own; -1 is none.

        Returns:
            Energies [MeV], (N,).
        """
        wanted = np.asarray(cells, dtype=np.int64)
        keys = self.event * len(self.readout) + self.cell  # ascending, as events and their cells are
        asked = np.arange(len(self))[:, None] * len(self.readout) + np.atleast_2d(wanted)
        place = np.minimum(np.searchsorted(keys, asked), max(0, len(keys) - 1))
        if not len(keys):
            return np.zeros(len(self))
        found = (keys[place] == asked) & (wanted >= 0)
        return np.asarray(np.where(found, self.energy_mev[place].astype(np.float64), 0.0).sum(axis=1))

    def __repr__(self) -> str:
        return f"<{len(self)} events with {len(self.cell)} hits on {self.readout}>"


def concatenate(parts: Sequence[CellHits]) -> CellHits:
    """Put events on the same readout one after the other.

    Raises:
        ReadoutError: nothing to put together, or parts of different readouts.
    """
    if not parts or any(part.readout is not parts[0].readout for part in parts):
        raise ReadoutError(
            f"expected events of one readout, got {len(parts)} parts of "
            f"{len({id(part.readout) for part in parts})} readouts; put together what belongs together"
        )
    counts = np.concatenate([part.n_hits for part in parts])
    joined = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(CellHits)
        if field.name not in ("readout", "offsets", "lost_mev")
    }
    return CellHits(
        readout=parts[0].readout,
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        lost_mev={
            name: np.concatenate([part.lost_mev[name] for part in parts]) for name in parts[0].lost_mev
        },
        **joined,
    )
