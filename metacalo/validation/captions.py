"""What each figure of a report shows: a heading and one plain sentence."""

from typing import NamedTuple


class Caption(NamedTuple):
    """Heading and sentence below a figure."""

    heading: str
    sentence: str


_CAPTIONS = {
    "longitudinal_profile": Caption(
        "Longitudinal profile",
        "Where along its depth a shower leaves its visible energy, averaged over showers; the panel "
        "below is the ratio to full simulation, the grey band its statistical error.",
    ),
    "radial_profile": Caption(
        "Radial profile",
        "How visible energy falls with the distance to the particle's line of flight, which decides how "
        "much of a shower neighbouring cells see.",
    ),
    "response_and_resolution": Caption(
        "Response and resolution",
        "The mean share of the incident energy that is visible, and its relative spread, against "
        "incident energy: the linearity and the energy resolution of the calorimeter.",
    ),
    "voxel_spectrum": Caption(
        "Energies of voxels",
        "How many voxels of each energy a shower has, from the deposits of single particles at the left "
        "to the core of the shower at the right.",
    ),
    "hits": Caption(
        "Number of hit voxels",
        "How many voxels of the grid a shower reaches; it grows with the incident energy, so the shape "
        "reflects the spectrum of the beam too.",
    ),
    "shower_depth": Caption(
        "Depth of the shower",
        "The energy-weighted mean depth of each shower; its spread is how much showers fluctuate in "
        "where they start, which a model of the mean profile alone would miss.",
    ),
    "shower_length": Caption(
        "Width in depth",
        "How far each shower stretches about its own mean depth; too narrow a distribution means "
        "showers that are too much alike.",
    ),
    "shower_radius": Caption(
        "Mean radius",
        "The energy-weighted mean distance of each shower's energy to the line of flight: how wide "
        "showers are, and how much that varies from one to the next.",
    ),
    "layer_correlations": Caption(
        "Correlations of layers",
        "Which depths rise and fall together from shower to shower; early and late layers oppose each "
        "other, as a shower that starts early also ends early. Over a wide range of incident energies the "
        "growth of the depth with energy adds to it.",
    ),
    "shower_pictures": Caption(
        "A few showers from the side",
        "Single showers of about the same energy in each column, seen from the side: look for a grain, "
        "holes and stray deposits like those of full simulation.",
    ),
    "loss_curve": Caption(
        "Course of the training",
        "The loss on the showers that were trained on and on showers held back from it; once the latter "
        "no longer falls the model only learns its showers by heart, so its best step is the one that "
        "is kept.",
    ),
}


def caption_of(name: str) -> Caption:
    """Caption of a figure of that name; for one that is not known here, its name and no sentence."""
    return _CAPTIONS.get(name, Caption(name.replace("_", " ").capitalize(), ""))
