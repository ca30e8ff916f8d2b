"""`metacalo generate`: showers of an adapted model into a file, or onto the cells of its detector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metacalo.cli import readout_options as options

if TYPE_CHECKING:
    import torch

    from metacalo.generation import AdaptedModel
    from metacalo.generation.request import Conditioned


def generate(
    model: Annotated[Path, typer.Option(help="Folder of an adapted model.")],
    out: Annotated[
        Path | None,
        typer.Option(help="File of showers to write, native HDF5; may be left out with --readout."),
    ] = None,
    n: Annotated[int | None, typer.Option("-n", "--number", help="Number of showers.")] = None,
    energy: Annotated[
        str | None, typer.Option(help="Incident energy in GeV: 50, or 1:100 (even in its logarithm).")
    ] = None,
    theta: Annotated[
        str | None,
        typer.Option(
            help="Angle to the normal in degrees: 10, or 0:40 (even), or with --readout `pointing`, from the "
            "detector's origin. 0 by default."
        ),
    ] = None,
    conditions: Annotated[
        Path | None, typer.Option(help="File of showers whose energies and angles are taken, one for one.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same showers again; new ones without.")
    ] = None,
    batch: Annotated[int, typer.Option(help="Showers at a time.")] = 256,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    readout: Annotated[
        Path | None,
        typer.Option(help="File of events on the readout cells to write: .root, .parquet or .h5."),
    ] = None,
    geometry: Annotated[
        str | None, typer.Option(help="Detector with the readout, if not the one that the model knows.")
    ] = None,
    position: options.Position = None,
    positions: options.Positions = None,
    scan: options.Scan = None,
    sampling: options.Sampling = False,
    layout: options.LayoutOption = None,
    collection: options.Collection = None,
) -> None:
    """Generate showers with an adapted model: -n with --energy, or --conditions."""
    from metacalo.cli.progress import count_bar, with_rate
    from metacalo.device import chosen_device
    from metacalo.errors import SettingsError
    from metacalo.generation import generate_to_file, load
    from metacalo.showers.incident import fresh_seed

    torch_device = chosen_device(device)
    seed = fresh_seed() if seed is None else seed
    if out is None and readout is None:
        raise SettingsError(
            "expected --out FILE.h5 for showers on the grid, or --readout FILE for events on cells, "
            "got neither; add one of them"
        )
    wanted = options.Wanted(
        position=position,
        positions=positions,
        scan=scan,
        sampling=sampling,
        layout=layout,
        collection=collection,
    )
    if readout is None and (wanted != options.Wanted() or geometry is not None):
        raise SettingsError(
            "expected --readout FILE with options of the readout, got them without; add it or leave them out"
        )
    points = theta == _POINTING and readout is not None
    asked = _asked(n, energy, None if points else theta, conditions, seed)
    if batch < 1:
        raise SettingsError(f"expected a batch of at least 1 shower, got {batch}")
    adapted = load(model)
    how: dict[str, Any] = {"seed": seed, "batch": batch, "device": torch_device}
    if readout is not None:
        _onto_cells(adapted, asked, readout, out, wanted, geometry, points=points, **how)
    elif out is not None:
        with count_bar(len(asked), "showers") as bar:
            generate_to_file(adapted, asked, out, on_batch=with_rate(bar, "showers"), **how)
        _print_showers(adapted, asked, out, seed)


_POINTING = "pointing"


def _asked(
    n: int | None, energy: str | None, theta: str | None, conditions: Path | None, seed: int
) -> Conditioned:
    """Return the incident particles that the options describe."""
    from metacalo.errors import SettingsError
    from metacalo.generation import Range, Request
    from metacalo.generation.request import SameConditions
    from metacalo.showers import open_showers

    if conditions is not None:
        if n is not None or energy is not None or theta is not None:
            raise SettingsError(
                "expected either --conditions, or -n with --energy and --theta, got both; leave one out"
            )
        return SameConditions(open_showers(conditions, check_values=False))
    if n is None or energy is None:
        raise SettingsError(
            "expected -n and --energy, or --conditions, got neither in full; "
            "write for example `-n 1000 --energy 1:100 --theta 0:40`"
        )
    return Request(
        n,
        Range.parse(energy, name="energy", unit="GeV"),
        Range.parse(theta or "0", name="theta", unit="degrees"),
        seed,
    )


def _onto_cells(
    adapted: AdaptedModel,
    asked: Conditioned,
    path: Path,
    showers_path: Path | None,
    wanted: options.Wanted,
    geometry: str | None,
    *,
    points: bool,
    seed: int,
    batch: int,
    device: torch.device,
) -> None:
    from metacalo.cli.progress import count_bar, with_rate
    from metacalo.generation.onto_cells import generate_onto_cells, pointing_conditions
    from metacalo.readout.formats import chosen_layout

    chosen_layout(path, wanted.layout)
    cells = options.Cells.of(adapted.detector, geometry)
    entries = wanted.entries(cells.readout, len(asked), seed)
    if points:
        asked = pointing_conditions(asked, cells.readout, entries)
    metadata = wanted.metadata(cells, seed=seed, electronics=None)
    with count_bar(len(asked), "showers") as bar:
        balance = generate_onto_cells(
            adapted,
            asked,
            cells.readout,
            entries,
            path,
            metadata,
            showers_path=showers_path,
            seed=seed,
            layout=wanted.layout,
            sampling=wanted.sampling,
            batch=batch,
            device=device,
            on_batch=with_rate(bar, "showers"),
        )
    if showers_path is not None:
        _print_showers(adapted, asked, showers_path, seed)
    options.print_balance(balance, adapted.detector, path, seed)


def _print_showers(adapted: AdaptedModel, asked: Conditioned, path: Path, seed: int) -> None:
    energies, angles = asked.span()
    typer.echo(
        f"{len(asked):,} showers of {adapted.detector.name}, {energies} GeV, {angles} degrees, in {path} "
        f"(seed {seed})"
    )
