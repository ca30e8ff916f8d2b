"""`metacalo benchmark`: comparisons that anyone can run again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Comparisons of methods, which anyone can run again.", no_args_is_help=True)


@app.command()
def meta(
    out: Annotated[Path, typer.Option(help="Folder for models, results and report.")],
    showers: Annotated[
        Path | None, typer.Option(help="Folder with the full simulation of each detector as NAME.h5.")
    ] = None,
    tune: Annotated[
        int | None, typer.Option(help="Only try so many settings of each learner; the best go to tuned.json.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Only write the report of the results in --out.")
    ] = False,
    detectors: Annotated[
        str | None,
        typer.Option(help="Names with commas between; two at a time are held out, the first two together."),
    ] = None,
    learners: Annotated[
        str | None, typer.Option(help="joint, reptile, fomaml, anil, maml, meta_sgd, with commas between.")
    ] = None,
    support: Annotated[
        str | None, typer.Option(help="Numbers of support showers, with commas between.")
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="With commas between.")] = None,
    start_steps: Annotated[
        int | None, typer.Option(help="Steps of the joint training that all learners of a fold start from.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="CPU seconds that each learner then has.")] = None,
    tune_budget: Annotated[float | None, typer.Option(help="CPU seconds of each try of the tuning.")] = None,
    other: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other setting of the comparison as NAME=VALUE; may be repeated."),
    ] = None,
    shard: Annotated[str, typer.Option(help="I/K: do only every K-th fold, from the I-th.")] = "0/1",
    threads: Annotated[int, typer.Option(help="Of torch and of the classifier.")] = 1,
) -> None:
    """Compare meta-learners, and plain joint training, on detectors that they were not trained on.

    What is done is not done again: the same command goes on where it was stopped.
    """
    from metacalo.errors import SettingsError

    if report:
        from metacalo.benchmark.report import write_report

        typer.echo(f"{write_report(out)}")
        return
    if showers is None:
        raise SettingsError("expected --showers with a folder, or --report, got neither; give one of them")
    import os

    # before scikit-learn is imported, which reads it then
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import torch

    from metacalo.benchmark.report import write_report
    from metacalo.benchmark.run import run_rotation
    from metacalo.benchmark.settings import RotationSettings
    from metacalo.benchmark.showers import Library
    from metacalo.benchmark.tuning import tune as run_tuning
    from metacalo.meta.sources import assigned

    torch.set_num_threads(threads)
    given: dict[str, object] = {
        "detectors": None if detectors is None else tuple(detectors.split(",")),
        "learners": None if learners is None else tuple(learners.split(",")),
        "support": None if support is None else support.split(","),
        "seeds": None if seeds is None else seeds.split(","),
        "start_steps": start_steps,
        "budget_s": budget,
        "tune_budget_s": tune_budget,
    }
    named = {name: value for name, value in given.items() if value is not None}
    settings = RotationSettings.from_mapping({**named, **assigned(other or ())})
    parts = shard.partition("/")
    if not (parts[0].isdecimal() and parts[2].isdecimal()):
        raise SettingsError(f"expected a shard I/K, got {shard!r}; write for example 0/2")
    library = Library(showers, settings)

    if tune is not None:
        run_tuning(library, out, settings, tune, say=_say)
        return
    failed = run_rotation(library, out, settings, shard=(int(parts[0]), int(parts[2])), say=_say)
    if failed:
        raise typer.Exit(1)
    typer.echo(write_report(out))


def _say(message: str) -> None:
    """Print a line at once, also into a file."""
    typer.echo(message)
    sys.stdout.flush()
