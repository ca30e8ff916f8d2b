"""One measurement of projecting, in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from metacalo.errors import MetacaloWarning
from metacalo.geometry import load_detector
from metacalo.readout.building import readout_of
from metacalo.readout.placement import Placements, place
from metacalo.readout.projection import project_stream
from metacalo.readout.readout import Readout
from metacalo.showers import Showers, open_showers

_NEAR = 1.3
_ENERGY_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Task:
    """What to measure.

    Attributes:
        geometry: the detector.
        file: of its showers; None for what its YAML names.
        energy_gev: of the showers, to 30%.
        n_showers: how many, by repeating.
        part: "streamed" to as many places, "normal" likewise at normal incidence, "one place", "spots", or
            "naive": a loop over voxels that puts each at its centre.
        first: of the whole run, the first shower of this process.
    """

    geometry: str
    file: str | None
    energy_gev: float
    n_showers: int
    part: str
    first: int = 0

    @classmethod
    def from_json(cls, text: str) -> Task:
        """Read what `run_task` has written."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Measured:
    """A result.

    Attributes:
        geometry: the detector.
        part: what was done.
        n_showers: number of showers.
        processes: that shared them.
        n_hits: mean voxels of a shower.
        wall_ms: wall clock for each shower, of the slowest process [ms].
        processor_ms: processor time for each shower, of all processes [ms].
        peak_mib: largest resident memory of one process [MiB].
    """

    geometry: str
    part: str
    n_showers: int
    processes: int
    n_hits: float
    wall_ms: float
    processor_ms: float
    peak_mib: float


def run_task(task: Task, part: str, n_showers: int, processes: int) -> Measured:
    """Measure in processes that share the showers and run together."""
    each = -(-n_showers // processes)
    script = Path(sys.modules["__main__"].__file__ or "")
    children = []
    for k in range(processes):
        own = replace(task, part=part, n_showers=min(each, n_showers - k * each), first=k * each)
        command = [sys.executable, str(script), "--only", json.dumps(asdict(own))]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    outputs = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise RuntimeError(f"{task.geometry}, {part}: a process failed")
    results: list[dict[str, Any]] = [json.loads(output) for output in outputs]
    return Measured(
        task.geometry,
        part,
        n_showers,
        processes,
        float(np.mean([one["n_hits"] for one in results])),
        1000.0 * max(one["wall"] for one in results) / n_showers,
        1000.0 * sum(one["processor"] for one in results) / n_showers,
        max(one["peak_mib"] for one in results),
    )


def measure(task: Task) -> dict[str, float]:
    """Measure in this process; the readout is built and the showers are read before the clock starts."""
    detector = load_detector(task.geometry)
    readout = readout_of(detector)
    showers = open_showers(task.file or str(detector.showers), detector=detector)
    showers = showers.select(energy_gev=(task.energy_gev / _NEAR, task.energy_gev * _NEAR)).load()
    if not len(showers):
        raise SystemExit(f"expected showers near {task.energy_gev:g} GeV in {task.file}, got none")
    run = {"naive": _naive}.get(task.part, _streamed)
    wall, processor = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetacaloWarning)
        n_hits = run(task, readout, showers)
    return {
        "wall": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "n_hits": n_hits,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


def as_table(found: Sequence[Measured], limit_ms: float) -> str:
    """All results in Markdown."""
    lines = [
        f"Limit: {limit_ms:g} ms a shower for what is streamed to as many places.",
        "",
        "| detector | what | showers | processes | voxels | ms a shower | of processor | peak MiB "
        "| times faster than naive |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    naive = {one.geometry: one.processor_ms for one in found if one.part == "naive"}
    for one in found:
        ratio = naive.get(one.geometry, 0.0) / one.processor_ms
        lines.append(
            f"| {one.geometry} | {one.part} | {one.n_showers} | {one.processes} | {one.n_hits:.0f} "
            f"| {one.wall_ms:.3f} | {one.processor_ms:.3f} | {one.peak_mib:.0f} | {ratio:.0f} |"
        )
    return "\n".join(lines)


def _streamed(task: Task, readout: Readout, showers: Showers) -> float:
    rows = (task.first + np.arange(task.n_showers)) % len(showers)
    step = 512
    # Showers come in batches, as a generator gives them, so that all of them never exist together.
    batches = (showers[rows[k : k + step]] for k in range(0, task.n_showers, step))
    places = _places(readout, showers, rows, task.first, task.part == "normal")
    if task.part == "one place":
        places = place(readout)
    hits = voxels = 0.0
    for events in project_stream(batches, readout, places, sampling=task.part == "spots", seed=1):
        hits += float(events.total_energy_mev.sum() + sum(lost.sum() for lost in events.lost_mev.values()))
    energy = showers.total_energy_mev[rows].sum()
    if abs(hits / energy - 1.0) > _ENERGY_TOLERANCE:
        raise RuntimeError(f"expected {energy} MeV in cells and lost, got {hits}")
    voxels = showers.n_hits[rows].mean()
    return float(voxels)


def _naive(task: Task, readout: Readout, showers: Showers) -> float:
    """One voxel after the other, each put in the cell of its centre, as users without a projector do."""
    grid = showers.grid
    _, n_phi, n_z = grid.shape
    rows = np.arange(task.n_showers) % len(showers)
    places = _places(readout, showers, rows, 0)
    for k, row in enumerate(rows):
        shower = showers[int(row)]
        cells: dict[int, float] = {}
        for voxel, energy in zip(shower.voxels.tolist(), shower.energies_mev.tolist(), strict=True):
            ring, rest = divmod(voxel, n_phi * n_z)
            sector, depth = divmod(rest, n_z)
            radius, phi = (ring + 0.5) * grid.dr_mm, (sector + 0.5) * 2.0 * np.pi / n_phi - np.pi
            centre = np.array([radius * np.cos(phi), radius * np.sin(phi), (depth + 0.5) * grid.dz_mm])
            x, y, z = places.rotation[k] @ centre + places.origin_mm[k]
            cell = int(readout.locate(x, y, z))
            cells[cell] = cells.get(cell, 0.0) + energy
    return float(showers.n_hits[rows].mean())


def _places(
    readout: Readout, showers: Showers, rows: np.ndarray, seed: int, normal: bool = False
) -> Placements:
    """Another place for each shower, where it may enter at its angle."""
    rng = np.random.default_rng(seed)
    theta = showers.theta_rad[rows].astype(np.float64) * (not normal)
    n = len(rows)
    if readout.cylindrical:
        position = np.column_stack([np.arcsinh(np.tan(theta)), rng.uniform(-np.pi, np.pi, n)])
        return place(readout, position, theta_rad=theta, phi_rad=0.0)
    position = np.column_stack([rng.uniform(300.0, 3500.0, n), rng.uniform(-2800.0, 2800.0, n)])
    return place(
        readout, position, theta_rad=theta, phi_rad=rng.uniform(-np.pi, np.pi, n), only_on_cells=False
    )
