"""Can these showers be compared? Grids, units, ranges of energy and angle, samples given twice."""

import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import MetacaloError, MetacaloWarning, SettingsError, ShowerFileError
from metacalo.geometry import Detector, detector_names, load_detector
from metacalo.showers import Showers
from metacalo.showers.checks import check_same_grid
from metacalo.validation.observables import response

EDGE = 1e-3
"""Relative difference up to which energies are the same."""

EDGE_DEG = 0.1
"""Difference up to which angles are the same."""

SHARE_OUTSIDE = 0.02
OUTSIDE_BY_CHANCE = 2
"""Share of showers outside of the common range, and so many more, up to which nothing is cut away: of two
samples drawn from one range, one reaches a little farther than the other."""

FEWEST = 4
"""Fewest showers that can be compared at all: two halves of two."""

DOUBTFUL_RESPONSE = 3.0
SPECTRA_DIFFER = 0.1


def comparable(samples: Mapping[str, Showers]) -> tuple[dict[str, Showers], tuple[str, ...]]:
    """Check samples, cut them to their common range of energy and angle, and say what was found.

    Each note is warned of too (`MetacaloWarning`).

    Args:
        samples: showers by label; the first is the reference.

    Returns:
        The samples by label, and notes.

    Raises:
        GridMismatchError: if they have different grids.
        ShowerFileError: if the deposits of one are in other units.
        SettingsError: if their ranges do not overlap, or hold too few showers together.
    """
    reference, first = next(iter(samples.items()))
    for label, showers in samples.items():
        if len(showers) < FEWEST:
            raise SettingsError(
                f"{label}: expected at least {FEWEST} showers, got {len(showers)}; generate or simulate more"
            )
        check_same_grid(
            label,
            showers.grid,
            first.grid,
            reference,
            "score or generate both on one grid",
        )
    notes: list[str] = []
    energy = {label: showers.incident_energy_gev for label, showers in samples.items()}
    theta = {label: np.degrees(showers.theta_rad) for label, showers in samples.items()}
    low, high = _common_range(energy, "incident energies", "GeV", EDGE, 0.0)
    flat, steep = _common_range(theta, "incident angles", "degrees", 0.0, EDGE_DEG)
    for label, showers in samples.items():
        _check_response(label, showers, reference, first, notes)
    kept = {}
    differ = False
    for label, showers in samples.items():
        inside = (energy[label] >= low) & (energy[label] <= high)
        inside &= (theta[label] >= flat) & (theta[label] <= steep)
        outside = len(showers) - int(np.count_nonzero(inside))
        differ = differ or outside > SHARE_OUTSIDE * len(showers) + OUTSIDE_BY_CHANCE
        kept[label] = showers[inside]
    if not differ:
        kept = dict(samples)
    else:
        shares = ", ".join(f"{len(kept[label]):,} of {len(s):,} of {label}" for label, s in samples.items())
        notes.append(
            f"the samples have different ranges of incident energy or angle; compared is what they share, "
            f"{low:.4g} to {high:.4g} GeV and {max(flat, 0.0):.3g} to {steep:.3g} degrees: {shares}"
        )
        for label, showers in kept.items():
            if len(showers) < FEWEST:
                raise SettingsError(
                    f"{label}: {len(showers)} showers are in the range that all samples share, {low:.4g} to "
                    f"{high:.4g} GeV and {max(flat, 0.0):.3g} to {steep:.3g} degrees; generate showers at "
                    "the incident energies of the reference (metacalo generate --conditions)"
                )
    for label, showers in kept.items():
        if label != reference:
            _compare_spectra(label, showers, reference, kept[reference], notes)
            if showers == kept[reference]:
                notes.append(
                    f"{label} has the very showers of {reference}; every figure will be that of a copy"
                )
    for note in notes:
        warnings.warn(note, MetacaloWarning, stacklevel=3)
    return kept, tuple(notes)


def detector_of(showers: Showers) -> Detector | None:
    """The shipped detector that a file of showers says it is of, if its grid fits; None otherwise."""
    name = showers.attributes.get("detector")
    if not isinstance(name, str) or name not in detector_names():
        return None
    detector = load_detector(name)
    try:
        check_same_grid(name, showers.grid, detector.grid, name, "")
    except MetacaloError:
        return None
    return detector


def _common_range(
    values: Mapping[str, NDArray[np.floating]], what: str, unit: str, relative: float, absolute: float
) -> tuple[float, float]:
    low = max(float(found.min()) for found in values.values()) * (1 - relative) - absolute
    high = min(float(found.max()) for found in values.values()) * (1 + relative) + absolute
    if low <= high:
        return low, high
    ranges = ", ".join(f"{label} {v.min():.4g} to {v.max():.4g}" for label, v in values.items())
    middles = sorted(float(np.median(found)) for found in values.values())
    hint = ""
    if unit == "GeV" and 200 < middles[-1] / middles[0] < 5000:
        hint = " They differ by about 1000: are some in MeV?"
    raise SettingsError(
        f"expected {what} in a common range, got {ranges} {unit}.{hint} Generate showers at the incident "
        "energies of the reference (metacalo generate --conditions)"
    )


def _check_response(label: str, showers: Showers, reference: str, first: Showers, notes: list[str]) -> None:
    found, expected = float(response(showers).mean()), float(response(first).mean())
    if showers is first or not found or not expected:
        return
    factor = found / expected
    where = (
        f"{label}: the mean visible share of the incident energy is {factor:.4g} times that of {reference}"
    )
    if 300 < factor < 3000 or 300 < 1 / factor < 3000:
        raise ShowerFileError(
            f"{where}, which is a difference of units: deposits must be in MeV, incident energies in GeV; "
            "convert the file"
        )
    if factor > DOUBTFUL_RESPONSE or 1 / factor > DOUBTFUL_RESPONSE:
        notes.append(
            f"{where}; are the deposits of one of them divided by the sampling fraction, or those in the "
            "absorber counted too?"
        )


def _compare_spectra(label: str, showers: Showers, reference: str, first: Showers, notes: list[str]) -> None:
    """Note a difference of the incident particles, which the figures would show as one of the showers."""
    from scipy.stats import ks_2samp

    for name, what in (("incident_energy_gev", "energies"), ("theta_rad", "angles")):
        values = [np.asarray(getattr(sample, name)) for sample in (first, showers)]
        if all(np.ptp(found) <= EDGE * (abs(found).max() or 1.0) for found in values):
            continue
        test = ks_2samp(*values, method="asymp")
        if test.statistic > SPECTRA_DIFFER and test.pvalue < 1e-6:
            notes.append(
                f"the incident {what} of {label} are distributed otherwise than those of {reference} "
                f"(Kolmogorov-Smirnov {test.statistic:.2f}), which the figures show as a difference of the "
                "showers; generate showers at those of the reference (metacalo generate --conditions)"
            )
