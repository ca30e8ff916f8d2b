"""The binning XML: what is written is the challenge's, and what is read is refused with a reason."""

import hashlib

import pytest

from metacalo.errors import ShowerFileError
from metacalo.geometry import CylinderGrid
from metacalo.showers.formats import DATASET_2, read_binning, write_binning
from metacalo.showers.formats.binning import binning_xml

GRID = CylinderGrid(shape=(3, 4, 2), dr_mm=17.9215, dz_mm=12.25)


def test_the_grid_of_dataset_2_has_the_challenges_own_file():
    # SHA-256 of code/binning_dataset_2.xml of github.com/CaloChallenge/homepage at commit ec97ffa.
    digest = hashlib.sha256(binning_xml(DATASET_2).encode()).hexdigest()
    assert digest == "e4e3b6fe0d7934da3a82b716e64129b08374b0aaf5c10b77435d5d520c9b1b86"


def test_a_grid_comes_back(tmp_path):
    write_binning(tmp_path / "b.xml", GRID)
    found = read_binning(tmp_path / "b.xml")
    assert (found.n_r, found.n_phi, found.n_z) == (3, 4, 2)
    assert found.dr_mm == pytest.approx(17.9215, abs=1e-9)
    assert found.grid().dz_mm == 12.25
    assert read_binning(tmp_path / "b.xml").grid(dz_mm=3.0).dz_mm == 3.0


def test_the_challenges_own_file_has_the_depth_of_dataset_2(tmp_path):
    write_binning(tmp_path / "b.xml", DATASET_2)
    found = read_binning(tmp_path / "b.xml")
    assert found.dz_mm is None
    assert found.grid() == DATASET_2


def test_a_depth_that_nobody_tells_is_asked_for(tmp_path):
    (tmp_path / "b.xml").write_text(binning_xml(GRID).replace(' dz_mm="12.25"', ""))
    with pytest.raises(ShowerFileError, match=r"tells no depth of a layer.*--geometry"):
        read_binning(tmp_path / "b.xml").grid()


@pytest.mark.parametrize(("particle", "name"), [("gamma", "photon"), ("pi+", "pion"), ("muon", "electron")])
def test_the_particle_has_the_challenges_name(particle, name):
    assert f'name="{name}"' in binning_xml(GRID, particle)


LAYER = '<Layer id="0" r_edges="0,5,10" n_bin_alpha="8" />'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<Bins><Bin", "it is no XML"),
        ("showers", "it is no XML"),
        ("<Bins></Bins>", "no element Bin"),
        ('<Bins><Bin pid="11" name="electron"></Bin></Bins>', "no layer with a ring"),
        (f"<Bins><Bin>{LAYER.replace('0,5,10', '0,5,12')}</Bin></Bins>", "not of one width"),
        (f"<Bins><Bin>{LAYER.replace('0,5,10', '1,6,11')}</Bin></Bins>", "not of one width"),
        (f"<Bins><Bin>{LAYER.replace('0,5,10', '0,nan')}</Bin></Bins>", "not of one width"),
        (f"<Bins><Bin>{LAYER.replace('0,5,10', '0')}</Bin></Bins>", "no layer with a ring"),
        (
            f"<Bins><Bin>{LAYER}{LAYER.replace('0,5,10', '0,6,12')}</Bin></Bins>",
            "layer 1 has another binning",
        ),
        (f"<Bins><Bin>{LAYER}{LAYER.replace('8', '4')}</Bin></Bins>", "layer 1 has another binning"),
        (f"<Bins><Bin>{LAYER.replace('0,5,10', '0;5')}</Bin></Bins>", "no numbers in r_edges"),
        (f"<Bins><Bin>{LAYER.replace('n_bin_alpha', 'n')}</Bin></Bins>", "no numbers in r_edges"),
        (f'<!DOCTYPE a [<!ENTITY b "c">]><Bins><Bin>{LAYER}</Bin></Bins>', "defines entities"),
    ],
)
def test_what_is_no_regular_binning_is_refused(tmp_path, text, reason):
    path = tmp_path / "b.xml"
    path.write_text(text)
    with pytest.raises(ShowerFileError, match=f"b.xml: .*{reason}.*; "):
        read_binning(path)


def test_a_missing_file_and_one_of_showers_are_refused(tmp_path, data_dir):
    with pytest.raises(ShowerFileError, match="cannot be read"):
        read_binning(tmp_path / "none.xml")
    with pytest.raises(ShowerFileError, match="cannot be read"):
        read_binning(data_dir / "lhcb_small.h5")
