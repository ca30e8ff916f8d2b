"""Throughput of the ways to pretrain, in turns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch

from metacalo.geometry import load_detector
from metacalo.meta import Pool, PretrainSettings, initial_generator
from metacalo.meta.outer import OuterLoop
from metacalo.showers import concatenate, open_showers
from timing.clock import Measurement, median_and_fastest, rounds

METHODS = ("maml", "fomaml", "joint")
_FEWEST = 200


def open_pools(folder: Path) -> list[Pool]:
    """Read every file of showers in a folder, of whatever detector it names.

    A file of few showers is repeated until tasks can be drawn from it; that changes no time.

    Raises:
        FileNotFoundError: there is none.
        MetacaloError: one is damaged, or of an unknown detector.
    """
    pools = []
    for path in sorted(folder.glob("*.h5")):
        showers = open_showers(path)
        detector = load_detector(str(showers.attributes["detector"]))
        repeated = concatenate([showers.load()] * max(1, -(-_FEWEST // len(showers))))
        pools.append(Pool(detector, repeated))
    if not pools:
        raise FileNotFoundError(f"expected files of showers in {folder}, got none")
    return pools


def measure_pretraining(pools: Sequence[Pool], threads: int, n: int) -> list[Measurement]:
    """Time steps of the outer loop, each method with its usual settings.

    Args:
        pools: showers of the detectors.
        threads: of torch.
        n: number of rounds; each is as many steps as there are pools.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        loops = {}
        for method in METHODS:
            settings = PretrainSettings.from_mapping({"method": method})
            loops[method] = OuterLoop(initial_generator({"family": "field_vae"}, settings), pools, settings)
        steps = len(pools)
        seconds = rounds({method: partial(_advance, loop, steps) for method, loop in loops.items()}, n)
    finally:
        torch.set_num_threads(before)
    found = []
    hits = sum(pool.hits_per_shower for pool in pools) / len(pools)
    for method, loop in loops.items():
        showers = loop.settings.showers_per_step * steps
        median, fastest = (showers / s for s in median_and_fastest(seconds[method]))
        note = (
            f"{loop.settings.showers_per_step} showers a step, {hits:.0f} hits a shower, {threads} thread(s)"
        )
        found.append(Measurement("pretrain", method, median, "showers/s", note=note, fastest=fastest))
    return found


def _advance(loop: OuterLoop, steps: int) -> None:
    for _ in range(steps):
        loop.advance()
