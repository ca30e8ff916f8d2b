"""`metacalo adapt`: from a detector's YAML to an adapted model and its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from metacalo.adaptation import AdaptSettings
    from metacalo.geometry import Detector
    from metacalo.showers import Showers


def adapt(
    geometry: Annotated[str, typer.Option(help="Detector: a YAML file, or a name of `geometry list`.")],
    showers: Annotated[
        Path | None,
        typer.Option(
            help="Fully simulated showers; by default those that the YAML names, or else new ones, simulated."
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Simulate the showers: parametric or geant4. By default the best that can run, if the YAML "
            "names no showers."
        ),
    ] = None,
    n_simulated: Annotated[
        int | None,
        typer.Option(
            "--simulate",
            help="Showers to simulate in all; by default 700 (geant4: 300) more than are adapted to.",
        ),
    ] = None,
    n_showers: Annotated[int, typer.Option(help="Showers to adapt to; the others judge the model.")] = 300,
    checkpoint: Annotated[
        str, typer.Option(help="Pretrained model: a name that comes with metacalo, a folder or a file.")
    ] = "default",
    steps: Annotated[
        int | None, typer.Option(help="Training steps at the most; 100 for 30 showers, 200 for 300.")
    ] = None,
    time_budget: Annotated[float | None, typer.Option(help="End the training after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(help="Of simulated showers, their choice, training and test.")] = 0,
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
    from metacalo.errors import SettingsError
    from metacalo.geometry import load_detector
    from metacalo.meta.sources import assigned

    given = {"n_showers": n_showers, "steps": steps, "time_budget_s": time_budget, "seed": seed}
    named = {key: value for key, value in given.items() if value is not None}
    settings = AdaptSettings.from_mapping({**named, **assigned(other or ())})
    torch_device = chosen_device(device)
    detector = load_detector(geometry)
    folder = out or Path("adapted") / detector.name
    if showers is not None and (engine is not None or n_simulated is not None):
        raise SettingsError(
            "expected either --showers, or --engine and --simulate to make new ones, got both; leave one out"
        )
    simulated = engine is not None or n_simulated is not None or (showers or detector.showers) is None
    if not simulated:
        _check_not_replaced(showers or detector.showers, folder)
        found = find_showers(detector, showers)
    else:
        found = _simulated(detector, engine, n_simulated, settings, folder)
    with step_bar(settings.most_steps) as bar:
        adaptation = run(
            detector,
            found,
            folder,
            settings,
            checkpoint=checkpoint,
            device=torch_device,
            command=shlex.join(["metacalo", *sys.argv[1:]]),
            on_step=bar.step,
            on_stage=bar.stage,
        )
    print_adaptation(adaptation, simulated=simulated)


def _check_not_replaced(showers: Path | None, folder: Path) -> None:
    """Refuse to adapt to the showers of an earlier adaptation that this one would move or remove."""
    from metacalo.adaptation.run import SUPPORT_FILE, TEST_FILE
    from metacalo.atomic import PREVIOUS
    from metacalo.errors import SettingsError

    if showers is None:
        return
    written = {(folder / name).resolve() for name in (SUPPORT_FILE, TEST_FILE)}
    if showers.resolve() in written or (folder / PREVIOUS).resolve() in showers.resolve().parents:
        raise SettingsError(
            f"{showers}: expected showers outside of what this adaptation writes, got those of an earlier "
            f"one in {folder}, which would be moved or removed; give another --out, or copy the file "
            "elsewhere"
        )


def _simulated(
    detector: Detector, engine: str | None, n: int | None, settings: AdaptSettings, folder: Path
) -> Showers:
    """Simulate showers of a detector that has none, with the engine that is named or the best one."""
    from metacalo.adaptation.simulated import FILE_NAME, simulated_showers, support_job
    from metacalo.cli.progress import count_bar, with_rate
    from metacalo.simulation import best_engine
    from metacalo.simulation import engine as engine_named

    chosen, why = (engine_named(engine), "it was asked for") if engine else best_engine()
    job = support_job(detector, chosen, settings.n_showers, n=n, seed=settings.seed)
    typer.echo(f"showers: {job.n:,} of the engine {chosen.name} ({why})", err=True)
    with count_bar(job.n, "showers") as bar:
        showers = simulated_showers(job, folder, on_done=with_rate(bar, "showers"))
    typer.echo(f"{job.n:,} showers of {detector.name}, engine {chosen.name}, in {folder / FILE_NAME}")
    return showers
