"""The CaloChallenge's files: order of the voxels, exact round trips, and what is wrong with a file."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.errors import GridMismatchError, OutputError, SettingsError, ShowerFileError
from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers, open_showers
from metacalo.showers.formats import (
    CaloChallengeFile,
    calochallenge,
    read_binning,
    write_binning,
    write_calochallenge,
)


@pytest.fixture
def written(tmp_path, hand_made_showers):
    path = tmp_path / "showers.hdf5"
    write_calochallenge(path, hand_made_showers)
    return path


def test_a_voxel_stands_where_the_challenge_has_it(tmp_path, tiny_grid):
    # 2 rings, 3 sectors, 4 layers: layer, then sector, then ring, so that index = 6 layer + 2 sector + ring.
    dense = np.zeros((24, *tiny_grid.shape), dtype=np.float32)
    for ring in range(2):
        for sector in range(3):
            for layer in range(4):
                dense[6 * layer + 2 * sector + ring, ring, sector, layer] = 1.0
    showers = Showers.from_dense(dense, grid=tiny_grid, incident_energy_gev=np.ones(24), theta_rad=0.0)
    write_calochallenge(tmp_path / "s.hdf5", showers)
    with h5py.File(tmp_path / "s.hdf5") as file:
        assert np.array_equal(file["showers"][()], np.eye(24))


def test_energies_are_in_mev_and_divided_where_asked(tmp_path, hand_made_showers):
    write_calochallenge(tmp_path / "s.hdf5", hand_made_showers, sampling_fraction=0.25)
    with h5py.File(tmp_path / "s.hdf5") as file:
        assert file["incident_energies"][()].tolist() == [[1e3], [1e4], [1e5]]
        assert file["showers"].shape == (3, 24)
        assert file["showers"][()].sum(axis=1) == pytest.approx([28, 0, 96])
        assert file["showers"].attrs["sampling_fraction"] == 0.25


@pytest.mark.parametrize("fraction", [None, 0.033])
def test_real_showers_come_back_bit_for_bit(tmp_path, data_dir, fraction, monkeypatch):
    monkeypatch.setattr(calochallenge, "BLOCK_VALUES", 7 * 6480)  # blocks of 7, the last of 4
    showers = open_showers(data_dir / "lhcb_small.h5")
    counts = []
    write_calochallenge(tmp_path / "s.hdf5", showers, sampling_fraction=fraction, on_block=counts.append)
    file = CaloChallengeFile(tmp_path / "s.hdf5")
    blocks = list(file.blocks())
    assert counts == [len(block) for block in blocks] == [7] * 8 + [4]
    assert file.read() == showers
    assert file.read().attributes == showers.attributes
    assert file.sampling_fraction == (fraction or 1.0)


@settings(max_examples=20)
@given(showers=st.from_type(Showers), fraction=st.none() | st.floats(1e-3, 1.0))
def test_any_showers_come_back_bit_for_bit(tmp_path_factory, showers, fraction):
    path = tmp_path_factory.mktemp("s") / "s.hdf5"
    if not len(showers):
        with pytest.raises(ShowerFileError, match="no showers were given"):
            write_calochallenge(path, showers)
        return
    write_calochallenge(path, showers, sampling_fraction=fraction)
    assert CaloChallengeFile(path).read() == showers


def as_the_challenge_publishes(path, n_voxels=24):
    """A file with the challenge's two datasets and nothing else."""
    with h5py.File(path, "w") as file:
        file["incident_energies"] = np.array([[1000.0], [2000.0]])
        file["showers"] = np.arange(2.0 * n_voxels).reshape(2, n_voxels)


def test_a_file_of_the_challenge_is_read_with_its_binning(tmp_path, tiny_grid):
    as_the_challenge_publishes(tmp_path / "s.hdf5")
    write_binning(tmp_path / "b.xml", tiny_grid)
    file = CaloChallengeFile(
        tmp_path / "s.hdf5", binning=read_binning(tmp_path / "b.xml"), sampling_fraction=0.5
    )
    showers = file.read()
    assert not file.has_angles
    assert file.grid == tiny_grid
    assert showers.incident_energy_gev.tolist() == [1.0, 2.0]
    assert showers.layer_energies_mev[0] == pytest.approx([7.5, 25.5, 43.5, 61.5])
    assert CaloChallengeFile(tmp_path / "s.hdf5", grid=tiny_grid).read().total_energy_mev[0] == 276


def test_a_file_that_tells_no_grid_needs_one(tmp_path):
    as_the_challenge_publishes(tmp_path / "s.hdf5")
    with pytest.raises(ShowerFileError, match="it tells no grid; give its binning XML"):
        CaloChallengeFile(tmp_path / "s.hdf5")


def test_grids_that_do_not_agree_are_refused(written, tmp_path, tiny_grid):
    other = CylinderGrid(shape=(2, 3, 4), dr_mm=6.0, dz_mm=10.0)
    with pytest.raises(GridMismatchError, match="the detector"):
        CaloChallengeFile(written, grid=other)
    write_binning(tmp_path / "b.xml", other)
    with pytest.raises(GridMismatchError, match=r"binning.*the file itself"):
        CaloChallengeFile(written, binning=read_binning(tmp_path / "b.xml"))
    as_the_challenge_publishes(tmp_path / "s.hdf5", n_voxels=20)
    with pytest.raises(ShowerFileError, match="have 20 voxels, expected 24 for the grid"):
        CaloChallengeFile(tmp_path / "s.hdf5", grid=tiny_grid)


def replace(path, name, values):
    with h5py.File(path, "r+") as file:
        attributes = dict(file[name].attrs) if name in file else {}
        del file[name]
        if values is not None:
            file[name] = values
            file[name].attrs.update(attributes)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("showers", None, "the dataset showers .* is missing .it holds incident_energies"),
        ("incident_energies", None, "the dataset incident_energies .* is missing"),
        ("showers", np.zeros((3, 2, 3, 4)), r"showers have shape \(3, 2, 3, 4\), expected \(N, n_voxels\)"),
        ("showers", np.zeros((0, 24)), "with N > 0"),
        ("showers", np.zeros((3, 23)), "have 23 voxels, expected 24"),
        ("showers", np.zeros((2, 24)), r"incident_energies has shape \(3, 1\), expected \(2, 1\)"),
        ("showers", np.full((3, 24), b"a"), "has type .S1, expected real numbers"),
        ("incident_energies", np.ones((3, 2)), r"has shape \(3, 2\), expected \(3, 1\)"),
        ("incident_energies", np.array([[1.0], [np.nan], [1.0]]), "not finite and positive"),
        ("incident_energies", np.array([[1.0], [0.0], [1.0]]), "not finite and positive"),
        ("incident_theta", np.ones(2), r"incident_theta has shape \(2,\)"),
        ("incident_theta", np.full(3, np.nan), "incident_theta holds values that are not finite"),
    ],
)
def test_a_file_that_is_not_so_is_refused(written, name, values, reason):
    replace(written, name, values)
    with pytest.raises(ShowerFileError, match=f"showers.hdf5: .*{reason}"):
        CaloChallengeFile(written)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 1e39])
def test_a_voxel_with_an_impossible_energy_is_named(written, value):
    with h5py.File(written, "r+") as file:
        file["showers"][1, 5] = value
    with pytest.raises(ShowerFileError, match=r"showers\[1, 5\] is .*, expected a finite number of MeV"):
        CaloChallengeFile(written).read()


def test_an_impossible_angle_is_refused(written):
    replace(written, "incident_theta", np.array([0.0, 2.0, 0.0]))
    with pytest.raises(ShowerFileError, match="angle of 0 to pi/2"):
        CaloChallengeFile(written).read()


def test_a_truncated_a_missing_and_a_foreign_file_are_refused(written, tmp_path):
    content = written.read_bytes()
    written.write_bytes(content[: len(content) // 2])
    with pytest.raises(ShowerFileError, match="truncated"):
        CaloChallengeFile(written)
    with pytest.raises(ShowerFileError, match="no such file"):
        CaloChallengeFile(tmp_path / "none.hdf5")
    (tmp_path / "a.root").write_bytes(b"root and more")
    with pytest.raises(ShowerFileError, match="a ROOT file"):
        CaloChallengeFile(tmp_path / "a.root")


def test_a_native_file_is_refused(data_dir):
    with pytest.raises(ShowerFileError, match=r"incident_energies .* is missing"):
        CaloChallengeFile(data_dir / "lhcb_small.h5")


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.5, np.nan])
def test_a_sampling_fraction_is_a_fraction(tmp_path, hand_made_showers, fraction):
    with pytest.raises(SettingsError, match="above 0 and at most 1"):
        write_calochallenge(tmp_path / "s.hdf5", hand_made_showers, sampling_fraction=fraction)
    assert not list(tmp_path.iterdir())


def test_after_an_error_the_old_file_is_whole(written, hand_made_showers):
    before = written.read_bytes()

    def fail(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_calochallenge(written, hand_made_showers, on_block=fail)
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]


def test_a_place_that_cannot_be_written_is_named(tmp_path, hand_made_showers):
    with pytest.raises(OutputError, match="cannot be written"):
        write_calochallenge(tmp_path / "none" / "s.hdf5", hand_made_showers)
    with pytest.raises(OutputError, match="it is a folder"):
        write_calochallenge(tmp_path, hand_made_showers)
