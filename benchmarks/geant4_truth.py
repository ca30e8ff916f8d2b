"""The engine `geant4` against showers of a Geant4 application in C++: response, resolution, shapes.

    GEANT4_DATA_DIR=DATA python benchmarks/geant4_truth.py SHOWERS... --out DIR

SHOWERS are files such as `par04_siw.h5`, whose attribute `detector` names a detector of metacalo and whose
column `energy_active_outside_grid` has the energy beside the grid. The engine simulates particles of the
same energies and angles, taken evenly from the file; what it simulated is kept in DIR, and is not simulated
again with the same number and options. Writes geant4_truth.json and geant4_truth.md.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy import stats

from metacalo.atomic import write_atomically
from metacalo.geometry import Detector, load_detector
from metacalo.showers import Showers, concatenate, open_showers, write_showers
from metacalo.simulation.geant4 import Geant4Engine
from metacalo.simulation.particles import Particles

BINS = 5
"""Bins of the logarithm of the energy, of equally many showers."""

SHARE = 0.01
"""Depths and rings with at least this share of the energy are compared one by one."""


@dataclass(frozen=True)
class Sample:
    """Showers, and the energy that they left in active material outside the grid [MeV], (n,)."""

    showers: Showers
    outside_mev: np.ndarray

    def visible(self) -> np.ndarray:
        """Energy in active material over incident energy, in the grid or not, (n,)."""
        total = self.showers.total_energy_mev + self.outside_mev
        return total / (1000.0 * self.showers.incident_energy_gev)

    def __getitem__(self, rows: np.ndarray) -> Sample:
        """Some of the showers."""
        return Sample(self.showers[rows], self.outside_mev[rows])


def reference(path: Path) -> Sample:
    """Read showers of the application in C++."""
    with h5py.File(path) as file:
        outside = np.asarray(file["energy_active_outside_grid"], dtype=np.float64)
    return Sample(open_showers(path), outside)


def simulated(detector: Detector, showers: Showers, n: int, folder: Path, engine: Geant4Engine) -> Sample:
    """Simulate particles like those of some showers, evenly over their energies; or read what is kept."""
    path, beside = folder / f"{detector.name}.h5", folder / f"{detector.name}.outside.npy"
    if path.exists() and beside.exists():
        kept = Sample(open_showers(path), np.load(beside))
        said = engine.provenance().items()
        if len(kept.showers) == n and all(kept.showers.attributes.get(name) == value for name, value in said):
            return kept
    order = np.argsort(showers.incident_energy_gev, kind="stable")
    rows = np.random.default_rng(7).permutation(order[np.linspace(0, len(order) - 1, n).astype(int)])
    like = showers[rows]
    particles = Particles("e-", like.incident_energy_gev, like.theta_rad, like.phi_rad)
    engine.check(detector)
    generator, parts, begun = np.random.default_rng(11), [], time.perf_counter()
    for first in range(0, n, 25):
        parts.append(engine.simulate(detector, particles[first : first + 25], generator))
        done = min(n, first + 25)
        print(
            f"{detector.name}: {done} of {n}, {done / (time.perf_counter() - begun):.2f} showers/s",
            flush=True,
        )
    sample = Sample(
        concatenate([part.showers for part in parts]), np.concatenate([p.outside_grid_mev for p in parts])
    )
    write_showers(path, sample.showers)
    np.save(beside, sample.outside_mev)
    return sample


def ratio_of_means(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Mean of `a` over mean of `b`, and its standard error."""
    ratio = float(a.mean() / b.mean())
    error = math.hypot(*(x.std(ddof=1) / math.sqrt(len(x)) / x.mean() for x in (a, b)))
    return ratio, ratio * error


def ratio_of_spreads(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Relative spread of `a` over that of `b`, and its standard error by the fourth moments."""
    ratio = float((a.std(ddof=1) / a.mean()) / (b.std(ddof=1) / b.mean()))
    errors = ((stats.kurtosis(x) + 2.0) / (4.0 * len(x)) for x in (a, b))
    return ratio, ratio * math.sqrt(sum(errors))


def shares(energies_mev: np.ndarray) -> np.ndarray:
    """Share of each shower's energy by depth or ring, (n, bins)."""
    return energies_mev / energies_mev.sum(axis=1, keepdims=True)


def profile(a: np.ndarray, b: np.ndarray) -> dict[str, Any]:
    """Compare mean shares of the energy by depth or ring."""
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    error = np.hypot(a.std(axis=0) / math.sqrt(len(a)), b.std(axis=0) / math.sqrt(len(b)))
    wide = mean_b >= SHARE
    deviation = mean_a[wide] / mean_b[wide] - 1.0
    return {
        "mean_deviation": float(np.abs(mean_a - mean_b).sum()),
        "expected_mean_deviation": float(error.sum() * math.sqrt(2.0 / math.pi)),
        "largest_deviation": float(np.abs(deviation).max()),
        "its_error": float((error[wide] / mean_b[wide])[np.abs(deviation).argmax()]),
        "bins": int(wide.sum()),
        "engine": mean_a.tolist(),
        "reference": mean_b.tolist(),
    }


def compare(detector: Detector, engine: Sample, truth: Sample) -> dict[str, Any]:
    """Compare two samples with the same distribution of energies and angles."""
    result: dict[str, Any] = {"n_engine": len(engine.showers), "n_reference": len(truth.showers)}
    energy = [np.log(sample.showers.incident_energy_gev) for sample in (engine, truth)]
    edges = np.quantile(energy[1], np.linspace(0.0, 1.0, BINS + 1))
    visible = [engine.visible(), truth.visible()]
    in_grid = [s.showers.total_energy_mev / (1000.0 * s.showers.incident_energy_gev) for s in (engine, truth)]
    result["visible_fraction"] = [float(v.mean()) for v in visible]
    result["visible"] = ratio_of_means(*visible)
    result["visible_in_grid"] = ratio_of_means(*in_grid)
    result["bins"] = []
    for low, high in itertools.pairwise(edges):
        a, b = (v[(e >= low) & (e <= high)] for v, e in zip(visible, energy, strict=True))
        result["bins"].append(
            {
                "energy_gev": [float(np.exp(low)), float(np.exp(high))],
                "visible": ratio_of_means(a, b),
                "resolution": ratio_of_spreads(a, b),
                "resolution_reference": float(b.std(ddof=1) / b.mean()),
            }
        )
    pulls = np.array([(one["resolution"][0] - 1.0) / one["resolution"][1] for one in result["bins"]])
    result["resolution_p_value"] = float(stats.chi2.sf((pulls**2).sum(), BINS))
    weights = np.array([one["resolution"][1] ** -2 for one in result["bins"]])
    ratios = np.array([one["resolution"][0] for one in result["bins"]])
    result["resolution"] = (float((weights * ratios).sum() / weights.sum()), float(weights.sum() ** -0.5))
    layers = [shares(s.showers.layer_energies_mev) for s in (engine, truth)]
    rings = [shares(s.showers.ring_energies_mev) for s in (engine, truth)]
    result["longitudinal"], result["radial"] = profile(*layers), profile(*rings)
    z = detector.grid.z_centres_mm / detector.x0_mm
    r = detector.grid.r_centres_mm / detector.moliere_radius_mm
    depth = [s @ z for s in layers]
    result["depth_x0"] = [float(d.mean()) for d in depth]
    result["depth_difference_x0"] = (
        float(depth[0].mean() - depth[1].mean()),
        math.hypot(*(d.std() / math.sqrt(len(d)) for d in depth)),
    )
    result["depth_spread"] = ratio_of_spreads(*depth)
    result["radius"] = ratio_of_means(*(s @ r for s in rings))
    result["hits"] = ratio_of_means(*(s.showers.n_hits.astype(float) for s in (engine, truth)))
    return result


def silicon_tungsten(n: int, engine: Geant4Engine) -> dict[str, Any]:
    """Electrons of 10 GeV along the normal of 90 x (1.4 mm W + 0.3 mm Si): figures of other applications."""
    detector = load_detector("par04_siw")
    particles = Particles("e-", np.full(n, 10.0), np.zeros(n), np.zeros(n))
    found = engine.simulate(detector, particles, np.random.default_rng(3), deposits=True)
    hits: Any = found.deposits
    layer = np.floor(hits.z_mm / 1.7)
    energy = np.bincount(hits.event, hits.energy_mev, n)
    visible = energy / 1e4
    resolution = float(visible.std(ddof=1) / visible.mean())
    mean_layer = np.bincount(hits.event, hits.energy_mev * layer, n) / energy
    root = math.sqrt(n)
    return {
        "n": n,
        "visible_fraction": (float(visible.mean()), float(visible.std(ddof=1) / root)),
        "resolution": (resolution, resolution / math.sqrt(2.0 * (n - 1))),
        "mean_layer": (float(mean_layer.mean()), float(mean_layer.std(ddof=1) / root)),
    }


def table(results: dict[str, Any]) -> str:
    """Write the comparison as Markdown."""
    names = list(results["detectors"])
    rows: list[tuple[str, list[str]]] = []

    def row(title: str, text: Any) -> None:
        rows.append((title, [text(results["detectors"][name]) for name in names]))

    def percent(pair: Sequence[float]) -> str:
        return f"{100 * (pair[0] - 1):+.2f} ± {100 * pair[1]:.2f} %"

    row("showers (engine, C++)", lambda x: f"{x['n_engine']:,}, {x['n_reference']:,}")
    row("visible fraction (engine, C++)", lambda x: "{:.5f}, {:.5f}".format(*x["visible_fraction"]))
    row("visible fraction", lambda x: percent(x["visible"]))
    row("the same, in the grid", lambda x: percent(x["visible_in_grid"]))
    row("resolution", lambda x: percent(x["resolution"]))
    row(f"resolution in {BINS} bins of energy: p", lambda x: f"{x['resolution_p_value']:.2f}")
    for title, key in (("longitudinal", "longitudinal"), ("radial", "radial")):
        row(
            f"{title} profile, mean deviation (expected from statistics)",
            lambda x, key=key: (
                f"{100 * x[key]['mean_deviation']:.2f} % ({100 * x[key]['expected_mean_deviation']:.2f} %)"
            ),
        )
        row(
            f"{title} profile, largest deviation",
            lambda x, key=key: f"{100 * x[key]['largest_deviation']:.1f} ± {100 * x[key]['its_error']:.1f} %",
        )
    row("mean depth [X0]", lambda x: "{:+.3f} ± {:.3f}".format(*x["depth_difference_x0"]))
    row("spread of the depth", lambda x: percent(x["depth_spread"]))
    row("mean radius", lambda x: percent(x["radius"]))
    row("voxels hit", lambda x: percent(x["hits"]))
    lines = [f"Engine: {results['engine']['engine']}, {results['engine']['physics']}.", ""]
    lines += ["| engine against C++ | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    lines += [f"| {title} | " + " | ".join(cells) + " |" for title, cells in rows]
    if siw := results.get("silicon_tungsten"):
        figures = [siw[key] for key in ("visible_fraction", "resolution", "mean_layer")]
        said = [f"{value:.4g} ± {error:.2g}" for value, error in figures]
        lines += [
            "",
            f"10 GeV, along the normal, {siw['n']} showers of par04_siw: visible fraction {said[0]}, "
            f"resolution {said[1]}, mean layer {said[2]} of 90.",
        ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="The engine geant4 against an application in C++.")
    parser.add_argument("showers", type=Path, nargs="*", help="files of showers")
    parser.add_argument("-n", type=int, default=500, help="showers to simulate for each")
    parser.add_argument("--siw", type=int, default=300, help="showers of 10 GeV in silicon and tungsten")
    parser.add_argument("--physics", default="option0")
    parser.add_argument("--cut", type=float, default=0.7, help="production cut [mm]")
    parser.add_argument("--out", type=Path, default=Path("geant4_truth"), help="folder for the results")
    chosen = parser.parse_args(arguments)
    engine = Geant4Engine(physics=chosen.physics, cut_mm=chosen.cut)
    chosen.out.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {"engine": engine.provenance(), "detectors": {}}
    for path in chosen.showers:
        truth = reference(path)
        detector = load_detector(str(truth.showers.attributes["detector"]))
        made = simulated(detector, truth.showers, chosen.n, chosen.out, engine)
        results["detectors"][detector.name] = compare(detector, made, truth)
    if chosen.siw:
        results["silicon_tungsten"] = silicon_tungsten(chosen.siw, engine)
    engine.close()
    text = table(results)
    for name, content in {"json": json.dumps(results, indent=1), "md": text}.items():
        write_atomically(chosen.out / f"geant4_truth.{name}", partial(Path.write_text, data=content))
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
