"""Which of a detector's showers a model is adapted to, and which it is judged by."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import MetacaloWarning, ShowerFileError
from metacalo.showers import open_showers

if TYPE_CHECKING:
    from metacalo.checkpoint import ModelInfo
    from metacalo.geometry import Detector
    from metacalo.showers import Showers

FEW_SHOWERS = 30
MOST_TEST_SHOWERS = 2000
_SHARE_FOR_SUPPORT = 0.75
_MARGIN_IN_SPACINGS = 5.0
_EDGE = 1e-3
_NEAR = 0.02
_DOUBTFUL_FACTOR = 1.5
_IMPOSSIBLE_FACTOR = 3.0
_CONTAINING_DEPTH_X0 = 15.0


@dataclass(frozen=True)
class Division:
    """Disjoint showers of one detector.

    Attributes:
        support: to adapt to.
        test: to judge by; the model never sees them.
    """

    support: Showers
    test: Showers


def find_showers(detector: Detector, path: Path | None = None) -> Showers:
    """Open the showers of a detector.

    Args:
        detector: that they must be of.
        path: of the file; None for the one that the detector's YAML names.

    Raises:
        ShowerFileError: there is none, or it is damaged.
        GridMismatchError: they are on another grid.
    """
    path = path or detector.showers
    if path is None:
        raise ShowerFileError(
            f"expected fully simulated showers of {detector.name}, got none: its YAML has no `showers:` and "
            "no --showers was given. Simulate some with `metacalo simulate`, or about 300 with your own "
            f"Geant4 application, scored on the grid of `metacalo geometry show {detector.name}` and written "
            "in the native HDF5 layout, and give the file with --showers FILE.h5"
        )
    return open_showers(path, detector=detector)


def divide(showers: Showers, n_showers: int, seed: int) -> Division:
    """Draw the support showers; the others, as many as are useful, are the test.

    A file that has few more than `n_showers` gives three quarters of its showers as support.

    Args:
        showers: of one detector.
        n_showers: wanted as support.
        seed: of the draw.

    Raises:
        ShowerFileError: the file has no showers.
    """
    if len(showers) == 0:
        raise ShowerFileError("expected showers to adapt to, got a file with none; simulate about 300")
    n_support = min(n_showers, max(1, int(_SHARE_FOR_SUPPORT * len(showers))))
    if n_support < n_showers:
        warnings.warn(
            f"{n_showers} showers were asked for and the file has {len(showers)}: {n_support} are adapted "
            "to, the rest are kept to judge the model",
            MetacaloWarning,
            stacklevel=2,
        )
    if n_support < FEW_SHOWERS:
        warnings.warn(
            f"only {n_support} showers to adapt to: expect the mean response to be right within a few "
            "percent, and widths and tails to be mostly those of the detectors that the model was pretrained "
            f"on; {FEW_SHOWERS} or, better, 300 showers let it learn them",
            MetacaloWarning,
            stacklevel=2,
        )
    order = np.random.default_rng([seed, 2]).permutation(len(showers))
    test = np.sort(order[n_support:][:MOST_TEST_SHOWERS])
    return Division(showers[np.sort(order[:n_support])], showers[test])


def check_units(detector: Detector, showers: Showers) -> None:
    """Refuse showers whose visible energy cannot be that of the detector, and warn of doubtful ones.

    The sampling fraction that is estimated from the stack is right within a few percent; deposits that were
    already divided by it, or energies in other units, are off by a large factor.

    Args:
        detector: that they are said to be of.
        showers: deposits in the active material.

    Raises:
        ShowerFileError: the mean response is off by more than a factor of 3, and leakage is not the reason.
    """
    visible = showers.total_energy_mev.sum() / (1e3 * showers.incident_energy_gev.astype(float).sum())
    factor = visible / detector.sampling_fraction
    if 1 / _DOUBTFUL_FACTOR < factor < _DOUBTFUL_FACTOR:
        return
    message = (
        f"expected about {detector.sampling_fraction:.3g} of the incident energy in the active material of "
        f"{detector.name}, got {visible:.3g}, {factor:.3g} times as much; incident energies must be in GeV, "
        "deposits in MeV and not corrected for the sampling fraction, and the stack that of the simulation"
    )
    leaks = factor < 1 and detector.depth_x0 < _CONTAINING_DEPTH_X0
    if not leaks and not 1 / _IMPOSSIBLE_FACTOR < factor < _IMPOSSIBLE_FACTOR:
        raise ShowerFileError(message)
    warnings.warn(message, MetacaloWarning, stacklevel=2)


def check_ranges(detector: Detector, showers: Showers) -> None:
    """Refuse showers that lie outside the ranges that the detector's file claims, and warn if some do.

    Args:
        detector: with the ranges.
        showers: of the detector.

    Raises:
        ShowerFileError: no shower is inside.
    """
    claims = (
        ("energy_range_gev", "GeV", detector.energy_range_gev, showers.incident_energy_gev),
        ("theta_range_deg", "degrees", detector.theta_range_deg, np.degrees(showers.theta_rad)),
    )
    for key, unit, (low, high), values in claims:
        inside = np.mean((values >= low * (1 - _NEAR)) & (values <= high * (1 + _NEAR)))
        if inside == 1.0:
            continue
        message = (
            f"the detector's {key} is {low:g} to {high:g} {unit}, the showers have {values.min():.4g} to "
            f"{values.max():.4g} {unit}; correct {key}, which is in {unit}, or take showers of that range"
        )
        if inside == 0.0:
            raise ShowerFileError(message)
        warnings.warn(message, MetacaloWarning, stacklevel=2)


def check_covered_by(pretrained: ModelInfo, support: Showers) -> None:
    """Warn of showers beyond the energies or angles that a checkpoint was pretrained with."""
    seen = (
        ("GeV", pretrained.energy_range_gev, support.incident_energy_gev),
        ("degrees", pretrained.theta_range_deg, np.degrees(support.theta_rad)),
    )
    for unit, trained, values in seen:
        if trained is None:
            continue
        low, high = float(values.min()), float(values.max())
        if low < trained[0] * (1 - _EDGE) or high > trained[1] * (1 + _EDGE):
            warnings.warn(
                f"the checkpoint was pretrained with {trained[0]:g}-{trained[1]:g} {unit}, the showers have "
                f"{low:.4g}-{high:.4g} {unit}: there, the model knows only what these showers tell it; look "
                "at the report, and adapt to more showers than usual",
                MetacaloWarning,
                stacklevel=2,
            )


def trusted_ranges(detector: Detector, support: Showers) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the energies [GeV] and angles [degrees] that an adaptation covers.

    They are those of the support showers, and a little more towards the ends of the detector's ranges,
    since n showers that are drawn evenly from a range stop short of its ends by about a part in n.
    """
    low, high = _covered(np.log(detector.energy_range_gev), np.log(support.incident_energy_gev))
    theta = _covered(np.asarray(detector.theta_range_deg), np.degrees(support.theta_rad))
    return (_rounded(np.exp(low)), _rounded(np.exp(high))), (_rounded(theta[0]), _rounded(theta[1]))


def _covered(claimed: NDArray[np.float64], values: NDArray[np.floating[Any]]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN_IN_SPACINGS * (high - low) / len(values)
    return (
        min(low, max(float(claimed[0]), low - margin)),
        max(high, min(float(claimed[1]), high + margin)),
    )


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
