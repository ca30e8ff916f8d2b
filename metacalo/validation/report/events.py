"""A few showers of every sample, packed small enough to stand in a page and be turned around there."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation.profiles import energy_edges_gev

N_EVENTS = 6
"""Showers of each sample, over the range of incident energies."""

MAX_HITS = 250_000
"""Hits of all events together, of 8 bytes each in the page."""

SAME_LN_ENERGY = 0.05
SAME_THETA_RAD = 0.1
"""Differences that count alike when the generated shower nearest to one of full simulation is looked for."""


def packed_events(
    events: Mapping[str, Showers], detector: Detector | None = None, n_events: int = N_EVENTS
) -> str | None:
    """Pack showers as JSON for the display, None if there are none.

    Of the first sample, showers at incident energies spread evenly in the logarithm are taken, of the others
    those of nearly the same energy and angle. If they have too many hits together, fewer events are taken; if
    one alone has, only its hottest hits. Voxels are base64 of little-endian uint16 (uint32 for grids that
    need it), deposits [MeV] of little-endian float32.

    Args:
        events: showers by label, all on one grid; samples without showers are left out.
        detector: where they were; its faces are drawn if it is known.
        n_events: how many showers of each sample, at most.
    """
    samples = {label: showers for label, showers in events.items() if len(showers)}
    if not samples:
        return None
    first = next(iter(samples.values()))
    chosen = _chosen(samples, n_events)
    fitting = _fitting({label: samples[label].n_hits[rows] for label, rows in chosen.items()})
    most = MAX_HITS // len(samples)
    content = {
        "grid": first.grid.to_dict(),
        "depth_mm": None if detector is None else float(detector.depth_mm),
        "wide": first.grid.n_voxels > 1 << 16,
        "samples": list(samples),
        "events": [
            [_packed(samples[label][int(rows[k])], most) for label, rows in chosen.items()] for k in fitting
        ],
    }
    # No label can end the element that this stands in.
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _chosen(samples: Mapping[str, Showers], n_events: int) -> dict[str, NDArray[np.int64]]:
    """Rows of each sample: of the first at even energies, of the others the nearest to them."""
    first = next(iter(samples.values()))
    edges = energy_edges_gev(first, n_events)
    log_energy = np.log(np.asarray(first.incident_energy_gev, dtype=np.float64))
    middles = np.log(edges[:-1] * edges[1:]) / 2
    rows = np.unique(np.abs(log_energy[None, :] - middles[:, None]).argmin(axis=1))
    rows = rows[np.argsort(log_energy[rows], kind="stable")]
    return {label: _nearest(showers, first, rows) for label, showers in samples.items()}


def _nearest(showers: Showers, first: Showers, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    if showers is first:
        return rows
    energy = np.log(showers.incident_energy_gev[None, :] / first.incident_energy_gev[rows, None])
    theta = showers.theta_rad[None, :] - first.theta_rad[rows, None]
    return np.asarray(np.hypot(energy / SAME_LN_ENERGY, theta / SAME_THETA_RAD).argmin(axis=1))


def _fitting(n_hits: Mapping[str, NDArray[np.int64]]) -> list[int]:
    """Events that fit in the page together: all, or spread over them, but one at the least."""
    total = np.sum(list(n_hits.values()), axis=0)
    for wanted in range(len(total), 1, -1):
        kept = np.unique(np.linspace(0, len(total) - 1, wanted).round().astype(int))
        if total[kept].sum() <= MAX_HITS:
            return [int(k) for k in kept]
    return [0]


def _packed(shower: Showers, most: int) -> dict[str, Any]:
    energy = np.asarray(shower.energies_mev)
    kept = np.sort(np.argsort(-energy, kind="stable")[:most])
    wide = shower.grid.n_voxels > 1 << 16
    return {
        "energy_gev": round(float(shower.incident_energy_gev[0]), 4),
        "theta": round(float(shower.theta_rad[0]), 5),
        "phi": round(float(shower.phi_rad[0]), 5),
        "visible_mev": round(float(energy.sum()), 3),
        "n_hits": len(energy),
        "voxels": _base64(np.asarray(shower.voxels)[kept].astype("<u4" if wide else "<u2")),
        "energies": _base64(energy[kept].astype("<f4")),
    }


def _base64(values: NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")
