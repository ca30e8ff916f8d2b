"""`metacalo generate`: showers of an adapted model into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def generate(
    model: Annotated[Path, typer.Option(help="Folder of an adapted model.")],
    out: Annotated[Path, typer.Option(help="File of showers to write, native HDF5.")],
    n: Annotated[int | None, typer.Option("-n", "--number", help="Number of showers.")] = None,
    energy: Annotated[
        str | None, typer.Option(help="Incident energy in GeV: 50, or 1:100 (even in its logarithm).")
    ] = None,
    theta: Annotated[
        str | None, typer.Option(help="Angle to the normal in degrees: 10, or 0:40 (even). 0 by default.")
    ] = None,
    conditions: Annotated[
        Path | None, typer.Option(help="File of showers whose energies and angles are taken, one for one.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same showers again; new ones without.")
    ] = None,
    batch: Annotated[int, typer.Option(help="Showers at a time.")] = 256,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Generate showers with an adapted model: -n with --energy, or --conditions."""
    from metacalo.cli.progress import count_bar
    from metacalo.device import chosen_device
    from metacalo.errors import SettingsError
    from metacalo.generation import Range, Request, generate_to_file, load
    from metacalo.generation.request import Conditioned, SameConditions, fresh_seed
    from metacalo.showers import open_showers

    torch_device = chosen_device(device)
    seed = fresh_seed() if seed is None else seed
    asked: Conditioned
    if conditions is not None:
        if n is not None or energy is not None or theta is not None:
            raise SettingsError(
                "expected either --conditions, or -n with --energy and --theta, got both; leave one out"
            )
        asked = SameConditions(open_showers(conditions, check_values=False))
    elif n is None or energy is None:
        raise SettingsError(
            "expected -n and --energy, or --conditions, got neither in full; "
            "write for example `-n 1000 --energy 1:100 --theta 0:40`"
        )
    else:
        asked = Request(
            n,
            Range.parse(energy, name="energy", unit="GeV"),
            Range.parse(theta or "0", name="theta", unit="degrees"),
            seed,
        )
    if batch < 1:
        raise SettingsError(f"expected a batch of at least 1 shower, got {batch}")
    adapted = load(model)
    with count_bar(len(asked), "showers") as bar:
        generate_to_file(
            adapted,
            asked,
            out,
            seed=seed,
            batch=batch,
            device=torch_device,
            on_batch=lambda made: bar.advance(bar.tasks[0].id, made),
        )
    energies, angles = asked.span()
    typer.echo(
        f"{len(asked):,} showers of {adapted.detector.name}, {energies} GeV, {angles} degrees, in {out} "
        f"(seed {seed})"
    )
