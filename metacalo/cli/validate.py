"""`metacalo validate`: generated showers beside full simulation, in figures, a report and plots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

NOT_GOOD_ENOUGH = 3
"""Exit code of a validation with a verdict that --fail-on names."""

FAILING = {"poor": ("poor",), "fair": ("fair", "poor")}


def validate(
    reference: Annotated[Path, typer.Option(help="File of full simulation, native HDF5.")],
    generated: Annotated[
        list[Path],
        typer.Option(help="File of generated showers; may be repeated, the first is judged first."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for metrics.json, report.html and plots.")],
    baseline: Annotated[
        list[Path] | None, typer.Option(help="File of other showers to stand beside; may be repeated.")
    ] = None,
    geometry: Annotated[
        str | None,
        typer.Option(
            help="Detector: a YAML file, or a name of `geometry list`.",
            show_default="that which the reference names, else none",
        ),
    ] = None,
    floor: Annotated[
        Path | None,
        typer.Option(
            help="Other showers of full simulation, to be compared with the reference as the generated are.",
            show_default="halves of the reference",
        ),
    ] = None,
    training: Annotated[
        Path | None, typer.Option(help="Showers that the generator was trained on: are they copied?")
    ] = None,
    energy_bins: Annotated[
        str | None, typer.Option(help="Bins of incident energy in GeV, as 1:5,5:20,20:100.")
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(help="Name of a generated file or baseline, in their order.", show_default="file name"),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Seconds: 2,000 showers at most, no networks.")
    ] = False,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Hours on a CPU: the networks of the CaloChallenge, all showers."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of halves, bootstrap and networks.")] = 0,
    device: Annotated[str, typer.Option(help="For networks: auto, cpu or cuda.")] = "auto",
    fail_on: Annotated[
        str | None, typer.Option(help="poor or fair: exit with code 3 if a verdict is that or worse.")
    ] = None,
) -> None:
    """Compare generated showers with full simulation: figures with errors, verdicts, report, plots."""
    import shlex
    import sys

    from metacalo.cli.verdict import print_validation
    from metacalo.device import chosen_device
    from metacalo.errors import SettingsError
    from metacalo.geometry import load_detector
    from metacalo.validation import Scope
    from metacalo.validation import validate as run

    if quick and thorough:
        raise SettingsError("expected --quick or --thorough, got both; leave one out")
    if fail_on is not None and fail_on not in FAILING:
        raise SettingsError(f"expected --fail-on {' or '.join(FAILING)}, got {fail_on!r}")
    edges = None if energy_bins is None else _edges(energy_bins)
    place = str(chosen_device(device))
    with _stages() as on_stage:
        validation = run(
            reference,
            generated,
            out,
            baselines=baseline or (),
            floor=floor,
            training=training,
            detector=None if geometry is None else load_detector(geometry),
            labels=label or (),
            energy_edges_gev=edges,
            scope=Scope.named("quick" if quick else "thorough" if thorough else "standard"),
            seed=seed,
            device=place,
            command=shlex.join(["metacalo", *sys.argv[1:]]),
            on_stage=on_stage,
        )
    print_validation(validation)
    failing = FAILING[fail_on] if fail_on else ()
    lights = {row.light.value for name in validation.judged for row in validation.tables[name].rows}
    if lights & set(failing):
        raise typer.Exit(NOT_GOOD_ENOUGH)


def _edges(text: str) -> list[float]:
    """Edges of bins written as 1:5,5:20,20:100, each of which begins where the one before it ends."""
    from itertools import pairwise

    from metacalo.errors import SettingsError

    wrong = SettingsError(
        "expected bins of incident energy in GeV, each beginning where the one before it ends, got "
        f"{text!r}; write for example --energy-bins 1:5,5:20,20:100"
    )
    try:
        bins = [[float(edge) for edge in part.split(":")] for part in text.split(",")]
    except ValueError:
        raise wrong from None
    if any(len(ends) != 2 for ends in bins):
        raise wrong
    if any(before[1] != after[0] for before, after in pairwise(bins)):
        raise wrong
    return [bins[0][0], *(ends[1] for ends in bins)]


@contextmanager
def _stages() -> Iterator[Callable[[str], object]]:
    """Show what is being done and for how long, on standard error; plain lines where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        said: set[str] = set()

        def say(stage: str) -> None:
            # Of the many figures of a sample only the sample is worth a line.
            sample = stage.partition(": ")[0]
            if sample not in said:
                said.add(sample)
                console.print(f"{sample} ...", markup=False, highlight=False, soft_wrap=True)

        yield say
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda stage: progress.update(task, description=stage)
