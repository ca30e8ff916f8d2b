"""``metacalo geometry``: list, show, check and write detector files."""

import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metacalo.errors import MetacaloWarning, SettingsError

if TYPE_CHECKING:
    from metacalo.geometry import Detector

app = typer.Typer(no_args_is_help=True, help="Detectors: list, show, check, and write new ones.")

_NAME_OR_FILE = "Name of a shipped detector, or path of a detector file."


@app.command("list")
def list_detectors(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List the detectors that are shipped."""
    from metacalo.geometry import detector_names, load_detector

    detectors = [load_detector(name) for name in detector_names()]
    if as_json:
        typer.echo(json.dumps([_summary(detector) for detector in detectors], indent=2))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("detector", "slabs of a layer"):
        table.add_column(column)
    for column in ("layers", "depth/X0", "X0/mm", "R_M/mm", "sampling"):
        table.add_column(column, justify="right")
    table.add_column("showers")
    for detector in detectors:
        table.add_row(
            detector.name,
            " + ".join(slab.material + ("*" if slab.active else "") for slab in detector.sections[0].stack),
            str(detector.n_layers),
            f"{detector.depth_x0:.1f}",
            f"{detector.x0_mm:.2f}",
            f"{detector.moliere_radius_mm:.2f}",
            f"{detector.sampling_fraction:.3g}",
            "yes" if detector.showers is not None and detector.showers.is_file() else "",
        )
    _print(table, "* active; `metacalo geometry show NAME` for the rest")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help=_NAME_OR_FILE)],
    drawing: Annotated[
        Path | None, typer.Option(help="Draw it to scale into this PNG, SVG or PDF file.")
    ] = None,
    readout: Annotated[
        bool, typer.Option("--readout", help="Show, and draw, its readout cells instead of its slabs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show a detector: its slabs, and what follows from them; or its readout cells."""
    from metacalo.geometry import load_detector

    if readout:
        _show_readout(name, drawing, as_json)
        return
    detector = load_detector(name)
    if drawing is not None:
        from metacalo.geometry.drawing import save_drawing

        save_drawing(detector, drawing)
    if as_json:
        typer.echo(json.dumps(detector.to_dict() | {"derived": _summary(detector)}, indent=2))
    else:
        _print_detector(detector)
        if drawing is not None:
            typer.echo(f"drawing: {drawing}")


def _show_readout(name: str, drawing: Path | None, as_json: bool) -> None:
    from metacalo.readout import load_readout
    from metacalo.readout.summary import readout_summary

    readout = load_readout(name)
    summary = readout_summary(readout)
    if drawing is not None:
        from metacalo.readout.drawing import save_readout_drawing

        save_readout_drawing(readout, drawing)
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("layer", "region"):
        table.add_column(column)
    for column in ("cells", "size across", "depth/mm"):
        table.add_column(column, justify="right")
    for row in summary["layers"]:
        table.add_row(
            row["layer"],
            row["region"],
            str(row["n_cells"]),
            row["size"],
            "{:.5g} to {:.5g}".format(*row["depth_mm"]),
        )
    _print(str(readout), f"identifier, from the lowest bit: {readout.ids}", "", table)
    if drawing is not None:
        typer.echo(f"drawing: {drawing}")


@app.command()
def check(file: Annotated[str, typer.Argument(help=_NAME_OR_FILE)]) -> None:
    """Check a detector file, its readout too, and warn of what is allowed but seldom meant."""
    from metacalo.geometry import load_detector
    from metacalo.geometry.doubts import doubts

    detector = load_detector(file)
    if detector.readout is not None:
        from metacalo.readout import load_readout

        load_readout(file)
    for doubt in doubts(detector):
        warnings.warn(doubt, MetacaloWarning, stacklevel=1)
    typer.echo(f"ok: {detector}")


@app.command()
def new(
    name: Annotated[str | None, typer.Option(help="Name of the detector.")] = None,
    absorber: Annotated[
        list[str] | None,
        typer.Option(help="Passive slab in front of the active one, MATERIAL:MM, as W:1.4; may be repeated."),
    ] = None,
    active: Annotated[
        list[str] | None, typer.Option(help="Active slab, MATERIAL:MM, as Si:0.3; may be repeated.")
    ] = None,
    behind: Annotated[
        list[str] | None,
        typer.Option(help="Passive slab behind the active one, MATERIAL:MM, as air:2; may be repeated."),
    ] = None,
    repeat: Annotated[int | None, typer.Option(help="How many times these slabs follow each other.")] = None,
    description: Annotated[str, typer.Option(help="What it is, in words.")] = "",
    reference: Annotated[str, typer.Option(help="The paper that describes it.")] = "",
    energy: Annotated[str, typer.Option(help="Range of incident energies, LOW:HIGH [GeV].")] = "1:100",
    theta: Annotated[str, typer.Option(help="Range of angles to the normal, LOW:HIGH [deg].")] = "0:40",
    out: Annotated[Path | None, typer.Option(help="File to write.", show_default="NAME.yaml")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a commented detector file; what is not given as an option is asked for."""
    from metacalo.cli.questions import ask_name, ask_repeat, ask_stack
    from metacalo.geometry import Detector
    from metacalo.geometry.writing import write_detector

    stack = [_slab("--absorber", text, False) for text in absorber or ()]
    stack += [_slab("--active", text, True) for text in active or ()]
    stack += [_slab("--behind", text, False) for text in behind or ()]
    missing = [
        option
        for option, given in (("--name", name), ("--active", active), ("--repeat", repeat))
        if given is None
    ]
    if missing and not sys.stdin.isatty():
        raise SettingsError(
            f"expected {' and '.join(missing)}, got nothing and no terminal to ask on; "
            "for example: metacalo geometry new --name mine --absorber W:1.4 --active Si:0.3 --repeat 90"
        )
    content = {
        "name": name if name is not None else ask_name(),
        "description": description,
        "reference": reference,
        "sections": [
            {
                "stack": stack if active else ask_stack(stack),
                "repeat": repeat if repeat is not None else ask_repeat(),
            }
        ],
        "energy_range_gev": _range("--energy", energy),
        "theta_range_deg": _range("--theta", theta),
    }
    detector = Detector.from_dict(content, source="new detector")
    path = out if out is not None else Path(f"{detector.name}.yaml")
    write_detector(path, detector, overwrite=force)
    typer.echo(f"{path}: {detector}")


def _slab(option: str, text: str, active: bool) -> dict[str, Any]:
    material, separator, thickness = text.rpartition(":")
    try:
        return {"material": material, "thickness_mm": float(thickness), "active": active}
    except ValueError:
        got = thickness if separator else text
        raise SettingsError(
            f"expected {option} MATERIAL:MM with a thickness in millimetres, got {got!r}; for example W:1.4"
        ) from None


def _range(option: str, text: str) -> list[float]:
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        raise SettingsError(f"expected {option} LOW:HIGH, got {text!r}; for example 1:100") from None
    return [low, high]


def _summary(detector: "Detector") -> dict[str, Any]:
    stack = detector.composition
    return {
        "name": detector.name,
        "description": detector.description,
        "n_layers": detector.n_layers,
        "pitch_mm": detector.pitch_mm,
        "depth_mm": detector.depth_mm,
        "depth_x0": detector.depth_x0,
        "depth_lambda": detector.depth_mm / stack.nuclear_interaction_length_mm,
        "x0_mm": detector.x0_mm,
        "moliere_radius_mm": detector.moliere_radius_mm,
        "critical_energy_mev": detector.critical_energy_mev,
        "density_g_cm3": detector.density_g_cm3,
        "active_fraction": detector.active_fraction,
        "sampling_fraction": detector.sampling_fraction,
        "mip_per_layer_mev": detector.mip_per_layer_mev,
        "fingerprint": detector.fingerprint,
        "showers": detector.showers is not None and detector.showers.is_file(),
    }


def _print_detector(detector: "Detector") -> None:
    from rich.table import Table

    stack = Table(box=None, pad_edge=False)
    for column in ("section", "slab", "material", ""):
        stack.add_column(column)
    for column in ("mm", "X0", "R_M/mm"):
        stack.add_column(column, justify="right")
    for section in detector.sections:
        for slab in section.stack:
            found = detector.material(slab.material)
            stack.add_row(
                f"{section.repeat} x" if slab is section.stack[0] else "",
                "active" if slab.active else "passive",
                slab.material,
                found.title,
                f"{slab.thickness_mm:g}",
                f"{slab.thickness_mm / found.radiation_length_mm:.3f}",
                f"{found.moliere_radius_mm:.2f}",
            )
    total = detector.composition
    derived = Table(box=None, pad_edge=False, show_header=False)
    for title, value in (
        (
            "depth",
            f"{detector.depth_mm:.4g} mm = {detector.depth_x0:.1f} X0"
            f" = {detector.depth_mm / total.nuclear_interaction_length_mm:.2f} interaction lengths",
        ),
        (
            "layers",
            f"{detector.n_layers} of {detector.pitch_mm:.4g} mm, {detector.pitch_mm / detector.x0_mm:.2f} X0",
        ),
        ("X0, R_M", f"{detector.x0_mm:.2f} mm, {detector.moliere_radius_mm:.2f} mm"),
        ("critical energy", f"{detector.critical_energy_mev:.1f} MeV"),
        ("density", f"{detector.density_g_cm3:.2f} g/cm3"),
        ("active", f"{100 * detector.active_fraction:.3g}% of the depth"),
        ("sampling fraction", f"about {detector.sampling_fraction:.3g}"),
        ("one MIP", f"{detector.mip_per_layer_mev:.3g} MeV per layer"),
        ("grid", str(detector.grid)),
        (
            "energies, angles",
            "{:g} to {:g} GeV, ".format(*detector.energy_range_gev)
            + "{:g} to {:g} degrees".format(*detector.theta_range_deg),
        ),
        ("showers", str(detector.showers) if detector.showers is not None else "none"),
    ):
        derived.add_row(title, value)
    heading = [detector.name, detector.description, detector.reference]
    _print("\n".join(line for line in heading if line), "", stack, "", derived)


def _print(*items: Any) -> None:
    from rich.console import Console

    # In a pipe there is no width to fit, and a table that is cut or wrapped would be hard to read back.
    width = None if sys.stdout.isatty() else 160
    console = Console(highlight=False, markup=False, emoji=False, width=width)
    for item in items:
        console.print(item)
