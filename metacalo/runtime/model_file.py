"""An exported file: whether it is whole, and what it says of itself."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ModelFileError

FORMAT_VERSION = 1
_PREFIX = "metacalo."
# every file of ONNX begins with the number of its format's version, its first field
_FIRST_BYTE = b"\x08"
_ARCHIVE = b"PK"
# key and value of an entry, as protobuf writes them: the value is 64 (0x40) bytes long
_DIGEST = re.compile(rb"metacalo\.sha256\x12\x40([0-9a-f]{64})")


def read_model_file(path: str | Path) -> bytes:
    """Read an exported model, and check that it is as it was written.

    Args:
        path: of the file, or of the folder that holds `model.onnx`.

    Raises:
        ModelFileError: it is missing, no exported model, or was cut short or altered.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "model.onnx"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"expected an exported model, got {path}: {error.strerror}; write one with "
            "`metacalo export --model DIR --format onnx`"
        ) from error
    if data and data[:1] != _FIRST_BYTE:
        what = "TorchScript or another archive" if data.startswith(_ARCHIVE) else "another kind of file"
        raise ModelFileError(
            f"{path}: expected a model.onnx of `metacalo export --format onnx`, got {what}, which the run "
            "time does not read (it may come from another program)"
        )
    found = _DIGEST.search(data)
    if found is None:
        raise ModelFileError(
            f"{path}: expected an ONNX file of `metacalo export`, got one without its SHA-256 ({len(data)} "
            "bytes), which was cut short or comes from another program; export the model again"
        )
    hashed = hashlib.sha256(data[: found.start(1)])
    hashed.update(b"0" * 64)
    hashed.update(memoryview(data)[found.end(1) :])
    if hashed.hexdigest().encode() != found[1]:
        raise ModelFileError(
            f"{path}: expected the SHA-256 {found[1].decode()[:12]}... that the file tells, got "
            f"{hashed.hexdigest()[:12]}... ({len(data)} bytes); it was altered or cut short: copy it again"
        )
    return data


@dataclass(frozen=True, repr=False)
class Description:
    """What a model says of itself.

    Attributes:
        detector: name, fingerprint, and its description as its YAML file has it.
        shape: voxels of the grid in (r, phi, z).
        dr_mm: width of a ring [mm].
        dz_mm: depth of a layer [mm].
        energy_range_gev: incident energies that the model was adapted with [GeV].
        theta_range_deg: angles to the normal of the front face [degrees].
        energy_limits_gev: beyond these there is nothing to follow [GeV].
        n_noise: random numbers of a shower.
        n_fine_noise: of these the first so many, which are drawn from 32 bits, the others from 16.
        metadata: everything else.
    """

    detector: dict[str, Any]
    shape: tuple[int, int, int]
    dr_mm: float
    dz_mm: float
    energy_range_gev: tuple[float, float]
    theta_range_deg: tuple[float, float]
    energy_limits_gev: tuple[float, float]
    n_noise: int
    n_fine_noise: int
    metadata: dict[str, Any]

    def __repr__(self) -> str:
        (low, high), (least, most) = self.energy_range_gev, self.theta_range_deg
        return (
            f"Description({self.detector.get('name')}, {low:g}-{high:g} GeV, {least:g}-{most:g} degrees, "
            f"grid {self.shape})"
        )

    @property
    def n_voxels(self) -> int:
        """Number of voxels of the grid."""
        return math.prod(self.shape)

    @classmethod
    def of(cls, texts: dict[str, str]) -> Description:
        """Read the metadata of a file.

        Args:
            texts: key -> text, as ONNX Runtime gives them.

        Raises:
            ModelFileError: they are of another version, or not complete.
        """
        try:
            content: dict[str, Any] = {
                key.removeprefix(_PREFIX): text if key == _PREFIX + "sha256" else json.loads(text)
                for key, text in texts.items()
                if key.startswith(_PREFIX)
            }
            if content["format_version"] != FORMAT_VERSION:
                raise ModelFileError(
                    f"expected version {FORMAT_VERSION} of the format, got {content['format_version']}; "
                    "export the model with the metacalo of this run time's version"
                )
            grid = content.pop("grid")
            pairs = {
                name: (float(content[name][0]), float(content.pop(name)[1]))
                for name in ("energy_range_gev", "theta_range_deg", "energy_limits_gev")
            }
            return cls(
                detector=content.pop("detector"),
                shape=(int(grid["shape"][0]), int(grid["shape"][1]), int(grid["shape"][2])),
                dr_mm=float(grid["dr_mm"]),
                dz_mm=float(grid["dz_mm"]),
                n_noise=int(content.pop("n_noise")),
                n_fine_noise=int(content.pop("n_fine_noise")),
                metadata=content,
                **pairs,
            )
        except (KeyError, TypeError, IndexError, json.JSONDecodeError) as error:
            raise ModelFileError(
                f"expected the metadata of `metacalo export`, got {sorted(texts)} ({error!r}); export again"
            ) from error
