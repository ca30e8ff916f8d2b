import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from metacalo.errors import GeometryError
from metacalo.geometry import CylinderGrid, Detector, detector_names, load_detector, material

names = st.sampled_from(["Pb", "W", "Fe", "Cu", "Si", "LAr", "polystyrene", "G10", "G4_U"])
slabs = st.fixed_dictionaries(
    {"material": names, "thickness_mm": st.floats(0.01, 50.0), "active": st.booleans()}
)
stacks = st.lists(slabs, min_size=1, max_size=4).filter(lambda stack: any(s["active"] for s in stack))
descriptions = st.fixed_dictionaries(
    {
        "name": st.just("any"),
        "sections": st.lists(
            st.fixed_dictionaries({"repeat": st.integers(1, 40), "stack": stacks}), min_size=1, max_size=3
        ),
        "energy_range_gev": st.tuples(st.floats(0.1, 1.0), st.floats(2.0, 500.0)),
    }
)


def test_effective_constants_of_a_shashlik_are_known_by_hand(shashlik):
    """T / sum(t / X0) with 5.612 and 413.1 mm, and 16.02 and 94.09 mm."""
    detector = Detector.from_dict(shashlik)
    assert detector.x0_mm == pytest.approx(6.0 / (2.0 / 5.612 + 4.0 / 413.1), rel=1e-3)
    assert detector.moliere_radius_mm == pytest.approx(6.0 / (2.0 / 16.02 + 4.0 / 94.09), rel=1e-3)
    assert detector.depth_mm == pytest.approx(396.0)
    assert detector.depth_x0 == pytest.approx(24.16, abs=0.01)
    assert detector.density_g_cm3 == pytest.approx((2 * 11.35 + 4 * 1.06) / 6)
    assert detector.active_fraction == pytest.approx(2 / 3)
    assert detector.n_layers == 66
    assert detector.pitch_mm == pytest.approx(6.0)
    assert detector.active_thickness_mm == pytest.approx(4.0)
    assert detector.mip_per_layer_mev == pytest.approx(0.4 * 1.936 * 1.06)
    assert detector.grid == CylinderGrid((9, 16, 45), 17.9235, 12.0)


def test_effective_constants_of_one_material_are_its_own(stacked):
    detector = stacked(("PbWO4", 220.0, True), repeat=1)
    crystal = material("PbWO4")
    assert detector.x0_mm == pytest.approx(crystal.radiation_length_mm)
    assert detector.moliere_radius_mm == pytest.approx(crystal.moliere_radius_mm)
    assert detector.critical_energy_mev == pytest.approx(crystal.critical_energy_mev)
    assert detector.is_homogeneous
    assert detector.sampling_fraction == pytest.approx(1.0)
    assert detector.grid.dz_mm == pytest.approx(0.8 * crystal.radiation_length_mm, abs=1e-4)


def test_a_passive_section_in_front_adds_depth_but_no_layers(shashlik):
    shashlik["sections"].insert(0, {"repeat": 1, "stack": [{"material": "Al", "thickness_mm": 30.0}]})
    detector = Detector.from_dict(shashlik)
    assert detector.depth_mm == pytest.approx(426.0)
    assert detector.n_layers == 66
    assert detector.pitch_mm == pytest.approx(6.0)
    assert detector.layer_interfaces_mm[0].tolist() == [30.0, 36.0]
    assert detector.layer_interfaces_mm[-1] == pytest.approx([420.0, 426.0])


def test_slabs_are_laid_out_along_the_depth():
    detector = Detector.from_dict(
        {
            "name": "two",
            "sections": [
                {
                    "repeat": 2,
                    "stack": [
                        {"material": "W", "thickness_mm": 1.0},
                        {"material": "Si", "thickness_mm": 0.5, "active": True},
                    ],
                },
                {"repeat": 1, "stack": [{"material": "LAr", "thickness_mm": 4.0, "active": True}]},
            ],
        }
    )
    assert [slab.material for slab in detector.slabs] == ["W", "Si", "W", "Si", "LAr"]
    assert detector.slab_edges_mm.tolist() == [0.0, 1.0, 1.5, 2.5, 3.0, 7.0]
    assert detector.slab_active.tolist() == [False, True, False, True, True]
    assert detector.layer_interfaces_mm.tolist() == [[0.0, 1.5], [1.5, 3.0], [3.0, 7.0]]
    assert detector.n_layers == 3
    assert detector.pitch_mm == pytest.approx(7.0 / 3.0)


def test_arrays_of_a_detector_cannot_be_changed(shashlik):
    detector = Detector.from_dict(shashlik)
    for array in (detector.slab_edges_mm, detector.slab_active, detector.layer_interfaces_mm):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_a_detector_cannot_be_changed(shashlik):
    detector = Detector.from_dict(shashlik)
    with pytest.raises(ValidationError, match="frozen"):
        detector.name = "other"


@settings(max_examples=50)
@given(descriptions)
def test_a_detector_survives_json_pickle_and_copy(description):
    detector = Detector.from_dict(description)
    again = Detector.from_dict(json.loads(json.dumps(detector.to_dict())))
    assert again == detector
    assert hash(again) == hash(detector)
    assert again.to_dict() == detector.to_dict()
    assert pickle.loads(pickle.dumps(detector)) == detector  # noqa: S301 - our own bytes
    assert copy.deepcopy(detector).x0_mm == detector.x0_mm


@settings(max_examples=50)
@given(descriptions)
def test_derived_quantities_hold_together(description):
    detector = Detector.from_dict(description)
    materials = [detector.material(s.material) for s in detector.slabs]
    assert detector.slab_edges_mm[-1] == pytest.approx(detector.depth_mm)
    assert detector.depth_x0 == pytest.approx(
        sum(s.thickness_mm / m.radiation_length_mm for s, m in zip(detector.slabs, materials, strict=True))
    )
    assert 0.0 < detector.sampling_fraction <= 1.0 + 1e-12
    assert 0.0 < detector.active_fraction <= 1.0 + 1e-12
    assert min(m.radiation_length_mm for m in materials) <= detector.x0_mm * (1 + 1e-9)
    assert detector.x0_mm <= max(m.radiation_length_mm for m in materials) * (1 + 1e-9)
    assert detector.n_layers * detector.active_thickness_mm == pytest.approx(
        float(np.diff(detector.slab_edges_mm)[detector.slab_active].sum())
    )


def test_equality_is_of_the_physics_and_not_of_names(shashlik):
    detector = Detector.from_dict(shashlik)
    renamed = Detector.from_dict(
        shashlik | {"name": "x", "description": "d", "reference": "r", "readout": {"type": "planar"}}
    )
    assert renamed == detector
    assert load_detector("lhcb_ecal") == load_detector("lhcb_shashlik")
    assert load_detector("atlas_barrel") == load_detector("atlas_lar")


def test_equality_sees_through_aliases(shashlik):
    detector = Detector.from_dict(shashlik)
    for slab, alias in zip(shashlik["sections"][0]["stack"], ("G4_Pb", "G4_POLYSTYRENE"), strict=True):
        slab["material"] = alias
    assert Detector.from_dict(shashlik) == detector


def test_equality_sees_what_a_mixture_is_made_of_and_not_its_name(stacked):
    def with_mixture(name, **fractions):
        definition = {name: {"density_g_cm3": 14.8, "mass_fractions": fractions}}
        return stacked((name, 2.0, False), ("Si", 0.3, True), materials=definition)

    assert with_mixture("a", W=0.75, Cu=0.25) == with_mixture("b", Cu=0.25, G4_W=0.75)
    assert with_mixture("a", W=0.75, Cu=0.25) != with_mixture("a", W=0.70, Cu=0.30)


@pytest.mark.parametrize(
    "change",
    [
        {"grid": {"dr_mm": 18.0}},
        {"grid": {"shape": [18, 50, 45]}},
        {"energy_range_gev": [1, 50]},
        {"theta_range_deg": [0, 30]},
    ],
)
def test_equality_sees_grid_and_ranges(shashlik, change):
    assert Detector.from_dict(shashlik | change) != Detector.from_dict(shashlik)


def test_the_fingerprint_of_a_shipped_detector_does_not_drift():
    """Checkpoints carry it: a change of this value breaks them."""
    assert load_detector("lhcb_ecal").fingerprint == (
        "49034044e9ef5c9ed42930346d026fac5806a07319290cac6f4e7293d8fdae5c"
    )


def test_no_two_shipped_stacks_are_equal():
    detectors = {load_detector(name) for name in detector_names()}
    assert len(detectors) == len(detector_names()) - 2  # lhcb_ecal and atlas_barrel are twins


def test_an_unequal_type_is_unequal(shashlik):
    assert Detector.from_dict(shashlik) != "shashlik"


def test_showers_are_no_part_of_what_is_stored(shashlik):
    detector = Detector.from_dict(shashlik | {"showers": "somewhere.h5"})
    assert "showers" not in detector.to_dict()


def test_a_detector_says_what_it_is(shashlik):
    assert str(Detector.from_dict(shashlik)).startswith("shashlik: 66 layers, 24.2 X0; 9 x 16 x 45")


def test_what_is_wrong_names_its_source(shashlik):
    del shashlik["name"]
    with pytest.raises(GeometryError, match=r"^model.json: name: expected .*, got nothing"):
        Detector.from_dict(shashlik, source="model.json")


def two_sections():
    stacks = [(10, "W", 2.0), (5, "Pb", 8.0)]
    sections = [
        {
            "repeat": n,
            "stack": [
                {"material": m, "thickness_mm": t},
                {"material": "Si", "thickness_mm": 1.0, "active": True},
            ],
        }
        for n, m, t in stacks
    ]
    return Detector.from_dict({"name": "two", "sections": sections})


def test_a_section_is_made_of_what_it_would_be_alone():
    both = two_sections()
    for composition, section in zip(both.section_compositions, both.to_dict()["sections"], strict=True):
        alone = Detector.from_dict({"name": "alone", "sections": [section]})
        assert composition == alone.composition
        assert composition.sampling_fraction == alone.sampling_fraction
    assert sum(part.depth_mm for part in both.section_compositions) == pytest.approx(both.depth_mm)


def test_the_only_section_is_made_of_what_the_detector_is(shashlik):
    detector = Detector.from_dict(shashlik)
    assert detector.section_compositions == (detector.composition,)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"grid": {"shape": [3, 4, 5], "dr_mm": 7.0, "dz_mm": 9.0}},
        {"energy_range_gev": [2.0, 20.0]},
        {"theta_range_deg": [0.0, 10.0]},
    ],
)
def test_grid_and_ranges_do_not_change_the_fingerprint_of_the_stack(shashlik, change):
    detector, changed = Detector.from_dict(shashlik), Detector.from_dict({**shashlik, **change})
    assert changed.stack_fingerprint == detector.stack_fingerprint
    assert (changed.fingerprint == detector.fingerprint) == ("name" in change)


def test_slabs_and_materials_change_the_fingerprint_of_the_stack_and_aliases_do_not(shashlik):
    stack = Detector.from_dict(shashlik).stack_fingerprint
    lead = shashlik["sections"][0]["stack"][0]
    lead["material"] = "G4_Pb"
    assert Detector.from_dict(shashlik).stack_fingerprint == stack
    lead["thickness_mm"] = 2.001
    assert Detector.from_dict(shashlik).stack_fingerprint != stack


def test_the_fingerprint_of_a_shipped_detector_is_that_of_the_shipped_checkpoint():
    assert (
        load_detector("par04_siw").fingerprint
        == "58e7d4e1de5f85e0f069983786c4a7602ded6d14bd74acf6b1e9e3be6b5d3ecc"
    )
