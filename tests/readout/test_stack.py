import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metacalo.errors import ReadoutError
from metacalo.geometry import load_detector
from metacalo.readout import load_readout, readout_of

FACE = {
    "kind": "stack",
    "front_z_mm": 100.0,
    "size_mm": [60, 40],
    "cell_mm": 10,
    "default_position_mm": [5, 5],
}


def stack(detector="odd_siw", **keys):
    return readout_of(load_detector(detector).model_copy(update={"readout": FACE | keys}))


@pytest.fixture(scope="module")
def small():
    return stack()


@pytest.mark.parametrize(("name", "layers", "per_side"), [("odd_siw", 48, 200), ("clic_siw", 40, 200)])
def test_the_shipped_stacks_have_a_layer_for_each_sensor(name, layers, per_side):
    readout = load_readout(name)
    assert len(readout) == layers * per_side**2
    assert np.array_equal(
        readout.active_depths_mm[:, 1] - readout.active_depths_mm[:, 0] > 0.49, [True] * layers
    )
    some = slice(None, None, 97)
    cells = readout.cells
    numbers = np.arange(len(readout))[some]
    assert np.array_equal(readout.locate(cells.x_mm[some], cells.y_mm[some], cells.z_mm[some]), numbers)
    assert np.array_equal(readout.index_of(cells.id[some]), numbers)


def test_cells_are_numbered_by_layer_row_and_column(small):
    cells = small.cells
    assert len(small) == 48 * 4 * 6
    assert np.array_equal(small.locate(cells.x_mm, cells.y_mm, cells.z_mm), np.arange(len(small)))
    fields = small.ids.unpack(cells.id)
    assert np.array_equal((fields["layer"] * 4 + fields["row"]) * 6 + fields["column"], np.arange(len(small)))
    assert small.ids.describe(int(cells.id[-1])) == "column 5, row 3, layer 47"


def test_between_sensors_is_a_gap(small):
    # Slabs of 1.9, 0.1, 0.525 (sensor) and 2.5 mm.
    z = 100.0 + np.array([0.0, 1.999, 2.0, 2.5249, 2.5251, 5.0249, 7.0251])
    cell = small.locate(5.0, 5.0, z)
    layer = np.where(cell < 0, -1, small.cells.layer[cell])
    assert layer.tolist() == [-1, -1, 0, 0, -1, -1, 1]
    assert small.contains(5.0, 5.0, z).tolist() == [False, False, True, True, True, True, True]
    middle = 100.0 + small.active_depths_mm.mean(axis=1)
    assert np.array_equal(small.cells.layer[small.locate(5.0, 5.0, middle)], np.arange(48))


@given(
    st.floats(-29.9, 29.9), st.floats(-19.9, 19.9), st.integers(-5, 5), st.integers(-3, 3), st.integers(0, 47)
)
def test_a_shift_by_whole_cells_changes_row_and_column_by_as_many(small, x, y, right, up, layer):
    assume(min(abs(v - 10 * round(v / 10)) for v in (x, y)) > 1e-9)
    z = small.front_mm + small.active_depths_mm[layer].mean()
    here, there = small.locate([x, x + 10 * right], [y, y + 10 * up], z)
    if abs(x + 10 * right) < 30 and abs(y + 10 * up) < 20:
        assert there - here == 6 * up + right
        assert small.cells.layer[here] == layer
    else:
        assert there == -1


def test_slabs_may_be_read_out_together(small):
    pairs = stack(slabs_per_layer=2, layers=24)
    assert len(pairs) == len(small) / 2
    cell = small.locate(5.0, 5.0, 100.0 + small.active_depths_mm.mean(axis=1))
    together = pairs.locate(5.0, 5.0, 100.0 + small.active_depths_mm.mean(axis=1))
    assert np.array_equal(pairs.cells.layer[together], small.cells.layer[cell] // 2)
    np.testing.assert_allclose(pairs.cells.dz_mm[0], 5.025 + 0.525)


def test_in_a_homogeneous_calorimeter_layers_follow_each_other_without_gap():
    readout = stack("l3_bgo")
    depth = np.linspace(0.0, 240.0, 1001)[:-1]
    cell = readout.locate(5.0, 5.0, 100.0 + depth)
    assert np.array_equal(readout.cells.layer[cell], np.minimum((depth + 1e-9) // 10, 23))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"layers": 47},
            "readout.layers: expected 48, as the stack has 48 active slabs and 1 make a layer, got 47",
        ),
        ({"slabs_per_layer": 5}, "readout.slabs_per_layer: expected a divisor of the 48 active slabs, got 5"),
        ({"cell_mm": 7}, "readout: expected a whole number of cells along x, got 60 mm / 7 mm"),
        (
            {"id_bits": {"column": 4, "row": 4, "layer": 5}},
            "values of layer from 0 to 31, which 5 bits hold, got 47",
        ),
        ({"default_position_mm": [31, 0]}, "readout.default_position_mm: .* got x 31 mm, y 0 mm"),
        ({"size_mm": [1e5, 1e5]}, "expected at most 20000000 cells, got 4800000000"),
    ],
)
def test_a_stack_that_is_not_the_detectors_is_refused(keys, message):
    with pytest.raises(ReadoutError, match=f"^odd_siw: .*{message}"):
        stack(**keys)
