import json

import pytest

from metacalo.cli.app import run
from metacalo.geometry import load_detector


def test_show_readout_prints_regions_and_bits(capsys):
    assert run(["geometry", "show", "lhcb_ecal", "--readout"]) == 0
    out = capsys.readouterr().out
    assert "6064 cells" in out
    assert "column:6, row:6, region:2" in out
    assert "60.6 x 60.6 mm" in out


def test_show_readout_prints_json(capsys):
    assert run(["geometry", "show", "atlas_barrel", "--readout", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["kind"] == "barrel"
    assert [row["n_cells"] for row in content["layers"]] == [7808, 57344, 29184, 13824]


def test_show_readout_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["geometry", "show", "atlas_barrel", "--readout", "--drawing", "a.png"]) == 0
    assert (tmp_path / "a.png").stat().st_size > 20_000
    assert "drawing: a.png" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["scw"])
def test_a_detector_without_readout_is_an_error_with_a_remedy(name, capsys):
    assert run(["geometry", "show", name, "--readout"]) == 2
    assert "expected a detector with a readout, got scw without" in capsys.readouterr().err


def test_check_checks_the_readout_too(tmp_path, capsys):
    file = tmp_path / "mine.yaml"
    file.write_text(load_detector("scw").to_yaml() + "readout: {kind: stack, size_mm: 100, cell_mm: 30}\n")
    assert run(["geometry", "check", str(file)]) == 2
    assert (
        "scw: readout: expected a whole number of cells along x, got 100 mm / 30 mm"
        in capsys.readouterr().err
    )
    assert run(["geometry", "check", "lhcb_ecal"]) == 0
