"""`metacalo pretrain`: one generator for many detectors, as a start for a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def pretrain(
    geometries: Annotated[
        str, typer.Option(help="Detectors to train on: names or YAML files with commas between, or a folder.")
    ],
    showers: Annotated[Path, typer.Option(help="Folder with the showers of each detector as NAME.h5.")],
    out: Annotated[Path, typer.Option(help="Folder for the model, the state to go on from, and the log.")],
    method: Annotated[
        str,
        typer.Option(
            help="maml, fomaml (first order), reptile, anil (head alone), meta_sgd (learned rates), or joint "
            "(plain training, the control)."
        ),
    ] = "maml",
    hold_out: Annotated[
        list[str] | None,
        typer.Option(help="Detector to validate on instead of training on it; may be repeated."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the state in --out, bit for bit.")
    ] = False,
    steps: Annotated[int | None, typer.Option(help="Steps of the outer optimiser.")] = None,
    tasks: Annotated[int | None, typer.Option(help="Detectors that share a step.")] = None,
    support: Annotated[int | None, typer.Option(help="Showers of an inner step.")] = None,
    query: Annotated[int | None, typer.Option(help="Showers of the outer loss of a detector.")] = None,
    inner_steps: Annotated[int | None, typer.Option(help="Gradient steps before the outer loss.")] = None,
    inner_rate: Annotated[float | None, typer.Option(help="Learning rate of the inner steps.")] = None,
    rate: Annotated[float | None, typer.Option(help="Peak learning rate of the outer Adam.")] = None,
    warmup: Annotated[int | None, typer.Option(help="Steps in which the rate rises.")] = None,
    clip: Annotated[float | None, typer.Option(help="Largest norm of the outer gradient.")] = None,
    ema: Annotated[float | None, typer.Option(help="Decay of the mean of the weights; 0 for none.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, draws and noise.")] = None,
    validate_every: Annotated[int | None, typer.Option(help="Steps between validations.")] = None,
    checkpoint_minutes: Annotated[
        float | None, typer.Option(help="Minutes between saves of the state.")
    ] = None,
    log_every: Annotated[int | None, typer.Option(help="Steps between lines of the log.")] = None,
    family: Annotated[str, typer.Option(help="Of generators: field_vae or par04_vae.")] = "field_vae",
    model: Annotated[
        list[str] | None, typer.Option(help="Setting of the family as NAME=VALUE; may be repeated.")
    ] = None,
    other: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any other setting of the training as NAME=VALUE (validation_steps=50); may be repeated.",
        ),
    ] = None,
    init: Annotated[str | None, typer.Option(help="Model to start from instead of random weights.")] = None,
    backend: Annotated[str | None, typer.Option(help="Of MAML: torch, or learn2learn (an extra).")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads of torch.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Pretrain a generator on the showers of several detectors.

    Ctrl-C or SIGTERM save and stop; --resume goes on as if there had been no break.
    """
    import shlex
    import sys

    from metacalo.device import chosen_device
    from metacalo.meta import PretrainSettings, initial_generator
    from metacalo.meta import pretrain as run
    from metacalo.meta.sources import assigned, find_detectors, open_pools
    from metacalo.meta.sources import hold_out as split

    given: dict[str, object] = {
        "method": method,
        "steps": steps,
        "tasks_per_step": tasks,
        "support_batch": support,
        "query_batch": query,
        "inner_steps": inner_steps,
        "inner_rate": inner_rate,
        "rate": rate,
        "warmup_steps": warmup,
        "gradient_clip": clip,
        "seed": seed,
        "validation_every": validate_every,
        "checkpoint_minutes": checkpoint_minutes,
        "log_every": log_every,
        "init": init,
        "backend": backend,
        "threads": threads,
    }
    named = {name: value for name, value in given.items() if value is not None}
    if ema is not None:
        named["ema_decay"] = ema or None
    settings = PretrainSettings.from_mapping({**named, **assigned(other or ())})
    trained, held_out = split(find_detectors(geometries), hold_out or ())
    result = run(
        initial_generator({"family": family, **assigned(model or ())}, settings),
        open_pools(trained, showers),
        settings,
        out,
        held_out=open_pools(held_out, showers),
        device=chosen_device(device),
        resume=resume,
        command=shlex.join(["metacalo", *sys.argv[1:]]),
    )
    if result.interrupted is not None:
        raise typer.Exit(128 + result.interrupted)
