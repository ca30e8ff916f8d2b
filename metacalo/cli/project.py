"""`metacalo project`: showers of a file onto the cells of a detector."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metacalo.cli import readout_options as options


def project(
    geometry: Annotated[str, typer.Option(help="Detector: a YAML file with a readout, or a name.")],
    out: Annotated[
        Path, typer.Option(help="File of events to write; .root, .parquet or .h5 decides the format.")
    ],
    showers: Annotated[
        Path | None, typer.Option(help="File of showers, native HDF5; by default those that the YAML names.")
    ] = None,
    position: options.Position = None,
    positions: options.Positions = None,
    scan: options.Scan = None,
    theta: Annotated[
        float | None, typer.Option(help="Angle to the normal [degrees]; by default that of each shower.")
    ] = None,
    phi: Annotated[
        float | None,
        typer.Option(help="Azimuth of the direction about the normal [degrees]; by default likewise."),
    ] = None,
    sampling: options.Sampling = False,
    layout: options.LayoutOption = None,
    collection: options.Collection = None,
    em_scale: options.EmScale = None,
    noise: options.Noise = None,
    noise_in_all_cells: options.NoiseInAllCells = False,
    saturation: options.Saturation = None,
    adc_count: options.AdcCount = None,
    adc_bits: options.AdcBits = 12,
    adc_pedestal: options.AdcPedestal = 0,
    threshold: options.Threshold = None,
    seed: Annotated[int, typer.Option(help="Of --scan, --sampling and --noise.")] = 0,
) -> None:
    """Project showers onto the readout cells of a detector, into a file of events."""
    from metacalo.cli.progress import count_bar, with_rate
    from metacalo.errors import ShowerFileError
    from metacalo.readout.formats import chosen_layout
    from metacalo.readout.production import BATCH, project_to_file
    from metacalo.showers import open_showers
    from metacalo.showers.incident import check_seed

    wanted = options.Wanted(
        position=position,
        positions=positions,
        scan=scan,
        theta_deg=theta,
        phi_deg=phi,
        sampling=sampling,
        layout=layout,
        collection=collection,
        em_scale=em_scale,
        electronics={
            "noise_mev": noise,
            "noise_in_all_cells": noise_in_all_cells,
            "saturation_mev": saturation,
            "adc_count_mev": adc_count,
            "adc_bits": adc_bits,
            "adc_pedestal": adc_pedestal,
            "threshold_mev": threshold,
        },
    )
    check_seed(seed)
    chosen_layout(out, layout)
    cells = options.Cells.load(geometry)
    electronics = wanted.electronics_of(cells)
    path = showers or cells.detector.showers
    if path is None:
        raise ShowerFileError(
            f"expected showers of {cells.detector.name}, got none: its YAML has no `showers:` and no "
            "--showers was given; give a file of `metacalo generate` or of full simulation"
        )
    found = open_showers(path, detector=cells.detector)
    entries = wanted.entries(cells.readout, len(found), seed).settled([(found.theta_rad, found.phi_rad)])
    with count_bar(len(found), "showers") as bar:
        balance = project_to_file(
            found.iter_batches(BATCH),
            cells.readout,
            entries,
            out,
            wanted.metadata(cells, seed=seed, electronics=electronics),
            layout=layout,
            sampling=sampling,
            electronics=electronics,
            seed=seed,
            on_batch=with_rate(bar, "showers"),
        )
    options.print_balance(balance, cells.detector, out, seed)
