import pytest

from metacalo.geometry import load_detector
from metacalo.geometry.doubts import doubts


def test_a_usual_calorimeter_leaves_no_doubt(stacked):
    assert doubts(stacked(("Pb", 2.0, False), ("polystyrene", 4.0, True), repeat=66)) == []


@pytest.mark.parametrize(
    ("slabs", "keys", "doubt"),
    [
        (
            [("Pb", 2.0, False), ("polystyrene", 4.0, True)],
            {"repeat": 10},
            "X0 deep; showers of some GeV leak",
        ),
        ([("W", 20.0, False), ("Si", 0.3, True)], {"repeat": 40}, "most have 15 to 40"),
        ([("BGO", 10.0, True)], {"repeat": 24, "grid": {"dr_mm": 1.0}}, "radius of 0.40 R_M; below 2 R_M"),
        ([("BGO", 10.0, True)], {"repeat": 24, "grid": {"dz_mm": 1.0}}, "the grid is 45.0 mm deep"),
        (
            [("Pb", 2.0, False), ("polystyrene", 4.0, True)],
            {"repeat": 66, "grid": {"dz_mm": 13.0}},
            "dz is 2.167 layers",
        ),
        ([("BGO", 10.0, True)], {"repeat": 24, "showers": "none.h5"}, "none.h5 does not exist"),
    ],
)
def test_a_probable_slip_is_named(stacked, slabs, keys, doubt):
    found = doubts(stacked(*slabs, **keys))
    assert len(found) == 1
    assert doubt in found[0]


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("energy_range_gev", (1000.0, 100_000.0), "in GeV, not MeV"),
        ("theta_range_deg", (0.0, 0.7), "in degrees, not radians"),
    ],
)
def test_ranges_in_other_units_are_doubted(key, values, words):
    detector = load_detector("lhcb_shashlik")
    assert doubts(detector) == []
    (doubt,) = doubts(detector.model_copy(update={key: values}))
    assert words in doubt
