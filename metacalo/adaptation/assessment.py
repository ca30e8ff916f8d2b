"""How good an adapted model is: its showers, and those of the model before, beside full simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metacalo.generation.request import SameConditions
from metacalo.showers import concatenate
from metacalo.validation import Comparison, compare, split_halves
from metacalo.validation import floor as floor_of

if TYPE_CHECKING:
    import torch

    from metacalo.generation import AdaptedModel
    from metacalo.showers import Showers

REFERENCE = "Geant4"
ADAPTED = "adapted"
BEFORE = "before adaptation"


@dataclass(frozen=True)
class Assessment:
    """Showers and figures side by side.

    Attributes:
        samples: label -> showers of the same incident particles; the first is full simulation.
        comparisons: label -> figures against one half of the full simulation, each from as many showers.
        floor: figures of the other half of the full simulation against the same half.
    """

    samples: dict[str, Showers]
    comparisons: dict[str, Comparison]
    floor: Comparison


def assess(
    adapted: AdaptedModel,
    before: AdaptedModel,
    test: Showers,
    *,
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
        seed: of the generation, the halves and the classifier.
        device: to generate on.
    """
    made = {
        label: concatenate(list(model.stream(SameConditions(test), seed=seed, device=device)))
        for label, model in ((ADAPTED, adapted), (BEFORE, before))
    }
    reference, other = split_halves(test, seed)
    return Assessment(
        samples={REFERENCE: test, **made},
        comparisons={
            label: compare(reference, split_halves(showers, seed)[1], adapted.detector, seed=seed)
            for label, showers in made.items()
        },
        floor=floor_of(reference, other, adapted.detector, seed=seed),
    )
