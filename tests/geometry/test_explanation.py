"""Every way to spoil a detector file: the message has the path of the item, expected, got and remedy."""

import math

import pytest

from metacalo.errors import GeometryError, UnknownMaterialError
from metacalo.geometry import Detector


def refused(content) -> str:
    with pytest.raises(GeometryError) as caught:
        Detector.from_dict(content, source="mine.yaml")
    return str(caught.value)


@pytest.mark.parametrize("thickness", [0, -1.4, math.nan, math.inf, "1.4", None, True, [1], 12_000.0])
def test_an_impossible_thickness(shashlik, thickness):
    shashlik["sections"][0]["stack"][1]["thickness_mm"] = thickness
    assert refused(shashlik) == (
        "mine.yaml: sections[0].stack[1].thickness_mm: expected a thickness above 0 and at most 10000 mm, "
        f"got {thickness!r}; give the thickness of the slab as a number in millimetres"
    )


@pytest.mark.parametrize("repeat", [0, -3, 2.5, "66", None, True, 1_000_000])
def test_an_impossible_repeat(shashlik, repeat):
    shashlik["sections"][0]["repeat"] = repeat
    message = refused(shashlik)
    assert message.startswith(
        f"mine.yaml: sections[0].repeat: expected a whole number from 1 to 10000, got {repeat!r};"
    )


def test_an_unknown_material(shashlik):
    shashlik["sections"][0]["stack"][0]["material"] = "G4_Pbb"
    with pytest.raises(UnknownMaterialError) as caught:
        Detector.from_dict(shashlik, source="mine.yaml")
    message = str(caught.value)
    assert message.startswith("mine.yaml: sections[0].stack[0].material: expected a material of the table")
    assert "got 'G4_Pbb'; did you mean 'G4_Pb'" in message


def test_all_unknown_materials_are_named_at_once(shashlik):
    for slab in shashlik["sections"][0]["stack"]:
        slab["material"] += "x"
    message = refused(shashlik)
    assert "mine.yaml: 2 items are wrong" in message
    assert "\n  sections[0].stack[0].material: " in message
    assert "\n  sections[0].stack[1].material: " in message


def test_a_material_that_is_no_text(shashlik):
    shashlik["sections"][0]["stack"][0]["material"] = 82
    assert "material: expected the name of a material, got 82; write for example Pb" in refused(shashlik)


@pytest.mark.parametrize("active", ["yes", 1, None])
def test_active_that_is_neither_true_nor_false(shashlik, active):
    shashlik["sections"][0]["stack"][1]["active"] = active
    assert f"stack[1].active: expected true or false, got {active!r};" in refused(shashlik)


@pytest.mark.parametrize(
    ("spoil", "path", "nearest"),
    [
        (lambda d: d.update(Sections=1), "Sections", "sections"),
        (lambda d: d["sections"][0].update(repeats=1), "sections[0].repeats", "repeat"),
        (
            lambda d: d["sections"][0]["stack"][0].update(thickness=1),
            "sections[0].stack[0].thickness",
            "thickness_mm",
        ),
        (lambda d: d.update(grid={"dr": 1}), "grid.dr", "dr_mm"),
        (
            lambda d: d.update(
                materials={"X": {"density_g_cm3": 1.0, "mass_fractions": {"C": 1.0}, "mass_fraction": {}}}
            ),
            "materials.X.mass_fraction",
            "mass_fractions",
        ),
    ],
)
def test_an_unknown_key_names_the_nearest(shashlik, spoil, path, nearest):
    spoil(shashlik)
    message = refused(shashlik)
    assert message.startswith(f"mine.yaml: {path}: expected one of the keys ")
    assert message.endswith(f"did you mean '{nearest}'?")


def test_no_active_slab(shashlik):
    del shashlik["sections"][0]["stack"][1]["active"]
    assert refused(shashlik).startswith("mine.yaml: sections: expected at least one active slab, got none;")


@pytest.mark.parametrize("sections", [[], None, "Pb", {}])
def test_sections_that_are_none(shashlik, sections):
    shashlik["sections"] = sections
    assert "sections: expected a list of sections with at least one, got" in refused(shashlik)


def test_a_section_that_is_no_mapping(shashlik):
    shashlik["sections"] = ["Pb"]
    assert refused(shashlik).startswith("mine.yaml: sections[0]: expected a mapping, got 'Pb';")


@pytest.mark.parametrize("stack", [[], None])
def test_an_empty_stack(shashlik, stack):
    shashlik["sections"][0]["stack"] = stack
    assert "sections[0].stack: expected a list of slabs with at least one" in refused(shashlik)


@pytest.mark.parametrize(
    ("grid", "path"),
    [
        ({"shape": []}, "grid.shape: expected a grid shape of three"),
        ({"shape": [9, 16]}, "grid.shape: expected a grid shape of three"),
        ({"shape": [9, 0, 45]}, "grid.shape: expected a grid shape of three"),
        ({"shape": "auto"}, "grid.shape: expected a grid shape of three"),
        ({"dr_mm": 0}, "grid.dr_mm: expected `auto` or a length above 0"),
        ({"dr_mm": -2.0}, "grid.dr_mm: expected `auto` or a length above 0"),
        ({"dz_mm": math.nan}, "grid.dz_mm: expected `auto` or a length above 0"),
        ({"dz_mm": "automatic"}, "grid.dz_mm: expected `auto` or a length above 0"),
        ({"dz_mm": None}, "grid.dz_mm: expected `auto` or a length above 0"),
        (None, "grid: expected a mapping {shape, dr_mm, dz_mm}"),
        ([9, 16, 45], "grid: expected a mapping {shape, dr_mm, dz_mm}"),
    ],
)
def test_a_grid_that_is_none(shashlik, grid, path):
    shashlik["grid"] = grid
    assert refused(shashlik).startswith(f"mine.yaml: {path}")


@pytest.mark.parametrize(
    "energies",
    [[0, 100], [-1, 100], [100, 1], [5, 5], [1, math.inf], [math.nan, 1], [1], 100, "1:100", [1, 1e9]],
)
def test_an_absurd_range_of_energies(shashlik, energies):
    shashlik["energy_range_gev"] = energies
    assert "energy_range_gev: expected two energies [lowest, highest] in GeV" in refused(shashlik)


@pytest.mark.parametrize("angles", [[-1, 40], [40, 0], [0, 90], [0, math.nan], [0], 40, "0:40"])
def test_an_absurd_range_of_angles(shashlik, angles):
    shashlik["theta_range_deg"] = angles
    assert "theta_range_deg: expected two angles [lowest, highest] in degrees" in refused(shashlik)


@pytest.mark.parametrize("name", ["", "two words", "../up", 7, None, "x" * 200])
def test_a_name_that_is_no_file_name(shashlik, name):
    shashlik["name"] = name
    assert "name: expected a name of letters, digits and _ . + -, got" in refused(shashlik)


@pytest.mark.parametrize("fraction", [0.0, -0.5, 70, math.nan, "0.7"])
def test_a_mass_fraction_that_is_none(shashlik, fraction):
    shashlik["materials"] = {"X": {"density_g_cm3": 1.0, "mass_fractions": {"C": fraction}}}
    assert "materials.X.mass_fractions.C: expected a mass fraction above 0 and at most 1" in refused(shashlik)


def test_mass_fractions_that_do_not_add_up(shashlik):
    shashlik["materials"] = {"X": {"density_g_cm3": 1.0, "mass_fractions": {"C": 0.5, "H": 0.1}}}
    assert "materials: material 'X': expected mass fractions that add up to 1, got 0.6" in refused(shashlik)


def test_a_mixture_of_something_unknown_is_an_unknown_material(shashlik):
    shashlik["materials"] = {"X": {"density_g_cm3": 1.0, "mass_fractions": {"Carbonn": 1.0}}}
    with pytest.raises(UnknownMaterialError, match="did you mean 'carbon"):
        Detector.from_dict(shashlik)


def test_every_bad_item_is_named_at_once(shashlik):
    shashlik["energy_range_gev"] = [0, 1]
    shashlik["grid"] = {"dr_mm": 0}
    shashlik["sections"][0]["repeat"] = 0
    message = refused(shashlik)
    assert message.startswith("mine.yaml: 3 items are wrong\n")
    for path in ("sections[0].repeat", "grid.dr_mm", "energy_range_gev"):
        assert f"\n  {path}: expected" in message


def test_long_values_are_shortened_in_the_message(shashlik):
    shashlik["readout"] = "x" * 1000
    message = refused(shashlik)
    assert "readout: expected a mapping, got 'xxx" in message
    assert len(message) < 200


def test_a_calorimeter_of_air_has_no_automatic_grid(shashlik):
    shashlik["sections"] = [
        {"repeat": 1, "stack": [{"material": "air", "thickness_mm": 5.0, "active": True}]}
    ]
    assert refused(shashlik).startswith(
        "mine.yaml: grid: expected voxels of at most 10 m, got 36.7 m from an"
    )
    shashlik["grid"] = {"dr_mm": 100.0, "dz_mm": 100.0}
    assert Detector.from_dict(shashlik).grid.dz_mm == 100.0
