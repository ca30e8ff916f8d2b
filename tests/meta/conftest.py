"""A generator that is quick to train, and two detectors with a few random showers."""

from typing import ClassVar, Literal

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from metacalo.geometry import Detector
from metacalo.meta import Pool
from metacalo.models import Conditions, Generator, GeneratorSettings, ShowerBatch
from metacalo.showers import Showers


class ToySettings(GeneratorSettings):
    family: Literal["toy"] = "toy"
    width: int = 4


class ToyGenerator(Generator):
    """Takes ln of a deposit as normal, given incident energy, angle, depth of the detector and noise."""

    family: ClassVar[str] = "toy"
    head_networks: ClassVar[tuple[str, ...]] = ("network",)

    def __init__(self) -> None:
        super().__init__()
        self.settings = ToySettings()
        self.network = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))

    def loss(
        self,
        batch: ShowerBatch,
        detector: Detector,
        generator: torch.Generator | None = None,
        latent_weight: float = 1.0,
    ) -> Tensor:
        noise = torch.randn(len(batch), generator=generator)
        depth = torch.full_like(noise, detector.depth_x0 / 20)
        known = torch.stack([batch.energy_gev.log(), batch.theta_rad, depth, 0.1 * noise], dim=1)
        mean, log_width = self.network(known)[batch.shower].unbind(1)
        pull = (batch.deposit_mev.log() - mean) * (-log_width).exp()
        return (0.5 * pull**2 + log_width).sum() / len(batch) + latent_weight

    def sample(
        self, conditions: Conditions, detector: Detector, generator: torch.Generator | None = None
    ) -> ShowerBatch:
        raise NotImplementedError


def make_detector(name: str, absorber_mm: float) -> Detector:
    return Detector.from_dict(
        {
            "name": name,
            "sections": [
                {
                    "repeat": 12,
                    "stack": [
                        {"material": "Pb", "thickness_mm": absorber_mm, "active": False},
                        {"material": "Si", "thickness_mm": 0.5, "active": True},
                    ],
                }
            ],
            "grid": {"shape": [2, 3, 4], "dr_mm": 5.0, "dz_mm": 10.0},
        }
    )


def make_showers(detector: Detector, n: int, seed: int) -> Showers:
    random = np.random.default_rng(seed)
    energy = np.exp(random.uniform(0, np.log(100), n))
    dense = random.gamma(2.0, energy[:, None], (n, 24)) * (random.random((n, 24)) < 0.4 + 0.2 * seed)
    dense[:, 0] += 0.1
    return Showers.from_dense(
        dense, grid=detector.grid, incident_energy_gev=energy, theta_rad=random.uniform(0, 0.7, n)
    )


def make_pool(name: str, absorber_mm: float, n: int = 60, seed: int = 0) -> Pool:
    detector = make_detector(name, absorber_mm)
    return Pool(detector, make_showers(detector, n, seed))


@pytest.fixture
def toy() -> ToyGenerator:
    torch.manual_seed(1)
    return ToyGenerator()


@pytest.fixture(scope="session")
def pools() -> tuple[Pool, ...]:
    """Three detectors of 60 showers; the third has the most hits."""
    return (make_pool("thin", 2.0, seed=0), make_pool("middle", 4.0, seed=1), make_pool("thick", 6.0, seed=2))


@pytest.fixture(scope="session")
def held_out() -> Pool:
    return make_pool("unseen", 5.0, n=90, seed=1)
