"""`metacalo export`: an adapted model for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from metacalo.generation import AdaptedModel


class Format(StrEnum):
    """What the model is written as."""

    ONNX = "onnx"
    TORCHSCRIPT = "torchscript"
    PAR04 = "par04"


class Precision(StrEnum):
    """Of the constants in an ONNX file."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


def export(
    model: Annotated[Path, typer.Option(help="Folder of an adapted model.")],
    format: Annotated[  # noqa: A002 # the option's name
        Format, typer.Option(help="onnx; torchscript; or par04, a folder for Geant4's example of that name.")
    ] = Format.ONNX,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the files; that of the model by default, for par04 par04/."),
    ] = None,
    precision: Annotated[Precision, typer.Option(help="Of the constants in model.onnx.")] = Precision.FP32,
    opset: Annotated[
        int | None, typer.Option(help="Of ONNX's operators; 17 by default, for par04 16.")
    ] = None,
) -> None:
    """Write an adapted model for C++, ONNX Runtime, LibTorch or Geant4, and compare it with torch."""
    from metacalo.errors import SettingsError
    from metacalo.export import export_onnx, export_torchscript
    from metacalo.export.onnx_graph import DEFAULT_OPSET
    from metacalo.generation import load

    if format != Format.ONNX and precision != Precision.FP32:
        raise SettingsError(
            f"expected --precision {precision} with --format onnx, got {format}; leave it out"
        )
    if format == Format.TORCHSCRIPT and opset is not None:
        raise SettingsError(
            "expected --opset with onnx or par04, got torchscript, which has none; leave it out"
        )
    folder = out or (model / "par04" if format == Format.PAR04 else model)
    _check_is_folder(folder)
    adapted = load(model)
    if format == Format.PAR04:
        _export_par04(adapted, folder, opset)
        return
    written = (
        export_torchscript(adapted, folder)
        if format == Format.TORCHSCRIPT
        else export_onnx(
            adapted, folder, precision=precision, opset=DEFAULT_OPSET if opset is None else opset
        )
    )
    size = written.path.stat().st_size / 1e6
    typer.echo(f"{written.path} ({size:.1f} MB): {adapted.detector.name}, {written.agreement}")


def _check_is_folder(folder: Path) -> None:
    from metacalo.errors import OutputError

    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise OutputError(
                f"expected a folder to write to, got {folder}: {place} is a file; choose another --out"
            )


def _export_par04(adapted: AdaptedModel, out: Path, opset: int | None) -> None:
    from metacalo.export.onnx_graph import OLDEST_OPSET
    from metacalo.export.par04 import export_par04

    written = export_par04(adapted, out, opset=OLDEST_OPSET if opset is None else opset)
    for name, difference in written.differences.items():
        typer.echo(f"{written.folder / name}: max relative difference from torch {difference:.1e}")
    (low, high), (_, most) = adapted.energy_range_gev, adapted.theta_range_deg
    typer.echo(
        f"outside {low:g}-{high:g} GeV and {most:g} degrees the nearest energy and angle "
        "inside are taken, as Par04 cannot be told no"
    )
    if written.departure:
        name = adapted.detector.name
        typer.echo(f"no macro for full simulation, as Par04 cannot build {name}: {written.departure}")
