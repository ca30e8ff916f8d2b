"""`metacalo convert`, as users type it."""

import h5py
import numpy as np
import pytest

from metacalo.cli.app import run
from metacalo.geometry import load_detector
from metacalo.showers import open_showers, write_showers


@pytest.fixture
def native(data_dir):
    return data_dir / "lhcb_small.h5"


def test_there_and_back_gives_the_same_showers(tmp_path, native, capsys):
    there, back = tmp_path / "there.hdf5", tmp_path / "back.h5"
    command = ["convert", str(native), "--to", "calochallenge", "--out", str(there)]
    assert run([*command, "--geometry", "lhcb_shashlik", "--sampling-fraction", "auto"]) == 0
    fraction = load_detector("lhcb_shashlik").sampling_fraction
    assert f"60 showers, deposits divided by {fraction:.4g}" in capsys.readouterr().out
    with h5py.File(there) as file:
        total = file["showers"][()].sum(axis=1) / file["incident_energies"][:, 0]
    assert total.mean() == pytest.approx(1.0, abs=0.1)
    assert (tmp_path / "there.xml").is_file()
    assert run(["convert", str(there), "--to", "native", "--out", str(back)]) == 0
    assert f"multiplied by {fraction:.4g}" in capsys.readouterr().out
    assert open_showers(back) == open_showers(native)
    assert open_showers(back).attributes == open_showers(native).attributes


def test_a_file_of_the_challenge_is_read_with_its_binning_and_a_warning(tmp_path, native, capsys):
    there, back = tmp_path / "there.hdf5", tmp_path / "back.h5"
    xml = tmp_path / "binning.xml"
    run(["convert", str(native), "--to", "calochallenge", "--out", str(there), "--binning", str(xml)])
    with h5py.File(there, "r+") as file:
        for name in ("incident_theta", "incident_phi"):
            del file[name]
        for name in list(file.attrs):
            del file.attrs[name]
    assert run(["convert", str(there), "--to", "native", "--out", str(back)]) == 2
    assert "it tells no grid" in capsys.readouterr().err
    assert not back.exists()
    command = ["convert", str(there), "--to", "native", "--out", str(back), "--binning", str(xml)]
    assert run([*command, "--sampling-fraction", "0.5"]) == 0
    assert "theta = 0 is taken for all 60 showers" in capsys.readouterr().err
    found = open_showers(back)
    assert not found.theta_rad.any()
    assert found.total_energy_mev == pytest.approx(0.5 * open_showers(native).total_energy_mev)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "lemurs"], "expected --to calochallenge or native, got 'lemurs'"),
        (["--to", "native"], "incident_energies"),
        (["--to", "calochallenge", "--geometry", "par04_siw"], "the showers have the grid"),
        (["--to", "calochallenge", "--sampling-fraction", "2"], "above 0 and at most 1"),
        (["--to", "calochallenge", "--sampling-fraction", "much"], "as a number or auto, got 'much'"),
        (["--to", "calochallenge", "--sampling-fraction", "auto"], "expected --geometry"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(tmp_path, native, capsys, options, message):
    assert run(["convert", str(native), *options, "--out", str(tmp_path / "out.h5")]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_file_is_not_written_over_itself(tmp_path, native, capsys):
    copy = tmp_path / "copy.h5"
    write_showers(copy, open_showers(native))
    before = copy.read_bytes()
    assert run(["convert", str(copy), "--to", "calochallenge", "--out", str(copy)]) == 2
    assert run(["convert", str(copy), "--to", "calochallenge", "--out", "x.h5", "--binning", str(copy)]) == 2
    assert "expected another file" in capsys.readouterr().err
    assert copy.read_bytes() == before


def test_a_bad_value_in_the_middle_leaves_no_file(tmp_path, native, capsys):
    there = tmp_path / "there.hdf5"
    run(["convert", str(native), "--to", "calochallenge", "--out", str(there)])
    with h5py.File(there, "r+") as file:
        file["showers"][31, 100] = np.nan
    assert run(["convert", str(there), "--to", "native", "--out", str(tmp_path / "back.h5")]) == 2
    assert "showers[31, 100] is nan" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.hdf5", "there.xml"]
