"""Milliseconds a shower, for the default generator and the baseline in turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import torch

from metacalo.generation import AdaptedModel, Range, Request
from metacalo.geometry import Detector
from metacalo.models import Generator
from timing.clock import Measurement, median_and_fastest, rounds

_BATCHES = {1: 24, 16: 4, 256: 1}
"""Size of a batch -> batches in a round."""

_LIMIT_MS = {1: 4.0, 256: 1.0}
_LIMITED = "field_vae"


def conditions(detector: Detector, n: int) -> Request:
    """Ask for n showers of all energies and angles of a detector."""
    return Request(n, Range(*detector.energy_range_gev), Range(*detector.theta_range_deg))


def measure_generation(
    generators: Mapping[str, Generator], detector: Detector, threads: Sequence[int], n: int
) -> list[Measurement]:
    """Time generation into memory, conditions and sparse showers included.

    Args:
        generators: by name.
        detector: to make showers of.
        threads: numbers of threads of torch.
        n: number of rounds.
    """
    models = {name: AdaptedModel.of(generator, detector) for name, generator in generators.items()}
    before = torch.get_num_threads()
    try:
        seconds = rounds(
            {
                (size, count, name): _round(models[name], size, count)
                for size, count, name in product(_BATCHES, threads, models)
            },
            n,
        )
    finally:
        torch.set_num_threads(before)
    found = []
    for (size, count, name), times in seconds.items():
        median, fastest = median_and_fastest(times, 1e3 / (size * _BATCHES[size]))
        limit = _LIMIT_MS.get(size) if name == _LIMITED else None
        what = f"{name}, batch {size}, {count} thread{'s' if count > 1 else ''}"
        found.append(Measurement("generate", what, median, "ms/shower", limit, fastest=fastest))
    return found


def _round(model: AdaptedModel, size: int, threads: int) -> Callable[[], object]:
    asked = conditions(model.detector, size * _BATCHES[size])

    def once() -> None:
        torch.set_num_threads(threads)
        for _ in model.stream(asked, batch=size):
            pass

    return once
