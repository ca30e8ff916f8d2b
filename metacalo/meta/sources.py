"""From names and folders to pools of showers: what a pretraining is given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from metacalo.errors import SettingsError, ShowerFileError
from metacalo.geometry import Detector, load_detector
from metacalo.meta.tasks import Pool
from metacalo.showers import open_showers

_SUFFIXES = frozenset({".yaml", ".yml"})


def find_detectors(geometries: str | Path) -> tuple[Detector, ...]:
    """Read the detectors that `geometries` names.

    Args:
        geometries: a folder, of which every YAML file is read, or names and paths with commas between.

    Returns:
        The detectors, in the order given; those of a folder by the name of the file.

    Raises:
        GeometryError: one of them is no detector.
        SettingsError: the folder has no YAML file, or a name is given twice.
    """
    if Path(geometries).is_dir():
        found: list[Path] | list[str] = sorted(p for p in Path(geometries).iterdir() if p.suffix in _SUFFIXES)
        if not found:
            raise SettingsError(
                f"expected detectors as YAML files in {geometries}, got none; name another folder"
            )
    else:
        found = [name.strip() for name in str(geometries).split(",") if name.strip()]
    detectors = tuple(load_detector(name) for name in found)
    _check_unique(detectors)
    return detectors


def hold_out(
    detectors: Sequence[Detector], names: Iterable[str]
) -> tuple[tuple[Detector, ...], tuple[Detector, ...]]:
    """Split detectors in those to train on and those held out; a stack is on one side, whatever its grid.

    Args:
        detectors: all that were given to train on.
        names: of those to hold out; one that is not among `detectors` is read like `load_detector` reads it.

    Returns:
        Detectors to train on, and detectors held out.

    Raises:
        GeometryError: a name is no detector's.
        SettingsError: none is left to train on.
    """
    by_name = {detector.name: detector for detector in detectors}
    held_out = tuple(by_name[name] if name in by_name else load_detector(name) for name in names)
    _check_unique(held_out)
    # by content: a stack that has two names, grids or ranges must not be on both sides
    kept_apart = {detector.stack_fingerprint for detector in held_out}
    trained = tuple(detector for detector in detectors if detector.stack_fingerprint not in kept_apart)
    if not trained:
        raise SettingsError(
            f"expected a detector to train on, got only held-out: {', '.join(d.name for d in held_out)}; "
            "hold out fewer"
        )
    return trained, held_out


def open_pools(detectors: Sequence[Detector], folder: str | Path) -> tuple[Pool, ...]:
    """Read the showers of each detector from `folder/<name>.h5` into memory.

    Args:
        detectors: each with a name of its own.
        folder: of the files.

    Raises:
        ShowerFileError: files are missing (all of them are named), or one is damaged.
        GridMismatchError: showers are on another grid than their detector's.
    """
    files = {detector.name: Path(folder) / f"{detector.name}.h5" for detector in detectors}
    missing = [path.name for path in files.values() if not path.is_file()]
    if missing:
        raise ShowerFileError(
            f"expected one file of showers for each detector in {folder}, got no {', '.join(missing)}; "
            "simulate them, give another --showers, or leave these detectors out"
        )
    return tuple(
        Pool(detector, open_showers(files[detector.name], detector=detector).load()) for detector in detectors
    )


def assigned(assignments: Iterable[str]) -> dict[str, object]:
    """Return settings from texts of the form ``name=value``.

    Args:
        assignments: the value is read as JSON if it is JSON, else as text.

    Raises:
        SettingsError: a text has no ``=``.
    """
    found: dict[str, object] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingsError(f"expected a setting as NAME=VALUE, got {text!r}; write for example seed=1")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value
    return found


def _check_unique(detectors: Sequence[Detector]) -> None:
    names = [detector.name for detector in detectors]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError(
            f"expected each detector once, got {', '.join(twice)} more than once; name it once"
        )
