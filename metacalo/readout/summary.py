"""A readout in a few numbers: its layers and regions, with their cells."""

import math
from typing import Any

import numpy as np

from metacalo.readout.readout import Readout


def readout_summary(readout: Readout) -> dict[str, Any]:
    """Describe a readout in JSON types.

    Layers that follow each other and are alike but for their depth are put together.

    Args:
        readout: the readout.

    Returns:
        name, kind, n_cells, front_mm, default_position, id_bits, and layers: for each its name (or the
        first and the last), region, n_cells, size of most cells in words, depth_mm behind the front face.
    """
    layers: list[dict[str, Any]] = []
    for row in _rows(readout):
        before = next((r for r in reversed(layers) if r["region"] == row["region"]), None)
        if before is not None and before["alike"] == row["alike"]:
            before["last"] = row["layer"]
            before["n_cells"] += row["n_cells"]
            before["depth_mm"][1] = row["depth_mm"][1]
        else:
            layers.append(row)
    for row in layers:
        last = row.pop("last", None)
        del row["alike"]
        if last is not None:
            row["layer"] = f"{row['layer']} to {last}"
    return {
        "name": readout.name,
        "kind": readout.kind,
        "n_cells": len(readout),
        "front_mm": readout.front_mm,
        "default_position": list(readout.default_position),
        "id_bits": dict(readout.ids.bits),
        "layers": layers,
    }


def _rows(readout: Readout) -> list[dict[str, Any]]:
    cells = readout.cells
    pairs = cells.layer.astype(np.int64) * len(cells.region_names) + cells.region
    rows = []
    for pair in np.unique(pairs):
        own = np.flatnonzero(pairs == pair)
        layer, region = divmod(int(pair), len(cells.region_names))
        if cells.deta is not None and cells.dphi_rad is not None:
            n_phi = round(2.0 * math.pi / float(np.median(cells.dphi_rad[own])))
            size = f"{np.median(cells.deta[own]):.4g} x 2 pi/{n_phi}"
            thickness = float(cells.dx_mm[own[0]])
            begin = math.hypot(cells.x_mm[own[0]], cells.y_mm[own[0]]) - 0.5 * thickness - readout.front_mm
        else:
            size = f"{np.median(cells.dx_mm[own]):.4g} x {np.median(cells.dy_mm[own]):.4g} mm"
            thickness = float(cells.dz_mm[own[0]])
            begin = float(cells.z_mm[own[0]]) - 0.5 * thickness - readout.front_mm
        rows.append(
            {
                "layer": cells.layer_names[layer],
                "region": cells.region_names[region],
                "n_cells": len(own),
                "size": size,
                "depth_mm": [round(begin, 6), round(begin + thickness, 6)],
                "alike": (len(own), size, round(thickness, 6)),
            }
        )
    return rows
