"""Exported showers beside those of torch, from the same noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from metacalo.errors import ExportError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from metacalo.generation import AdaptedModel
    from metacalo.models.folded import FoldedModel

LARGEST_DIFFERENCE = 1e-5
"""Of a voxel between export and torch, relative to the energy of its shower's hottest voxel."""

_LARGEST_FLIPPED_SHARE = 1e-4
_BATCHES = (1, 7, 24)
_LEAST_MEV = 1e-9

Hits = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float32]"]
Run = Callable[["Tensor", "Tensor", "Tensor"], Hits]


@dataclass(frozen=True)
class Agreement:
    """How an exported model compares with torch.

    A voxel whose noise lies within rounding of its threshold is hit by one and not by the other; such voxels
    are counted apart, since no difference of numbers describes them.

    Attributes:
        showers: that were compared.
        hits: of torch.
        difference: largest of any voxel that both hit, over the energy of the hottest voxel of the shower.
        flipped: voxels that one of the two hits.
        flipped_share: largest share of a shower's energy in a voxel that one of the two hits.
    """

    showers: int
    hits: int
    difference: float
    flipped: int
    flipped_share: float

    def __str__(self) -> str:
        flips = f"{self.flipped} of {self.hits:,} hits are on one side only"
        if self.flipped:
            flips += f" (near their thresholds; at most {self.flipped_share:.1g} of a shower)"
        return f"max relative difference {self.difference:.1e} over {self.showers} showers; {flips}"


def conditions_in(adapted: AdaptedModel, n_noise: int, n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return energies [GeV] and angles [rad] all over the range of a model, and noise.

    Args:
        adapted: the model.
        n_noise: random numbers of a shower.
        n: number of showers.
    """
    source = torch.Generator().manual_seed(n)
    part = torch.linspace(0.0, 1.0, n)
    low, high = adapted.energy_range_gev
    least, most = (math.radians(angle) for angle in adapted.theta_range_deg)
    angles = least + (most - least) * torch.rand(n, generator=source)
    return low * (high / low) ** part, angles, torch.randn(n, n_noise, generator=source)


def compare(run: Run, model: FoldedModel, adapted: AdaptedModel) -> Agreement:
    """Run an exported model and torch on the same conditions and noise, in batches of several sizes.

    Args:
        run: the exported model.
        model: in torch.
        adapted: that both are made from.
    """
    n_voxels = model.frame.n_voxels
    wanted, found = [], []
    for n in _BATCHES:
        given = conditions_in(adapted, model.n_noise, n)
        with torch.inference_mode():
            wanted.append(_dense(tuple(part.numpy() for part in model(*given)), n, n_voxels))
        found.append(_dense(run(*given), n, n_voxels))
    one, two = np.concatenate(wanted), np.concatenate(found)
    both = (one > 0) & (two > 0)
    distance = np.abs(one - two)
    single = (one > 0) ^ (two > 0)
    # a shower without hits has nothing to divide
    hottest = np.maximum(one.max(axis=1, keepdims=True), _LEAST_MEV)
    total = np.maximum(one.sum(axis=1, keepdims=True), _LEAST_MEV)
    return Agreement(
        showers=len(one),
        hits=int((one > 0).sum()),
        difference=float(np.max(distance / hottest, where=both, initial=0.0)),
        flipped=int(single.sum()),
        flipped_share=float(np.max(distance / total, where=single, initial=0.0)),
    )


def check(agreement: Agreement, what: str) -> None:
    """Refuse an export that is not what torch computes.

    Args:
        agreement: of the export with torch.
        what: it is called.

    Raises:
        ExportError: it differs by more than rounding.
    """
    good = agreement.difference <= LARGEST_DIFFERENCE and agreement.flipped_share <= _LARGEST_FLIPPED_SHARE
    if not good or agreement.flipped > 1 + 1e-3 * agreement.hits:
        raise ExportError(
            f"expected {what} to give the showers of torch to {LARGEST_DIFFERENCE:g}, got {agreement}; "
            "nothing was written. Try another version of onnxruntime"
        )


def _dense(hits: tuple[Any, ...], n: int, n_voxels: int) -> NDArray[np.float64]:
    shower, voxel, deposit_mev = hits
    if not (((shower >= 0) & (shower < n)).all() and ((voxel >= 0) & (voxel < n_voxels)).all()):
        raise ExportError(
            "expected hits inside the grid from the exported model, got others; nothing was written"
        )
    dense = np.zeros((n, n_voxels))
    dense[shower, voxel] = deposit_mev
    return dense
