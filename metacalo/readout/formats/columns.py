"""Events as columns of numbers: what all files of events hold, whatever their format.

===================  =======  ====  ==================================================================
column of events     type     unit  meaning
===================  =======  ====  ==================================================================
``event``            int64    1     number of the event, from 0
``incident_energy_gev``  float32  GeV  energy of the incident particle
``theta_rad``        float32  rad   its angle to the normal of the front face
``phi_rad``          float32  rad   azimuth of its direction about that normal
``impact_x_mm`` ...  float64  mm    where it enters the front face, in detector coordinates (x, y, z)
``direction_x`` ...    float64  1     unit vector of its direction there, in the same coordinates
``lost_..._mev``     float64  MeV   deposits that no cell has, by reason (``gap``, ``outside`` ...)
===================  =======  ====  ==================================================================

===================  =======  ====  ==================================================================
column of hits       type     unit  meaning
===================  =======  ====  ==================================================================
``cell_id``          uint64   1     packed identifier of the cell, as its readout numbers it
``layer``            int16    1     layer of the cell
``energy_mev``       float32  MeV   energy of the cell
``x_mm``, ``y_mm``, ``z_mm``  float32  mm  centre of the cell
``adc``              int32    1     counts, if there was an analogue-to-digital converter
===================  =======  ====  ==================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from metacalo.readout.hits import CellHits


@final
@dataclass(frozen=True, eq=False)
class EventColumns:
    """Some events, one array a quantity.

    Attributes:
        event: name -> one value an event, each (N,).
        hit: name -> one value a hit, each (M,).
        offsets: event ``i`` owns the hits ``offsets[i]:offsets[i+1]``, (N+1,), from 0 to M.
    """

    event: Mapping[str, NDArray[Any]]
    hit: Mapping[str, NDArray[Any]]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def columns_of(hits: CellHits, *, first: int = 0, adc: NDArray[np.int32] | None = None) -> EventColumns:
    """Return hits of cells as columns.

    Args:
        hits: of some events.
        first: number of the first of them.
        adc: counts of the hits, (M,), if they were digitised.
    """
    cells, at = hits.readout.cells, hits.cell
    impact = np.asarray(hits.position_mm, dtype=np.float64)
    event: dict[str, NDArray[Any]] = {
        "event": np.arange(first, first + len(hits), dtype=np.int64),
        "incident_energy_gev": np.asarray(hits.incident_energy_gev, dtype=np.float32),
        "theta_rad": np.asarray(hits.theta_rad, dtype=np.float32),
        "phi_rad": np.asarray(hits.phi_rad, dtype=np.float32),
        **{f"impact_{axis}_mm": impact[:, i] for i, axis in enumerate("xyz")},
        **dict(zip(("direction_x", "direction_y", "direction_z"), _directions(hits).T, strict=True)),
        **{f"lost_{reason}_mev": np.asarray(lost, np.float64) for reason, lost in hits.lost_mev.items()},
    }
    hit: dict[str, NDArray[Any]] = {
        "cell_id": cells.id[at],
        "layer": cells.layer[at].astype(np.int16),
        "energy_mev": np.asarray(hits.energy_mev, dtype=np.float32),
        "x_mm": cells.x_mm[at].astype(np.float32),
        "y_mm": cells.y_mm[at].astype(np.float32),
        "z_mm": cells.z_mm[at].astype(np.float32),
    }
    if adc is not None:
        hit["adc"] = np.asarray(adc, dtype=np.int32)
    return EventColumns(event, hit, np.asarray(hits.offsets, dtype=np.int64))


def unit_of(name: str) -> str:
    """Return the unit of a column, which its name ends with; "1" for a number without one."""
    units = {"gev": "GeV", "mev": "MeV", "rad": "rad", "mm": "mm", "ns": "ns"}
    return units.get(name.rpartition("_")[2], "1")


def _directions(hits: CellHits) -> NDArray[np.float64]:
    """Return unit vectors of the particles' directions in detector coordinates, (N, 3).

    The axes across the face are those of `metacalo.readout.placement.Placements`.
    """
    theta, phi = np.asarray(hits.theta_rad, np.float64), np.asarray(hits.phi_rad, np.float64)
    first, second, inward = np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)
    if not hits.readout.cylindrical:
        return np.stack([first, second, inward], axis=1)
    azimuth = np.arctan2(hits.position_mm[:, 1], hits.position_mm[:, 0])
    cos, sin = np.cos(azimuth), np.sin(azimuth)
    return np.stack([inward * cos + second * sin, inward * sin - second * cos, first], axis=1)
