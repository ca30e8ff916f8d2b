"""Speed and memory of everything that a user waits for, each against its limit.

    python benchmarks/speed.py
    python benchmarks/speed.py --checkpoint CKPT --par04 CKPT --pretrain-showers DIR --stream 1000000

Writes a table and speed.json. Nothing else should run on the machine; what is compared takes turns.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from timing.clock import Measurement

    from metacalo.geometry import Detector
    from metacalo.models import Generator

PARTS = ("start", "adapt", "generate", "stream", "pretrain")
_QUIET_LOAD = 0.7
_FIXTURES = Path(__file__).parents[1] / "tests" / "data"


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Speed and memory of metacalo, each against its limit.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--parts", default=",".join(PARTS), help="with commas between")
    add("--geometry", default="lhcb_ecal", help="detector to adapt to and generate for")
    add("--showers", type=Path, help="its full simulation; by default what its YAML names")
    add("--n-showers", type=int, default=300, help="to adapt to")
    add(
        "--checkpoint",
        help="field_vae to start from; by default the one that is shipped, or an untrained one",
    )
    add("--par04", help="par04_vae to generate with; by default an untrained one")
    add("--pretrain-showers", type=Path, default=_FIXTURES, help="folder of showers to pretrain on")
    add("--stream", type=int, default=50_000, metavar="N", help="showers to stream; a million take some 4 GB")
    add("--stream-from", type=Path, help=argparse.SUPPRESS)
    add("--threads", default="1,2", help="of torch, with commas between")
    add("--rounds", type=int, default=5, help="of what takes turns")
    add("--out", type=Path, default=Path("speed.json"), help="file for all figures")
    return parser.parse_args(arguments)


def measure(chosen: argparse.Namespace) -> tuple[list[Measurement], list[str]]:
    """Measure all parts that are asked for; return figures, and what to know about all of them."""
    from timing.commands import measure_adaptation, measure_answers
    from timing.generation import measure_generation
    from timing.pretraining import measure_pretraining, open_pools
    from timing.streaming import measure_streaming

    from metacalo.generation import AdaptedModel
    from metacalo.geometry import load_detector

    parts = chosen.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"expected --parts out of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    threads = [int(text) for text in chosen.threads.split(",")]
    detector = load_detector(chosen.geometry)
    notes: list[str] = []
    if os.getloadavg()[0] > _QUIET_LOAD:
        notes.append(
            "the machine was busy with other work, so that times are too long, most with many threads"
        )
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="metacalo-speed-") as name:
        folder = Path(name)
        checkpoint, field = _field_vae(chosen.checkpoint, folder, notes)
        if "start" in parts:
            found += measure_answers(chosen.rounds + 2)
        if "adapt" in parts:
            arguments = (chosen.geometry, chosen.showers, checkpoint, chosen.n_showers)
            for allowed in (None, 1):
                found += measure_adaptation(*arguments, folder / f"adapted-{allowed}", allowed)
        if "generate" in parts:
            generators = {"field_vae": field, "par04_vae": _par04_vae(chosen.par04, detector, notes)}
            found += measure_generation(generators, detector, threads, chosen.rounds)
        if "stream" in parts:
            AdaptedModel.of(field, detector).save(folder / "streaming")
            found += measure_streaming(folder / "streaming", chosen.stream)
        if "pretrain" in parts:
            found += measure_pretraining(open_pools(chosen.pretrain_showers), threads[0], chosen.rounds)
    return found, notes


def _field_vae(wanted: str | None, folder: Path, notes: list[str]) -> tuple[str, Generator]:
    """Return what to pass as --checkpoint, and its generator."""
    from metacalo.adaptation.run import DEFAULT_CHECKPOINT
    from metacalo.checkpoint import ModelInfo, bundled_models, load_model, save_model
    from metacalo.models import build_generator

    if wanted is None and DEFAULT_CHECKPOINT in bundled_models():
        wanted = DEFAULT_CHECKPOINT
    if wanted is not None:
        return wanted, load_model(wanted)[0]
    notes.append("the field_vae is untrained: no checkpoint was given and none is shipped")
    generator = build_generator({"family": "field_vae"}).eval()
    save_model(folder / "untrained", generator, ModelInfo.of(generator))
    return str(folder / "untrained"), generator


def _par04_vae(wanted: str | None, detector: Detector, notes: list[str]) -> Generator:
    from metacalo.checkpoint import load_model
    from metacalo.models import build_generator

    if wanted is not None:
        return load_model(wanted)[0]
    notes.append("the par04_vae is untrained, so that it hits every voxel: give --par04 for its true speed")
    return build_generator({"family": "par04_vae", "grid_shape": tuple(detector.grid.shape)}).eval()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a limit is missed."""
    chosen = parse(arguments)
    if chosen.stream_from is not None:
        from timing.streaming import stream

        print(json.dumps(stream(chosen.stream_from, chosen.stream)))
        return 0
    from rich.console import Console
    from timing.tables import as_json, as_table, machine

    found, notes = measure(chosen)
    chosen.out.write_text(as_json(found, notes), encoding="utf-8")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(as_table(found))
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()))
    for note in notes:
        console.print(f"Note: {note}.")
    return int(any(measurement.kept is False for measurement in found))


if __name__ == "__main__":
    sys.exit(main())
