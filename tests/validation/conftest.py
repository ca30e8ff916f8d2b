"""Real showers for comparisons, and showers whose energies can be changed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from metacalo.geometry import Detector, load_detector
from metacalo.showers import Showers, open_showers


@pytest.fixture(scope="session")
def detector() -> Detector:
    return load_detector("lhcb_shashlik")


@pytest.fixture(scope="session")
def real_showers(data_dir: Path) -> Showers:
    """60 showers of Geant4, below 12 GeV."""
    return open_showers(data_dir / "lhcb_small.h5").load()


@pytest.fixture(scope="session")
def with_energies() -> Callable[..., Showers]:
    """Gives the same hits with deposits multiplied by a factor, or by one for each hit."""

    def scaled(showers: Showers, factor: float | np.ndarray) -> Showers:
        return Showers(
            grid=showers.grid,
            incident_energy_gev=showers.incident_energy_gev,
            theta_rad=showers.theta_rad,
            offsets=showers.offsets,
            voxels=showers.voxels,
            energies_mev=np.asarray(showers.energies_mev) * factor,
            attributes=showers.attributes,
        )

    return scaled
