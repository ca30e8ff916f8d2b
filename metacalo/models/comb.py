"""How much active material a voxel of an inclined shower holds, from the layers' true positions.

The grid follows the particle; the layers do not. At an angle, a voxel one or two layers deep holds now more,
now less active material than the average, voxels outside the calorimeter hold none, and both depend on
nothing but geometry. A model that is told so has neither to learn it nor to mistake it for a fluctuation of
the shower. Where sections differ, a millimetre of active material sees more of the shower in one than in the
other; it counts by what its section samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metacalo.geometry import Detector

THETA_STEP_RAD = float(np.radians(0.25))
"""Distance of the table's angles: a voxel 100 mm off the axis moves by 0.4 mm."""

_THETA_MARGIN_RAD = np.radians(5.0)
"""How far the table goes past the detector's range of angles."""

_RADIAL_NODES = (np.arange(4) + 0.5) / 4
_PHI_NODES = 2
_CORE_WIDTH_MOLIERE = 0.2
_SMALLEST = 1e-3


def comb_angles(detector: Detector) -> NDArray[np.float64]:
    """Return the angles [rad] that the table is for, from 0 past the detector's range, shape (n_theta,)."""
    last = np.radians(detector.theta_range_deg[1]) + _THETA_MARGIN_RAD
    return np.arange(0.0, last + THETA_STEP_RAD, THETA_STEP_RAD)


def active_material_table(detector: Detector) -> NDArray[np.float32]:
    """Tabulate the active thickness in each voxel relative to the calorimeter's average.

    With d = z cos(theta) - r cos(phi) sin(theta) the depth of a point below the front face, and F(d) the
    active thickness above that depth, a voxel from z0 to z1 holds (F(d1) - F(d0)) / (d1 - d0), averaged over
    the voxel in phi and, with the weight of a shower's core, in r.

    In a detector of several sections F counts the active thickness of each with the weight

        w = (f_section / a_section) / (f / a),

    f the sampling fraction and a the active share of the depth, of the section alone and of the whole. With
    it, a section's voxels hold f_section / f on average: the shower deposits energy per mm as 1 / X0 of the
    section, and this share of it is visible. One section has w = 1.

    Args:
        detector: the calorimeter and its grid.

    Returns:
        Relative active thickness, 1 on average inside (of a section, f_section / f), 0 outside; shape
        (n_theta, n_r, n_phi, n_z).
    """
    grid = detector.grid
    n_r, n_phi, n_z = grid.shape
    edges = np.asarray(detector.slab_edges_mm)
    active_mm = np.diff(edges) * np.asarray(detector.slab_active)
    average = np.cumsum(active_mm)[-1] / edges[-1]
    active_above = np.concatenate([[0.0], np.cumsum(active_mm * _slab_weights(detector))])
    radius = _radial_nodes(detector)[:, :, None, None]
    phi = -np.pi + (np.arange(_PHI_NODES * n_phi) + 0.5) * 2 * np.pi / (_PHI_NODES * n_phi)
    across = radius * np.cos(phi)[:, None]
    z = np.asarray(grid.z_edges_mm)
    angles = comb_angles(detector)
    table = np.empty((len(angles), n_r, n_phi, n_z), dtype=np.float32)
    for i, theta in enumerate(angles):
        above = np.interp(z * np.cos(theta) - across * np.sin(theta), edges, active_above)
        held = np.diff(above, axis=-1).reshape(n_r, -1, n_phi, _PHI_NODES, n_z).mean(axis=(1, 3))
        table[i] = held / (np.diff(z) * np.cos(theta) * average)
    return np.maximum(table, np.float32(0.0))


def log_active_material_table(detector: Detector) -> NDArray[np.float32]:
    """Return the logarithm of `active_material_table`, bounded below where a voxel is outside."""
    return np.log(np.maximum(active_material_table(detector), np.float32(_SMALLEST)))


def _slab_weights(detector: Detector) -> NDArray[np.float64]:
    """What a millimetre of active material sees of a shower, relative to the average, shape (n_slabs,)."""
    if len(detector.sections) == 1:
        return np.ones(len(detector.slab_active))
    overall = detector.sampling_fraction / detector.active_fraction
    sections = detector.section_compositions
    # a section without active slabs has nothing that could be weighted
    seen = [s.sampling_fraction * s.depth_mm / s.active_mm if s.active else overall for s in sections]
    slabs = [section.repeat * len(section.stack) for section in detector.sections]
    return np.repeat(np.array(seen) / overall, slabs)


def _radial_nodes(detector: Detector) -> NDArray[np.float64]:
    """Radii [mm] that share the energy of a shower's core evenly within each ring, shape (n_r, nodes).

    The share of the core within r is r^2 / (r^2 + w^2).
    """
    width = _CORE_WIDTH_MOLIERE * detector.moliere_radius_mm
    inside = np.asarray(detector.grid.r_edges_mm) ** 2
    inside = inside / (inside + width**2)
    target = inside[:-1, None] + np.diff(inside)[:, None] * _RADIAL_NODES
    return np.asarray(width * np.sqrt(target / (1.0 - target)))
