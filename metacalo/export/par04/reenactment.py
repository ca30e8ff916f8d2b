"""Par04's calls, re-enacted: from a macro and particles to the ROOT file that Par04 would write.

What follows was read from the example in Geant4 11.4 (``Par04InferenceSetup``, ``Par04OnnxInference``,
``Par04TorchInference``, ``Par04MLFastSimModel``, ``Par04SensitiveDetector``, ``Par04EventAction``), step by
step and with its particulars. It is here so that every export is driven as its client drives it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.export.par04.root_output import THRESHOLD_MEV, Cells
from metacalo.export.par04.settings import Par04Settings, read_macro

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Infer = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Of one row of numbers."""

ELECTRON_MASS_MEV = 0.51099895
_HIGHEST_MEV = 1024000.0
_GEOMETRY = (0.0, 1.0)
_SIZE_FOR_ONE_TENSOR = 8


@dataclass(frozen=True)
class Event:
    """What Par04 keeps of an event.

    Attributes:
        energy_mev: of the particle, with its mass [MeV].
        rho: cells above the threshold, shape (n,).
        phi: same shape.
        z: same shape.
        deposit_mev: their energies [MeV], same shape.
    """

    energy_mev: float
    rho: Indices
    phi: Indices
    z: Indices
    deposit_mev: Floats


class Par04:
    """The example, as far as fast simulation needs it.

    Args:
        macro: a macro; its model is looked for beside it.
        seed: of the normal numbers.
    """

    def __init__(self, macro: str | Path, seed: int = 0) -> None:
        self.settings = read_macro(macro)
        self._normals = np.random.default_rng(seed)
        self._infer = _inference(self.settings, Path(macro).parent)

    def energies_mev(self, energy_mev: float, theta_rad: float) -> Floats:
        """Deposits of a shower as ``GetEnergies`` gives them [MeV], shape (cells of the inference mesh,).

        Args:
            energy_mev: kinetic energy [MeV].
            theta_rad: angle to the beam axis [rad].
        """
        settings = self.settings
        if settings.model_type != "VAE":
            raise SettingsError(
                f"expected the model type VAE, got {settings.model_type!r}; set it in the macro"
            )
        values = np.zeros(settings.n_latent + settings.n_conditions, dtype=np.float32)
        values[: settings.n_latent] = self._normals.standard_normal(settings.n_latent)
        values[settings.n_latent] = energy_mev / _HIGHEST_MEV
        values[settings.n_latent + 1] = np.degrees(np.float32(theta_rad)) / 90.0
        values[settings.n_latent + 2 : settings.n_latent + 4] = _GEOMETRY
        size = int(np.prod(settings.inference_mesh.shape))
        output = self._infer(values)
        if output.size < size:
            raise SettingsError(
                f"expected {size} numbers for the mesh of the macro, the model gives {output.size}; its "
                "setNbOf...Cells must be those of the model's grid"
            )
        deposits: Floats = output.reshape(-1)[:size].astype(np.float64) * energy_mev
        return deposits

    def positions_mm(self, origin_mm: Floats, direction: Floats) -> Floats:
        """Positions of the deposits [mm], shape (cells of the inference mesh, 3)."""
        mesh = self.settings.inference_mesh
        return par04_positions_mm(mesh.shape, mesh.rho_mm, mesh.z_mm, origin_mm, direction)

    def event(self, energy_mev: float, direction: Sequence[float]) -> Event:
        """Shoot one electron from the origin.

        Args:
            energy_mev: kinetic energy [MeV].
            direction: of any length.
        """
        vector = np.asarray(direction, dtype=np.float64)
        vector = vector / np.linalg.norm(vector)
        across = np.hypot(vector[0], vector[1])
        entry = vector * self.settings.inner_radius_mm / across if across else np.full(3, np.inf)
        if abs(entry[2]) > self.settings.length_mm / 2:
            raise SettingsError(
                f"the direction {list(direction)} misses the barrel, of length {self.settings.length_mm:g} mm"
            )
        deposit = self.energies_mev(energy_mev, float(np.arccos(vector[2])))
        position = self.positions_mm(entry, vector)
        kept = (deposit > THRESHOLD_MEV) & self._is_sensitive(position)
        return self._scored(energy_mev, entry, vector, position[kept], deposit[kept])

    def _is_sensitive(self, position: Floats) -> NDArray[np.bool_]:
        """Whether positions are in sensitive slabs of the barrel, shape (n,)."""
        settings = self.settings
        thickness = np.array([slab[1] for slab in settings.slabs])
        sensitive = np.array([slab[2] for slab in settings.slabs])
        depth = np.hypot(position[:, 0], position[:, 1]) - settings.inner_radius_mm
        inside = (depth >= 0) & (depth < settings.n_layers * thickness.sum())
        inside &= np.abs(position[:, 2]) <= settings.length_mm / 2
        slab = np.searchsorted(np.cumsum(thickness), np.mod(depth, thickness.sum()), side="right")
        found: NDArray[np.bool_] = inside & sensitive[np.minimum(slab, len(thickness) - 1)]
        return found

    def _scored(
        self, energy_mev: float, entry: Floats, direction: Floats, position: Floats, deposit: Floats
    ) -> Event:
        """What the sensitive detector and the event action make of hits."""
        mesh = self.settings.mesh
        n_rho, n_phi, n_z = mesh.shape
        local = (position - entry) @ _rotation(direction).T
        rho = np.floor(np.hypot(local[:, 0], local[:, 1]) / mesh.rho_mm).astype(np.int64)
        phi = np.floor((np.pi + np.arctan2(local[:, 1], local[:, 0])) / (2 * np.pi / n_phi)).astype(np.int64)
        z = np.floor(local[:, 2] / mesh.z_mm).astype(np.int64)
        hit = n_rho * n_z * phi + n_z * rho + z
        kept = (hit < n_rho * n_phi * n_z) & (z >= 0) & (z <= n_z) & (rho <= n_rho)
        cells, first, cell = np.unique(hit[kept], return_index=True, return_inverse=True)
        total: Floats = np.bincount(cell, weights=deposit[kept], minlength=len(cells)).astype(np.float64)
        above = total > THRESHOLD_MEV
        place = first[above]
        return Event(
            energy_mev + ELECTRON_MASS_MEV, rho[kept][place], phi[kept][place], z[kept][place], total[above]
        )


def par04_positions_mm(
    shape: tuple[int, int, int], rho_mm: float, z_mm: float, origin_mm: Floats, direction: Floats
) -> Floats:
    """Middles of cells as ``GetPositions`` gives them [mm], shape (cells, 3).

    Args:
        shape: cells in (rho, phi, z).
        rho_mm: size of a cell [mm].
        z_mm: size of a cell [mm].
        origin_mm: where the mesh begins [mm], shape (3,).
        direction: along the mesh, of length 1, shape (3,).
    """
    rho, phi, z = np.meshgrid(*(np.arange(n) + 0.5 for n in shape), indexing="ij")
    angle = phi.reshape(-1) * 2 * np.pi / shape[1] - np.pi
    radius = rho.reshape(-1) * rho_mm
    local = np.stack([radius * np.cos(angle), radius * np.sin(angle), z.reshape(-1) * z_mm], axis=1)
    placed: Floats = origin_mm + local @ _rotation(direction)  # the rotation's inverse, from the left
    return placed


def _rotation(direction: Floats) -> Floats:
    """``rotateZ(-phi); rotateY(-theta)``: from the detector's axes to those of the mesh."""
    theta = np.arccos(np.clip(direction[2], -1, 1))
    phi = np.arctan2(direction[1], direction[0])
    about_z = np.array([[np.cos(phi), np.sin(phi), 0], [-np.sin(phi), np.cos(phi), 0], [0, 0, 1]])
    about_y = np.array([[np.cos(theta), 0, -np.sin(theta)], [0, 1, 0], [np.sin(theta), 0, np.cos(theta)]])
    rotation: Floats = about_y @ about_z
    return rotation


def _inference(settings: Par04Settings, folder: Path) -> Infer:
    if settings.library == "ONNX":
        return infer_with_onnx(folder / settings.model_of_library, optimise=settings.optimise)
    if settings.library == "TORCH":
        return infer_with_torch(folder / settings.model_of_library)
    raise SettingsError(
        f"expected the inference library ONNX or TORCH, got {settings.library!r}; set it in the macro"
    )


def infer_with_onnx(path: Path, *, optimise: bool = False) -> Infer:
    """Return ``Par04OnnxInference`` of a model.

    Args:
        path: of the model.
        optimise: as ``/Par04/inference/setOptimizationFlag`` has it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimise else levels.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[-1].name  # each name takes the place of the one before
    outputs = [output.name for output in session.get_outputs()]

    def infer(values: NDArray[np.float32]) -> NDArray[np.float32]:
        first: NDArray[np.float32] = session.run(outputs, {name: values[None]})[0]
        if first.dtype != np.float32:
            raise SettingsError(f"expected a first output of float32, got {first.dtype}")
        return first

    return infer


def infer_with_torch(path: Path) -> Infer:
    """Return ``Par04TorchInference`` of a model."""
    import torch

    from metacalo.export.torchscript import load_script

    module = load_script(path)

    def infer(values: NDArray[np.float32]) -> NDArray[np.float32]:
        given = [torch.tensor(values)]
        if len(values) != _SIZE_FOR_ONE_TENSOR:
            n = len(values) - 4
            # the indices are Par04's: what it calls energy is the angle
            given = [
                torch.tensor(part) for part in (values[:n], values[n + 1 : n + 2], values[n + 2 : n + 3])
            ]
            given.append(torch.tensor(values[n + 2 : n + 4]))
        with torch.no_grad():
            output: NDArray[np.float32] = module(*given).contiguous().numpy()
        return output

    return infer


def cells_of(events: Sequence[Event]) -> Cells:
    """Return the cells of events, one after the other."""
    joined = {
        name: np.concatenate([getattr(event, name) for event in events])
        for name in ("rho", "phi", "z", "deposit_mev")
    }
    return Cells(
        np.array([event.energy_mev for event in events]),
        np.array([len(event.z) for event in events], dtype=np.int64),
        **joined,
    )


def write_root(path: str | Path, events: Sequence[Event]) -> None:
    """Write events as Par04 lays them out: the trees ``global`` and ``virtualReadout``."""
    import awkward
    import uproot

    cells = cells_of(events)
    columns = {
        "EnergyCell": cells.deposit_mev,
        **{f"{axis}Cell": getattr(cells, axis).astype(np.int32) for axis in ("rho", "phi", "z")},
    }
    with uproot.recreate(path) as file:
        file["global"] = {"EnergyMC": cells.energy_mev, "SimTime": np.zeros(len(events))}
        file["virtualReadout"] = {
            name: awkward.unflatten(values, cells.hits) for name, values in columns.items()
        }
