"""Detectors of few numbers, real showers of one, and generators that are small enough to be quick."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from metacalo.geometry import Detector, load_detector
from metacalo.models import FieldVAE, FieldVAESettings, Par04VAE, Par04VAESettings, ShowerBatch
from metacalo.showers import Showers, open_showers

TINY = FieldVAESettings(
    latents=3,
    turning_latents=1,
    trunk_width=8,
    branch_width=8,
    encoder_width=8,
    prior_width=8,
    basis=6,
    small_basis=4,
)


@pytest.fixture(scope="session")
def stack() -> Callable[..., Detector]:
    """Make a detector of layers of lead and polystyrene."""

    def make(
        lead_mm: float = 2.0,
        scintillator_mm: float = 4.0,
        repeat: int = 10,
        shape: tuple[int, int, int] = (3, 8, 10),
        dr_mm: float = 10.0,
        dz_mm: float = 6.0,
        **keys: Any,
    ) -> Detector:
        slabs = [
            {"material": "Pb", "thickness_mm": lead_mm},
            {"material": "polystyrene", "thickness_mm": scintillator_mm, "active": True},
        ]
        grid = {"shape": list(shape), "dr_mm": dr_mm, "dz_mm": dz_mm}
        return Detector.from_dict(
            {"name": "made", "sections": [{"repeat": repeat, "stack": slabs}], "grid": grid, **keys}
        )

    return make


@pytest.fixture(scope="session")
def detector() -> Detector:
    return load_detector("lhcb_ecal")


@pytest.fixture(scope="session")
def showers(data_dir: Path, detector: Detector) -> Showers:
    """60 showers below 12 GeV."""
    return open_showers(data_dir / "lhcb_small.h5", detector=detector).load()


@pytest.fixture(scope="session")
def batch(showers: Showers) -> ShowerBatch:
    return ShowerBatch.from_showers(showers)


@pytest.fixture
def field_vae() -> FieldVAE:
    torch.manual_seed(0)
    return FieldVAE(TINY)


@pytest.fixture
def par04_vae() -> Par04VAE:
    torch.manual_seed(0)
    return Par04VAE(Par04VAESettings(hidden=(8, 6), latents=3))


@pytest.fixture
def noise() -> Callable[[int], torch.Generator]:
    """Make a source of randomness from a seed."""
    return lambda seed: torch.Generator().manual_seed(seed)
