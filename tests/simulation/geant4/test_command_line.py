"""`metacalo simulate --engine geant4`, as users type it."""

import pytest

from metacalo.cli.app import run
from metacalo.showers import open_showers
from metacalo.simulation.deposits import open_deposits
from metacalo.simulation.registry import SHOWERS_PER_SHARD


@pytest.fixture
def yaml_file(sampling, tmp_path):
    path = tmp_path / "sampling.yaml"
    path.write_text(sampling.to_yaml(), encoding="utf-8")
    return path


def simulate(yaml_file, out, *options):
    command = ["simulate", "--geometry", str(yaml_file), "--engine", "geant4", "--out", str(out)]
    return run([*command, "--energy", "0.2", "--theta", "0:30", "--seed", "4", *options])


def test_the_file_says_where_its_showers_come_from_and_one_worker_and_two_make_the_same(
    yaml_file, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(SHOWERS_PER_SHARD, "geant4", 4)
    one, two = tmp_path / "one.h5", tmp_path / "two.h5"
    assert simulate(yaml_file, one, "-n", "8", "--workers", "1", "--deposits", "--cut", "0.5") == 0
    assert simulate(yaml_file, two, "-n", "8", "--workers", "2", "--deposits", "--cut", "0.5") == 0
    assert one.read_bytes() == two.read_bytes()
    said = capsys.readouterr().out
    assert said.count("geant4 on stand-in data, for tests only") == 4  # above each table and below it
    showers = open_showers(one)
    assert showers.attributes["stand_in_data"] is True
    assert "cut 0.5 mm" in str(showers.attributes["physics"])
    n_particles, deposits = open_deposits(tmp_path / "one.deposits.h5")
    assert n_particles == 8
    outside_mev = float(showers.attributes["energy_outside_grid_mev"])
    assert deposits.energy_mev.sum() == pytest.approx(showers.total_energy_mev.sum() + outside_mev, rel=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--physics", "option7"], "expected physics of Geant4"),
        (["--cut", "-1"], "expected a production cut"),
        (["--physics", "FTFP_BERT"], "G4PARTICLEXS"),
    ],
)
def test_what_geant4_cannot_do_is_one_message_and_exit_code_2(options, message, yaml_file, tmp_path, capsys):
    assert simulate(yaml_file, tmp_path / "none.h5", "-n", "2", *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (tmp_path / "none.h5").exists()


def test_missing_data_sets_are_said_before_anything_is_written(yaml_file, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("GEANT4_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert simulate(yaml_file, tmp_path / "none.h5", "-n", "2") == 2
    assert "import geant4_pybind" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sampling.yaml"]
