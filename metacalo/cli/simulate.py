"""`metacalo simulate`: showers of a detector that has none yet, by an engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from metacalo.geometry import Detector
    from metacalo.showers import Showers
    from metacalo.showers.incident import Range


def simulate(
    out: Annotated[Path, typer.Option(help="File of showers to write; with --random-detectors a folder.")],
    n: Annotated[int, typer.Option("-n", "--number", help="Number of showers (of each detector).")],
    geometry: Annotated[
        str | None, typer.Option(help="Detector: a YAML file, or a name of `geometry list`.")
    ] = None,
    random_detectors: Annotated[
        int | None,
        typer.Option(help="Instead of --geometry: so many detectors drawn at random, to pretrain on."),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="parametric (at once, always there) or geant4 (an extra, the truth).")
    ] = "parametric",
    energy: Annotated[
        str | None,
        typer.Option(
            help="Incident energy in GeV: 50, or 1:100 (even in its logarithm). By default the detector's."
        ),
    ] = None,
    theta: Annotated[
        str | None,
        typer.Option(
            help="Angle to the normal in degrees: 10, or 0:40 (even). By default the detector's range."
        ),
    ] = None,
    particle: Annotated[str, typer.Option(help="e-, e+ or gamma.")] = "e-",
    workers: Annotated[
        str, typer.Option(help="Processes: a number, or auto for one per processor. Results do not change.")
    ] = "auto",
    seed: Annotated[
        int | None,
        typer.Option(
            help="The same seed gives the same showers again. Without it one is drawn and printed (with "
            "--random-detectors it is 0); an interrupted run goes on with its own."
        ),
    ] = None,
    deposits: Annotated[
        bool,
        typer.Option("--deposits", help="Also write the deposits in detector coordinates, OUT.deposits.h5."),
    ] = False,
    cut: Annotated[float | None, typer.Option(help="geant4: production cut as a range in mm.")] = None,
    physics: Annotated[
        str | None, typer.Option(help="geant4: option0 to option4 of the EM physics, or FTFP_BERT.")
    ] = None,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart",
            help="Begin again: replace other showers in --out, and throw away what an interrupted run left "
            "beside it.",
        ),
    ] = False,
) -> None:
    """Simulate showers of a detector.

    An interrupted run leaves its finished part beside --out; the same command goes on with it. A file that
    holds the showers already is left as it is, and one that holds others is not replaced without --restart.
    """
    import warnings

    from metacalo.cli.progress import count_bar, with_rate
    from metacalo.errors import MetacaloWarning, SettingsError
    from metacalo.geometry import load_detector
    from metacalo.showers import open_showers
    from metacalo.showers.origin import STAND_IN_MARK
    from metacalo.simulation import Job, simulate_to_file
    from metacalo.simulation import engine as engine_named
    from metacalo.simulation.particles import checked_species
    from metacalo.simulation.random_detectors import random_detector
    from metacalo.simulation.random_set import random_job, simulate_random_detectors
    from metacalo.simulation.registry import SHOWERS_PER_SHARD
    from metacalo.simulation.run import already_there, checked_workers
    from metacalo.simulation.shards import parts_folder

    if (geometry is None) == (random_detectors is None):
        raise SettingsError(
            "expected either --geometry or --random-detectors, got "
            f"{'neither' if geometry is None else 'both'}; name the detector to simulate"
        )
    processes = checked_workers(workers)
    chosen = engine_named(engine, cut_mm=cut, physics=physics)
    detector = random_detector(0) if geometry is None else load_detector(geometry)
    chosen_seed, drawn = (seed or 0, False) if seed is not None or geometry is None else _seed(out, restart)
    job = Job(
        detector=detector,
        engine=chosen,
        n=n,
        energy_gev=_range(energy, "energy", "GeV", detector.energy_range_gev),
        theta_deg=_range(theta, "theta", "degrees", detector.theta_range_deg),
        species=checked_species(particle),
        seed=chosen_seed,
        per_shard=SHOWERS_PER_SHARD[chosen.name],
        deposits=deposits,
    )
    total = n * (random_detectors or 1)
    if random_detectors is None:
        if not restart and already_there(job, out):
            typer.echo(
                f"already there: {n:,} showers of {detector.name} in {out} (seed {job.seed}); nothing was "
                "done. For others give another --seed and --out, or --restart"
            )
            return
        doubt = job.doubt_of_ranges()
        if doubt is not None:
            warnings.warn(doubt, MetacaloWarning, stacklevel=1)
        if drawn:
            typer.echo(
                f"seed {job.seed}, drawn at random: --seed {job.seed} gives these showers again", err=True
            )
    kept = 0
    try:
        with count_bar(total, "showers") as bar:
            advance = with_rate(bar, "showers")

            def done(number: int) -> None:
                nonlocal kept
                kept += number
                advance(number)

            if random_detectors is None:
                simulate_to_file(job, out, workers=processes, restart=restart, on_done=done)
            else:
                simulate_random_detectors(
                    lambda number: random_job(number, job),
                    random_detectors,
                    out,
                    workers=1 if chosen.name == "parametric" else processes,
                    replace=restart,
                    on_done=done,
                )
    except KeyboardInterrupt:
        place, but = parts_folder(out), " without --restart" if restart else ""
        if random_detectors is not None:  # detectors are kept whole
            place, but, kept = out, "", kept - kept % n
        typer.echo(
            f"interrupted: {kept:,} of {total:,} showers are kept in {place}; the same command{but} goes on "
            f"(seed {job.seed})",
            err=True,
        )
        raise
    of = detector.name if random_detectors is None else f"{random_detectors} random detectors"
    stand_in = chosen.provenance().get(STAND_IN_MARK) is True
    label = f"{chosen.name} on stand-in data, for tests only" if stand_in else chosen.name
    if random_detectors is None:
        _print_summary(detector, open_showers(out, detector=detector, check_values=False), label)
    typer.echo(
        f"{total:,} showers of {of}, {particle}, {job.energy_gev} GeV, {job.theta_deg} degrees, engine "
        f"{label}, in {out} (seed {job.seed})"
    )


def _range(text: str | None, name: str, unit: str, default: tuple[float, float]) -> Range:
    from metacalo.showers.incident import Range

    return Range(*default) if text is None else Range.parse(text, name=name, unit=unit)


def _seed(out: Path, restart: bool) -> tuple[int, bool]:
    """Return the seed of what an earlier run left, or a new one, and whether it is new."""
    from metacalo.showers.incident import fresh_seed
    from metacalo.simulation.shards import earlier_seed

    earlier = None if restart else earlier_seed(out)
    return (fresh_seed(), True) if earlier is None else (earlier, False)


def _print_summary(detector: Detector, showers: Showers, engine: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from metacalo.simulation.summary import summary

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(detector.name, no_wrap=True)
    table.add_column(Text(engine), justify="right")
    table.add_column("", no_wrap=True)
    for line in summary(detector, showers):
        table.add_row(*map(Text, line))
    console = Console()
    console.width = max(
        console.width, console.measure(table, options=console.options.update(max_width=1000)).maximum
    )
    console.print(table)
