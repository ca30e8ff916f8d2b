"""`metacalo adapt`: from a detector's YAML to an adapted model and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def adapt(
    geometry: Annotated[str, typer.Option(help="Detector: a YAML file, or a name of `geometry list`.")],
    showers: Annotated[
        Path | None, typer.Option(help="Fully simulated showers; by default those that the YAML names.")
    ] = None,
    n_showers: Annotated[int, typer.Option(help="Showers to adapt to; the others judge the model.")] = 300,
    checkpoint: Annotated[
        str, typer.Option(help="Pretrained model: a name that comes with metacalo, a folder or a file.")
    ] = "default",
    steps: Annotated[int | None, typer.Option(help="Training steps at the most.")] = None,
    time_budget: Annotated[float | None, typer.Option(help="End the training after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(help="Of the choice of showers, the training and the test.")] = 0,
    other: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any other setting of the adaptation as NAME=VALUE (rates=learned); may be repeated.",
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    out: Annotated[
        Path | None, typer.Option(help="Folder for model, report and plots; adapted/NAME by default.")
    ] = None,
) -> None:
    """Adapt the pretrained generator to a detector, and judge it against full simulation."""
    import shlex
    import sys

    from metacalo.adaptation import AdaptSettings, find_showers
    from metacalo.adaptation import adapt as run
    from metacalo.cli.progress import step_bar
    from metacalo.cli.verdict import print_adaptation
    from metacalo.device import chosen_device
    from metacalo.geometry import load_detector
    from metacalo.meta.sources import assigned

    given = {"n_showers": n_showers, "steps": steps, "time_budget_s": time_budget, "seed": seed}
    named = {key: value for key, value in given.items() if value is not None}
    settings = AdaptSettings.from_mapping({**named, **assigned(other or ())})
    torch_device = chosen_device(device)
    detector = load_detector(geometry)
    found = find_showers(detector, showers)
    with step_bar(settings.steps) as bar:
        adaptation = run(
            detector,
            found,
            out or Path("adapted") / detector.name,
            settings,
            checkpoint=checkpoint,
            device=torch_device,
            command=shlex.join(["metacalo", *sys.argv[1:]]),
            on_step=bar.step,
            on_stage=bar.stage,
        )
    print_adaptation(adaptation)
