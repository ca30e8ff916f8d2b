"""Arrays behind the figures of learned judges: classifiers, precision and recall, nearest neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """What a classifier says of showers that it was not trained on: probability of being generated.

    Attributes:
        of_reference: of full simulation, (N,), best near 0.
        of_generated: of generated showers, (M,), best near 1.
    """

    of_reference: Array
    of_generated: Array


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Distances to the nearest shower that the generator was trained on, in the units of the features.

    Attributes:
        of_reference: from full simulation that it was not trained on, (N,).
        of_generated: from generated showers, (M,); nearer than those of the reference if it copies.
    """

    of_reference: Array
    of_generated: Array


@dataclass(frozen=True, eq=False)
class LearnedCurves:
    """Arrays behind the figures of the learned judges, of one generated sample.

    Attributes:
        scores: by the classifier's name.
        recall: of the PRD curve, (K,); none if empty.
        precision: of the PRD curve, (K,).
        neighbours: distances to the training showers; none if not known.
    """

    scores: Mapping[str, Scores] = field(default_factory=dict)
    recall: Array = field(default_factory=lambda: np.empty(0))
    precision: Array = field(default_factory=lambda: np.empty(0))
    neighbours: Neighbours | None = None
