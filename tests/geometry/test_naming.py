from metacalo.geometry.naming import did_you_mean, nearest


def test_the_nearest_name_comes_first_whatever_its_case():
    assert nearest("POLYSTYREN", ["PVT", "polystyrene", "polyethylene"])[0] == "polystyrene"


def test_nothing_near_is_no_hint():
    assert nearest("zzz", ["Pb", "W"]) == []
    assert did_you_mean("zzz", ["Pb", "W"]) == ""


def test_a_hint_is_a_question():
    assert did_you_mean("thicknes_mm", ["thickness_mm", "material"]) == "did you mean 'thickness_mm'?"
