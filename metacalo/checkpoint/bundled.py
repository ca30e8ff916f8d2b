"""The models that come with the package."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

_FOLDER = "pretrained"


def bundled_models() -> tuple[str, ...]:
    """Return the names of the models that come with metacalo; each is good for `load_model`."""
    folder = files("metacalo") / _FOLDER
    if not folder.is_dir():
        return ()
    names = (Path(entry.name) for entry in folder.iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix == ".safetensors"))


def bundled_path(name: str) -> Path | None:
    """Return the path of a bundled model's weights, or None if there is none of that name."""
    if name not in bundled_models():
        return None
    with as_file(files("metacalo") / _FOLDER / f"{name}.safetensors") as path:
        return path
