"""The model behind Par04's interface: one row of numbers in, fractions of the incident energy out."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from metacalo.export.par04.seeds import N_SEEDS, normals_of_seeds

HIGHEST_ENERGY_GEV = 1024.0
"""What Par04 divides incident energies by."""

N_CONDITIONS = 4
"""Energy, angle, and two numbers for Par04's own geometries, which are passed over."""

_RIGHT_ANGLE = math.pi / 2


class Par04FrontEnd(nn.Module):
    """Par04's view of a model: noise and conditions in one row, fractions of the incident energy per voxel.

    A row holds as many standard normal numbers as the model wants, then E / 1024 GeV, Par04's theta / 90
    degrees, and two numbers that are passed over. Par04 cannot be told of conditions outside the range of the
    model, and asks for every soft photon that reaches the calorimeter; such are taken to the nearest energy
    and angle inside, and as Par04 multiplies by the incident energy itself, the visible share is the one
    there.

    Args:
        model: of (energies [GeV] (n,), angles to the normal [rad] (n,), noise (n, n_noise)) gives deposits
            [MeV], (n, n_voxels) in C order of (r, phi, z).
        n_noise: numbers of a row that are noise.
        shape: of the grid, with an even number of sectors.
        energy_range_gev: of the model [GeV].
        theta_range_rad: of the model [rad].
    """

    def __init__(
        self,
        model: nn.Module,
        n_noise: int,
        shape: tuple[int, int, int],
        energy_range_gev: tuple[float, float],
        theta_range_rad: tuple[float, float],
    ) -> None:
        super().__init__()
        self.model = model
        self.n_noise = n_noise
        self.n_r, self.n_phi, self.n_z = shape
        self.lowest_gev, self.highest_gev = energy_range_gev
        self.least_rad, self.most_rad = theta_range_rad
        self.scale_gev = HIGHEST_ENERGY_GEV
        self.right_angle = _RIGHT_ANGLE

    def forward(self, par04_input: Tensor) -> Tensor:
        """Return fractions of the incident energy, shape (n, n_voxels), in C order of (r, phi, z).

        Args:
            par04_input: float32, shape (n, n_noise + 4).
        """
        noise = par04_input[:, : self.n_noise]
        energy_gev = par04_input[:, self.n_noise] * self.scale_gev
        energy_gev = energy_gev.clamp(min=self.lowest_gev, max=self.highest_gev)
        beam_theta = par04_input[:, self.n_noise + 1] * self.right_angle
        theta_rad = (beam_theta - self.right_angle).abs().clamp(min=self.least_rad, max=self.most_rad)
        deposit_mev = self.model(energy_gev, theta_rad, noise)
        fraction = deposit_mev / (1000.0 * energy_gev[:, None])
        straight = fraction.view(-1, self.n_r, self.n_phi, self.n_z)
        half = self.n_phi // 2
        turned = torch.cat([straight[:, :, half:], straight[:, :, :half]], dim=2)
        below = (beam_theta < self.right_angle)[:, None, None, None]
        return torch.where(below, turned, straight).flatten(1)


class Par04TorchFrontEnd(nn.Module):
    """The same for LibTorch, which gets eight numbers from Par04, four of them noise.

    Par04 11.4 hands LibTorch one tensor only if the input has eight values. Of any other number it makes
    four tensors, and by a slip of its indices none of them has the incident energy: no model can answer that,
    and this one says so.

    Args:
        front_end: to be fed.
    """

    def __init__(self, front_end: Par04FrontEnd) -> None:
        super().__init__()
        self.front_end = front_end
        self.n_noise = front_end.n_noise
        self.n_seeds = N_SEEDS
        self.n_conditions = N_CONDITIONS

    def forward(
        self,
        par04_input: Tensor,
        energy: Tensor | None = None,
        angle: Tensor | None = None,
        geometry: Tensor | None = None,
    ) -> Tensor:
        """Return fractions of the incident energy, shape (n, n_voxels), in C order of (r, phi, z).

        Args:
            par04_input: float32, shape (8,), (n, 8) or (n, n_noise + 4).
            energy: not to be given, as what Par04 passes here is no energy.
            angle: not to be given.
            geometry: not to be given.
        """
        if energy is not None or angle is not None or geometry is not None:
            raise RuntimeError(
                "expected one tensor of 8 values, got 4 tensors, in which Par04 leaves out the incident "
                "energy; write /Par04/inference/setSizeLatentVector 4 and setSizeConditionVector 4"
            )
        rows = par04_input.reshape(1, -1) if par04_input.dim() == 1 else par04_input
        if rows.shape[1] == self.n_seeds + self.n_conditions:
            noise = normals_of_seeds(rows[:, : self.n_seeds], self.n_noise)
            rows = torch.cat([noise, rows[:, self.n_seeds :]], dim=1)
        if rows.shape[1] != self.n_noise + self.n_conditions:
            raise RuntimeError(
                f"expected rows of 8 or {self.n_noise + self.n_conditions} values, got {rows.shape[1]}"
            )
        fractions: Tensor = self.front_end(rows)
        return fractions
