"""Geant4's exceptions, as they stand in what it prints."""

from metacalo.simulation.geant4.messages import last_words, messages_in

PRINTED = """
-------- WWWW ------- G4Exception-START -------- WWWW -------
*** G4Exception : mat031
      issued by : G4Material::G4Material
duplicate name of material lead
*** This is just a warning message. ***
-------- WWWW -------- G4Exception-END --------- WWWW -------

-------- EEEE ------- G4Exception-START -------- EEEE -------
*** G4Exception : em0003
      issued by : G4SeltzerBergerModel::ReadData()
Bremsstrahlung data file </data/brem_SB/br64> is
not opened!
*** Fatal Exception *** core dump ***
 **** Track information is not available at this moment
-------- EEEE -------- G4Exception-END --------- EEEE -------

*** G4Exception: Aborting execution ***
"""


def test_an_exception_is_read_with_its_code_origin_text_and_severity():
    warning, fatal = messages_in(PRINTED)
    assert warning.is_warning
    assert not fatal.is_warning
    assert fatal.code == "em0003"
    assert fatal.origin == "G4SeltzerBergerModel::ReadData()"
    assert fatal.text == "Bremsstrahlung data file </data/brem_SB/br64> is not opened!"
    assert fatal.severity == "Fatal Exception"


def test_the_last_words_are_the_fatal_exception_and_not_a_warning():
    backwards = PRINTED.split("\n\n")
    assert "br64" in last_words("\n\n".join([backwards[1], backwards[0]]))


def test_without_an_exception_the_last_words_are_the_last_lines():
    assert last_words("one\n\ntwo\n  three  \n") == "one / two / three"
    assert last_words("") == "it printed nothing"


def test_a_long_message_is_cut():
    assert len(last_words("x" * 5000)) < 700
