import csv
import sys

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import example, given
from hypothesis import strategies as st

from metacalo.errors import MissingExtraError, ReadoutError
from metacalo.geometry import load_detector
from metacalo.readout import load_readout, readout_of
from metacalo.readout.shapes import prisms

FRONT_MM = 100.0
CELLS = {
    "id": [7, 3, 2**60 + 1],
    "x": [0.0, 10.0, 5.0],
    "y": [0.0, 0.0, 10.0],
    "z": [105.0, 105.0, 105.0],
    "dx": [10.0, 10.0, 20.0],
    "dy": [10.0, 10.0, 10.0],
    "dz": [10.0, 10.0, 10.0],
}
"""Two cells side by side, and one of twice the width above both."""


def write_csv(path, columns):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_parquet(path, columns):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path)


def write_root(path, columns):
    with uproot.recreate(path) as file:
        file.mktree("cells", {k: ak.Array(v).type.content for k, v in columns.items()})
        file["cells"].extend({k: ak.Array(v) for k, v in columns.items()})


def table(folder, file="cells.csv", **keys):
    content = {"kind": "table", "file": file, "front_z_mm": FRONT_MM, **keys}
    return readout_of(load_detector("lhcb_shashlik").model_copy(update={"readout": content}), folder)


@pytest.fixture
def refused(tmp_path):
    def read(columns, **keys) -> str:
        write_csv(tmp_path / "cells.csv", columns)
        with pytest.raises(ReadoutError) as caught:
            table(tmp_path, **keys)
        return str(caught.value)

    return read


@pytest.mark.parametrize(
    ("file", "write"), [("c.csv", write_csv), ("c.parquet", write_parquet), ("c.root", write_root)]
)
def test_csv_parquet_and_root_give_the_same_cells(tmp_path, file, write):
    write(tmp_path / file, CELLS)
    readout = table(tmp_path, file)
    assert readout.cells.id.tolist() == CELLS["id"]
    assert readout.index_of([2**60 + 1, 7]).tolist() == [2, 0]
    assert readout.locate([4.999, 5.0, 5.0, 15.0], [4.999, 4.999, 5.0, 0.0], 105.0).tolist() == [0, 1, 2, -1]
    assert not readout.has_depth


def test_a_path_is_found_beside_the_detector_file(tmp_path):
    write_csv(tmp_path / "cells.csv", CELLS)
    text = load_detector("lhcb_shashlik").to_yaml()
    (tmp_path / "mine.yaml").write_text(f"{text}readout: {{kind: table, file: cells.csv, front_z_mm: 100}}\n")
    assert len(load_readout(tmp_path / "mine.yaml")) == 3


def test_the_cells_of_lhcb_as_a_table_are_located_as_by_arithmetic(tmp_path):
    planar = load_readout("lhcb_ecal")
    cells = planar.cells
    columns = {"id": cells.id, "z": cells.z_mm - 12390, "dz": cells.dz_mm, "region": cells.region}
    columns |= {"x": cells.x_mm, "y": cells.y_mm, "dx": cells.dx_mm, "dy": cells.dy_mm}
    write_csv(tmp_path / "cells.csv", {k: v.tolist() for k, v in columns.items()})
    readout = table(tmp_path)
    rng = np.random.default_rng(6)
    x, y = rng.uniform(-4000, 4000, (2, 50_000))
    assert np.array_equal(readout.locate(x, y, 200.0), planar.locate(x, y, 12590.0))
    assert np.array_equal(readout.cells.region, cells.region)
    # On the lines themselves each point is in one cell still, and none is lost.
    lines = np.meshgrid(planar.x_edges.edges[:-1] + 1e-12, planar.y_edges.edges[:-1] + 1e-12)
    assert np.array_equal(readout.locate(*lines, 200.0) >= 0, planar.locate(*lines, 12590.0) >= 0)


def test_layers_follow_from_z_and_may_lie_at_any_angle_to_the_buckets(tmp_path):
    columns = {k: v * 2 for k, v in CELLS.items()} | {"id": range(6), "z": [105.0] * 3 + [130.0] * 3}
    write_csv(tmp_path / "cells.csv", columns)
    readout = table(tmp_path)
    assert readout.has_depth
    assert readout.cells.layer.tolist() == [0, 0, 0, 1, 1, 1]
    assert readout.locate(0.0, 0.0, [99.0, 105.0, 115.0, 130.0]).tolist() == [-1, 0, -1, 3]
    assert readout.contains(0.0, 0.0, [99.0, 105.0, 115.0, 130.0]).tolist() == [False, True, True, True]
    # Only the slabs within the cells are read: 5 to 35 mm deep, without what is in between.
    assert readout.active_depths_mm[[0, -1]].tolist() == [[2.0, 6.0], [32.0, 36.0]]


L_SHAPE = ([0.0, 20.0, 20.0, 10.0, 10.0, 0.0], [0.0, 0.0, 10.0, 10.0, 20.0, 20.0])
REST = ([10.0, 20.0, 20.0, 10.0], [10.0, 10.0, 20.0, 20.0])


@pytest.mark.parametrize(
    ("file", "write"), [("c.csv", write_csv), ("c.parquet", write_parquet), ("c.root", write_root)]
)
def test_cells_may_be_polygons_that_are_not_convex(tmp_path, file, write):
    x, y = ([L_SHAPE[k], REST[k]] for k in (0, 1))
    if write is write_csv:
        x, y = ([" ".join(map(str, row)) for row in rows] for rows in (x, y))
    write(
        tmp_path / file, {"id": [1, 2], "x_vertices": x, "y_vertices": y, "z": [105.0] * 2, "dz": [10.0] * 2}
    )
    readout = table(tmp_path, file, default_position_mm=[1, 1])
    px, py = np.meshgrid(np.arange(-2.5, 22.5, 2.5), np.arange(-2.5, 22.5, 2.5))
    inside = (px >= 0) & (px < 20) & (py >= 0) & (py < 20)
    expected = np.where(inside, np.where((px >= 10) & (py >= 10), 1, 0), -1)
    assert np.array_equal(readout.locate(px, py, 105.0), expected)
    np.testing.assert_allclose([readout.cells.x_mm[0], readout.cells.y_mm[0]], 25 / 3)
    assert readout.cells.dx_mm.tolist() == [20.0, 10.0]


@given(
    st.lists(st.floats(0.1, 1.0), min_size=3, max_size=9),
    st.floats(-1e3, 1e3),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=20),
)
@example([1.0, 1.0, 1.0, 1.0, 0.1875, 1.0], 0.0, [(0.0, -4.6e-259)])  # nearer to a vertex than rounding tells
def test_slices_of_a_polygon_share_each_point_out_once(radii, x0, points):
    # A star-shaped polygon, cut into triangles at its centre, and the polygon itself.
    angle = 2 * np.pi * np.arange(len(radii)) / len(radii)
    x, y = x0 + np.array(radii) * np.cos(angle), np.array(radii) * np.sin(angle)
    after = np.roll(np.arange(len(radii)), -1)
    triangles = [([x0, x[i], x[j]], [0.0, y[i], y[j]]) for i, j in enumerate(after)]
    shapes = prisms(*zip(*[*triangles, (x, y)], strict=True), np.zeros(len(x) + 1), np.ones(len(x) + 1))
    for at_x, at_y in [*points, (x[0] - x0, y[0]), (0.0, 0.0)]:
        asked = np.arange(len(x) + 1)
        holds = shapes.hold(
            asked, np.full(len(asked), x0 + at_x), np.full(len(asked), at_y), np.zeros(len(asked))
        )
        assert holds[:-1].sum() == holds[-1]


def test_columns_may_have_other_names(tmp_path):
    write_csv(tmp_path / "cells.csv", {("cellID" if k == "id" else k): v for k, v in CELLS.items()})
    assert len(table(tmp_path, columns={"id": "cellID"})) == 3
    with pytest.raises(
        ReadoutError, match=r"readout.columns: expected names among id, .*, got 'idd'; did you mean 'id'"
    ):
        table(tmp_path, columns={"idd": "cellID"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"dx": [10.0, 0.0, 20.0]},
            "cells.csv: expected sizes above 0 mm in the column dx, got 0 for cell 1",
        ),
        ({"dz": [10.0, 10.0, -1.0]}, "expected sizes above 0 mm in the column dz, got -1 for cell 2"),
        (
            {"x": [0.0, float("nan"), 5.0]},
            "expected finite coordinates in mm in the column x, got nan for cell 1",
        ),
        ({"y": ["a", "b", "c"]}, "expected numbers in the column y, got texts"),
        ({"id": [7, 7, 1]}, "expected identifiers that differ, got 7 2 times: they collide"),
        ({"id": [7.5, 7.0, 1.0]}, "expected whole numbers in the column id, got float64"),
        ({"x": [0.0, 9.0, 5.0]}, "expected cells apart from each other, got 7 and 3 (cells 0 and 1, counted"),
        (
            {"z": [105.0, 105.0, 500.0]},
            "expected cells within the depth of the stack, z from 100 to 496 mm, got 100",
        ),
        ({k: [] for k in CELLS}, "expected at least one cell, got none"),
    ],
)
def test_a_table_that_cannot_be_is_refused(refused, change, message):
    assert f"lhcb_shashlik: readout.file: {message.removeprefix('cells.csv: ')}".replace(
        "readout.file: ", "readout.file: cells.csv: "
    ) in refused(CELLS | change)


def test_a_column_that_is_not_there_names_the_nearest(refused):
    columns = {("ddx" if k == "dx" else k): v for k, v in CELLS.items()}
    assert "cells.csv has no 'dx' (it has id, x, y, z, ddx, dy, dz); did you mean 'ddx'" in refused(columns)


def test_a_polygon_without_area_or_with_an_odd_vertex_is_refused(refused):
    columns = {"id": [1], "z": [105.0], "dz": [10.0]}
    for x, y, wrong in (
        ("0 1 2", "0 0 0", "vertices without an area between them for cell 0"),
        ("0 1", "0 1", "2 x and 2 y of vertices for cell 0"),
        ("0 1 2", "0 1", "3 x and 2 y of vertices for cell 0"),
        ("0 1 nan", "0 0 1", "a vertex that is no number for cell 0"),
    ):
        assert wrong in refused(columns | {"x_vertices": [x], "y_vertices": [y]})


def test_polygons_that_overlap_are_refused(refused):
    corners = {"x_vertices": ["0 10 10 0", "1 9 9 1"], "y_vertices": ["0 0 10 10", "1 1 9 9"]}
    assert "got 1 and 2 (cells 0 and 1, counted from 0), which overlap" in refused(
        {"id": [1, 2], "z": [105.0] * 2, "dz": [10.0] * 2} | corners
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "expected a file of cells, there is none at"),
        ("cells.txt", b"", r"ends in .csv, .parquet, .root, got 'cells.txt'"),
        ("cells.csv", b"id,x\n1\n", "row 2 has 1 values, the first row names 2 columns"),
        ("cells.csv", b"\xff\xfe", "expected a readable .csv file"),
        ("cells.root", b"no root", "expected a readable .root file"),
        ("cells.parquet", b"no parquet", "expected a readable .parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadoutError, match=f"^lhcb_shashlik: readout.file: .*{message}"):
        table(tmp_path, name)


def test_of_several_trees_one_must_be_named(tmp_path):
    with uproot.recreate(tmp_path / "c.root") as file:
        for name in ("a", "b"):
            file[name] = {k: np.array(v) for k, v in CELLS.items()}
    with pytest.raises(
        ReadoutError, match=r"readout.tree: expected one of the trees of c.root \(a, b\), got nothing"
    ):
        table(tmp_path, "c.root")
    assert len(table(tmp_path, "c.root", tree="b")) == 3


def test_without_pyarrow_the_error_says_which_extra_to_install(tmp_path, monkeypatch):
    (tmp_path / "c.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'metacalo\[readout\]'"):
        table(tmp_path, "c.parquet")
