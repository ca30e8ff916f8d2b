import warnings

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metacalo.errors import GridMismatchError, MetacaloWarning, ShowerFileError
from metacalo.geometry import CylinderGrid, Detector, load_detector
from metacalo.showers import Showers, concatenate, hits, open_showers, runs, store, write_showers


@pytest.fixture
def file(tmp_path, hand_made_showers):
    path = tmp_path / "showers.h5"
    write_showers(path, hand_made_showers)
    return path


@given(showers=st.from_type(Showers).filter(len), compression=st.sampled_from([None, "lzf", 1]))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read(tmp_path, showers, compression):
    write_showers(tmp_path / "a.h5", showers, compression=compression)
    back = open_showers(tmp_path / "a.h5")
    assert back == showers
    assert back.sha256() == showers.sha256()
    assert back.load() == showers


def test_attributes_and_grid_are_read_as_written(file, hand_made_showers):
    showers = open_showers(file)
    assert showers.attributes == hand_made_showers.attributes
    assert showers.grid == hand_made_showers.grid


def test_every_dataset_carries_its_unit_and_the_file_its_schema(file):
    with h5py.File(file) as content:
        assert content.attrs["schema"] == "metacalo-showers"
        assert content.attrs["schema_version"] == 1
        assert {name: data.attrs["unit"] for name, data in content.items()} == {
            "incident_energy": "GeV",
            "incident_theta": "rad",
            "incident_phi": "rad",
            "offset": "1",
            "voxel": "1",
            "energy": "MeV",
        }
        assert all(data.attrs["meaning"] for data in content.values())


@pytest.fixture
def real(data_dir):
    return open_showers(data_dir / "lhcb_small.h5")


def test_a_fixture_is_real_showers_whose_response_is_the_lead_scintillator_stacks(real):
    figures = real.summary()
    assert figures["n_showers"] == 60
    assert figures["detector"] == "lhcb_shashlik"
    assert figures["visible_fraction"] == pytest.approx(0.174, abs=0.004)


def test_hits_stay_in_the_file_until_they_are_wanted(real, monkeypatch):
    def refuse_to_read(*_):
        raise AssertionError("hits were read")

    monkeypatch.setattr(hits.StoredHits, "read", refuse_to_read)
    part = real[10:20][2:5]
    assert len(part) == 3
    assert not part.in_memory
    assert part.n_hits.tolist() == real.n_hits[12:15].tolist()
    with pytest.raises(AssertionError, match="hits were read"):
        part.load()


def test_opening_without_a_check_of_values_reads_no_hit(data_dir, monkeypatch):
    monkeypatch.setattr(store, "check_hits", None)
    with pytest.raises(TypeError):
        open_showers(data_dir / "lhcb_small.h5")
    assert len(open_showers(data_dir / "lhcb_small.h5", check_values=False)) == 60


@pytest.mark.parametrize(
    "key", [slice(7, 31), slice(50, 3, -7), [5, 5, 59, 0], np.arange(60) % 3 == 0, 4, []]
)
def test_stored_and_loaded_showers_are_cut_alike_block_by_block(real, key, monkeypatch):
    loaded = real.load()
    for module in (hits, runs, store):
        monkeypatch.setattr(module, "BLOCK_HITS", 1000)
    assert real[key] == loaded[key]
    assert np.array_equal(real[key].layer_energies_mev, loaded[key].layer_energies_mev)
    assert np.array_equal(real[key].dense(), loaded[key].dense())


def test_batches_of_stored_showers_are_in_memory_and_in_order(real):
    batches = list(real.iter_batches(16))
    assert [len(batch) for batch in batches] == [16, 16, 16, 12]
    assert all(batch.in_memory for batch in batches)
    assert concatenate(batches) == real


def test_showers_whose_file_is_replaced_say_so(file, hand_made_showers):
    showers = open_showers(file)
    write_showers(file, hand_made_showers[:1])
    with pytest.raises(ShowerFileError, match="changed or removed after it was opened; open it again"):
        showers.load()
    gone = open_showers(file)
    file.unlink()
    with pytest.raises(ShowerFileError, match="changed or removed"):
        gone.dense()


def put(name, values, **attributes):
    """Return a change that replaces a dataset."""

    def change(content):
        del content[name]
        content.create_dataset(name, data=values).attrs.update(attributes)

    return change


def put_attribute(name, value):
    return lambda content: content.attrs.__setitem__(name, value)


DAMAGES = {
    "NaN energy": (put("energy", np.float32([1, np.nan, 1, 1, 1])), r"energy\[1\] is nan"),
    "infinite energy": (put("energy", np.float32([1, 1, 1, 1, np.inf])), r"energy\[4\] is inf"),
    "negative energy": (put("energy", np.float32([1, 1, -1, 1, -1])), r"energy\[2\] is -1.0.*\(2 such"),
    "voxel outside": (put("voxel", np.uint16([0, 1, 24, 0, 1])), r"voxel\[2\] is 24, expected.* 0 to 23"),
    "voxel twice": (put("voxel", np.uint16([0, 1, 1, 0, 1])), "twice in one shower"),
    "fewer energies": (put("energy", np.float32([1, 1])), "voxel has 5 entries, energy 2"),
    "offsets fall": (put("offset", [0, 4, 3, 5]), "offset falls from 4 to 3 at shower 1"),
    "offsets end early": (put("offset", [0, 1, 2, 3]), "offset ends at 3, but there are 5 hits"),
    "offsets short": (put("offset", [0, 5]), r"offset has shape \(2,\), expected \(4,\)"),
    "negative incident energy": (put("incident_energy", [1.0, -2.0, 1.0]), r"incident_energy\[1\] is -2"),
    "infinite incident energy": (put("incident_energy", [1.0, 1.0, np.inf]), r"incident_energy\[2\] is inf"),
    "angle in degrees": (put("incident_theta", [1.0, 20.0, 0.0]), r"incident_theta\[1\] is 20.0.*pi/2 rad"),
    "angles missing": (put("incident_theta", [1.0]), r"incident_theta has shape \(1,\), expected \(3,\)"),
    "energy of two dimensions": (put("energy", np.ones((5, 1), np.float32)), "expected one dimension"),
    "voxels not whole": (put("voxel", np.ones(5)), "voxel has type float64, expected whole numbers"),
    "text as energy": (put("energy", [b"a"] * 5), "energy has type .*, expected floating-point numbers"),
    "energy in GeV": (put("energy", np.ones(5, np.float32), unit="GeV"), "energy is in GeV, expected MeV"),
    "no energy": (lambda content: content.__delitem__("energy"), r"the dataset energy \[MeV\] is missing"),
    "no offsets": (lambda content: content.__delitem__("offset"), "the dataset offset .* is missing"),
    "no grid": (lambda content: content.attrs.__delitem__("dr_mm"), "the attribute dr_mm is missing"),
    "grid of two": (put_attribute("grid_shape", [2, 3]), "are no grid"),
    "grid of nothing": (put_attribute("dz_mm", -1.0), "are no grid"),
    "newer version": (
        put_attribute("schema_version", 2),
        "schema_version is 2, this metacalo reads up to 1; up",
    ),
    "odd version": (put_attribute("schema_version", "x"), "schema_version is 'x'"),
    "other schema": (put_attribute("schema", "other"), "its schema is 'other', expected metacalo-showers"),
    "no schema": (lambda content: content.attrs.__delitem__("schema"), "it has no schema"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_with_its_path_the_reason_and_a_remedy(file, damage):
    change, message = DAMAGES[damage]
    with h5py.File(file, "a") as content:
        change(content)
    with pytest.raises(ShowerFileError, match=message) as caught:
        open_showers(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "; " in str(caught.value)


def test_a_group_in_place_of_a_dataset_is_refused(file):
    with h5py.File(file, "a") as content:
        del content["voxel"]
        content.create_group("voxel")
    with pytest.raises(ShowerFileError, match="voxel is a group"):
        open_showers(file)


def test_a_file_without_showers_is_refused(file):
    with h5py.File(file, "a") as content:
        for name, data in content.items():
            data.resize((1 if name == "offset" else 0,))
    with pytest.raises(ShowerFileError, match="it holds no showers"):
        open_showers(file)


def test_unsorted_hits_are_sorted_in_memory(file, hand_made_showers):
    with h5py.File(file, "a") as content:
        content["voxel"][:] = [12, 0, 3, 23, 5]
        content["energy"][:] = [4.0, 2.0, 1.0, 16.0, 8.0]
    showers = open_showers(file)
    assert showers.in_memory
    assert showers == hand_made_showers


def test_a_fall_between_two_blocks_is_seen(file, hand_made_showers, monkeypatch):
    monkeypatch.setattr(store, "BLOCK_HITS", 2)
    assert not open_showers(file).in_memory
    with h5py.File(file, "a") as content:
        content["voxel"][:] = [3, 12, 0, 5, 23]
        content["energy"][:] = [1.0, 4.0, 2.0, 8.0, 16.0]
    assert open_showers(file) == hand_made_showers


def test_without_angles_theta_is_zero_with_a_warning(file):
    with h5py.File(file, "a") as content:
        del content["incident_theta"]
    with pytest.warns(
        MetacaloWarning, match="no dataset incident_theta; theta = 0 is taken for all 3"
    ) as seen:
        assert open_showers(file).theta_rad.tolist() == [0.0, 0.0, 0.0]
    assert seen[0].filename == __file__


def test_the_layout_of_full_simulation_files_is_read(file, hand_made_showers):
    with h5py.File(file, "a") as content:
        del content["incident_phi"], content.attrs["schema_version"]
        content.attrs.update(schema="metacalo-fullsim-1", energy_range_GeV=[1, 100])
        for data in content.values():
            data.attrs.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        showers = open_showers(file)
    assert showers == hand_made_showers
    assert showers.attributes["energy_range_gev"] == (1, 100)
    assert "energy_range_GeV" not in showers.attributes


class SomeDetector:
    """What `open_showers` looks at of a detector."""

    name = "shashlik"

    def __init__(self, grid):
        self.grid = grid


def test_showers_on_the_grid_of_the_detector_are_accepted_up_to_rounding(file, tiny_grid):
    rounded = type(tiny_grid)(shape=(2, 3, 4), dr_mm=5.0001, dz_mm=10.0)
    assert len(open_showers(file, detector=SomeDetector(tiny_grid))) == 3
    assert len(open_showers(file, detector=SomeDetector(rounded))) == 3


@pytest.mark.parametrize(
    "other", [{"dr_mm": 5.1}, {"dz_mm": 9.9}, {"shape": (2, 4, 3)}], ids=["dr", "dz", "shape"]
)
def test_showers_on_another_grid_than_the_detectors_are_refused_with_both_grids(file, tiny_grid, other):
    grid = type(tiny_grid)(**({"shape": (2, 3, 4), "dr_mm": 5.0, "dz_mm": 10.0} | other))
    with pytest.raises(GridMismatchError) as caught:
        open_showers(file, detector=SomeDetector(grid))
    message = str(caught.value)
    assert f"the showers have the grid {tiny_grid}, detector shashlik has {grid}" in message
    assert "set `grid: {shape: [2, 3, 4], dr_mm: 5, dz_mm: 10}` in its YAML" in message


@pytest.mark.parametrize("share", [0.999, 0.9, 0.5, 0.1])
def test_a_truncated_file_is_refused(data_dir, tmp_path, share):
    whole = (data_dir / "lhcb_small.h5").read_bytes()
    path = tmp_path / "part.h5"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ShowerFileError, match=r"it is truncated \(\d+ bytes are there\); copy"):
        open_showers(path)


def test_a_file_with_a_damaged_chunk_is_refused(data_dir, tmp_path):
    content = bytearray((data_dir / "lhcb_small.h5").read_bytes())
    path = tmp_path / "damaged.h5"
    with h5py.File(data_dir / "lhcb_small.h5") as file:
        start = file["energy"].id.get_chunk_info(0).byte_offset
    content[start + 500 : start + 600] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(ShowerFileError, match="it is damaged"):
        open_showers(path)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"", "it is an empty file"),
        (b"root\0\0\0", "it is a ROOT file"),
        (b"PK\x03\x04", "it is a zip archive"),
        (b"x,y,z,e", "it is no HDF5 file"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, head, message):
    path = tmp_path / "file.h5"
    path.write_bytes(head)
    with pytest.raises(ShowerFileError, match=f"{message}, expected an HDF5 file of showers"):
        open_showers(path)


@pytest.mark.parametrize(
    ("names", "layout", "remedy"),
    [
        (["showers", "incident_energies"], "CaloChallenge", "metacalo convert FILE --to native"),
        (["showers", "incident_energy", "incident_theta"], "Par04 or LEMURS", "Showers.from_dense"),
        (["layer_0", "layer_1", "layer_2", "energy", "overflow"], "CaloGAN", "Showers.from_dense"),
        (["ECAL", "energy"], "CLIC or 3DGAN", "Showers.from_dense"),
    ],
)
def test_other_layouts_of_the_field_are_named_with_the_way_to_convert(tmp_path, names, layout, remedy):
    path = tmp_path / "foreign.h5"
    with h5py.File(path, "w") as file:
        for name in names:
            file[name] = np.zeros(2)
    with pytest.raises(ShowerFileError, match=f"has the layout of {layout}.*{remedy}"):
        open_showers(path)


def test_a_path_to_nothing_or_to_a_folder_is_refused(tmp_path):
    with pytest.raises(ShowerFileError, match="there is no such file; check the path"):
        open_showers(tmp_path / "none.h5")
    with pytest.raises(ShowerFileError, match="it is a folder"):
        open_showers(tmp_path)


def test_showers_of_a_rounded_file_are_on_the_detectors_own_grid(tmp_path, hand_made_showers):
    """dr_mm: auto is 17.9235 mm here; the file says 17.9215, 1 in 9,000 less."""
    detector = load_detector("lhcb_shashlik")
    content = detector.to_dict()
    content["grid"] = {"shape": [2, 3, 4], "dr_mm": "auto", "dz_mm": 12.0}
    automatic = Detector.from_dict(content)
    assert automatic.grid.dr_mm == pytest.approx(17.9235, abs=1e-4)
    rounded = CylinderGrid(shape=(2, 3, 4), dr_mm=17.9215, dz_mm=12.0)
    showers = Showers.from_dense(
        hand_made_showers.dense(),
        grid=rounded,
        incident_energy_gev=hand_made_showers.incident_energy_gev,
        theta_rad=hand_made_showers.theta_rad,
    )
    write_showers(tmp_path / "rounded.h5", showers)
    assert open_showers(tmp_path / "rounded.h5").grid == rounded
    opened = open_showers(tmp_path / "rounded.h5", detector=automatic)
    assert opened.grid == automatic.grid
    assert opened[:1].load().grid == automatic.grid
    assert np.array_equal(opened.dense(), showers.dense())
    # written, opened and joined with others again they have one grid
    write_showers(tmp_path / "again.h5", opened)
    again = open_showers(tmp_path / "again.h5", detector=automatic)
    assert len(concatenate([opened, again])) == 6
    assert again == opened


def test_showers_on_a_grid_that_is_too_different_stay_refused(tmp_path, hand_made_showers, stacked_on):
    write_showers(tmp_path / "a.h5", hand_made_showers)
    assert open_showers(tmp_path / "a.h5", detector=stacked_on(5.004)).grid.dr_mm == 5.004
    with pytest.raises(GridMismatchError, match=r"dr = 5\.02 mm"):
        open_showers(tmp_path / "a.h5", detector=stacked_on(5.02))


@pytest.fixture
def stacked_on(tiny_grid):
    """Make a detector whose grid is the tiny one with another dr [mm]."""

    def make(dr_mm):
        content = load_detector("lhcb_shashlik").to_dict()
        return Detector.from_dict({**content, "grid": {**tiny_grid.to_dict(), "dr_mm": dr_mm}})

    return make
