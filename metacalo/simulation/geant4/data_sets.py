"""The data sets that Geant4 reads: which ones it needs, where they are, how to get them.

The wheel brings none of them, and on import it asks at the terminal whether to download them; where CI=true
it does so without asking. The environment that is made here has it do neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from metacalo.errors import SimulationError
from metacalo.simulation.geant4.setup import HADRONIC

FOLDER_VARIABLE = "GEANT4_DATA_DIR"
"""Variable that names the folder with all data sets; where it is set, the wheel asks nothing."""

DOWNLOADED = ".geant4_pybind"
"""Folder in the user's home in which the wheel keeps what it has downloaded."""

STAND_IN_LABEL = "STANDIN.txt"
"""File that marks a folder of data as made up for tests; every shower from it carries the mark."""

_ELECTROMAGNETIC = {
    "G4EMLOW": "G4LEDATA",
    "PhotonEvaporation": "G4LEVELGAMMADATA",
    "G4ENSDFSTATE": "G4ENSDFSTATEDATA",
}
_HADRONIC = {"G4PARTICLEXS": "G4PARTICLEXSDATA"}


@dataclass(frozen=True)
class DataSets:
    """The data sets that were found.

    Attributes:
        folders: folder of each data set, by the variable that tells Geant4 of it.
        stand_in: whether any is marked as made up for tests.
    """

    folders: Mapping[str, Path]
    stand_in: bool

    @property
    def versions(self) -> dict[str, str]:
        """Name of each folder, which has the version, by the variable."""
        return {variable: folder.name for variable, folder in self.folders.items()}

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return a process' environment in which Geant4 finds the data sets and nobody is asked.

        Args:
            base: the environment to add to.
        """
        found = {variable: str(folder) for variable, folder in self.folders.items()}
        anywhere = str(next(iter(self.folders.values())).parent)
        return {**base, FOLDER_VARIABLE: base.get(FOLDER_VARIABLE) or anywhere, **found}


def find_data_sets(physics: str, environment: Mapping[str, str] | None = None) -> DataSets:
    """Find the data sets that some physics needs.

    Each is looked for where its own variable says (``G4LEDATA``, ...), in the folder that
    ``GEANT4_DATA_DIR`` names, and where the wheel keeps its downloads; there, the newest version counts.

    Args:
        physics: one of `metacalo.simulation.geant4.PHYSICS`.
        environment: variables; those of this process by default.

    Raises:
        SimulationError: data sets are missing; the message says which, and how to get them.
    """
    variables = os.environ if environment is None else environment
    wanted = {**_ELECTROMAGNETIC, **(_HADRONIC if physics in HADRONIC else {})}
    places = [Path(variables[FOLDER_VARIABLE])] if variables.get(FOLDER_VARIABLE) else []
    places.append(Path(variables.get("HOME") or Path.home()) / DOWNLOADED)
    found: dict[str, Path] = {}
    missing: list[str] = []
    for name, variable in wanted.items():
        if variables.get(variable):
            folder = Path(variables[variable])
            if folder.is_dir():
                found[variable] = folder
            else:
                missing.append(f"{name} ({variable} is {str(folder)!r}, which is no folder)")
        elif newest := next(filter(None, (_newest(name, place) for place in places)), None):
            found[variable] = newest
        else:
            missing.append(f"{name} (variable {variable})")
    if missing:
        raise SimulationError(_what_is_missing(physics, missing, places))
    return DataSets(found, any(_is_stand_in(folder) for folder in found.values()))


def _newest(name: str, place: Path) -> Path | None:
    """Return the folder of the highest version of a data set, as ``G4EMLOW8.8``."""
    versions = {}
    for folder in place.glob(f"{name}[0-9]*"):
        numbers = re.fullmatch(rf"{name}(\d+(?:\.\d+)*)", folder.name)
        if numbers and folder.is_dir():
            versions[tuple(map(int, numbers[1].split(".")))] = folder
    return versions[max(versions)] if versions else None


def _is_stand_in(folder: Path) -> bool:
    return any((place / STAND_IN_LABEL).exists() for place in (folder, folder.parent))


def _what_is_missing(physics: str, missing: list[str], places: list[Path]) -> str:
    looked = ", ".join(str(place) for place in places)
    return (
        f"Geant4 needs data sets for physics {physics!r} that were not found: {'; '.join(missing)}. "
        f"Looked in {looked}. If you have them (with a Geant4 installation), set {FOLDER_VARIABLE} to the "
        "folder that holds them by their official names, or each one's variable. If not, let geant4-pybind "
        'download them all, about 2 GB, into your home: run `python -c "import geant4_pybind"` in a terminal '
        "and answer y. metacalo downloads nothing by itself; `--engine parametric` needs no data"
    )
