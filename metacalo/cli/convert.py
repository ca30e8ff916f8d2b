"""`metacalo convert`: showers from one layout of files into another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from metacalo.geometry import Detector

LAYOUTS = ("calochallenge", "native")


def convert(
    file: Annotated[Path, typer.Argument(help="File of showers: native, or of the CaloChallenge.")],
    to: Annotated[str, typer.Option(help="Layout to write: calochallenge or native.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    geometry: Annotated[
        str | None, typer.Option(help="Detector of the showers, by name or file: its grid is theirs.")
    ] = None,
    binning: Annotated[
        Path | None,
        typer.Option(
            help="Binning XML: written with calochallenge, read with native.",
            show_default="OUT or FILE, as .xml",
        ),
    ] = None,
    sampling_fraction: Annotated[
        str | None,
        typer.Option(
            help="Divide deposits by it (calochallenge) or multiply by it (native): a number, or auto for "
            "that of --geometry. Without, native multiplies by what the file says it was divided by."
        ),
    ] = None,
) -> None:
    """Convert a file of showers: native to the CaloChallenge's HDF5 with its binning XML, and back."""
    from metacalo.errors import SettingsError
    from metacalo.geometry import load_detector

    if to not in LAYOUTS:
        raise SettingsError(f"expected --to {' or '.join(LAYOUTS)}, got {to!r}")
    if out.exists() and out.samefile(file):
        raise SettingsError(f"expected another file than {file} for --out; it would be written over")
    detector = None if geometry is None else load_detector(geometry)
    fraction = _fraction(sampling_fraction, detector)
    if to == "calochallenge":
        _to_calochallenge(file, out, binning or out.with_suffix(".xml"), detector, fraction)
    else:
        _to_native(file, out, binning, detector, fraction)


def _fraction(text: str | None, detector: Detector | None) -> float | None:
    from metacalo.errors import SettingsError
    from metacalo.showers.formats.calochallenge import checked_fraction

    if text is None:
        return None
    if text == "auto":
        if detector is None:
            raise SettingsError(
                "expected --geometry with --sampling-fraction auto, got none; name the detector"
            )
        return detector.sampling_fraction
    try:
        return checked_fraction(float(text))
    except ValueError as error:
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(f"expected --sampling-fraction as a number or auto, got {text!r}") from None


def _to_calochallenge(
    file: Path, out: Path, binning: Path, detector: Detector | None, fraction: float | None
) -> None:
    from metacalo.cli.progress import count_bar
    from metacalo.errors import SettingsError
    from metacalo.showers import open_showers
    from metacalo.showers.formats import write_binning, write_calochallenge

    if binning.resolve() in (file.resolve(), out.resolve()):
        raise SettingsError(f"expected another file than {binning} for --binning; it is one of the showers'")
    showers = open_showers(file, detector=detector)
    particle = str(showers.attributes.get("particle", "e-"))
    with count_bar(len(showers), "showers") as bar:
        write_calochallenge(
            out, showers, sampling_fraction=fraction, on_block=lambda n: bar.advance(bar.tasks[0].id, n)
        )
    write_binning(binning, showers.grid, particle)
    divided = "" if fraction is None else f", deposits divided by {fraction:.4g}"
    typer.echo(f"{len(showers):,} showers{divided}, in {out}; {showers.grid}, in {binning}")


def _to_native(
    file: Path, out: Path, binning: Path | None, detector: Detector | None, fraction: float | None
) -> None:
    import warnings
    from itertools import chain

    from metacalo.cli.progress import count_bar
    from metacalo.errors import MetacaloWarning
    from metacalo.showers import ShowerWriter
    from metacalo.showers.formats import CaloChallengeFile, read_binning

    if binning is None and file.with_suffix(".xml").is_file():
        binning = file.with_suffix(".xml")
    source = CaloChallengeFile(
        file,
        binning=None if binning is None else read_binning(binning),
        grid=None if detector is None else detector.grid,
        sampling_fraction=fraction,
    )
    if not source.has_angles:
        warnings.warn(
            f"{file}: no dataset incident_theta; theta = 0 is taken for all {len(source)} showers, as in the "
            "CaloChallenge. If they came at other angles, add the dataset [rad]",
            MetacaloWarning,
            stacklevel=2,
        )
    blocks = source.blocks()
    first = next(blocks)
    with (
        count_bar(len(source), "showers") as bar,
        ShowerWriter(out, source.grid, first.attributes) as writer,
    ):
        for block in chain([first], blocks):
            writer.append(block)
            bar.advance(bar.tasks[0].id, len(block))
    multiplied = "" if source.sampling_fraction == 1 else f", multiplied by {source.sampling_fraction:.4g}"
    typer.echo(f"{len(source):,} showers{multiplied}, in {out}; {source.grid}")
