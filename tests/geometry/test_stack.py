import pytest

from metacalo.errors import GeometryError, UnknownMaterialError
from metacalo.geometry import MaterialDefinition, Section, Slab, material
from metacalo.geometry.stack import calorimeter_or_error, resolve


def definition(density, **fractions):
    return MaterialDefinition(density_g_cm3=density, mass_fractions=fractions)


def test_a_defined_mixture_gets_the_constants_of_its_parts():
    brass = resolve({"mine": definition(8.53, Cu=0.7, Zn=0.3)})["mine"]
    assert brass.radiation_length_mm == pytest.approx(material("brass").radiation_length_mm)
    assert brass.moliere_radius_mm == pytest.approx(material("brass").moliere_radius_mm)


def test_definitions_may_be_made_of_one_another_in_any_order():
    found = resolve({"outer": definition(10.0, inner=0.5, Pb=0.5), "inner": definition(9.0, Cu=1.0)})
    assert found["outer"].mean_z == pytest.approx(0.5 * 29 + 0.5 * 82)


def test_a_part_that_is_named_twice_under_two_names_counts_twice():
    found = resolve({"lead": definition(11.35, Pb=0.5, G4_Pb=0.5)})["lead"]
    assert found.radiation_length_mm == pytest.approx(material("Pb").radiation_length_mm)


def test_a_material_that_contains_itself_is_refused():
    with pytest.raises(GeometryError, match=r"'a' contains itself \(a -> b -> a\)"):
        resolve({"a": definition(1.0, b=1.0), "b": definition(1.0, a=1.0)})


def test_an_unknown_part_names_the_mixture_and_the_nearest_material():
    with pytest.raises(UnknownMaterialError, match=r"'glue': .*got 'epoxi'; did you mean 'epoxy'"):
        resolve({"glue": definition(1.2, epoxi=1.0)})


def section(*slabs, repeat=1):
    return Section(repeat=repeat, stack=[Slab(material=m, thickness_mm=t, active=a) for m, t, a in slabs])


def test_sections_without_active_slab_are_no_calorimeter():
    with pytest.raises(GeometryError, match=r"at least one active slab, got none.*active: true"):
        calorimeter_or_error((section(("Pb", 2.0, False), repeat=10),))


def test_a_calorimeter_of_hundreds_of_metres_is_refused():
    with pytest.raises(GeometryError, match="at most 100 m depth, got 500 m"):
        calorimeter_or_error((section(("LAr", 5000.0, True), repeat=100),))


def test_more_slabs_than_any_calorimeter_has_are_refused():
    with pytest.raises(GeometryError, match="at most 100000 slabs, got 110000"):
        calorimeter_or_error((section(*[("Si", 0.01, True)] * 11, repeat=10_000),))
