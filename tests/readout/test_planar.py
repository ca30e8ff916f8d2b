import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metacalo.errors import ReadoutError
from metacalo.geometry import load_detector
from metacalo.readout import load_readout, readout_of

MODULE_MM = 121.2


@pytest.fixture(scope="module")
def lhcb():
    return load_readout("lhcb_ecal")


def planar(**keys):
    content = {"kind": "planar", "front_z_mm": 0.0, "default_position_mm": [1.0, 1.0], **keys}
    return readout_of(load_detector("lhcb_shashlik").model_copy(update={"readout": content}))


def lattice_mm(readout):
    """Every line of the lattice of a planar readout, the next numbers beside it, and what is between."""
    axes = []
    for edges in (readout.x_edges.edges, readout.y_edges.edges):
        near = [edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]
        axes.append(np.sort(np.concatenate([*near, 0.5 * (edges[1:] + edges[:-1])])))
    return np.meshgrid(*axes)


def test_lhcb_has_the_modules_and_cells_of_its_design_report(lhcb):
    cells = np.bincount(lhcb.cells.region)
    assert lhcb.cells.region_names == ("outer", "middle", "inner")
    assert cells.tolist() == [2688, 1792, 1584]
    assert (cells / [1, 4, 9]).tolist() == [2688, 448, 176]
    area = np.bincount(lhcb.cells.region, weights=lhcb.cells.dx_mm * lhcb.cells.dy_mm)
    np.testing.assert_allclose(area, np.array([2688, 448, 176]) * MODULE_MM**2)
    np.testing.assert_allclose(np.ptp(lhcb.x_edges.edges), 7756.8)
    np.testing.assert_allclose(np.ptp(lhcb.y_edges.edges), 6302.4)


def test_the_centre_of_every_cell_is_in_it_and_its_id_leads_back(lhcb):
    cells, numbers = lhcb.cells, np.arange(len(lhcb))
    assert np.array_equal(lhcb.locate(cells.x_mm, cells.y_mm, cells.z_mm), numbers)
    assert np.array_equal(lhcb.index_of(cells.id), numbers)
    assert np.array_equal(lhcb.index_of(cells.id.astype(np.int64)), numbers)
    assert cells.id.max() < 2**14


def test_ids_are_column_row_and_region_counted_from_the_lowest_corner(lhcb):
    corner = lhcb.locate(-32 * MODULE_MM + 1.0, -26 * MODULE_MM + 1.0, 12600.0)
    assert lhcb.ids.describe(int(lhcb.cells.id[corner])) == "column 0, row 0, region 0"
    # Four modules right of the hole's lower edge: 6 + 2 modules of 3 columns, 4 of 3 rows.
    beside = lhcb.locate(2 * MODULE_MM + 1.0, -2 * MODULE_MM + 1.0, 12600.0)
    assert lhcb.ids.describe(int(lhcb.cells.id[beside])) == "column 30, row 12, region 2"


def test_every_point_of_the_covered_area_is_in_one_half_open_cell_and_in_the_right_one(lhcb):
    x, y = lattice_mm(lhcb)
    cell = lhcb.locate(x, y, 12490.0)
    covered = (x >= -3878.4) & (x < lhcb.x_edges.edges[-1]) & (y >= -3151.2) & (y < lhcb.y_edges.edges[-1])
    hole = (x >= -242.4) & (x < 242.4) & (y >= -242.4) & (y < 242.4)
    clear = np.all([np.abs(np.abs(v) - 242.4) > 1e-9 for v in (x, y)], axis=0)
    assert np.array_equal((cell >= 0)[clear], (covered & ~hole)[clear])
    found = cell >= 0
    centre, size = lhcb.cells, 1e-9
    for values, middle, width in ((x, centre.x_mm, centre.dx_mm), (y, centre.y_mm, centre.dy_mm)):
        inside = np.abs(values[found] - middle[cell[found]]) <= 0.5 * width[cell[found]] + size
        assert inside.all()


def test_a_border_belongs_to_the_cell_above_and_to_the_right(lhcb):
    x, y = lhcb.x_edges.edges, lhcb.y_edges.edges
    on = lhcb.locate(x[:-1], -3000.0, 12490.0)
    after = lhcb.locate(0.5 * (x[1:] + x[:-1]), -3000.0, 12490.0)
    assert np.array_equal(on, after)
    on = lhcb.locate(-3000.0, y[:-1], 12490.0)
    assert np.array_equal(on, lhcb.locate(-3000.0, 0.5 * (y[1:] + y[:-1]), 12490.0))
    assert lhcb.locate(x[-1], 0.0, 12490.0) == -1
    assert lhcb.locate(0.0, y[-1], 12490.0) == -1


def test_depth_does_not_matter_between_front_and_back(lhcb):
    z = np.array([12489.999, 12490.0, 12885.999, 12886.0, np.nan])
    found = lhcb.locate(1000.0, 0.0, z) >= 0
    assert found.tolist() == [False, True, True, False, False]
    assert np.array_equal(lhcb.locate(np.full(5, 1000.0), np.zeros(5), z) >= 0, found)
    assert not lhcb.has_depth


@given(
    st.integers(0, 6063), st.integers(-3, 3), st.integers(-3, 3), st.floats(0.01, 0.99), st.floats(0.01, 0.99)
)
def test_a_shift_by_whole_cells_changes_row_and_column_by_as_many(lhcb, number, right, up, at_x, at_y):
    cells = lhcb.cells
    x = cells.x_mm[number] + (at_x - 0.5 + right) * cells.dx_mm[number]
    y = cells.y_mm[number] + (at_y - 0.5 + up) * cells.dy_mm[number]
    other = int(lhcb.locate(x, y, 12600.0))
    assume(other >= 0 and cells.region[other] == cells.region[number])
    here, there = (lhcb.ids.unpack(cells.id[k]) for k in (number, other))
    assert (there["column"] - here["column"], there["row"] - here["row"]) == (right, up)


@given(st.floats(-4000, 4000), st.floats(-3300, 3300))
def test_the_detector_is_the_same_after_half_a_turn(lhcb, x, y):
    here, there = lhcb.locate([x, -x], [y, -y], 12600.0)
    near_line = min(np.abs(lhcb.x_edges.edges - x).min(), np.abs(lhcb.y_edges.edges - y).min())
    assume(near_line > 1e-6)
    assert (here < 0) == (there < 0)
    if here >= 0:
        np.testing.assert_allclose(lhcb.cells.x_mm[here], -lhcb.cells.x_mm[there], atol=1e-9)
        np.testing.assert_allclose(lhcb.cells.y_mm[here], -lhcb.cells.y_mm[there], atol=1e-9)


def test_shapes_broadcast_and_the_answer_does_not_depend_on_blocks(lhcb, monkeypatch):
    x, y = np.linspace(-4000, 4000, 301), np.linspace(-3200, 3200, 201)
    whole = lhcb.locate(x[None, :], y[:, None], 12600.0)
    assert whole.shape == (201, 301)
    monkeypatch.setattr("metacalo.readout.readout.BLOCK", 7)
    assert np.array_equal(lhcb.locate(x[None, :], y[:, None], np.full((201, 301), 12600.0)), whole)
    assert lhcb.locate([], [], []).shape == (0,)
    assert lhcb.locate(0.0, 1000.0, 12600.0).shape == ()


def test_float32_is_located_as_the_same_number_in_float64(lhcb):
    rng = np.random.default_rng(1)
    x, y = (rng.uniform(-4000, 4000, 5000).astype(np.float32) for _ in range(2))
    assert np.array_equal(lhcb.locate(x, y, 12600.0), lhcb.locate(x.astype(float), y.astype(float), 12600.0))


def test_what_is_within_the_bounds_and_in_no_cell_is_a_gap(lhcb):
    x = np.array([0.0, 1000.0, 5000.0, np.nan])
    assert lhcb.contains(x, 0.0, 12600.0).tolist() == [True, True, False, False]
    assert (lhcb.locate(x, 0.0, 12600.0) >= 0).tolist() == [False, True, False, False]
    assert not lhcb.contains(1000.0, 0.0, 12489.0)


def test_active_slabs_are_the_scintillator(lhcb):
    assert lhcb.active_depths_mm.shape == (66, 2)
    assert lhcb.active_depths_mm[0].tolist() == [2.0, 6.0]
    assert lhcb.is_active([0.0, 1.999, 2.0, 5.999, 6.0, -1.0, 396.0]).tolist() == [0, 0, 1, 1, 0, 0, 0]
    np.testing.assert_allclose(lhcb.depth_of(0.0, [0.0, 1.0], 12500.0), [10.0, 10.0])


def test_missing_cells_are_gaps_and_have_no_number():
    region = {"name": "all", "size_mm": [40, 20], "cell_mm": 10}
    readout = planar(regions=[region], missing=[{"region": "all", "row": 1, "column": 3}])
    assert len(readout) == 7
    assert readout.locate([15.0, 5.0], [5.0, 5.0], 10.0).tolist() == [-1, 6]
    assert readout.contains(15.0, 5.0, 10.0)
    with pytest.raises(ReadoutError, match=r"got 65539 \(column 3, row 1, region 0\)"):
        readout.index_of([0, 65539])
    with pytest.raises(ReadoutError, match="expected identifiers as whole numbers, got float64"):
        readout.index_of([0.0])


def test_regions_may_stand_apart_and_cells_may_be_oblong():
    readout = planar(
        regions=[
            {"name": "left", "centre_mm": [-50, 0], "size_mm": [40, 40], "cell_mm": [20, 10]},
            {"name": "right", "centre_mm": [50, 0], "size_mm": [60, 60], "cell_mm": 20},
        ],
        default_position_mm=[50, 0],
    )
    assert len(readout) == 8 + 9
    assert readout.locate([-31.0, -29.0, 21.0], 0.0, 1.0).tolist() == [5, -1, 11]


@given(st.integers(1, 7), st.integers(1, 7), st.floats(0.1, 1e4), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_nested_regions_tile_their_rectangle_wherever_it_is(n, m, size, x0, y0):
    regions = [
        {"name": "outer", "centre_mm": [x0, y0], "size_mm": 3 * size, "cell_mm": size},
        {"name": "inner", "centre_mm": [x0, y0], "size_mm": size, "cell_mm": [size / n, size / m]},
    ]
    readout = planar(regions=regions, default_position_mm=[x0 + size, y0 + size])
    assert len(readout) == 8 + n * m
    cells = readout.cells
    np.testing.assert_allclose(np.sum(cells.dx_mm * cells.dy_mm), 9 * size**2)
    assert np.array_equal(readout.locate(cells.x_mm, cells.y_mm, 1.0), np.arange(len(readout)))
    x, y = lattice_mm(readout)
    covered = (x < readout.x_edges.edges[-1]) & (y < readout.y_edges.edges[-1])
    covered &= (x >= readout.x_edges.edges[0]) & (y >= readout.y_edges.edges[0])
    assert np.array_equal(readout.locate(x, y, 1.0) >= 0, covered)


REGION = {"name": "all", "size_mm": [40, 20], "cell_mm": 10}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"regions": [REGION, {**REGION, "name": "b", "centre_mm": [30, 0]}]},
            r"readout.regions\[1\]: expected a region wholly inside another one .* b over nothing and all: "
            "they overlap; list regions from the outermost",
        ),
        (
            {"regions": [{**REGION, "size_mm": 20}, {**REGION, "name": "b"}]},
            "b over nothing and all: they overlap",
        ),
        (
            {"regions": [REGION, {**REGION, "name": "b", "size_mm": 10}]},
            r"readout.regions\[1\]: expected b to end where cells of all do, got x = -5 mm",
        ),
        ({"regions": [REGION, REGION]}, r"regions\[1\].name: expected names that differ, got 'all' twice"),
        (
            {"regions": [{**REGION, "cell_mm": 15}]},
            r"readout.regions\[0\]: expected a whole number of cells along x, got 40 mm / 15 mm = 2.66667",
        ),
        (
            {"regions": [REGION], "holes": [{"size_mm": 60}]},
            r"readout.holes\[0\]: expected a hole inside one",
        ),
        ({"regions": [REGION], "holes": [{"size_mm": [20, 10]}]}, "the hole to end where cells of all do"),
        ({"regions": [REGION], "holes": [{"size_mm": [40, 20]}]}, "expected at least one cell, got none"),
        (
            {"regions": [REGION], "missing": [{"region": "al", "row": 0, "column": 0}]},
            r"missing\[0\].region: expected one of all, got 'al'; did you mean 'all'",
        ),
        (
            {"regions": [REGION], "missing": [{"region": "all", "row": 2, "column": 0}]},
            r"missing\[0\]: expected a cell of all .rows 0 to 1, columns 0 to 3, without holes., got row 2, "
            "column 0, which is not there",
        ),
        (
            {"regions": [REGION], "missing": [{"region": "all", "row": 0, "column": 0}] * 2},
            r"missing\[1\].*which is given twice",
        ),
        ({"regions": [REGION], "depth_mm": 400}, "readout.depth_mm: expected the depth of the stack, 396 mm"),
        (
            {"regions": [REGION], "id_bits": {"column": 1, "row": 4, "region": 1}},
            "readout.id_bits: expected values of column from 0 to 1, which 1 bits hold, got 3",
        ),
        (
            {"regions": [REGION], "id_bits": {"column": 8, "region": 1}},
            "readout.id_bits: .* row is not given; two cells would have one identifier",
        ),
        (
            {"regions": [REGION], "id_bits": {"colum": 8, "row": 8, "region": 1}},
            "readout.id_bits: expected the fields column, row, region, got 'colum'; did you mean 'column'",
        ),
        (
            {"regions": [REGION], "id_bits": {"column": 30, "row": 30, "region": 30}},
            "readout.id_bits: .* at most 64 together, got .* 90 in all",
        ),
        (
            {"regions": [REGION], "default_position_mm": [30, 0]},
            "readout.default_position_mm: expected a place where there is a cell, got x 30 mm, y 0 mm",
        ),
        ({"regions": [{"name": "all", "size_mm": 10}]}, "either cell_mm or cells_per_module, got neither"),
        (
            {"regions": [{"name": "all", "modules": 1, "cells_per_module": 1}]},
            r"regions\[0\]: expected readout.module_mm with modules",
        ),
        ({"regions": [{**REGION, "modules": 2}]}, "either size_mm or modules, got both"),
        ({"regions": [{**REGION, "size_mm": 1e5, "cell_mm": 1}]}, "expected at most 20000000 cells"),
    ],
)
def test_regions_that_cannot_be_are_refused_with_path_and_remedy(keys, message):
    with pytest.raises(ReadoutError, match=f"^lhcb_shashlik: .*{message}"):
        planar(**keys)
