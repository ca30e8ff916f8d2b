"""Geant4 on stand-in data: a folder of tables from formulas, and small calorimeters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from metacalo.geometry import Detector
from metacalo.simulation.geant4 import Geant4Engine
from metacalo.simulation.geant4.data_sets import DataSets, find_data_sets

WRITER = Path(__file__).with_name("standin.py")

VARIABLES = ("GEANT4_DATA_DIR", "G4LEDATA", "G4LEVELGAMMADATA", "G4ENSDFSTATEDATA", "G4PARTICLEXSDATA")


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory) -> Path:
    """Folder of stand-in data sets for H, C, O, Si, W and Pb."""
    folder = tmp_path_factory.mktemp("stand_in")
    elements = [str(z) for z in (1, 6, 8, 14, 74, 82)]
    environment = {**os.environ, "GEANT4_DATA_DIR": str(folder)}
    subprocess.run([sys.executable, WRITER, folder, *elements], check=True, env=environment)
    return folder


@pytest.fixture(scope="session")
def tables(stand_in) -> Path:
    """Folder of the electromagnetic tables."""
    return stand_in / "G4EMLOW0"


@pytest.fixture(autouse=True)
def only_stand_in(stand_in, monkeypatch) -> None:
    """Whatever data the machine has, tests use the stand-in."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GEANT4_DATA_DIR", str(stand_in))


@pytest.fixture(scope="session")
def data_sets(stand_in) -> DataSets:
    """The stand-in as the engine finds it."""
    return find_data_sets("option0", {"GEANT4_DATA_DIR": str(stand_in)})


@pytest.fixture(scope="session")
def sampling() -> Detector:
    """35 layers of 1.4 mm tungsten, 2 mm polystyrene (not active) and 0.3 mm silicon: 14 X0."""
    layer = [
        {"material": "W", "thickness_mm": 1.4},
        {"material": "polystyrene", "thickness_mm": 2.0},
        {"material": "Si", "thickness_mm": 0.3, "active": True},
    ]
    grid = {"shape": [9, 16, 35], "dr_mm": 8.0, "dz_mm": 3.7}
    sections = [{"repeat": 35, "stack": layer}]
    return Detector.from_dict({"name": "sampling", "sections": sections, "grid": grid})


@pytest.fixture(scope="session")
def crystal() -> Detector:
    """40 X0 of lead tungstate, all active."""
    slab = {"material": "PbWO4", "thickness_mm": 8.9, "active": True}
    return Detector.from_dict({"name": "crystal", "sections": [{"repeat": 40, "stack": [slab]}]})


@pytest.fixture(scope="module")
def engine():
    """One engine for all tests of a module, which spares starting Geant4 for each."""
    made = Geant4Engine()
    yield made
    made.close()
