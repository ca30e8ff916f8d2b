"""Can a classifier tell generated from reference showers? Trees and networks, by features and by voxels."""

from metacalo.validation.classifiers.area import area_error, area_under_curve
from metacalo.validation.classifiers.calibration import Reliability, reliability
from metacalo.validation.classifiers.protocol import NetworkTest, feature_network, voxel_network
from metacalo.validation.classifiers.settings import NetworkSettings
from metacalo.validation.classifiers.split import MIN_SHOWERS
from metacalo.validation.classifiers.trees import TreeTest, classifier_auc, tree_test

__all__ = [
    "MIN_SHOWERS",
    "NetworkSettings",
    "NetworkTest",
    "Reliability",
    "TreeTest",
    "area_error",
    "area_under_curve",
    "classifier_auc",
    "feature_network",
    "reliability",
    "tree_test",
    "voxel_network",
]
