"""Where data sets are found, which counts, and what the user hears if there is none."""

import builtins

import pytest

from metacalo.errors import SimulationError
from metacalo.simulation.geant4 import PHYSICS, Geant4Engine
from metacalo.simulation.geant4.data_sets import find_data_sets

OFFICIAL = ("G4EMLOW8.8", "PhotonEvaporation6.1.2", "G4ENSDFSTATE3.0", "G4PARTICLEXS4.2")


@pytest.fixture
def official(tmp_path):
    folder = tmp_path / "data"
    for name in OFFICIAL:
        (folder / name).mkdir(parents=True)
    return folder


def test_the_folder_that_geant4_data_dir_names_is_searched_by_official_names(official):
    found = find_data_sets("option0", {"GEANT4_DATA_DIR": str(official)})
    assert found.folders == {
        "G4LEDATA": official / "G4EMLOW8.8",
        "G4LEVELGAMMADATA": official / "PhotonEvaporation6.1.2",
        "G4ENSDFSTATEDATA": official / "G4ENSDFSTATE3.0",
    }
    assert not found.stand_in


def test_the_newest_version_counts_by_number_and_not_by_letter(official):
    for name in ("G4EMLOW8.10", "G4EMLOW7.13", "G4EMLOW9.0.tar", "G4EMLOWold"):
        (official / name).mkdir()
    found = find_data_sets("option0", {"GEANT4_DATA_DIR": str(official)})
    assert found.folders["G4LEDATA"].name == "G4EMLOW8.10"


def test_the_variable_of_a_data_set_goes_before_the_common_folder(official, tmp_path):
    variables = {"GEANT4_DATA_DIR": str(official), "G4LEDATA": str(tmp_path)}
    assert find_data_sets("option0", variables).folders["G4LEDATA"] == tmp_path


def test_what_the_wheel_has_downloaded_is_found_in_the_home(official, tmp_path):
    official.rename(tmp_path / ".geant4_pybind")
    found = find_data_sets("FTFP_BERT", {"HOME": str(tmp_path)})
    assert found.folders["G4PARTICLEXSDATA"] == tmp_path / ".geant4_pybind" / "G4PARTICLEXS4.2"


@pytest.mark.parametrize("physics", PHYSICS)
def test_missing_data_sets_are_named_with_the_way_to_get_them(physics, tmp_path):
    with pytest.raises(SimulationError) as caught:
        find_data_sets(physics, {"HOME": str(tmp_path)})
    message = str(caught.value)
    for word in ("G4EMLOW", "G4LEDATA", "PhotonEvaporation", "G4ENSDFSTATE", "import geant4_pybind"):
        assert word in message
    assert ("G4PARTICLEXS" in message) == (physics.isupper())


def test_a_variable_that_names_no_folder_is_said(official, tmp_path):
    variables = {"GEANT4_DATA_DIR": str(official), "G4LEDATA": str(tmp_path / "gone")}
    with pytest.raises(SimulationError, match=r"G4LEDATA is .*gone.*, which is no folder"):
        find_data_sets("option0", variables)


def test_without_data_nothing_is_asked_or_downloaded_even_where_the_wheel_would(
    sampling, monkeypatch, tmp_path
):
    monkeypatch.delenv("GEANT4_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CI", "true")  # here the wheel downloads without a question
    monkeypatch.setattr(builtins, "input", lambda *_: pytest.fail("asked at the terminal"))
    with pytest.raises(SimulationError, match="data sets"):
        Geant4Engine().check(sampling)
    assert list(tmp_path.iterdir()) == []


def test_the_environment_of_geant4_always_names_a_folder_so_that_the_wheel_asks_nothing(official):
    separate = {
        "G4LEDATA": str(official / "G4EMLOW8.8"),
        "G4LEVELGAMMADATA": str(official / "PhotonEvaporation6.1.2"),
        "G4ENSDFSTATEDATA": str(official / "G4ENSDFSTATE3.0"),
    }
    base = {"GEANT4_DATA_DIR": "", "PATH": "/bin"}
    made = find_data_sets("option0", {**base, **separate}).environment(base)
    assert made == {"GEANT4_DATA_DIR": str(official), "PATH": "/bin", **separate}


def test_a_stand_in_is_known_by_its_label(stand_in, official):
    assert find_data_sets("option0", {"GEANT4_DATA_DIR": str(stand_in)}).stand_in
    (official / "G4EMLOW8.8" / "STANDIN.txt").touch()
    assert find_data_sets("option0", {"GEANT4_DATA_DIR": str(official)}).stand_in
