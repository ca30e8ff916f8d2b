import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.errors import GeometryError
from metacalo.geometry import material, mixture

ELEMENTS = ["C", "Al", "Si", "Fe", "Cu", "W", "Pb", "U"]


def test_a_mixture_of_one_material_is_that_material():
    copper = material("Cu")
    same = mixture("Cu", copper.density_g_cm3, {copper: 1.0})
    assert same.radiation_length_mm == pytest.approx(copper.radiation_length_mm)
    assert same.moliere_radius_mm == pytest.approx(copper.moliere_radius_mm)
    assert same.mean_z == 29
    assert same.minimum_ionisation_mev_mm == pytest.approx(copper.minimum_ionisation_mev_mm)


def test_inverse_radiation_length_is_the_mean_of_the_inverses():
    half = mixture("half", 10.0, {material("Cu"): 0.5, material("W"): 0.5})
    copper, tungsten = 12.86, 6.763
    assert half.radiation_length_g_cm2 == pytest.approx(2.0 / (1.0 / copper + 1.0 / tungsten), rel=1e-3)


def test_inverse_moliere_radius_is_the_mean_of_the_inverses():
    """PDG eq. 34.38."""
    copper, tungsten = material("Cu"), material("W")
    third = mixture("third", 12.0, {copper: 1 / 3, tungsten: 2 / 3})
    expected = 1.0 / (1 / 3 / copper.moliere_radius_g_cm2 + 2 / 3 / tungsten.moliere_radius_g_cm2)
    assert third.moliere_radius_g_cm2 == pytest.approx(expected)


# Mass fractions from the chemical formulas; the PDG lists the results.
COMPOUNDS = {
    "polystyrene": {"H": 0.077418, "C": 0.922582},
    "PbWO4": {"O": 0.140637, "W": 0.403998, "Pb": 0.455365},
    "BGO": {"O": 0.154126, "Ge": 0.174820, "Bi": 0.671054},
    "CsI": {"I": 0.488451, "Cs": 0.511549},
    "NaI": {"Na": 0.153373, "I": 0.846627},
    "BaF2": {"F": 0.216720, "Ba": 0.783280},
    "water": {"H": 0.111894, "O": 0.888106},
    "kapton": {"H": 0.026362, "C": 0.691133, "N": 0.073270, "O": 0.209235},
    "air": {"C": 0.000124, "N": 0.755267, "O": 0.231781, "Ar": 0.012827},
}


@pytest.mark.parametrize("name", COMPOUNDS)
def test_mixture_rules_give_the_constants_that_the_pdg_lists_for_compounds(name):
    listed = material(name)
    computed = mixture(name, listed.density_g_cm3, {material(e): w for e, w in COMPOUNDS[name].items()})
    assert computed.radiation_length_g_cm2 == pytest.approx(listed.radiation_length_g_cm2, rel=1e-3)
    assert computed.z_over_a == pytest.approx(listed.z_over_a, rel=5e-4)
    assert computed.nuclear_interaction_length_g_cm2 == pytest.approx(
        listed.nuclear_interaction_length_g_cm2, rel=2e-3
    )
    # Binding changes the ionisation, which Bragg's rule leaves out.
    assert computed.minimum_ionisation_mev_cm2_g == pytest.approx(
        listed.minimum_ionisation_mev_cm2_g, rel=0.04
    )
    assert computed.critical_energy_mev == pytest.approx(listed.critical_energy_mev, rel=0.04)
    assert computed.mean_z == pytest.approx(listed.mean_z, rel=1e-3)


@given(weights=st.lists(st.floats(0.01, 1.0), min_size=len(ELEMENTS), max_size=len(ELEMENTS)))
def test_constants_of_a_mixture_lie_between_those_of_its_parts(weights):
    parts = {material(e): w / math.fsum(weights) for e, w in zip(ELEMENTS, weights, strict=True)}
    mixed = mixture("alloy", 8.0, parts)
    for constant in ("radiation_length_g_cm2", "moliere_radius_g_cm2", "z_over_a", "mean_z"):
        values = [getattr(part, constant) for part in parts]
        assert min(values) <= getattr(mixed, constant) * (1 + 1e-12)
        assert getattr(mixed, constant) <= max(values) * (1 + 1e-12)


@given(share=st.floats(0.05, 0.95), inner=st.floats(0.05, 0.95))
def test_mixing_in_two_steps_is_mixing_in_one(share, inner):
    copper, tungsten, lead = material("Cu"), material("W"), material("Pb")
    first = mixture("first", 14.0, {copper: inner, tungsten: 1 - inner})
    twice = mixture("twice", 12.0, {first: share, lead: 1 - share})
    once = mixture("once", 12.0, {copper: share * inner, tungsten: share * (1 - inner), lead: 1 - share})
    for constant in ("radiation_length_mm", "moliere_radius_mm", "critical_energy_mev", "mean_z"):
        assert getattr(twice, constant) == pytest.approx(getattr(once, constant))


def test_an_atom_of_a_gas_counts_as_condensed_in_a_solid_and_as_gas_in_a_gas():
    oxygen = material("O")
    solid = mixture("solid", 1.0, {oxygen: 1.0})
    gas = mixture("gas", 0.0013, {oxygen: 1.0})
    assert gas.critical_energy_mev == pytest.approx(oxygen.critical_energy_mev)
    assert solid.critical_energy_mev == pytest.approx(material("LO2").critical_energy_mev)


@pytest.mark.parametrize("density", [0.0, -1.0, math.nan, math.inf, 30.0])
def test_an_impossible_density_is_refused(density):
    with pytest.raises(GeometryError, match="expected a density above 0 and at most 25"):
        mixture("odd", density, {material("Cu"): 1.0})


@pytest.mark.parametrize("fractions", [{"Cu": 0.7, "W": 0.2}, {"Cu": 70.0, "W": 30.0}])
def test_fractions_that_do_not_add_up_to_one_are_refused(fractions):
    with pytest.raises(GeometryError, match=r"add up to 1.*not percent"):
        mixture("odd", 9.0, {material(name): w for name, w in fractions.items()})


@pytest.mark.parametrize("fractions", [{}, {"Cu": 1.2, "W": -0.2}, {"Cu": 0.0, "W": 1.0}])
def test_fractions_that_are_not_positive_are_refused(fractions):
    with pytest.raises(GeometryError, match="expected positive mass fractions"):
        mixture("odd", 9.0, {material(name): w for name, w in fractions.items()})
