"""Has a generator learnt its training showers by heart? Nearest neighbours among them tell."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import check_sizes, checked_matrices
from metacalo.validation.diversity.neighbours import nearest, nearest_in_shape

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_MEMORISATION = 50
"""Fewest showers of each of the three kinds."""

COPY = 0.05
"""A shower is a copy if it is closer to a training shower than this share of the usual distance."""


class Memorisation(NamedTuple):
    """Whether generated showers are closer to the training showers than held-out full simulation is.

    Attributes:
        share_closer: chance that a generated shower is closer to its nearest training shower than a held-out
            one is to its own; 0.5 if nothing is memorised, 1 if all is.
        p_value: chance of so large a share by accident (Mann and Whitney, one-sided).
        copies: generated showers that are copies of training showers.
        copies_in_test: the same among the held-out showers, where each is an accident.
        copy_distance: distance below which a shower is a copy.
        pairs: which is a copy of which: index of the generated and of the training shower, shape (copies, 2).
        closer_than_any: generated showers that are closer than any of the held-out ones.
        tail_p_value: chance of so many by accident: that the so many closest of all are generated ones.
        generated_distances: of each generated shower to its nearest training shower, shape (N,).
        test_distances: the same of the held-out showers, shape (T,).
    """

    share_closer: Estimate
    p_value: float
    copies: int
    copies_in_test: int
    copy_distance: float
    pairs: NDArray[np.int64]
    closer_than_any: int
    tail_p_value: float
    generated_distances: Array
    test_distances: Array


def memorisation(
    generated: Any, training: Any, test: Any, *, copy: float = COPY, seed: int = 0
) -> Memorisation:
    """Compare distances from generated to training showers with those from held-out to training showers.

    The generator has seen the training showers, never the held-out (test) ones, which come from the same
    simulation, in the same ranges of energy and angle: had it learnt the physics, neither would be closer
    (Meehan et al., arXiv:2004.05675). A few copies do not move the share, so they are counted: showers whose
    distance is below `copy` times the median of the held-out ones, whatever their number.

    Args:
        generated: standardised features, shape (N, F), with Euclidean distances; or energies of voxels, a
            SciPy sparse matrix (N, voxels), of which the shapes are compared (`nearest_in_shape`), so that a
            copy is found up to rounding and up to its scale. Showers without energy are left out.
        training: the same of the showers that the generator was trained on.
        test: the same of showers that it was not trained on.
        copy: see above.
        seed: of the search among voxels.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_MEMORISATION` showers of a kind, values that are not
            finite, columns that are not the same, or held-out showers that are training showers.
    """
    from scipy.stats import mannwhitneyu

    name, least = "the memorisation test", MIN_SHOWERS_FOR_MEMORISATION
    samples = checked_matrices(name, least, generated, training, test)
    if isinstance(samples[0], np.ndarray):
        index = np.arange(len(samples[0]))
        found = [nearest(sample, samples[1], 1) for sample in (samples[0], samples[2])]
        (ours, which), (theirs, _) = ((distance[:, 0], to[:, 0]) for distance, to in found)
    else:
        hit = [np.flatnonzero(np.asarray(sample.sum(axis=1)).ravel() > 0) for sample in samples]
        check_sizes(name, least, *map(len, hit))
        filled = [
            sample if len(rows) == sample.shape[0] else sample[rows]
            for sample, rows in zip(samples, hit, strict=True)
        ]
        index = hit[0]
        ours, which = nearest_in_shape(filled[0], filled[1], seed=seed)
        theirs, _ = nearest_in_shape(filled[2], filled[1], seed=seed)
        which = hit[1][which]
    copy_distance = copy * float(np.median(theirs))
    if not copy_distance:
        raise SettingsError(
            "the memorisation test needs held-out showers that were not trained on, got ones that are equal "
            "to training showers; give it others, or leave it out"
        )
    is_copy = ours < copy_distance
    closer = int(np.count_nonzero(ours < theirs.min()))
    return Memorisation(
        share_closer=_share_below(ours, theirs),
        p_value=float(mannwhitneyu(ours, theirs, alternative="less", method="asymptotic").pvalue),
        copies=int(np.count_nonzero(is_copy)),
        copies_in_test=int(np.count_nonzero(theirs < copy_distance)),
        copy_distance=copy_distance,
        pairs=np.column_stack([index[is_copy], which[is_copy]]),
        closer_than_any=closer,
        tail_p_value=_chance_of_being_first(closer, len(ours), len(theirs)),
        generated_distances=ours,
        test_distances=theirs,
    )


def _share_below(first: Array, second: Array) -> Estimate:
    """Share of pairs of which the first is smaller, equal ones counting half, and its standard error.

    DeLong et al. 1988, doi:10.2307/2531595.
    """
    placed = []
    for values, others, sign in ((first, second, 1), (second, first, -1)):
        ordered = np.sort(sign * others)
        above = [np.searchsorted(ordered, sign * values, side=side) for side in ("left", "right")]
        placed.append(1 - (above[0] + above[1]) / (2 * len(others)))
    variance = sum(float(share.var(ddof=1)) / len(share) for share in placed)
    return Estimate(float(placed[0].mean()), variance**0.5)


def _chance_of_being_first(count: int, n: int, m: int) -> float:
    """Chance that the first `count` of n + m in random order are all of the n."""
    places = np.arange(count)
    return float(np.exp(np.sum(np.log((n - places) / (n + m - places)))))
