"""What an exported file says of itself, and the digest that shows whether it is whole."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from metacalo.checkpoint.info import running_versions
from metacalo.models.folded import PROFILE_RANGE_GEV

if TYPE_CHECKING:
    from metacalo.generation import AdaptedModel
    from metacalo.models.folded import FoldedModel

FORMAT_VERSION = 1
PREFIX = "metacalo."
DIGEST = PREFIX + "sha256"
_OPEN_DIGEST = "0" * 64
SEAL = DIGEST.encode() + b"\x12\x40" + _OPEN_DIGEST.encode()
"""The digest's entry as a file of ONNX has it, its length, 64, in between."""

_UNITS = {"energy": "GeV", "deposit": "MeV", "length": "mm", "angle": "rad", "azimuth": "rad"}
_REACH = 5.0
"""Times the highest energy of the adaptation: so far showers can be extrapolated; at ten times they break."""

_MIXING_SECTORS = 8
"""From so many on, a voxel's noise is a sum over so many waves that each may be drawn from 16 bits."""


def metadata_of(adapted: AdaptedModel, model: FoldedModel, precision: str) -> dict[str, str]:
    """Return the metadata of an exported model: keys that begin with ``metacalo.``, values in JSON.

    Args:
        adapted: the model.
        model: the same, folded.
        precision: of its constants.
    """
    detector, info = adapted.detector, adapted.info
    grid, highest_gev = detector.grid, adapted.energy_range_gev[1]
    head = model.n_noise - grid.n_voxels
    content: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "detector": {
            "name": detector.name,
            "fingerprint": detector.fingerprint,
            "description": detector.to_dict(),
        },
        "grid": {"shape": list(grid.shape), "dr_mm": grid.dr_mm, "dz_mm": grid.dz_mm},
        "units": _UNITS,
        "energy_range_gev": list(adapted.energy_range_gev),
        "theta_range_deg": list(adapted.theta_range_deg),
        "energy_limits_gev": [PROFILE_RANGE_GEV[0], min(PROFILE_RANGE_GEV[1], _REACH * highest_gev)],
        "n_latent": model.n_latent,
        "n_noise": model.n_noise,
        "n_fine_noise": head if grid.shape[1] >= _MIXING_SECTORS else model.n_noise,
        "output": "hits",
        "precision": precision,
        "provenance": {
            "model_sha256": info.weights_sha256,
            "checkpoint_sha256": info.extra.get("checkpoint_sha256", ""),
            "data_sha256": info.data_sha256.get(detector.name, ""),
            "seeds": info.seeds,
            "trained_with": info.versions,
            "exported_with": running_versions(),
        },
        "sha256": _OPEN_DIGEST,
    }
    return {PREFIX + key: value if key == "sha256" else json.dumps(value) for key, value in content.items()}


def sealed(data: bytes) -> bytes:
    """Put the SHA-256 of a file into the file, over the 64 zeros that stand for it there.

    Args:
        data: of a file that holds `SEAL`.
    """
    start = data.index(SEAL) + len(SEAL) - len(_OPEN_DIGEST)
    return data[:start] + hashlib.sha256(data).hexdigest().encode() + data[start + len(_OPEN_DIGEST) :]
