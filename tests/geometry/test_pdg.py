import pytest

from metacalo.errors import UnknownMaterialError
from metacalo.geometry import material, material_names

# As printed by the PDG (atomic and nuclear properties): X0 [mm], R_M [mm], Ec [MeV], lambda_I [mm].
PRINTED = {
    "Be": (352.8, 65.79, 113.70, 421.0),
    "Al": (88.97, 44.19, 42.70, 397.0),
    "Si": (93.70, 49.44, 40.19, 465.2),
    "Fe": (17.57, 17.19, 21.68, 167.7),
    "Cu": (14.36, 15.68, 19.42, 153.2),
    "W": (3.504, 9.327, 7.97, 99.46),
    "Pb": (5.612, 16.02, 7.43, 175.9),
    "U": (3.166, 10.09, 6.65, 110.3),
    "LAr": (140.0, 90.43, 32.84, 857.2),
    "LKr": (47.03, 58.57, 17.03, None),
    "LXe": (28.72, 52.24, 11.66, 582.8),
    "polystyrene": (413.1, 94.10, 93.11, 770.7),
    "PVT": (425.4, 95.86, 94.11, 789.0),
    "PbWO4": (8.903, 19.59, 9.64, 202.7),
    "BGO": (11.18, 22.59, 10.50, 223.1),
    "CsI": (18.60, 35.31, 11.17, 380.4),
    "NaI": (25.88, 41.05, 13.37, 421.6),
    "BaF2": (20.26, 31.17, 13.78, 304.4),
    "lead glass": (12.65, 25.78, 10.41, 254.0),
}


@pytest.mark.parametrize("name", PRINTED)
def test_constants_are_those_that_the_pdg_prints(name):
    x0_mm, moliere_mm, critical_mev, interaction_mm = PRINTED[name]
    found = material(name)
    assert found.radiation_length_mm == pytest.approx(x0_mm, rel=3e-3)
    assert found.moliere_radius_mm == pytest.approx(moliere_mm, rel=3e-3)
    assert found.critical_energy_mev == pytest.approx(critical_mev, rel=1e-3)
    if interaction_mm is not None:
        assert found.nuclear_interaction_length_mm == pytest.approx(interaction_mm, rel=3e-3)


MINIMUM_IONISATION = {"Be": 1.595, "Al": 1.615, "Si": 1.664, "Fe": 1.451, "Cu": 1.403, "W": 1.145}
MINIMUM_IONISATION |= {"Pb": 1.122, "U": 1.081, "LAr": 1.508, "polystyrene": 1.936, "PbWO4": 1.229}


@pytest.mark.parametrize("name", MINIMUM_IONISATION)
def test_energy_loss_at_minimum_ionisation_is_the_pdgs(name):
    assert material(name).minimum_ionisation_mev_cm2_g == pytest.approx(MINIMUM_IONISATION[name])


def test_critical_energies_of_solid_elements_follow_the_pdgs_fit():
    """Ec = 610 MeV / (Z + 1.24), PDG "Passage of Particles Through Matter" within 10%."""
    solids = [
        found
        for found in map(material, material_names())
        if found.mean_z == round(found.mean_z) and found.mean_z > 2 and found.density_g_cm3 > 1.6
    ]
    assert len(solids) > 40
    for found in solids:
        assert found.critical_energy_mev == pytest.approx(610.0 / (found.mean_z + 1.24), rel=0.10), found.name


def test_radiation_lengths_of_elements_follow_the_pdgs_fit():
    """X0 = 716.4 A / (Z (Z + 1) ln(287 / sqrt(Z))) g/cm2, within 3% for all but the lightest."""
    from math import log, sqrt

    elements = [m for m in map(material, material_names()) if m.mean_z == round(m.mean_z) and m.mean_z > 2]
    for found in elements:
        z = found.mean_z
        fit = 716.4 * (z / found.z_over_a) / (z * (z + 1) * log(287 / sqrt(z)))
        assert found.radiation_length_g_cm2 == pytest.approx(fit, rel=0.03), found.name


def test_every_material_has_a_source_and_positive_constants():
    names = material_names()
    assert len(names) >= 40
    for name in names:
        found = material(name)
        assert found.source
        assert found.title
        assert 0.37 < found.z_over_a < 1.0
        assert (
            min(
                found.density_g_cm3,
                found.radiation_length_mm,
                found.moliere_radius_mm,
                found.critical_energy_mev,
                found.condensed_critical_energy_mev,
                found.nuclear_interaction_length_mm,
                found.minimum_ionisation_mev_mm,
            )
            > 0.0
        )


def test_no_name_or_alias_stands_for_two_materials():
    names = [n.casefold() for name in material_names() for n in (name, *material(name).aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("G4_W", "W"),
        ("G4_lAr", "LAr"),
        ("G4_POLYSTYRENE", "polystyrene"),
        ("G4_AIR", "air"),
        ("G4_BAKELITE", "bakelite"),
        ("G4_STAINLESS-STEEL", "steel"),
        ("lead", "Pb"),
        ("LEAD", "Pb"),
        ("aluminum", "Al"),
        ("copper-tungsten", "CuW"),
        ("PWO", "PbWO4"),
    ],
)
def test_other_names_find_the_same_material(alias, name):
    assert material(alias) is material(name)


@pytest.mark.parametrize(
    "name",
    [
        "LYSO",
        "G10",
        "FR4",
        "brass",
        "steel",
        "kapton",
        "CuW",
        "PVT",
        "LXe",
        "lead glass",
        "BaF2",
        "PMMA",
        "U",
    ],
)
def test_the_materials_that_calorimeters_are_made_of_are_there(name):
    assert material(name).name == name


def test_well_known_alloys_and_crystals_come_out_right():
    assert material("LYSO").radiation_length_mm == pytest.approx(11.4, rel=0.08)  # 11.4 for 7.4 g/cm3
    assert material("brass").radiation_length_mm == pytest.approx(14.9, rel=0.01)  # CMS HCAL
    assert material("steel").radiation_length_mm == pytest.approx(17.6, rel=0.02)
    assert material("CeF3").radiation_length_mm == pytest.approx(16.5, rel=0.02)
    assert material("PbF2").radiation_length_mm == pytest.approx(9.4, rel=0.02)


def test_an_unknown_material_names_the_nearest():
    with pytest.raises(
        UnknownMaterialError, match=r"got 'polystyrol'; did you mean .*polystyrene.*mass_fractions"
    ):
        material("polystyrol")


def test_a_name_that_resembles_nothing_gets_no_hint():
    with pytest.raises(UnknownMaterialError, match="got 'qqqqqqqq'; define it by"):
        material("qqqqqqqq")


def test_materials_of_the_file_go_before_the_table():
    mine = material("Cu")
    assert material("Pb", {"Pb": mine}) is mine


@pytest.mark.parametrize(("name", "x0_mm"), [("SF5", 25.4), ("SF57", 15.0)])
def test_lead_glasses_have_about_the_radiation_length_of_their_data_sheets(name, x0_mm):
    """From nominal compositions: to 3%."""
    assert material(name).radiation_length_mm == pytest.approx(x0_mm, rel=0.03)
    assert material(f"lead glass {name}") is material(name)
