"""A model whose deposits are known by hand, exported for LibTorch, and the macros beside it."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from metacalo.export.par04.front_end import Par04FrontEnd, Par04TorchFrontEnd
from metacalo.export.par04.layers import par04_barrel
from metacalo.export.par04.macro import FULL, ONNX, TORCH, Par04Setup, par04_macro
from metacalo.export.torchscript import save_script, script
from metacalo.geometry import Detector, load_detector

N_NOISE = 50


class Counting(nn.Module):
    """Voxel k has (k + 1) keV for each GeV of incident energy, times e to the first noise and the angle."""

    def __init__(self, n_voxels: int) -> None:
        super().__init__()
        self.n_voxels = n_voxels

    def forward(self, energy_gev: Tensor, theta_rad: Tensor, noise: Tensor) -> Tensor:
        size = 1e-3 * energy_gev * torch.exp(0.1 * noise[:, 0] + theta_rad)
        return size[:, None] * (torch.arange(self.n_voxels) + 1.0)


@pytest.fixture(scope="session")
def siw() -> Detector:
    return load_detector("par04_siw")


@pytest.fixture(scope="session")
def front_end(siw: Detector) -> Par04FrontEnd:
    model = Counting(siw.grid.n_voxels)
    return Par04FrontEnd(model, N_NOISE, siw.grid.shape, (1.0, 100.0), (0.0, 0.7)).eval()


@pytest.fixture(scope="session")
def setup(siw: Detector) -> Par04Setup:
    return Par04Setup(siw.name, par04_barrel(siw, (0.0, 40.0)), siw.grid, N_NOISE, (1.0, 10.0, 50.0, 100.0))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, front_end: Par04FrontEnd, setup: Par04Setup) -> Path:
    """With `TORCH.mac`, `ONNX.mac`, `full.mac`, and the model for the first."""
    place = tmp_path_factory.mktemp("par04")
    save_script(script(Par04TorchFrontEnd(front_end)), place / f"par04_{setup.name}.pt", {})
    for library in (TORCH, ONNX, FULL):
        (place / f"{library}.mac").write_text(par04_macro(setup, library), encoding="utf-8")
    return place
