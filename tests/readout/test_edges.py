import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.readout.edges import EdgeSearch, merged, snapped

lengths = st.floats(1e-3, 1e3)
edges_of_any_kind = st.one_of(
    st.builds(
        lambda low, step, n: low + step * np.arange(n + 1), st.floats(-1e4, 1e4), lengths, st.integers(1, 400)
    ),
    st.builds(
        lambda low, gaps: low + np.cumsum(gaps),
        st.floats(-1e3, 1e3),
        st.lists(lengths, min_size=2, max_size=80),
    ),
)


def around(edges):
    """The edges, the next numbers on both sides, and the middles."""
    near = [edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]
    return np.concatenate([*near, 0.5 * (edges[1:] + edges[:-1])])


@given(edges_of_any_kind)
def test_the_count_is_that_of_a_binary_search_also_one_digit_beside_an_edge(edges):
    values = around(edges)
    assert np.array_equal(EdgeSearch(edges).count(values), np.searchsorted(edges, values, side="right"))


@given(edges_of_any_kind, st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=50))
def test_the_count_is_that_of_a_binary_search_for_any_float32(edges, values):
    values = np.array(values, dtype=np.float32)
    assert np.array_equal(EdgeSearch(edges).count(values), np.searchsorted(edges, values, side="right"))


def test_what_is_no_number_is_below_and_what_is_infinite_is_beyond():
    for edges in ([0.0, 1.0, 2.0], [0.0, 1.0, 3.0], [0.0, 1e-9, 1.0]):
        counts = EdgeSearch(np.array(edges)).count(np.array([np.nan, -np.inf, np.inf]))
        assert counts.tolist() == [0, 0, 3]


def test_edges_too_uneven_for_a_table_are_searched_all_the_same():
    edges = np.array([0.0, 1e-9, 2e-9, 1.0])
    values = around(edges)
    assert np.array_equal(EdgeSearch(edges).count(values), np.searchsorted(edges, values, side="right"))


@pytest.mark.parametrize("edges", [[0.0], [0.0, 0.0], [1.0, 0.0], [0.0, np.nan], [0.0, np.inf]])
def test_edges_that_do_not_ascend_are_refused(edges):
    with pytest.raises(ValueError, match="ascend strictly"):
        EdgeSearch(np.array(edges))


def test_edges_that_differ_by_rounding_are_one():
    thirds = np.cumsum([0.0, 40.4, 40.4, 40.4])
    assert thirds[-1] != 121.2
    assert len(merged(thirds, np.array([0.0, 121.2]))) == 4
    low, high = snapped(np.array([[0.0, thirds[-1]], [121.2, 200.0]]))
    assert high[0] == low[1]
