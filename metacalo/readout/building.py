"""From the `readout:` of a detector file to its readout."""

import math
from pathlib import Path

from metacalo.errors import ReadoutError
from metacalo.geometry import Detector, detector_path, load_detector
from metacalo.readout.explanation import parse
from metacalo.readout.readout import Readout
from metacalo.readout.settings import (
    BarrelSettings,
    EndcapSettings,
    PlanarSettings,
    ReadoutSettings,
    StackSettings,
)


def readout_of(detector: Detector, folder: Path | None = None) -> Readout:
    """Build the readout that a detector file describes.

    Args:
        detector: the detector, with a `readout`.
        folder: where a table of cells is looked for, if its path is relative; the current folder if None.

    Returns:
        The readout.

    Raises:
        ReadoutError: no readout, or one that cannot be. The message has the path of the bad item in the file,
            what was expected, what came and what to do.
        MissingExtraError: a table of cells in a format whose library is not installed.
    """
    if detector.readout is None:
        raise ReadoutError(
            f"expected a detector with a readout, got {detector.name} without; add `readout:` to its file, "
            "see the page `Readout` of the reference"
        )
    settings = parse(detector.readout, detector.name)
    readout = _built(settings, detector, folder if folder is not None else Path())
    _check_position(readout)
    return readout


def load_readout(name_or_path: str | Path) -> Readout:
    """Read a detector file, and build its readout.

    Args:
        name_or_path: the name of a shipped detector, or the path of a YAML file.

    Returns:
        The readout.

    Raises:
        GeometryError: no such file, or not a calorimeter.
        ReadoutError: no readout in it, or one that cannot be.
        MissingExtraError: a table of cells in a format whose library is not installed.
    """
    return readout_of(load_detector(name_or_path), detector_path(name_or_path).parent)


def _built(settings: ReadoutSettings, detector: Detector, folder: Path) -> Readout:
    # Each kind is imported where it is needed: the others' tables and search trees are not.
    if isinstance(settings, PlanarSettings):
        from metacalo.readout.planar import planar_readout

        return planar_readout(settings, detector)
    if isinstance(settings, BarrelSettings):
        from metacalo.readout.barrel import barrel_readout

        return barrel_readout(settings, detector)
    if isinstance(settings, StackSettings):
        from metacalo.readout.stack import stack_readout

        return stack_readout(settings, detector)
    if isinstance(settings, EndcapSettings):
        from metacalo.readout.endcap import endcap_readout

        return endcap_readout(settings, detector)
    from metacalo.readout.table import table_readout

    return table_readout(settings, detector, folder)


def _check_position(readout: Readout) -> None:
    first, second = readout.default_position
    begin, end = readout.active_depths_mm[0]
    middle = readout.front_mm + 0.5 * (begin + end)
    if readout.cylindrical:
        there = readout.locate(
            middle * math.cos(second), middle * math.sin(second), middle * math.sinh(first)
        )
        key, got = "default_position", f"eta {first:g}, phi {math.degrees(second):g} degrees"
    else:
        there = readout.locate(first, second, middle)
        key, got = "default_position_mm", f"x {first:g} mm, y {second:g} mm"
    if there < 0:
        raise ReadoutError(
            f"{readout.name}: readout.{key}: expected a place where there is a cell, got {got}, which is "
            "in a hole, a gap or outside; showers enter there if nothing else is said, choose a cell's centre"
        )
