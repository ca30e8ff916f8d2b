"""`metacalo show`: a picture of an event on the cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def show(
    events: Annotated[Path, typer.Argument(help="File of events: .root, .parquet or .h5.")],
    event: Annotated[int, typer.Option(help="Number of the event in the file, from 0.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Picture to write: .png, .svg or .pdf; EVENTS_K.png by default.")
    ] = None,
    geometry: Annotated[
        str | None, typer.Option(help="Detector with the readout, if not the one that the file tells.")
    ] = None,
) -> None:
    """Draw an event on the readout cells, coloured by energy."""
    from metacalo.geometry import Detector
    from metacalo.readout.building import load_readout, readout_of
    from metacalo.readout.event_display import save_event_picture
    from metacalo.readout.formats import open_events
    from metacalo.readout.shown_event import event_of

    picture = out or Path(f"{events.stem}_{event}.png")
    with open_events(events) as file:
        if geometry is not None:
            readout = load_readout(geometry)
        else:
            readout = readout_of(Detector.from_dict(file.metadata.detector, source=f"detector of {events}"))
        drawn = event_of(file, event, readout)
    save_event_picture(drawn, picture)
    typer.echo(f"{drawn.title}: {drawn.note}")
    typer.echo(f"picture: {picture}")
