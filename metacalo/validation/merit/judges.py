"""Learned judges: classifiers that tell the samples apart, regressors that are used on both."""

from metacalo.validation import classifiers
from metacalo.validation.comparison import Estimate
from metacalo.validation.curves import LearnedCurves, Scores
from metacalo.validation.merit.findings import Findings
from metacalo.validation.merit.pair import Pair
from metacalo.validation.regression import regression_test

TREES = "boosted trees on features"
FEATURES = "network on features"
VOXELS = "network on voxels"


def trees(pair: Pair) -> Findings:
    """`classifier_auc` of boosted trees on features, incident energy and angle, its error from the folds."""
    if min(map(len, pair.both)) < classifiers.MIN_SHOWERS:
        note = f"no classifier AUC: it needs at least {classifiers.MIN_SHOWERS} showers of each kind"
        return Findings(notes=(note,))
    found = classifiers.tree_test(*pair.conditioned, groups=pair.twins, seed=pair.seed)
    return Findings(
        estimates={"classifier_auc": found.auc}, curves=LearnedCurves(scores={TREES: found.scores})
    )


def network_on_features(pair: Pair) -> Findings:
    """`classifier_auc_features_network`, its calibration error and Jensen-Shannon bound [bit]."""
    found = classifiers.feature_network(
        *pair.conditioned,
        groups=pair.twins,
        thorough=pair.scope.thorough_networks,
        repeats=pair.scope.network_repeats,
        seed=pair.seed,
        device=pair.device,
    )
    return _of_network("features_network", FEATURES, found)


def network_on_voxels(pair: Pair) -> Findings:
    """`classifier_auc_voxels_network`, its calibration error and Jensen-Shannon bound [bit]."""
    found = classifiers.voxel_network(
        *pair.both,
        groups=pair.twins,
        thorough=pair.scope.thorough_networks,
        repeats=pair.scope.network_repeats,
        seed=pair.seed,
        device=pair.device,
    )
    return _of_network("voxels_network", VOXELS, found)


def regressors(pair: Pair) -> Findings:
    """`regressor_<trained on>_to_<used on>_<figure>`; see `regression.regression_test`."""
    found = regression_test(*pair.both, groups=pair.twins, seed=pair.seed)
    return Findings(estimates=found.estimates(), notes=found.notes)


def _of_network(short: str, name: str, found: classifiers.NetworkTest) -> Findings:
    return Findings(
        estimates={
            f"classifier_auc_{short}": found.auc,
            f"classifier_calibration_error_{short}": Estimate(found.calibrated_calibration_error),
            f"classifier_jensen_shannon_{short}": found.jensen_shannon,
        },
        curves=LearnedCurves(scores={name: Scores(found.of_reference, found.of_generated)}),
    )
