"""Files of events: what is written is what is read, by metacalo and by the libraries that people use."""

import json
import subprocess
import sys
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot

from metacalo.errors import EventFileError, MissingExtraError, OutputError, SettingsError
from metacalo.geometry import load_detector
from metacalo.readout.building import readout_of
from metacalo.readout.formats import (
    EventColumns,
    EventMetadata,
    EventWriter,
    chosen_layout,
    columns_of,
    open_events,
    to_awkward,
)
from metacalo.readout.hits import CellHits
from metacalo.readout.readout import Readout

FILES = {
    "flat": ("events.root", None),
    "rntuple": ("events.root", "rntuple"),
    "edm4hep": ("events.root", "edm4hep"),
    "parquet": ("events.parquet", None),
    "hdf5": ("events.h5", None),
}
ENERGIES = np.array([1.5, 2.0, 4.25, 8.0, 1e-3], dtype=np.float32)


@pytest.fixture(scope="module")
def readout() -> Readout:
    return readout_of(load_detector("lhcb_ecal"))


@pytest.fixture(scope="module")
def hits(readout: Readout) -> CellHits:
    """Four events of 3, 0, 2 and 0 hits."""
    return CellHits(
        readout=readout,
        offsets=np.array([0, 3, 3, 5, 5]),
        cell=np.array([0, 7, 5999, 7, 8]),
        energy_mev=ENERGIES.copy(),
        incident_energy_gev=np.array([1.0, 10.0, 20.0, 50.0]),
        theta_rad=np.array([0.0, 0.1, 0.2, 0.3]),
        phi_rad=np.array([0.0, 0.5 * np.pi, 0.0, 1.0]),
        position_mm=np.array([[1.0, 2.0, 12490.0]] * 4),
        lost_mev={"gap": np.array([0.0, 0.0, 0.5, 0.0]), "outside": np.array([0.25, 0.0, 0.0, 3.0])},
    )


@pytest.fixture(scope="module")
def metadata() -> EventMetadata:
    return EventMetadata(
        detector=load_detector("lhcb_ecal").to_dict(),
        showers={"particle": "e-", "engine": "by hand"},
        seed=3,
        collection="ECalBarrelCollection",
        command="metacalo project --showers x.h5",
    )


def write(path: Path, metadata: EventMetadata, parts: list[EventColumns], layout: str | None) -> Path:
    with EventWriter(path, metadata, layout=layout) as writer:
        for part in parts:
            writer.append(part)
    return path


@pytest.fixture(scope="module")
def written(
    tmp_path_factory: pytest.TempPathFactory, hits: CellHits, metadata: EventMetadata
) -> dict[str, Path]:
    """One file of each layout: the events in parts of 2, 1 and 1, with counts of a converter."""
    files = {}
    adc = np.array([15, 20, 42, 80, 0], dtype=np.int32)
    for name, (file, layout) in FILES.items():
        parts = [
            columns_of(
                hits[rows], first=rows.start, adc=adc[hits.offsets[rows.start] : hits.offsets[rows.stop]]
            )
            for rows in (slice(0, 2), slice(2, 3), slice(3, 4))
        ]
        files[name] = write(tmp_path_factory.mktemp(name) / file, metadata, parts, layout)
    return files


@pytest.mark.parametrize("name", FILES)
def test_every_number_is_read_back_as_it_was_written(
    name: str, written: dict[str, Path], hits: CellHits, metadata: EventMetadata
) -> None:
    expected = columns_of(hits)
    with open_events(written[name]) as file:
        assert len(file) == 4
        assert file.metadata == metadata
        read = file.read()
    np.testing.assert_array_equal(read.offsets, hits.offsets)
    np.testing.assert_array_equal(read.event["event"], [0, 1, 2, 3])
    np.testing.assert_array_equal(read.hit["cell_id"], hits.cell_id)
    np.testing.assert_array_equal(read.hit["adc"], [15, 20, 42, 80, 0])
    np.testing.assert_allclose(read.hit["energy_mev"], ENERGIES, rtol=1e-7)
    for axis in "xyz":
        np.testing.assert_array_equal(read.hit[f"{axis}_mm"], expected.hit[f"{axis}_mm"])
        np.testing.assert_array_equal(read.event[f"impact_{axis}_mm"], expected.event[f"impact_{axis}_mm"])
    np.testing.assert_allclose(read.event["incident_energy_gev"], [1, 10, 20, 50], rtol=1e-6)
    if name != "edm4hep":  # which has no place for them
        assert set(read.event) == set(expected.event)
        assert set(read.hit) == {*expected.hit, "adc"}
        np.testing.assert_array_equal(read.event["lost_outside_mev"], [0.25, 0.0, 0.0, 3.0])
        np.testing.assert_array_equal(read.hit["layer"], np.zeros(5))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("event", [0, 1, 2, 3])
def test_one_event_is_read_alone(name: str, event: int, written: dict[str, Path], hits: CellHits) -> None:
    with open_events(written[name]) as file:
        read = file.read(event, event + 1)
    cells, energies = hits.energies_of(event)
    assert read.event["event"].tolist() == [event]
    np.testing.assert_array_equal(read.offsets, [0, len(cells)])
    np.testing.assert_array_equal(read.hit["cell_id"], hits.readout.cells.id[cells])
    np.testing.assert_allclose(read.hit["energy_mev"], energies, rtol=1e-7)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("event", [-1, 4])
def test_an_event_that_is_not_there_is_refused(name: str, event: int, written: dict[str, Path]) -> None:
    with (
        open_events(written[name]) as file,
        pytest.raises(EventFileError, match=f"0 to 3, got event {event}"),
    ):
        file.read(event, event + 1)


def test_events_are_awkward_arrays_of_records(hits: CellHits) -> None:
    events = to_awkward(columns_of(hits, first=10))
    assert events.event.tolist() == [10, 11, 12, 13]
    assert {"cell_id", "layer", "energy_mev", "x_mm", "y_mm", "z_mm"} <= set(events.fields)
    assert events.energy_mev.tolist() == [ENERGIES[:3].tolist(), [], ENERGIES[3:].tolist(), []]
    assert ak.sum(events.energy_mev, axis=1).tolist() == pytest.approx([7.75, 0.0, 8.001, 0.0])
    assert str(events.cell_id.type) == "4 * var * uint64"


def test_uproot_reads_a_tree_with_jagged_branches(written: dict[str, Path], hits: CellHits) -> None:
    with uproot.open(written["flat"]) as file:
        tree = file["events"]
        assert tree.classname == "TTree"
        assert tree["energy_mev"].typename == "float[]"
        assert tree["cell_id"].typename == "uint64_t[]"
        assert tree["energy_mev"].array().tolist() == to_awkward(columns_of(hits)).energy_mev.tolist()
        assert tree["n_cells"].array().tolist() == [3, 0, 2, 0]
        assert json.loads(file["metacalo"])["detector"]["name"] == "lhcb_ecal"


def test_uproot_reads_an_rntuple(written: dict[str, Path], hits: CellHits) -> None:
    with uproot.open(written["rntuple"]) as file:
        events = file["events"]
        assert file.classname_of("events") == "ROOT::RNTuple"
        assert events.arrays()["cell_id"].tolist() == to_awkward(columns_of(hits)).cell_id.tolist()


def test_uproot_reads_branches_of_edm4hep(written: dict[str, Path], hits: CellHits) -> None:
    with uproot.open(written["edm4hep"]) as file:
        tree = file["events"]
        assert tree["ECalBarrelCollection.energy"].typename == "float[]"
        assert tree["ECalBarrelCollection.cellID"].typename == "uint64_t[]"
        energies = tree["ECalBarrelCollection.energy"].array()
        assert ak.sum(energies, axis=1).tolist() == pytest.approx([7.75e-3, 0.0, 8.001e-3, 0.0])
        x = ak.flatten(tree["ECalBarrelCollection.position.x"].array()).to_numpy()
        np.testing.assert_allclose(x, hits.readout.cells.x_mm[hits.cell], rtol=1e-6)
        assert tree["MCParticles.PDG"].array().tolist() == [[11]] * 4
        # 10 GeV of kinetic energy at 0.1 rad, leaning to y
        momentum = [tree[f"MCParticles.momentum.{axis}"].array()[1, 0] for axis in "xyz"]
        expected = np.sqrt(10.0 * (10.0 + 2 * 0.51099895e-3)) * np.array([0.0, np.sin(0.1), np.cos(0.1)])
        np.testing.assert_allclose(momentum, expected, rtol=1e-7, atol=1e-7)
        assert tree["ECalBarrelCollectionRaw.amplitude"].array().tolist() == [[15, 20, 42], [], [80, 0], []]


def test_awkward_and_pyarrow_read_parquet(written: dict[str, Path], hits: CellHits) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    events = ak.from_parquet(written["parquet"])
    assert events.energy_mev.tolist() == to_awkward(columns_of(hits)).energy_mev.tolist()
    schema = parquet.read_schema(written["parquet"])
    assert schema.field("x_mm").metadata == {b"unit": b"mm"}


def test_h5py_reads_flat_arrays_with_units(written: dict[str, Path], hits: CellHits) -> None:
    with h5py.File(written["hdf5"]) as file:
        np.testing.assert_array_equal(file["offset"][:], hits.offsets)
        np.testing.assert_array_equal(file["hit/energy_mev"][:], ENERGIES)
        assert file["hit/energy_mev"].attrs["unit"] == "MeV"
        assert file["event/theta_rad"].attrs["unit"] == "rad"


@pytest.mark.parametrize(
    ("name", "layout", "message"),
    [
        ("events.txt", None, "ends in .root, .parquet or .h5, got 'events.txt'"),
        ("events", None, "ends in .root"),
        ("events.h5", "edm4hep", "layout hdf5, got 'edm4hep'; leave --layout out"),
        ("events.root", "edm5hep", "flat or rntuple or edm4hep, got 'edm5hep'"),
    ],
)
def test_an_unknown_suffix_or_layout_is_refused(name: str, layout: str | None, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        chosen_layout(name, layout)


@pytest.mark.parametrize("name", FILES)
def test_an_error_on_the_way_leaves_the_old_file(
    name: str, hits: CellHits, metadata: EventMetadata, tmp_path: Path
) -> None:
    file, layout = FILES[name]
    path = tmp_path / file
    path.write_bytes(b"old")

    def interrupted() -> None:
        with EventWriter(path, metadata, layout=layout) as writer:
            writer.append(columns_of(hits))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", FILES)
def test_no_events_are_no_file(name: str, metadata: EventMetadata, tmp_path: Path) -> None:
    file, layout = FILES[name]
    with pytest.raises(SettingsError, match="at least 1 event"):
        write(tmp_path / file, metadata, [], layout)
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
import numpy as np
from metacalo.errors import OutputError
from metacalo.readout.formats import EventColumns, EventMetadata, EventWriter
n = 200_000
values = np.random.default_rng(0).random(n)
event = {name: values[:2] for name in ("incident_energy_gev", "impact_x_mm", "impact_y_mm", "impact_z_mm",
         "direction_x", "direction_y", "direction_z")} | {"event": np.arange(2)}
hit = {name: values.astype("f4") for name in ("energy_mev", "x_mm", "y_mm", "z_mm")}
hit |= {"cell_id": np.arange(n, dtype=np.uint64)}
columns = EventColumns(event, hit, np.array([0, 5, n]))
for argument in sys.argv[1:]:
    path, layout = argument.split("::")
    try:
        with EventWriter(path, EventMetadata(detector={}), layout=layout or None) as writer:
            for _ in range(3):
                writer.append(columns)
    except OutputError as error:
        print(error)
"""


def test_a_full_disk_leaves_the_old_files(tmp_path: Path) -> None:
    arguments = []
    for name, (file, layout) in FILES.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_bytes(b"old")
        arguments.append(f"{tmp_path / name / file}::{layout or ''}")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, *arguments], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.count("the disk is full") == len(FILES), done.stdout
    for name in FILES:
        assert [path.read_bytes() for path in (tmp_path / name).iterdir()] == [b"old"]


def test_a_folder_that_is_not_there_is_refused(
    hits: CellHits, metadata: EventMetadata, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        write(tmp_path / "none" / "events.h5", metadata, [columns_of(hits)], None)


@pytest.mark.parametrize("suffix", [".root", ".parquet", ".h5"])
@pytest.mark.parametrize("content", [b"", b"no such file", None])
def test_a_foreign_or_damaged_file_is_refused(
    suffix: str, content: bytes | None, written: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / f"bad{suffix}"
    if content is None:
        whole = {".root": "flat", ".parquet": "parquet", ".h5": "hdf5"}[suffix]
        content = written[whole].read_bytes()[:1500]
    path.write_bytes(content)
    with (
        pytest.raises(EventFileError, match=f"bad{suffix}: expected a file of events"),
        open_events(path) as file,
    ):
        file.read()


def test_a_file_of_showers_is_not_one_of_events(data_dir: Path) -> None:
    with pytest.raises(EventFileError, match="expected a file of events"):
        open_events(data_dir / "lhcb_small.h5")


def test_a_file_of_a_newer_version_is_refused() -> None:
    text = json.dumps({"schema": "metacalo-events", "schema_version": 99, "detector": {}})
    with pytest.raises(EventFileError, match="got version 99; upgrade"):
        EventMetadata.from_json(text, where="new.h5")


def test_without_pyarrow_the_error_names_the_extra_and_hdf5_is_written(
    monkeypatch: pytest.MonkeyPatch, hits: CellHits, metadata: EventMetadata, tmp_path: Path
) -> None:
    for name in ("pyarrow", "uproot", "awkward"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "metacalo.readout.formats.parquet", raising=False)
    with pytest.raises(MissingExtraError, match=r"metacalo\[readout\]"):
        write(tmp_path / "events.parquet", metadata, [columns_of(hits)], None)
    assert list(tmp_path.iterdir()) == []
    with open_events(write(tmp_path / "events.h5", metadata, [columns_of(hits)], None)) as file:
        assert len(file) == 4


@pytest.mark.parametrize("name", FILES)
def test_the_size_of_the_parts_does_not_change_the_events(
    name: str, hits: CellHits, metadata: EventMetadata, tmp_path: Path
) -> None:
    file, layout = FILES[name]
    one, parts = tmp_path / f"one_{file}", tmp_path / f"parts_{file}"
    write(one, metadata, [columns_of(hits)], layout)
    write(parts, metadata, [columns_of(hits[k : k + 1], first=k) for k in range(4)], layout)
    with open_events(one) as first, open_events(parts) as second:
        a, b = first.read(), second.read()
    for left, right in ((a.event, b.event), (a.hit, b.hit)):
        assert set(left) == set(right)
        for column in left:
            np.testing.assert_array_equal(left[column], right[column])
