"""Fixtures for all parts: a grid and showers whose every sum is known by hand, and real showers."""

from pathlib import Path

import pytest
from hypothesis import settings

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers

# A deadline for each example fails on a busy machine and says nothing of the code.
settings.register_profile("metacalo", deadline=None)
settings.load_profile("metacalo")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the small files of full-simulation showers: 60 below 12 GeV of each of four detectors."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def tiny_grid() -> CylinderGrid:
    """2 rings, 3 sectors, 4 depths: 24 voxels; index = 12 ring + 4 sector + depth."""
    return CylinderGrid(shape=(2, 3, 4), dr_mm=5.0, dz_mm=10.0)


@pytest.fixture(scope="session")
def hand_made_showers(tiny_grid: CylinderGrid) -> Showers:
    """Three showers of 3, 0 and 2 hits; layer sums [6, 0, 0, 1], none, [0, 8, 0, 16] MeV."""
    return Showers(
        grid=tiny_grid,
        incident_energy_gev=[1.0, 10.0, 100.0],
        theta_rad=[0.0, 0.25, 0.5],
        offsets=[0, 3, 3, 5],
        voxels=[0, 3, 12, 5, 23],
        energies_mev=[2.0, 1.0, 4.0, 8.0, 16.0],
        attributes={"detector": "tiny", "particle": "e-", "energy_range_gev": (1.0, 100.0)},
    )
