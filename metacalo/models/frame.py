"""What a model needs to know of a detector, as tensors: where each voxel is *in the shower*."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from metacalo.geometry import depth_in_x0, descriptor
from metacalo.models.comb import THETA_STEP_RAD, log_active_material_table

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

    from metacalo.geometry import Detector

N_HARMONICS = 3
"""Azimuthal harmonics cos k phi, sin k phi that a shower's asymmetry is made of, k = 1 ..."""

_N_WAVES = 4
N_COORDINATES = 7 + 2 * _N_WAVES
"""Features of a place in the shower."""

_WIGMANS = 0.027
_LEAST_SAMPLING = 0.01


@dataclass(frozen=True, eq=False)
class DetectorFrame:
    """A detector in the units of electromagnetic showers, X0 along the flight and R_M across it.

    Attributes:
        shape: of the grid, (n_r, n_phi, n_z).
        descriptor: the numbers that condition a model on the detector, shape (n_descriptor,).
        coordinates: features of each ring and layer for the trunk, shape (n_r * n_z, N_COORDINATES).
        harmonics: cos k phi, then sin k phi, for k = 1 ..., shape (n_phi, 2 N_HARMONICS).
        r_edges: edges of the rings [R_M], shape (n_r + 1,).
        z_edges: edges of the layers [X0], each section of the detector with its own, shape (n_z + 1,).
        log_comb: ln of the relative active material, shape (n_theta, n_r * n_phi * n_z), one row each
            `THETA_STEP_RAD`.
        depth_x0: of the detector along its normal [X0].
        critical_energy_mev: of the average medium [MeV].
        mean_z: atomic number of the average medium.
        sampling_fraction: estimate from the stack.
        crossing_mev: what a minimum-ionising particle leaves in a layer's active material [MeV].
        highest_energy_gev: of the detector's range [GeV].
        stochastic_term: reference scale of the relative resolution at 1 GeV; not a prediction.
    """

    shape: tuple[int, int, int]
    descriptor: Tensor
    coordinates: Tensor
    harmonics: Tensor
    r_edges: Tensor
    z_edges: Tensor
    log_comb: Tensor
    depth_x0: float
    critical_energy_mev: float
    mean_z: float
    sampling_fraction: float
    crossing_mev: float
    highest_energy_gev: float
    stochastic_term: float

    @property
    def n_voxels(self) -> int:
        """Number of voxels of the grid."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    def to(self, device: torch.device) -> Self:
        """Return the frame with its tensors on a device."""
        if self.descriptor.device == device:
            return self
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        moved: dict[str, Any] = {k: v.to(device) for k, v in values.items() if isinstance(v, Tensor)}
        return replace(self, **moved)

    def log_comb_at(self, theta_rad: Tensor) -> Tensor:
        """Interpolate the relative active material in the angle.

        Angles beyond the table count as its last.

        Args:
            theta_rad: angles to the normal [rad], shape (batch,).

        Returns:
            Natural logarithm of the relative active material, shape (batch, n_r, n_phi, n_z).
        """
        place = (theta_rad.abs() / THETA_STEP_RAD).clamp(0, len(self.log_comb) - 1.001)
        below = place.long()
        weight = (place - below)[:, None]
        before = self.log_comb[below]
        mixed = before + weight * (self.log_comb[below + 1] - before)
        return mixed.view(-1, *self.shape)


@lru_cache(maxsize=64)
@torch.inference_mode(mode=False)  # what is kept for later must be good for training too
def detector_frame(detector: Detector) -> DetectorFrame:
    """Work out the frame of a detector; kept, since it depends on the detector alone."""
    grid = detector.grid
    r_edges = np.asarray(grid.r_edges_mm) / detector.moliere_radius_mm
    z_edges = depth_in_x0(detector, grid.z_edges_mm)
    log_comb = log_active_material_table(detector)
    return DetectorFrame(
        shape=grid.shape,
        descriptor=_float32(descriptor(detector)),
        coordinates=_float32(_coordinates(r_edges, z_edges)),
        harmonics=_float32(_harmonics(grid.shape[1])),
        r_edges=_float32(r_edges),
        z_edges=_float32(z_edges),
        log_comb=_float32(log_comb.reshape(len(log_comb), -1)),
        depth_x0=detector.depth_x0,
        critical_energy_mev=detector.critical_energy_mev,
        mean_z=detector.composition.mean_z,
        sampling_fraction=detector.sampling_fraction,
        crossing_mev=_layers(detector) * detector.mip_per_layer_mev,
        highest_energy_gev=detector.energy_range_gev[1],
        stochastic_term=_stochastic_term(detector),
    )


def _coordinates(r_edges: NDArray[np.float64], z_edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth functions of the place in the shower that a small network can build profiles from.

    Args:
        r_edges: edges of the rings [R_M], shape (n_r + 1,).
        z_edges: edges of the layers [X0], shape (n_z + 1,).

    Returns:
        Features, each of order one in a shower, shape (n_r * n_z, N_COORDINATES).
    """
    r = ((r_edges[1:] + r_edges[:-1]) / 2)[:, None] + np.zeros(len(z_edges) - 1)
    z = ((z_edges[1:] + z_edges[:-1]) / 2)[None, :] + np.zeros_like(r)
    columns = [np.log(r), r / 2, np.log(z), z / 12, (z / 12) ** 2, np.exp(-r / 0.5), np.exp(-r / 1.5)]
    for k in range(1, _N_WAVES + 1):
        columns += [np.sin(k * np.pi * z / 18), np.cos(k * np.pi * z / 18)]
    return np.stack([c.reshape(-1) for c in columns], axis=1)


def _harmonics(n_phi: int) -> NDArray[np.float64]:
    """Azimuthal harmonics at the centres of the sectors, shape (n_phi, 2 N_HARMONICS)."""
    phi = -np.pi + (np.arange(n_phi) + 0.5) * 2 * np.pi / n_phi
    order = np.arange(1, N_HARMONICS + 1)
    return np.concatenate([np.cos(phi[:, None] * order), np.sin(phi[:, None] * order)], axis=1)


def _layers(detector: Detector) -> float:
    """Layers of the file in a layer of the model, which are the same unless all is active.

    However its file cuts a homogeneous calorimeter into slabs, its layers are those of the grid.
    """
    return detector.grid.dz_mm / detector.pitch_mm if detector.is_homogeneous else 1.0


def _stochastic_term(detector: Detector) -> float:
    """Reference scale of the relative resolution at 1 GeV, 2.7% sqrt(d / f), d active thickness a layer [mm].

    After Wigmans, Calorimetry (2nd ed., 2017), with the shower's sampling fraction f, where his is that of a
    minimum-ionising particle, and times sqrt(1 - a), a the active share of the depth, as nothing fluctuates
    where nothing is left out: a reference scale that a model learns its corrections to, not a prediction.
    """
    active_mm = _layers(detector) * detector.active_thickness_mm
    sampling = _WIGMANS * np.sqrt(active_mm / detector.sampling_fraction)
    return float(sampling * np.sqrt(max(1.0 - detector.active_fraction, _LEAST_SAMPLING)))


def _float32(array: NDArray[np.floating[Any]]) -> Tensor:
    return torch.tensor(array, dtype=torch.float32)
