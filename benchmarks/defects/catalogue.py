"""The defects that are planted, by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from defects import copies, energy, shapes, tails
from metacalo.showers import Showers

NONE = "none"
"""What undamaged showers are called among the defects."""


@dataclass(frozen=True)
class Defect:
    """A way to damage showers.

    Attributes:
        heading: a few words.
        plant: gives damaged showers of showers, of the training showers, and of a seed.
    """

    heading: str
    plant: Callable[[Showers, Showers, int], Showers]


def _of_showers(damage: Callable[..., Showers], **settings: float) -> Callable[..., Showers]:
    """A damage that needs neither training showers nor a seed."""
    return lambda showers, _training, _seed: damage(showers, **settings)


def _at_random(damage: Callable[..., Showers]) -> Callable[..., Showers]:
    """A damage that needs a seed."""
    return lambda showers, _training, seed: damage(showers, seed=seed)


DEFECTS: Mapping[str, Defect] = MappingProxyType(
    {
        "response": Defect("response +2%", _of_showers(energy.shifted_response)),
        "resolution": Defect("resolution 10% narrower", _of_showers(energy.narrower_resolution)),
        "swapped": Defect("depth against response lost", _of_showers(shapes.swapped_shapes)),
        "mixed": Defect("correlation of layers lost", _at_random(shapes.mixed_layers)),
        "blurred": Defect("blur, 10% to neighbours", _of_showers(shapes.blurred)),
        "blurred_hits": Defect(
            "blur, 10%, hits stay", _of_showers(partial(shapes.blurred, between_hits=True))
        ),
        "faint": Defect("hits below 0.1 MeV dropped", _of_showers(tails.without_faint_hits)),
        "rings": Defect("two outer rings dropped", _of_showers(tails.without_outer_rings)),
        "unusual": Defect("5% in tails of response dropped", _of_showers(tails.without_unusual_response)),
        "late": Defect("5% latest showers dropped", _of_showers(tails.without_late_showers)),
        "duplicated": Defect("10% copies of each other", _at_random(copies.duplicated)),
        "learnt": Defect(
            "10% copies of training showers",
            lambda showers, training, seed: copies.learnt_by_heart(showers, training, seed=seed),
        ),
        "collapsed": Defect("only 200 different showers", _at_random(copies.collapsed)),
    }
)
"""Known defects, each of one kind only as far as that can be."""
