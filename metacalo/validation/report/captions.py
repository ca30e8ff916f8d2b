"""What each figure of a report shows: its tab, a heading and one plain sentence."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from metacalo.validation.observables import LAYER_OBSERVABLES, OBSERVABLES, RANGE_OBSERVABLES, Observable

TABS: Mapping[str, str] = MappingProxyType(
    {
        "summary": "Summary",
        "energy": "Energy",
        "longitudinal": "Longitudinal",
        "transverse": "Transverse",
        "voxels": "Voxels",
        "shape-variables": "Shape variables",
        "correlations": "Correlations",
        "classifiers": "Classifiers & diversity",
        "showers": "Showers in 3D",
        "details": "Details",
    }
)
"""Tabs of a report in their order: what a link says behind the #, and what a reader sees."""


class Caption(NamedTuple):
    """Tab (a key of `TABS`), heading and sentence of a figure."""

    tab: str
    heading: str
    sentence: str


_CAPTIONS = {
    "response_and_resolution": Caption(
        "energy",
        "Response and resolution",
        "The mean share of the incident energy that is visible, and its relative spread, against "
        "incident energy: the linearity and the energy resolution of the calorimeter.",
    ),
    "resolution_fit": Caption(
        "energy",
        "Resolution, fitted",
        "The energy resolution with the curve of its stochastic, constant and noise terms added in "
        "quadrature; the band is the error of the fit to full simulation.",
    ),
    "angle_dependence": Caption(
        "energy",
        "Dependence on the angle",
        "The mean response and the mean depth of showers against the angle at which the particle enters.",
    ),
    "longitudinal_profile": Caption(
        "longitudinal",
        "Longitudinal profile",
        "Where along its depth a shower leaves its visible energy, averaged over showers; the panel "
        "below is the ratio to full simulation, the grey band its statistical error.",
    ),
    "longitudinal_tail": Caption(
        "longitudinal",
        "Tail of the longitudinal profile",
        "The same on a logarithmic axis, where the few particles that get deepest show: they decide the "
        "leakage out of the calorimeter.",
    ),
    "radial_profile": Caption(
        "transverse",
        "Radial profile",
        "How visible energy falls with the distance to the particle's line of flight, which decides how "
        "much of a shower neighbouring cells see.",
    ),
    "voxel_spectrum": Caption(
        "voxels",
        "Energies of voxels",
        "How many voxels of each energy a shower has, from the deposits of single particles at the left "
        "to the core of the shower at the right.",
    ),
    "energy_maps": Caption(
        "voxels",
        "Mean shower in depth and radius",
        "The mean density of visible energy, and below it the ratio to full simulation where that is known "
        "to 30% or better: a place that is wrong on average has a colour.",
    ),
    "layer_correlations": Caption(
        "correlations",
        "Correlations of layers",
        "Which depths rise and fall together from shower to shower; early and late layers oppose each "
        "other, as a shower that starts early also ends early. Over a wide range of incident energies the "
        "growth of the depth with energy adds to it.",
    ),
    "depth_and_response": Caption(
        "correlations",
        "Response and depth of each shower",
        "Every point is a shower; the contours hold 68% and 95% of full simulation. A shower that goes deep "
        "and loses energy out of the back gives less response: a model must have both in the same shower.",
    ),
    "classifier_roc": Caption(
        "classifiers",
        "Can a classifier tell them apart?",
        "The share of generated showers that a classifier finds, against the share of full simulation that "
        "it mistakes for generated; on the diagonal it guesses.",
    ),
    "classifier_scores": Caption(
        "classifiers",
        "Scores of the classifiers",
        "What the classifier says of showers that it was not trained on: full simulation tinted, generated "
        "as lines. Where they do not overlap lie the showers that give a model away.",
    ),
    "classifier_calibration": Caption(
        "classifiers",
        "Calibration of the classifiers",
        "Among showers of each score, the share that is generated: on the diagonal the score is a "
        "probability, and the classifier neither boasts nor hesitates.",
    ),
    "precision_recall": Caption(
        "classifiers",
        "Precision and recall of the distributions",
        "How much of what is generated lies where full simulation does (precision), against how much of "
        "full simulation is covered (recall): a model that always makes the same good shower has the first "
        "and lacks the second.",
    ),
    "nearest_neighbours": Caption(
        "classifiers",
        "Distance to the nearest training shower",
        "A model that has learned its training showers by heart makes showers that are nearer to them than "
        "new showers of full simulation are.",
    ),
    "shower_pictures": Caption(
        "showers",
        "A few showers from the side",
        "Single showers of about the same energy in each column, seen from the side: look for a grain, "
        "holes and stray deposits like those of full simulation.",
    ),
    "loss_curve": Caption(
        "details",
        "Course of the training",
        "The loss on the showers that were trained on and on showers held back from it; once the latter "
        "no longer falls the model only learns its showers by heart, so its best step is the one that "
        "is kept.",
    ),
}


def caption_of(name: str) -> Caption:
    """Caption of a figure of that name; for one that is not known here, its name and no sentence."""
    if name in _CAPTIONS:
        return _CAPTIONS[name]
    if name in OBSERVABLES:
        return _of(OBSERVABLES[name])
    if name in LAYER_OBSERVABLES:
        found = _of(LAYER_OBSERVABLES[name])
        return found._replace(
            sentence=f"{found.sentence} Its mean and its spread over showers, against depth."
        )
    if name in RANGE_OBSERVABLES:
        return _of(RANGE_OBSERVABLES[name])
    observable = OBSERVABLES.get(name.removesuffix("_in_energy_bins"))
    if observable is not None:
        found = _of(observable)
        return found._replace(
            heading=f"{found.heading} in bins of incident energy",
            sentence="The same for showers of about one energy, where no spectrum of the beam hides "
            "what differs.",
        )
    return Caption("details", name.replace("_", " ").capitalize(), "")


def _of(observable: Observable) -> Caption:
    tab = observable.group.replace(" ", "-")
    return Caption(tab, observable.heading, observable.sentence)
