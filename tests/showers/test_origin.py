import pytest

from metacalo.showers.origin import called, doubts_about, marks_of


@pytest.mark.parametrize(
    ("attributes", "name", "doubt"),
    [
        ({"engine": "Geant4 11.4.0"}, "Geant4", None),
        ({"parametric": True}, "parametric", "mine come from the parametric engine"),
        ({"stand_in_data": True}, "Geant4, stand-in", "mine come from Geant4 with stand-in data"),
        ({"stand_in_data": False}, "Geant4", None),
    ],
)
def test_showers_are_called_what_they_are(attributes, name, doubt):
    assert called(attributes) == name
    doubts = doubts_about(attributes, "mine")
    assert len(doubts) == (doubt is not None)
    assert all(text.startswith(str(doubt)) for text in doubts)


def test_marks_are_what_is_handed_on():
    assert marks_of({"parametric": True, "stand_in_data": True, "engine": "x"}) == {
        "parametric": True,
        "stand_in_data": True,
    }
    assert called({}, "full simulation") == "full simulation"
