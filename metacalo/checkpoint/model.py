"""The shipped format: weights as safetensors, and a JSON file that says what they are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save

from metacalo.atomic import write_atomically
from metacalo.checkpoint.bundled import bundled_path
from metacalo.checkpoint.info import FORMAT, FORMAT_VERSION, ModelInfo
from metacalo.errors import CheckpointError, SettingsError
from metacalo.models import Generator, build_generator

_NAME_IN_FOLDER = "model"
_SUFFIXES = (".safetensors", ".json")


def save_model(path: str | Path, generator: Generator, info: ModelInfo) -> Path:
    """Write a generator as `<stem>.safetensors` and `<stem>.json`, each whole or not at all.

    Args:
        path: a folder, in which the files are then called `model`, or one of the two files.
        generator: with the weights to be kept.
        info: its provenance; the hash of the weights is filled in here.

    Returns:
        Path of the file of weights.

    Raises:
        OutputError: the place is not writable, or full.
    """
    path = Path(path)
    stem = path.with_suffix("") if path.suffix in _SUFFIXES else path / _NAME_IN_FOLDER
    tensors = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    # one entry: of several, safetensors would write the order at random
    data = save(tensors, metadata={"format": f"{FORMAT} {FORMAT_VERSION}"})
    complete = info.model_copy(update={"weights_sha256": hashlib.sha256(data).hexdigest()})
    text = json.dumps(complete.model_dump(mode="json"), indent=1, allow_nan=False) + "\n"
    weights, description = (stem.with_name(stem.name + suffix) for suffix in _SUFFIXES)
    write_atomically(weights, lambda temporary: temporary.write_bytes(data), make_folder=True)
    write_atomically(
        description, lambda temporary: temporary.write_text(text, encoding="utf-8"), make_folder=True
    )
    return weights


def load_model(path: str | Path) -> tuple[Generator, ModelInfo]:
    """Read what `save_model` wrote.

    Args:
        path: a folder, one of the two files, their common stem, or the name of a model that comes with
            metacalo (`default`), which a file or folder of that name goes before.

    Returns:
        The generator on the CPU, in evaluation mode, and its provenance.

    Raises:
        CheckpointError: a file is missing, damaged, altered, or of another version.
    """
    weights, description = _locate(Path(path))
    info = _read_info(description)
    try:
        data = weights.read_bytes()
    except OSError as error:
        raise _refused(weights, "a readable file of weights", str(error), _MEND) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != info.weights_sha256:
        got = f"{digest[:12]}... ({len(data)} bytes)"
        raise _refused(
            weights, f"the SHA-256 {info.weights_sha256[:12]}... that {description.name} tells", got, _MEND
        )
    try:
        generator = build_generator({**info.settings, "family": info.family})
        generator.load_state_dict(load(data))
    except SafetensorError as error:
        raise _refused(weights, "a safetensors file", str(error), _MEND) from error
    except (RuntimeError, SettingsError) as error:
        raise _refused(
            weights,
            f"weights of a {info.family} as this metacalo builds it",
            str(error),
            f"metacalo {info.versions.get('metacalo')} wrote it; install that version, or train again",
        ) from error
    return generator.eval(), info


_MEND = "the files were damaged, altered or mixed up; copy both again from where they came, or train again"


def _locate(path: Path) -> tuple[Path, Path]:
    if path.is_dir():
        stem = path / _NAME_IN_FOLDER
    elif path.suffix in _SUFFIXES:
        stem = path.with_suffix("")
    else:
        stem = path
    files = [stem.with_name(stem.name + suffix) for suffix in _SUFFIXES]
    missing = [file for file in files if not file.is_file()]
    if len(missing) == len(files) and len(path.parts) == 1:
        bundled = bundled_path(path.name)
        if bundled is not None:
            return _locate(bundled)
    if missing:
        raise CheckpointError(
            f"expected the files {' and '.join(str(file) for file in files)}, got no {missing[0].name}; give "
            "the folder "
            "that `metacalo pretrain` or `metacalo adapt` wrote, or `default` for the model that comes with "
            "metacalo"
        )
    return files[0], files[1]


def _read_info(path: Path) -> ModelInfo:
    try:
        content: Any = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _refused(path, "a JSON file", str(error), _MEND) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        got = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise _refused(path, f"the format {FORMAT!r}", repr(got), "give a model that metacalo wrote")
    version = content.get("format_version")
    if version != FORMAT_VERSION:
        newer = isinstance(version, int) and version > FORMAT_VERSION
        remedy = "upgrade metacalo" if newer else "train it again with this metacalo"
        raise _refused(path, f"version {FORMAT_VERSION} of the format", repr(version), remedy)
    try:
        return ModelInfo.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _refused(
            path, "a complete description of a model", f"{where}: {first['msg']}", _MEND
        ) from error


def _refused(path: Path, expected: str, got: str, remedy: str) -> CheckpointError:
    return CheckpointError(f"{path}: expected {expected}, got {got}; {remedy}")
