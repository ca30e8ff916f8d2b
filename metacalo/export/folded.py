"""An adapted model as a function of conditions and noise: what every export is made of."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from metacalo.errors import ExportError
from metacalo.models import FieldVAE

if TYPE_CHECKING:
    from metacalo.generation import AdaptedModel
    from metacalo.models.folded import FoldedModel


def folded(adapted: AdaptedModel) -> FoldedModel:
    """Fold a copy of an adapted model for its detector; see `FoldedModel` for its inputs and outputs.

    Args:
        adapted: model of the family field_vae.

    Raises:
        ExportError: the model is of another family.
    """
    if not isinstance(adapted.generator, FieldVAE):
        raise ExportError(
            f"expected a model of the family field_vae, got {adapted.info.family}; adapt the default "
            "checkpoint to the detector, and export that"
        )
    with torch.no_grad():
        model = copy.deepcopy(adapted.generator).fold(adapted.detector, tabulated=True)
    return model.eval().requires_grad_(False)
