"""What the incident energy and angle say about a shower, and which showers have nearly the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


def expected(showers: Showers, values: Array) -> Array:
    """Mean of an observable at each shower's own incident energy and angle, shape (N,).

    By least squares in 1, ln E, (ln E)^2, theta and theta^2.

    Args:
        showers: N showers.
        values: the observable, shape (N,).
    """
    log_energy, theta = _conditions(showers).T
    terms = np.stack([np.ones(len(theta)), log_energy, log_energy**2, theta, theta**2], axis=1)
    return np.asarray(terms @ np.linalg.lstsq(terms, values, rcond=None)[0])


def pulls(showers: Showers, values: Array) -> Array:
    """How far an observable is from what is expected, in units of its spread at that energy, shape (N,).

    The spread falls with the energy: it is the root of the squared residuals, fitted as the mean is.
    """
    residuals = values - expected(showers, values)
    log_spread = expected(showers, np.log(np.abs(residuals) + 1e-12))
    return np.asarray(residuals / np.exp(log_spread))


def partners(showers: Showers, block: int = 6) -> Rows:
    """For each shower another of nearly its energy and angle; each is the other's, shape (N,).

    Of each `block` showers next to each other in energy, those next to each other in angle are paired. The
    last of an odd number is its own partner.
    """
    found = np.arange(len(showers))
    ordered = np.argsort(showers.incident_energy_gev, kind="stable")
    for start in range(0, len(ordered), block):
        members = ordered[start : start + block]
        members = members[np.argsort(showers.theta_rad[members], kind="stable")]
        pairs = members[: len(members) // 2 * 2].reshape(-1, 2)
        found[pairs] = pairs[:, ::-1]
    return found


def nearest(showers: Showers, others: Showers) -> Rows:
    """Row of the one of `others` that is nearest in energy and angle, for each shower, shape (N,).

    Distances are taken in ln E and in theta, each in units of its spread among the others.
    """
    from scipy.spatial import cKDTree

    scale = _conditions(others).std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    _, found = cKDTree(_conditions(others) / scale).query(_conditions(showers) / scale)
    return np.asarray(found, dtype=np.int64)


def _conditions(showers: Showers) -> Array:
    """Ln of the energy and the angle, shape (N, 2)."""
    energy = np.asarray(showers.incident_energy_gev, dtype=np.float64)
    return np.column_stack([np.log(energy), np.asarray(showers.theta_rad, dtype=np.float64)])
