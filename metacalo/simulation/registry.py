"""Engines by name; each is imported only when it is asked for."""

from __future__ import annotations

from typing import Any

from metacalo.errors import MetacaloError, SettingsError
from metacalo.geometry.naming import did_you_mean
from metacalo.simulation.engine import Engine

ENGINES = ("parametric", "geant4")
"""Names of the engines."""

SHOWERS_PER_SHARD = {"parametric": 500, "geant4": 25}
"""How many showers are made, and kept, together: some seconds of work."""


def engine(name: str, **options: Any) -> Engine:
    """Return an engine.

    Args:
        name: one of `ENGINES`.
        options: of the engine: ``cut_mm`` and ``physics`` of ``geant4``; ``parametric`` has none.

    Raises:
        SettingsError: no such engine, or no such option.
        MissingExtraError: the engine needs something that is not installed.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if name == "parametric":
        if given:
            options_given = " and ".join(f"--{key.removesuffix('_mm')}" for key in sorted(given))
            raise SettingsError(
                f"expected no {options_given} with the engine parametric, which tracks nothing; "
                f"leave {'it' if len(given) == 1 else 'them'} out, or use --engine geant4"
            )
        from metacalo.simulation.parametric import ParametricEngine

        return ParametricEngine()
    if name == "geant4":
        from metacalo.simulation.geant4 import Geant4Engine

        return Geant4Engine(**given)
    hint = did_you_mean(name, ENGINES)
    raise SettingsError(
        f"expected an engine, one of {', '.join(ENGINES)}, got {name!r}; {hint or 'choose one of them'}"
    )


def best_engine() -> tuple[Engine, str]:
    """Return the engine that is nearest to the truth of those that can run here, and why it is it.

    Geant4 if the extra and its data sets are installed, else the parametric one.
    """
    try:
        found = engine("geant4")
        found.provenance()
    except MetacaloError:
        return engine("parametric"), "Geant4 cannot run here, `--engine geant4` tells why"
    return found, "Geant4 can run here"
