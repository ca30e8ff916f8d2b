"""What simulated showers are called, and what is to be kept in mind about them, by what their file says."""

from collections.abc import Mapping

FULL = "Geant4"
PARAMETRIC = "parametric"
STAND_IN = "Geant4, stand-in"

PARAMETRIC_MARK = "parametric"
"""Attribute (true) of showers that were drawn from parameterised profiles, not tracked."""

STAND_IN_MARK = "stand_in_data"
"""Attribute (true) of showers of an engine that had stand-ins for its data sets."""

MARKS = (PARAMETRIC_MARK, STAND_IN_MARK)
"""Marks that are handed on to models that are adapted to such showers, and to showers that these make."""

_DOUBTS = {
    PARAMETRIC_MARK: "come from the parametric engine, not from full simulation: their mean response is "
    "within some percent of Geant4's and its width within about 25%, and what is adapted to them cannot be "
    "better",
    STAND_IN_MARK: "come from Geant4 with stand-in data in the place of its data sets: they test the "
    "software and are no physics result",
}


def marks_of(attributes: Mapping[str, object]) -> dict[str, bool]:
    """Return the marks of `MARKS` that showers carry."""
    return {mark: True for mark in MARKS if attributes.get(mark) is True}


def called(attributes: Mapping[str, object], otherwise: str = FULL) -> str:
    """Return what reports call showers.

    Args:
        attributes: of the showers.
        otherwise: for those that carry no mark.
    """
    marks = marks_of(attributes)
    if PARAMETRIC_MARK in marks:
        return PARAMETRIC
    return STAND_IN if STAND_IN_MARK in marks else otherwise


def doubts_about(attributes: Mapping[str, object], what: str = "the showers") -> tuple[str, ...]:
    """Return what a report must say of showers, a sentence for each mark that they carry.

    Args:
        attributes: of the showers.
        what: what to call them.
    """
    return tuple(f"{what} {_DOUBTS[mark]}" for mark in marks_of(attributes))
