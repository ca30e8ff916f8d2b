"""The CaloChallenge's classifier test: 60/20/20, best epoch, calibration, and then AUC and divergence."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.showers import Showers
from metacalo.validation.classifiers.area import area_under_curve, mean_area
from metacalo.validation.classifiers.calibration import (
    Reliability,
    calibrated,
    jensen_shannon_bound,
    reliability,
)
from metacalo.validation.classifiers.inputs import FeatureInputs, Index, Inputs, VoxelInputs
from metacalo.validation.classifiers.network import train_and_score
from metacalo.validation.classifiers.settings import (
    CHALLENGE_VOXELS,
    QUICK_FEATURES,
    QUICK_VOXELS,
    THOROUGH_FEATURES,
    NetworkSettings,
)
from metacalo.validation.classifiers.split import check_sizes, folds_of
from metacalo.validation.comparison import Estimate

Groups = tuple[NDArray[np.generic], NDArray[np.generic]]

FIFTHS = 5
"""Parts of which one is tested, the next validated and three trained on: the challenge's 20/20/60."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkTest:
    """What a network says of two samples.

    Attributes:
        auc: area under the ROC curve of the test showers, from the probabilities as the network gives them.
        calibrated_auc: the same after calibration, which makes ties: the figure that the challenge prints.
        jensen_shannon: lower bound of the Jensen-Shannon divergence [bit], from calibrated probabilities.
        accuracy: share of test showers on the right side of one half, after calibration.
        reliability: probabilities as the network gives them against what is so.
        calibrated_reliability: the same after calibration.
        calibration_error: expected calibration error before calibration.
        calibrated_calibration_error: the same after it.
        best_epochs: whose weights were taken, in each repetition.
        n_train: number of showers trained on, in the first repetition.
        n_validation: number of those that chose the epoch and calibrated.
        n_test: number of showers tested, in all repetitions.
        of_reference: probabilities, as the network gives them, of the tested reference showers.
        of_generated: the same of the tested generated showers.
        settings: of the network.
    """

    auc: Estimate
    calibrated_auc: Estimate
    jensen_shannon: Estimate
    accuracy: float
    reliability: Reliability
    calibrated_reliability: Reliability
    calibration_error: float
    calibrated_calibration_error: float
    best_epochs: tuple[int, ...]
    n_train: int
    n_validation: int
    n_test: int
    of_reference: NDArray[np.float64]
    of_generated: NDArray[np.float64]
    settings: NetworkSettings


def feature_network(
    reference: NDArray[np.floating],
    generated: NDArray[np.floating],
    *,
    groups: Groups | None = None,
    settings: NetworkSettings | None = None,
    thorough: bool = False,
    repeats: int = 1,
    seed: int = 0,
    device: str = "cpu",
) -> NetworkTest:
    """Let a dense network tell generated from reference showers by their features.

    The showers are split at random in five parts, which keep twins together: three are trained on, one
    chooses the epoch and calibrates (isotonic regression), one is tested. Each further repetition tests
    another part with a network of its own, so that five test every shower.

    The error of an area is that of Hanley and McNeil 1982 for the number of tested showers, or that of the
    mean over the repetitions, whichever is larger.

    Args:
        reference: features with the conditions among them, shape (N, F).
        generated: the same, shape (M, F).
        groups: a label of each shower, (N,) and (M,), that keeps those of one label together; see
            `classifier_auc`.
        settings: of the network; by default `QUICK_FEATURES`.
        thorough: train as long as the challenge does, `THOROUGH_FEATURES`; its very inputs and settings are
            `metacalo.validation.calochallenge.classifier_features` and `CHALLENGE_FEATURES`.
        repeats: number of repetitions, 1 to 5.
        seed: of split, weights and batches.
        device: auto, cpu or cuda.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS` showers of a kind, features that are not finite, or a
            number of repetitions outside 1 to 5.
    """
    for kind, features in (("reference", reference), ("generated", generated)):
        if not np.isfinite(features).all():
            raise SettingsError(
                f"a classifier needs finite features, got {int((~np.isfinite(features)).sum())} others among "
                f"those of the {kind} showers; leave out the showers or the features that have them"
            )
    chosen = settings or (THOROUGH_FEATURES if thorough else QUICK_FEATURES)

    def inputs(train: Index) -> Inputs:
        return FeatureInputs(reference, generated, train if chosen.standardise else None)

    return _test(inputs, (len(reference), len(generated)), groups, chosen, repeats, seed, device)


def voxel_network(
    reference: Showers,
    generated: Showers,
    *,
    groups: Groups | None = None,
    settings: NetworkSettings | None = None,
    thorough: bool = False,
    repeats: int = 1,
    seed: int = 0,
    device: str = "cpu",
) -> NetworkTest:
    """Let a dense network tell generated from reference showers by all their voxels; see `feature_network`.

    The inputs are those of `VoxelInputs`; showers are made dense batch by batch.

    Args:
        reference: N showers.
        generated: M showers on the same grid.
        groups: as in `feature_network`.
        settings: of the network; by default `QUICK_VOXELS`.
        thorough: take the challenge's own, `CHALLENGE_VOXELS`: hours on a CPU, minutes on a GPU.
        repeats: as in `feature_network`.
        seed: as in `feature_network`.
        device: as in `feature_network`.

    Raises:
        GridMismatchError: if the grids have different shapes.
        SettingsError: as `feature_network`.
    """
    chosen = settings or (CHALLENGE_VOXELS if thorough else QUICK_VOXELS)
    check_sizes(len(reference), len(generated))
    rows = VoxelInputs(reference, generated)
    return _test(lambda _: rows, (len(reference), len(generated)), groups, chosen, repeats, seed, device)


def _test(
    inputs: Callable[[Index], Inputs],
    sizes: tuple[int, int],
    groups: Groups | None,
    settings: NetworkSettings,
    repeats: int,
    seed: int,
    device: str,
) -> NetworkTest:
    check_sizes(*sizes)
    if not 1 <= repeats <= FIFTHS:
        raise SettingsError(f"expected 1 to {FIFTHS} repetitions of a classifier test, got {repeats}")
    label = np.repeat([0, 1], sizes)
    fifth = folds_of(len(label), None if groups is None else np.concatenate(groups), FIFTHS, seed)
    areas: list[float] = []
    calibrated_areas: list[float] = []
    said, corrected, tested, best_epochs = [], [], [], []
    for number in range(repeats):
        part = (fifth - number) % FIFTHS
        train, validation, test = (np.flatnonzero(chosen) for chosen in (part > 1, part == 1, part == 0))
        for name, rows in (("train on", train), ("validate on", validation), ("test", test)):
            if len(np.unique(label[rows])) < 2:
                raise SettingsError(
                    f"a classifier test needs showers of both kinds to {name}, got those of one; are nearly "
                    "all showers of one group?"
                )
        scored = train_and_score(
            inputs(train), label, (train, validation, test), settings, seed=seed + number, device=device
        )
        probability = calibrated(label[validation], scored.validation, scored.test)
        areas.append(area_under_curve(label[test], scored.test))
        calibrated_areas.append(area_under_curve(label[test], probability))
        said.append(scored.test)
        corrected.append(probability)
        tested.append(label[test])
        best_epochs.append(scored.best_epoch)
        if number == 0:
            n_train, n_validation = len(train), len(validation)
    truth, raw, fair = (np.concatenate(parts) for parts in (tested, said, corrected))
    counts = int((truth == 0).sum()), int((truth == 1).sum())
    before, after = reliability(truth, raw), reliability(truth, fair)
    return NetworkTest(
        auc=Estimate(*mean_area(areas, *counts)),
        calibrated_auc=Estimate(*mean_area(calibrated_areas, *counts)),
        jensen_shannon=Estimate(*jensen_shannon_bound(truth, fair)),
        accuracy=float(np.mean((fair > 0.5) == (truth == 1))),
        reliability=before,
        calibrated_reliability=after,
        calibration_error=before.expected_calibration_error,
        calibrated_calibration_error=after.expected_calibration_error,
        best_epochs=tuple(best_epochs),
        n_train=n_train,
        n_validation=n_validation,
        n_test=len(truth),
        of_reference=raw[truth == 0],
        of_generated=raw[truth == 1],
        settings=settings,
    )
