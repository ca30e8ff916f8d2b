"""How good an adapted model is: its showers, and those of the model before, beside full simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metacalo.generation.request import SameConditions
from metacalo.showers import concatenate
from metacalo.validation import QUICK, Assessment, assess_samples
from metacalo.validation.assessment import REFERENCE

if TYPE_CHECKING:
    import torch

    from metacalo.generation import AdaptedModel
    from metacalo.showers import Showers

__all__ = ["ADAPTED", "BEFORE", "REFERENCE", "Assessment", "assess"]

ADAPTED = "adapted"
BEFORE = "before adaptation"


def assess(
    adapted: AdaptedModel,
    before: AdaptedModel,
    test: Showers,
    *,
    label: str = REFERENCE,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Assessment:
    """Generate one shower for each of the test showers, before and after adaptation, and compare.

    The test showers are split in halves A and B. A is the reference; B, and the showers generated at B's
    incident energies and angles, are compared with it. So the floor is at the same sizes as the rest.

    Args:
        adapted: the model to be judged.
        before: the same model before adaptation.
        test: full simulation that neither has seen.
        label: what the test showers are called.
        seed: of the generation, the halves and the classifier.
        device: to generate on.
    """
    made = {
        label: concatenate(list(model.stream(SameConditions(test), seed=seed, device=device)))
        for label, model in ((ADAPTED, adapted), (BEFORE, before))
    }
    return assess_samples(test, made, adapted.detector, label=label, scope=QUICK, seed=seed)
