"""Par04's showers against Geant4's at 1, 10, 50 and 100 GeV: an export driven through Par04's calls.

    python benchmarks/par04.py --model adapted/lhcb_ecal --showers geometries/showers/lhcb_ecal.h5

Of full simulation those showers are taken whose energy is within a quarter of each nominal one; Par04, as
`metacalo.export.par04.reenactment` has it, shoots one electron of the same energy and angle for each,
alternately forward and backward. Both are taken with Par04's threshold and judged by the figures of
`metacalo validate`, averaged over several runs and splits of full simulation in halves. Prints a table.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import metacalo
from metacalo.export.par04 import export_par04
from metacalo.export.par04.macro import ENERGIES_GEV
from metacalo.export.par04.reenactment import Par04, cells_of
from metacalo.export.par04.root_output import above_threshold, showers_of_cells
from metacalo.showers import Showers, open_showers
from metacalo.validation import Scope
from metacalo.validation.assessment import Assessment, assess_samples
from metacalo.validation.comparison import Estimate
from metacalo.validation.verdicts import CRITERIA, Light, judge

WIDTH = 1.25
"""Largest ratio of a shower's energy to the nominal one."""

SHOWN = (
    "response_ratio",
    "resolution_ratio",
    "separation_mean",
    "separation_voxel_spectrum",
    "separation_depth",
    "separation_width_in_depth",
    "separation_mean_radius",
    "separation_hits",
    "profile_deviation",
)
"""Figures of the table."""


def near(showers: Showers, energy_gev: float) -> Showers:
    """Showers whose energies are within the width."""
    ratio = np.abs(np.log(showers.incident_energy_gev / energy_gev))
    return showers[np.flatnonzero(ratio < np.log(WIDTH))]


def shoot(macro: Path, like: Showers, seed: int) -> tuple[Showers, float]:
    """Showers of Par04 with the energies and angles of others, and the seconds that it took."""
    par04 = Par04(macro, seed=seed)
    side = np.where(np.arange(len(like)) % 2, 1.0, -1.0)
    theta = np.pi / 2 - side * like.theta_rad
    begun = time.perf_counter()
    events = [
        par04.event(float(energy) * 1e3, (0.0, np.sin(angle), np.cos(angle)))
        for energy, angle in zip(like.incident_energy_gev, theta, strict=True)
    ]
    seconds = time.perf_counter() - begun
    return showers_of_cells(cells_of(events), theta, like.grid), seconds


def assessed(reference: Showers, made: Showers, model: metacalo.AdaptedModel, seed: int) -> Assessment:
    """The figures of `metacalo validate`."""
    kept = above_threshold(reference)
    return assess_samples(kept, {"Par04": made}, model.detector, scope=Scope.named("quick"), seed=seed)


def averaged(found: Sequence[Assessment]) -> dict[str, tuple[Estimate, Estimate]]:
    """Figures of Par04 and of full simulation against itself, over several seeds.

    The error stays that of one: the seeds share the showers of full simulation.
    """
    names = [name for name in CRITERIA if name in found[0].comparisons["Par04"].estimates]
    pairs = {}
    for name in names:
        both = []
        for part in ([f.comparisons["Par04"] for f in found], [f.floor for f in found]):
            estimates = [c.estimates[name] for c in part]
            errors = [e.error for e in estimates if e.error is not None]
            both.append(
                Estimate(
                    float(np.mean([e.value for e in estimates])), float(np.mean(errors)) if errors else None
                )
            )
        pairs[name] = (both[0], both[1])
    return pairs


def as_table(rows: dict[str, dict[str, tuple[Estimate, Estimate]]]) -> str:
    """Figures by nominal energy, with full simulation against itself in brackets, in Markdown."""
    lines = ["| figure | " + " | ".join(rows) + " |", "|---" * (len(rows) + 1) + "|"]
    for name in SHOWN:
        cells = []
        for figures in rows.values():
            value, floor = figures[name]
            cells.append(f"{value} ({floor.value:.3f}), {judge(CRITERIA[name], value, floor).light.value}")
        lines.append(f"| {CRITERIA[name].meaning} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Export, shoot, judge, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of an adapted model")
    parser.add_argument("--showers", required=True, type=Path, help="full simulation of its detector")
    parser.add_argument("--library", choices=("onnx", "torch"), default="onnx")
    parser.add_argument("--seeds", type=int, default=4, help="runs and halves of full simulation to average")
    parser.add_argument("--out", type=Path, help="JSON file of all figures")
    parser.add_argument("--no-poor", action="store_true", help="exit with code 1 if a verdict is poor")
    given = parser.parse_args(arguments)
    model = metacalo.load(given.model)
    showers = open_showers(given.showers, detector=model.detector).load()
    rows: dict[str, dict[str, tuple[Estimate, Estimate]]] = {}
    with tempfile.TemporaryDirectory() as name:
        exported = export_par04(model, Path(name) / "par04")
        print(", ".join(f"{file}: {value:.1e} from torch" for file, value in exported.differences.items()))
        suffix = "" if given.library == "onnx" else "_torch"
        macro = exported.folder / f"par04_{model.detector.name}{suffix}.mac"
        for energy in ENERGIES_GEV:
            like = near(showers, energy)
            made = [shoot(macro, like, seed) for seed in range(given.seeds)]
            found = [assessed(like, showers, model, seed) for seed, (showers, _) in enumerate(made)]
            rows[f"{energy:g} GeV ({len(like)})"] = averaged(found)
            each = 1e3 * min(seconds for _, seconds in made) / len(like)
            print(f"{energy:g} GeV: {len(like)} showers, {each:.2f} ms each", flush=True)
    print(as_table(rows))
    if given.out:
        content = {
            label: {figure: {"par04": value, "floor": floor} for figure, (value, floor) in figures.items()}
            for label, figures in rows.items()
        }
        given.out.write_text(json.dumps(content, indent=1), encoding="utf-8")
    poor = [
        f"{label}: {figure}"
        for label, figures in rows.items()
        for figure, (value, floor) in figures.items()
        if judge(CRITERIA[figure], value, floor).light is Light.RED
    ]
    print(f"poor: {'; '.join(poor) or 'none'}")
    if poor and given.no_poor:
        sys.exit(1)


if __name__ == "__main__":
    main()
