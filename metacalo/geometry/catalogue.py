"""Detector files: those shipped with the package, by name, and any other, by path."""

import re
from collections.abc import Hashable
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from metacalo.errors import GeometryError
from metacalo.geometry.detector import Detector
from metacalo.geometry.naming import did_you_mean

_SUFFIXES = (".yaml", ".yml")
_MAXIMUM_BYTES = 1_000_000


def detector_names() -> tuple[str, ...]:
    """Name the detectors that are shipped, in alphabetical order."""
    return tuple(sorted(path.stem for path in _shipped_folder().glob("*.yaml")))


def detector_path(name_or_path: str | Path) -> Path:
    """Find a detector file.

    Args:
        name_or_path: the name of a shipped detector, or the path of a YAML file; what ends in .yaml or .yml
            or holds a path separator is a path.

    Returns:
        The file.

    Raises:
        GeometryError: there is none; the message names the nearest shipped ones.
    """
    text = str(name_or_path)
    path = Path(name_or_path).expanduser()
    if path.suffix.lower() not in _SUFFIXES and path.name == text:
        shipped = _shipped_folder() / f"{text}.yaml"
        if text in detector_names():
            return shipped
    if path.is_file():
        return path
    raise GeometryError(
        f"expected the name of a shipped detector or the path of a detector file, got {text!r}; "
        f"{did_you_mean(path.stem, detector_names()) or 'see `metacalo geometry list` for the names'}"
    )


def load_detector(name_or_path: str | Path) -> Detector:
    """Read a detector file.

    Args:
        name_or_path: the name of a shipped detector, or the path of a YAML file.

    Returns:
        The detector; `showers` is resolved beside the file and need not exist.

    Raises:
        UnknownMaterialError: a material that is neither in the table nor defined in the file.
        GeometryError: no such file, no YAML, or not a calorimeter. The message names the file, the path of
            each bad item in it, what was expected, what came and what to do.
    """
    path = detector_path(name_or_path)
    data = dict(_read(path))
    if isinstance(data.get("showers"), str):
        data["showers"] = (path.parent / Path(data["showers"]).expanduser()).resolve()
    return Detector.from_dict(data, source=str(path))


def _shipped_folder() -> Path:
    installed = Path(str(files("metacalo"))) / "geometries"
    if installed.is_dir():
        return installed
    # An editable install leaves the files where they are written: beside the package.
    return installed.parents[1] / "geometries"


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAXIMUM_BYTES:
            raise GeometryError(f"{path}: expected a detector file below 1 MB; is this a file of showers?")
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise GeometryError(
            f"{path}: expected a readable YAML file ({error}); check path and rights"
        ) from error
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise GeometryError(
            f"{path}: expected YAML, got text that is not: {detail}; mend that line"
        ) from error
    if not isinstance(data, dict):
        raise GeometryError(
            f"{path}: expected a mapping with name, sections and grid, got {type(data).__name__}; "
            "`metacalo geometry new` writes an example"
        )
    return {str(key): value for key, value in data.items()}


class _Loader(yaml.SafeLoader):
    """YAML without its two traps: keys given twice, and 1e3 read as a text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that is given twice, of which YAML would keep the last."""
        keys = [key.value for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice!r} is given twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+0123456789.")
)
