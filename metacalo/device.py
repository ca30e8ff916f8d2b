"""Where tensors live and are computed on."""

from __future__ import annotations

import torch

from metacalo.errors import SettingsError


def chosen_device(name: str) -> torch.device:
    """Return the device of a name; ``auto`` is CUDA where there is some.

    Raises:
        SettingsError: an unknown name, or CUDA where there is none.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise SettingsError(
            f"expected the device auto, cpu or cuda, got {name!r}; auto takes the best there is"
        )
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("expected a CUDA device, got none that torch can use; take --device cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
