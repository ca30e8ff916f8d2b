"""A detector file's content that each test spoils in its own way."""

from collections.abc import Callable
from typing import Any

import pytest

from metacalo.geometry import Detector


@pytest.fixture
def shashlik() -> dict[str, Any]:
    """66 x (2 mm Pb + 4 mm polystyrene), automatic grid."""
    return {
        "name": "shashlik",
        "sections": [
            {
                "repeat": 66,
                "stack": [
                    {"material": "Pb", "thickness_mm": 2.0},
                    {"material": "polystyrene", "thickness_mm": 4.0, "active": True},
                ],
            }
        ],
    }


@pytest.fixture(scope="session")
def stacked() -> Callable[..., Detector]:
    """Make a detector of one section from (material, mm, active) triples."""

    def make(*slabs: tuple[str, float, bool], repeat: int = 20, **keys: Any) -> Detector:
        stack = [{"material": m, "thickness_mm": t, "active": a} for m, t, a in slabs]
        return Detector.from_dict({"name": "made", "sections": [{"repeat": repeat, "stack": stack}], **keys})

    return make
