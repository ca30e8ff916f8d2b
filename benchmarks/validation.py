"""Time and peak memory of `metacalo validate`, each against its limit, as a table in Markdown.

    python benchmarks/validation.py
    python benchmarks/validation.py --showers FULL.h5 --sizes 1000,10000 --scopes quick,standard

FULL.h5 (by default the showers that come with lhcb_ecal) is repeated, with every deposit smeared, until there
are as many showers as wanted; half of them stand for generated ones. CPU time is given beside the time that
passed, as it says more on a machine that does other things too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metacalo.showers import Showers

LIMITS_S = {"quick": 20.0, "standard": 300.0, "no classifiers": 60.0}
"""Seconds for 10,000 against 10,000 showers on two free cores."""

LIMIT_MIB = 4096.0
_SMEARING = 0.05
_QUIET_LOAD = 0.7


@dataclass(frozen=True)
class Run:
    """One validation.

    Attributes:
        scope: of it.
        n: showers of each kind that were compared.
        seconds: that passed.
        cpu_seconds: of all threads.
        peak_mib: largest resident memory [MiB].
    """

    scope: str
    n: int
    seconds: float
    cpu_seconds: float
    peak_mib: float


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Time and memory of metacalo validate.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--showers", type=Path, help="full simulation; by default that which comes with lhcb_ecal")
    add("--sizes", default="1000,10000", help="showers of each kind, with commas between")
    add("--scopes", default="quick,no classifiers,standard", help="with commas between")
    add("--threads", type=int, default=2, help="of linear algebra and torch")
    add("--figures-only", metavar="FOLDER", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def enlarged(showers: Showers, n: int, seed: int) -> Showers:
    """So many showers: the given ones again and again, with every deposit smeared by five per cent."""
    import numpy as np

    from metacalo.showers import Showers

    rng = np.random.default_rng(seed)
    chosen = showers[np.sort(rng.integers(len(showers), size=n))]
    return Showers(
        grid=chosen.grid,
        incident_energy_gev=chosen.incident_energy_gev * rng.uniform(0.999, 1.0, n),
        theta_rad=chosen.theta_rad,
        offsets=chosen.offsets,
        voxels=chosen.voxels,
        energies_mev=np.asarray(chosen.energies_mev)
        * np.maximum(rng.normal(1.0, _SMEARING, int(chosen.offsets[-1])), 0.1),
        attributes=chosen.attributes,
    )


def without_classifiers(folder: Path) -> None:
    """Compare the files of a folder in everything but classifiers and regressors, floor included."""
    from dataclasses import replace

    from metacalo.showers import open_showers
    from metacalo.validation import STANDARD, assess_samples
    from metacalo.validation.samples import detector_of

    full, fast, other = (open_showers(folder / f"{name}.h5").load() for name in ("full", "fast", "other"))
    scope = replace(STANDARD, trees=False, networks=False, regression=False)
    assess_samples(full, {"fast": fast}, detector_of(full), floor=other, scope=scope)


def measure(folder: Path, scope: str, n: int, threads: int) -> Run:
    """Run a validation in a process of its own."""
    from timing.clock import run_child

    files = {name: str(folder / f"{name}.h5") for name in ("full", "fast", "other")}
    command = [
        sys.executable, "-c", "from metacalo.cli import main; main()", "validate", "--device", "cpu",
        "--reference", files["full"], "--generated", files["fast"], "--floor", files["other"],
        "--out", str(folder / f"{scope} {n}"),
    ]  # fmt: skip
    if scope == "quick":
        command.append("--quick")
    if scope == "no classifiers":
        command = [sys.executable, __file__, "--figures-only", str(folder)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = run_child(command, {"OMP_NUM_THREADS": str(threads)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(scope, n, child.seconds, cpu, child.peak_mib)


def table(runs: Sequence[Run]) -> str:
    """The runs as a table in Markdown."""
    rows = [
        "| Scope | Showers | Time | CPU time | Peak memory |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {run.scope} | {run.n:,} against {run.n:,} | {run.seconds:.0f} s | {run.cpu_seconds:.0f} s | "
            f"{run.peak_mib / 1024:.2f} GiB |"
            for run in runs
        ),
    ]
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a limit is missed at 10,000 showers."""
    chosen = parse(arguments)
    if chosen.figures_only is not None:
        without_classifiers(chosen.figures_only)
        return 0
    from metacalo.geometry import load_detector
    from metacalo.showers import open_showers, write_showers

    source = open_showers(chosen.showers or load_detector("lhcb_ecal").showers or "").load()
    runs = []
    busy = os.getloadavg()[0] > _QUIET_LOAD
    for n in (int(text) for text in chosen.sizes.split(",")):
        with tempfile.TemporaryDirectory(prefix="metacalo-validation-") as name:
            folder = Path(name)
            for seed, kind in enumerate(("full", "fast", "other")):
                write_showers(folder / f"{kind}.h5", enlarged(source, n, seed))
            for scope in chosen.scopes.split(","):
                runs.append(measure(folder, scope, n, chosen.threads))
                print(json.dumps(vars(runs[-1])), file=sys.stderr, flush=True)
    print(table(runs))
    if busy:
        print("\nThe machine was busy with other work, so that the time that passed is too long.")
    late = [run for run in runs if run.n >= 10_000 and run.seconds > LIMITS_S.get(run.scope, float("inf"))]
    return int(bool(late) or any(run.peak_mib > LIMIT_MIB for run in runs))


if __name__ == "__main__":
    sys.exit(main())
