"""Every way to run one adapted model, from conditions in arrays to hits in arrays."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from metacalo.checkpoint import ModelInfo, load_model
from metacalo.export import export_onnx, export_torchscript, folded
from metacalo.export.torchscript import load_script
from metacalo.generation import AdaptedModel, load
from metacalo.geometry import load_detector
from metacalo.models import Conditions, build_generator
from metacalo.runtime import load as load_exported
from metacalo.runtime.noise import NoiseSource
from timing.clock import median_and_fastest, rounds

_DETECTOR = "lhcb_ecal"
_AT_A_TIME = 256
"""Showers that torch works on together, as in `metacalo generate`."""

_DRAWN_AT_A_TIME = 64
"""Rows of random numbers, as in `metacalo.runtime`."""

_IN_A_ROUND = {1: 20, 10: 3}
"""Size of a batch -> how often it is asked for in a round: the same again and again, as in an event loop."""

_SHORT_ROUNDS = {1: 10, 10: 10, 100: 3}
"""Size of a batch -> times as many rounds: short ones find the moments that other work leaves free."""

_START = """
import json, sys, time
import numpy, onnxruntime
from metacalo.runtime import load
def resident(key):
    text = open("/proc/self/status").read().split(key + ":")[1].split()[0]
    return int(text) / 1024
bare = resident("VmRSS")
times = []
for _ in range(5):
    begun = time.perf_counter()
    model = load(sys.argv[1])
    times.append(time.perf_counter() - begun)
    if _ == 0:
        model.sample(energy_gev=numpy.full(1000, 20.0), seed=1)
        peak = resident("VmHWM")
    del model
print(json.dumps({"load_ms": 1e3 * min(times), "peak_resident_MiB": peak, "of_it_imports_MiB": bare}))
"""

Task = Callable[[np.ndarray, np.ndarray], object]


@dataclass(frozen=True)
class Prepared:
    """What is to be measured.

    Attributes:
        folder: for the exported files.
        adapted: model.
        baseline: dense generator of the same detector.
        cpp: command of the C++ example, if there is one.
        threads: of everything.
        clock: that measures.
    """

    folder: Path
    adapted: AdaptedModel
    baseline: AdaptedModel
    cpp: str | None
    threads: int
    clock: Callable[[], float]

    @classmethod
    def of(cls, folder: Path, chosen: argparse.Namespace) -> Prepared:
        """Load, or make, the models; see the command line."""
        model, par04 = chosen.model, chosen.par04
        clock = time.process_time if chosen.clock == "cpu" else time.perf_counter
        if model is None:
            generator, info = load_model("default")
            adapted = AdaptedModel(generator, load_detector(_DETECTOR), info, (1.0, 100.0), (0.0, 40.0))
        else:
            adapted = load(model)
        shape = tuple(adapted.detector.grid.shape)
        if par04 is None:
            dense = build_generator({"family": "par04_vae", "grid_shape": shape}).eval()
        else:
            dense = load_model(par04)[0]
        ranges = (adapted.energy_range_gev, adapted.theta_range_deg)
        baseline = AdaptedModel(dense, adapted.detector, ModelInfo.of(dense), *ranges)
        return cls(folder, adapted, baseline, chosen.cpp, chosen.threads, clock)

    def path(self, precision: str) -> Path:
        """Return the ONNX file of a precision, written the first time."""
        place = self.folder / precision
        if not (place / "model.onnx").exists():
            export_onnx(self.adapted, place, precision=precision)
        return place / "model.onnx"


def measure(
    prepared: Prepared, engines: Sequence[str], batches: Sequence[int], n: int
) -> tuple[dict[str, dict[int, float]], list[str]]:
    """Time all engines in turns.

    Args:
        prepared: models.
        engines: names.
        batches: showers that are asked for at a time.
        n: number of rounds.

    Returns:
        Fastest time [ms per shower] by engine and batch, and what to know about them.
    """
    notes: list[str] = []
    before = torch.get_num_threads()
    torch.set_num_threads(prepared.threads)
    makers: dict[str, Callable[[Prepared], Task]] = {
        "torch": _torch,
        "torch.compile": _compiled,
        "TorchScript": _torchscript,
        "ONNX Runtime": partial(_onnx, precision="fp32"),
        "ONNX Runtime fp16": partial(_onnx, precision="fp16"),
        "ONNX Runtime int8": partial(_onnx, precision="int8"),
        "random numbers alone": _random_numbers,
        "par04_vae in torch": _baseline,
    }
    tasks: dict[str, Task] = {}
    for name in engines:
        if name not in makers:
            continue
        try:
            made = makers[name](prepared)
            made(*_conditions(prepared, 3))
        except Exception as error:  # an engine that is not here is left out, and said
            notes.append(f"{name} is left out: {type(error).__name__}: {str(error).splitlines()[0][:150]}")
            continue
        tasks[name] = made
    figures: dict[str, dict[int, float]] = {name: {} for name in engines if name in tasks}
    try:
        for batch in batches:
            given = _conditions(prepared, batch)
            often = _IN_A_ROUND.get(batch, 1)
            turns = {name: partial(_repeat, task, given, often) for name, task in tasks.items()}
            for name, times in rounds(turns, n * _SHORT_ROUNDS.get(batch, 1), prepared.clock).items():
                figures[name][batch] = median_and_fastest(times, 1e3 / (batch * often))[1]
    finally:
        torch.set_num_threads(before)
    if "C++" in engines and prepared.cpp:
        try:
            figures["C++"] = _cpp(prepared)
        except (OSError, subprocess.CalledProcessError) as error:
            notes.append(f"C++ is left out: {error}")
    return figures, notes


def measure_start(model: Path) -> dict[str, float]:
    """Return ms that a load takes, and resident memory [MiB] after 1,000 showers, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _START, str(model)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _conditions(prepared: Prepared, n: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(n)
    low, high = np.log(prepared.adapted.energy_range_gev)
    least, most = np.radians(prepared.adapted.theta_range_deg)
    # evenly spread, so that every size of a batch has showers of the same energies
    energy = np.exp(low + (high - low) * random.permutation((np.arange(n) + 0.5) / n))
    return energy.astype(np.float32), random.uniform(least, most, n).astype(np.float32)


def _repeat(task: Task, given: tuple[np.ndarray, np.ndarray], times: int) -> None:
    for _ in range(times):
        task(*given)


def _in_parts(sampled: Callable[[Any, Any], Any]) -> Task:
    def task(energy: np.ndarray, theta: np.ndarray) -> None:
        with torch.inference_mode():
            for start in range(0, len(energy), _AT_A_TIME):
                part = slice(start, start + _AT_A_TIME)
                sampled(torch.from_numpy(energy[part]), torch.from_numpy(theta[part]))

    return task


def _torch(prepared: Prepared) -> Task:
    sample = prepared.adapted.generator.folded(prepared.adapted.detector)
    noise = torch.Generator().manual_seed(1)
    return _in_parts(lambda energy, theta: sample(Conditions(energy, theta), noise))


def _baseline(prepared: Prepared) -> Task:
    sample = prepared.baseline.generator.folded(prepared.baseline.detector)
    noise = torch.Generator().manual_seed(1)
    return _in_parts(lambda energy, theta: sample(Conditions(energy, theta), noise))


def _compiled(prepared: Prepared) -> Task:
    model = folded(prepared.adapted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = torch.compile(model, dynamic=True)
        noise = torch.Generator().manual_seed(1)
        task = _in_parts(
            lambda energy, theta: compiled(
                energy, theta, torch.randn(len(energy), model.n_noise, generator=noise)
            )
        )
        for n in (1, 2, 100):  # sizes of one are compiled apart
            task(*_conditions(prepared, n))
    return task


def _torchscript(prepared: Prepared) -> Task:
    model = load_script(export_torchscript(prepared.adapted, prepared.folder).path)
    n_noise = folded(prepared.adapted).n_noise
    noise = torch.Generator().manual_seed(1)
    return _in_parts(
        lambda energy, theta: model(energy, theta, torch.randn(len(energy), n_noise, generator=noise))
    )


def _onnx(prepared: Prepared, precision: str) -> Task:
    model = load_exported(prepared.path(precision), threads=prepared.threads)
    return lambda energy, theta: model.sample(energy_gev=energy, theta_rad=theta, seed=1)


def _random_numbers(prepared: Prepared) -> Task:
    """The floor under all of them in NumPy: what `metacalo.runtime` draws, and nothing made of it."""
    known = load_exported(prepared.path("fp32")).description
    source = NoiseSource(known.n_noise, known.n_fine_noise)

    def task(energy: np.ndarray, _: np.ndarray) -> None:
        for start in range(0, len(energy), _DRAWN_AT_A_TIME):
            source.rows(1, start, min(_DRAWN_AT_A_TIME, len(energy) - start))

    return task


def _cpp(prepared: Prepared) -> dict[int, float]:
    """Return what the C++ example's own benchmark measures, in batches of its own choice."""
    command = [*shlex.split(str(prepared.cpp)), str(prepared.path("fp32")), "--benchmark"]
    command += ["--threads", str(prepared.threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    key = "cpu_ms_per_shower" if prepared.clock is time.process_time else "ms_per_shower"
    return {int(batch): float(ms) for batch, ms in found[key].items()}
