"""Materials of the table and of detector files, as Geant4 is to build them, and as it does."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from metacalo.errors import UnknownMaterialError
from metacalo.geometry import Detector, material, material_names
from metacalo.geometry.pdg import mass_fractions
from metacalo.simulation.geant4 import materials
from metacalo.simulation.geant4.materials import Recipe, recipe
from metacalo.simulation.geant4.session import Session
from metacalo.simulation.geant4.setup import setup_of

BUILT_BY_GEANT4 = """
import json
from metacalo.geometry import Detector, material_names
from metacalo.simulation.geant4.application import CannotBuildError, Materials, g4
from metacalo.simulation.geant4.materials import Recipe, recipe

def detector(**definitions):
    slab = {"material": "Pb", "thickness_mm": 1.0, "active": True}
    return Detector.from_dict({"name": "any", "sections": [{"stack": [slab]}], "materials": definitions})

def built(detector, *names):
    made = Materials()
    every = {name: made.build(recipe(name, detector)) for name in names}
    return {n: (m.GetRadlen() / g4.cm, m.GetDensity() / (g4.g / g4.cm3)) for n, m in every.items()}

heavy = detector(epoxy={"density_g_cm3": 2.5, "mass_fractions": {"Pb": 1.0}})
own = built(heavy, "epoxy", "FR4")
try:
    Materials().build(Recipe("ether", 1.0, nist_name="G4_ETHER"))
except CannotBuildError as error:
    refusal = str(error)
print("FOUND", json.dumps([built(detector(), *material_names()), own, refusal]))
"""


@pytest.fixture(scope="module")
def asked(data_sets):
    """Radiation length [cm] and density [g/cm3] of materials as Geant4 has them, and what it refuses."""
    command = [sys.executable, "-c", BUILT_BY_GEANT4]
    environment = data_sets.environment(os.environ)
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(run.stdout.split("FOUND")[1])


@pytest.fixture
def built(asked):
    """The materials of the table."""
    return asked[0]


def made_of(name, **definitions):
    slab = {"material": name, "thickness_mm": 10.0, "active": True}
    return Detector.from_dict(
        {"name": "one", "sections": [{"repeat": 30, "stack": [slab]}], "materials": definitions}
    )


def test_geant4_builds_every_material_of_the_table_with_the_tables_density(built):
    assert set(built) == set(material_names())
    for name, (_, density) in built.items():
        assert density == pytest.approx(material(name).density_g_cm3, rel=1e-3), name


def test_geant4_finds_the_same_radiation_length_for_every_material_of_the_table(built):
    # Geant4 computes it by Tsai's formula; the PDG's composition of a few glasses and plastics is its own.
    differ = {
        name: x0_cm * density / material(name).radiation_length_g_cm2 - 1
        for name, (x0_cm, density) in built.items()
    }
    assert {name: round(d, 3) for name, d in differ.items() if abs(d) > 0.02} == {}


def test_a_definition_of_the_detector_leaves_mixtures_of_the_table_as_they_are(asked):
    table, own, _ = asked
    assert own["epoxy"] == pytest.approx((material("Pb").radiation_length_g_cm2 / 2.5, 2.5), rel=0.02)
    assert own["FR4"] == table["FR4"]


def test_the_parts_of_a_mixture_of_the_table_add_up_to_the_whole():
    assert mass_fractions("steel") == pytest.approx({"Fe": 0.7462, "Cr": 0.169, "Ni": 0.0848}, rel=1e-3)
    assert sum(mass_fractions("FR4").values()) == pytest.approx(1.0, abs=1e-12)
    assert mass_fractions("Pb") == {}


def test_a_known_substance_is_built_by_geant4s_name_with_metacalos_density():
    assert recipe("lead", made_of("Pb")) == Recipe("Pb", 11.35, nist_name="G4_Pb")


def test_a_definition_of_the_detector_goes_before_the_table_and_is_built_from_its_parts():
    detector = made_of("Pb", Pb={"density_g_cm3": 11.0, "mass_fractions": {"W": 0.3, "glue": 0.7}}, glue=GLUE)
    found = recipe("Pb", detector)
    assert (found.density_g_cm3, found.nist_name) == (11.0, "")
    (tungsten, first), (glue, second) = found.parts
    assert (tungsten.nist_name, first, second) == ("G4_W", 0.3, 0.7)
    assert [part.nist_name for part, _ in glue.parts] == ["G4_C", "G4_H"]


GLUE = {"density_g_cm3": 1.2, "mass_fractions": {"C": 0.9, "H": 0.1}}


def test_a_liquefied_gas_without_a_name_in_geant4_is_built_from_its_element():
    assert recipe("LNe", made_of("Pb")) == Recipe("LNe", 1.204, atomic_number=10)


def test_a_substance_with_neither_name_nor_parts_is_refused_before_any_run(monkeypatch):
    odd = replace(material("PbWO4"), name="odd", aliases=())
    monkeypatch.setattr(materials, "material", lambda _name: odd)
    monkeypatch.setattr(materials, "mass_fractions", lambda _name: {})
    with pytest.raises(UnknownMaterialError, match=r"Geant4 cannot build 'odd'.*define the material by"):
        recipe("odd", made_of("Pb"))


def test_a_name_that_this_geant4_does_not_have_is_refused(asked):
    assert re.match(r"Geant4 has no material 'G4_ETHER'.*'ether'; define the material by", asked[2])


def test_an_element_without_tables_is_refused_before_any_run(data_sets):
    with pytest.raises(UnknownMaterialError, match=r"no tables for the element with Z = 64.*stand-in"):
        Session(setup_of(made_of("Gd"), "option0", 0.7), data_sets)
