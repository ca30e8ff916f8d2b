import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.errors import GridMismatchError, SettingsError, ShowerFileError
from metacalo.showers import Showers, concatenate, open_showers

some_showers = st.from_type(Showers)
at_least_one = some_showers.filter(len)


def test_sums_of_hand_made_showers_are_known(hand_made_showers):
    s = hand_made_showers
    assert len(s) == 3
    assert s.n_hits.tolist() == [3, 0, 2]
    assert s.shower_of_hit.tolist() == [0, 0, 0, 2, 2]
    assert s.total_energy_mev.tolist() == [7.0, 0.0, 24.0]
    assert s.layer_energies_mev.tolist() == [[6, 0, 0, 1], [0, 0, 0, 0], [0, 8, 0, 16]]
    assert s.ring_energies_mev.tolist() == [[3, 4], [0, 0], [8, 16]]


def test_a_voxel_stands_at_its_ring_sector_and_depth(hand_made_showers):
    dense = hand_made_showers.dense()
    assert dense.shape == (3, 2, 3, 4)
    assert dense.dtype == np.float32
    assert dense[2, 0, 1, 1] == 8.0  # 12 * 0 + 4 * 1 + 1
    assert dense[2, 1, 2, 3] == 16.0  # 12 * 1 + 4 * 2 + 3
    assert dense.sum() == 31.0


def test_summary_of_hand_made_showers_is_known(hand_made_showers):
    summary = hand_made_showers.summary()
    assert summary["n_showers"] == 3
    assert summary["n_hits"] == 5
    assert summary["incident_energy_gev"] == [1.0, 100.0]
    assert summary["theta_deg"] == pytest.approx([0.0, np.rad2deg(0.5)])
    assert summary["total_energy_mev"] == [0.0, 24.0]
    assert summary["visible_fraction"] == pytest.approx((0.007 + 0.0 + 0.00024) / 3)


def test_repr_says_how_many_of_what(hand_made_showers):
    assert repr(hand_made_showers) == (
        "Showers(3 of tiny, 2 x 3 x 4, 1-100 GeV, 0-28.6 deg, 5 hits in memory)"
    )
    assert repr(hand_made_showers[:0]) == "Showers(0 of tiny, 2 x 3 x 4, 0 hits in memory)"


def test_selection_includes_both_ends_and_knows_degrees(hand_made_showers, tiny_grid):
    assert hand_made_showers.select(energy_gev=(1.0, 10.0)).incident_energy_gev.tolist() == [1.0, 10.0]
    assert hand_made_showers.select(theta_deg=(10.0, 20.0)).theta_rad.tolist() == [0.25]
    exact = np.deg2rad([40.0]).astype(np.float32)
    showers = Showers(
        grid=tiny_grid, incident_energy_gev=[5.0], theta_rad=exact, offsets=[0, 0], voxels=[], energies_mev=[]
    )
    assert len(showers.select(theta_deg=(0.0, 40.0))) == 1


def test_hits_are_sorted_within_their_shower(tiny_grid):
    showers = Showers(
        grid=tiny_grid,
        incident_energy_gev=[1.0, 2.0],
        theta_rad=0.0,
        offsets=[0, 2, 4],
        voxels=[7, 3, 9, 1],
        energies_mev=[1.0, 2.0, 3.0, 4.0],
    )
    assert showers.voxels.tolist() == [3, 7, 1, 9]
    assert showers.energies_mev.tolist() == [2.0, 1.0, 4.0, 3.0]


def test_nothing_of_showers_can_be_changed(hand_made_showers):
    with pytest.raises(ValueError, match="read-only"):
        hand_made_showers.energies_mev[0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        hand_made_showers.layer_energies_mev[0] = 5.0
    with pytest.raises(AttributeError, match="immutable"):
        hand_made_showers.grid = None
    with pytest.raises(TypeError):
        hand_made_showers.attributes["detector"] = "other"


def test_showers_do_not_follow_the_arrays_they_were_made_of(tiny_grid):
    energy, deposit = np.ones(1, np.float32), np.ones(1, np.float32)
    showers = Showers(
        grid=tiny_grid,
        incident_energy_gev=energy,
        theta_rad=0.0,
        offsets=[0, 1],
        voxels=[0],
        energies_mev=deposit,
    )
    energy[0] = deposit[0] = 9.0
    assert showers.incident_energy_gev[0] == showers.energies_mev[0] == 1.0


GOOD = {
    "incident_energy_gev": [1.0, 2.0],
    "theta_rad": [0.0, 0.1],
    "offsets": [0, 1, 2],
    "voxels": [3, 4],
    "energies_mev": [1.0, 2.0],
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"energies_mev": [1.0, np.nan]}, r"energy\[1\] is nan, expected a finite, positive number"),
        ({"energies_mev": [np.inf, 1.0]}, r"energy\[0\] is inf"),
        ({"energies_mev": [1.0, 1e300]}, r"energy\[1\] is inf"),
        ({"energies_mev": [1.0, -2.0]}, r"energy\[1\] is -2"),
        ({"energies_mev": [1.0, 0.0]}, r"energy\[1\] is 0.*voxels without energy are left out"),
        ({"voxels": [3, 24]}, r"voxel\[1\] is 24, expected an index of 0 to 23"),
        ({"voxels": [-1, 3]}, r"voxel\[0\] is -1"),
        ({"voxels": [1.0, 2.0]}, "of an integer type"),
        ({"offsets": [0, 2]}, r"offset has shape \(2,\), expected \(3,\)"),
        ({"offsets": [0, 1, 3]}, "offset ends at 3, but there are 2 hits"),
        ({"offsets": [0, 3, 2]}, "offset falls from 3 to 2 at shower 1"),
        ({"offsets": [1, 1, 2]}, r"offset\[0\] is 1"),
        ({"offsets": [0, 2, 2], "voxels": [3, 3]}, "twice in one shower"),
        ({"incident_energy_gev": [1.0, 0.0]}, r"incident_energy\[1\] is 0"),
        ({"incident_energy_gev": [1.0, np.nan]}, r"incident_energy\[1\] is nan"),
        ({"theta_rad": [0.0, 1.6]}, r"incident_theta\[1\] is 1.6"),
        ({"theta_rad": [0.0]}, r"incident_theta has shape \(1,\), expected \(2,\)"),
        ({"phi_rad": [0.0, np.inf]}, r"incident_phi\[1\] is inf"),
    ],
)
def test_impossible_showers_are_refused_with_the_reason(tiny_grid, wrong, message):
    with pytest.raises(ShowerFileError, match=message):
        Showers(grid=tiny_grid, **(GOOD | wrong))


def test_a_dense_array_of_another_shape_is_refused(tiny_grid):
    with pytest.raises(GridMismatchError, match=r"shape \(1, 4, 3, 2\), expected \(N, 2, 3, 4\)"):
        Showers.from_dense(np.ones((1, 4, 3, 2)), grid=tiny_grid, incident_energy_gev=[1.0], theta_rad=0.0)


def test_a_negative_energy_in_a_dense_array_is_refused(tiny_grid):
    with pytest.raises(ShowerFileError, match="-1"):
        Showers.from_dense(np.full((1, 24), -1.0), grid=tiny_grid, incident_energy_gev=[1.0], theta_rad=0.0)


@pytest.mark.parametrize("value", [None, {"a": 1}, [1, "a"], [[1, 2], [3, 4]]])
def test_an_attribute_that_hdf5_cannot_hold_is_refused_at_once(hand_made_showers, value):
    with pytest.raises(ShowerFileError, match=r"'mark' of showers is .* expected a str, number"):
        hand_made_showers.with_attributes(mark=value)


def test_an_attribute_cannot_pose_as_the_schema(hand_made_showers):
    with pytest.raises(ShowerFileError, match="schema describe the file"):
        hand_made_showers.with_attributes(schema="x")


def test_attributes_do_not_make_showers_different(hand_made_showers):
    other = hand_made_showers.with_attributes(outside_trained_range=True)
    assert other == hand_made_showers
    assert other.sha256() == hand_made_showers.sha256()
    assert other.attributes["outside_trained_range"] is True
    assert "outside_trained_range" not in hand_made_showers.attributes


def test_a_mark_of_one_part_marks_the_whole(hand_made_showers):
    marked = hand_made_showers.with_attributes(outside_trained_range=True, seed=3)
    together = concatenate([hand_made_showers, marked])
    assert together.attributes["outside_trained_range"] is True
    assert together.attributes["detector"] == "tiny"
    assert "seed" not in together.attributes


def test_showers_of_two_grids_are_not_put_together(hand_made_showers, data_dir):
    with pytest.raises(GridMismatchError, match="part 1: the showers have the grid 9 x 16 x 45"):
        concatenate([hand_made_showers, open_showers(data_dir / "lhcb_small.h5")])


def test_nothing_cannot_be_put_together():
    with pytest.raises(ShowerFileError, match="at least one"):
        concatenate([])


def test_a_batch_holds_at_least_one_shower(hand_made_showers):
    with pytest.raises(SettingsError, match="batch size is 0"):
        next(hand_made_showers.iter_batches(0))


def test_showers_are_no_key_of_a_dictionary(hand_made_showers):
    with pytest.raises(TypeError, match="unhashable"):
        hash(hand_made_showers)
    assert hand_made_showers != "showers"


@given(some_showers)
def test_dense_and_back_gives_the_same_showers(showers):
    back = Showers.from_dense(
        showers.dense(),
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        phi_rad=showers.phi_rad,
    )
    assert back == showers
    assert back.sha256() == showers.sha256()


@given(some_showers, st.slices(6))
def test_slices_are_those_of_the_dense_array(showers, cut):
    assert np.array_equal(showers[cut].dense(), showers.dense()[cut])
    assert np.array_equal(showers[cut].theta_rad, showers.theta_rad[cut])


@given(at_least_one, st.data())
def test_index_arrays_and_masks_pick_as_numpy_does(showers, data):
    rows = data.draw(st.lists(st.integers(-len(showers), len(showers) - 1), max_size=9))
    expected = showers.dense()[np.array(rows, dtype=np.int64)]
    assert np.array_equal(showers[rows].dense(), expected)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(showers), max_size=len(showers))))
    assert np.array_equal(showers[mask].dense(), showers.dense()[mask])
    with pytest.raises(IndexError):
        showers[len(showers)]


@given(some_showers, st.integers(0, 6))
def test_concatenate_undoes_a_cut(showers, at):
    assert concatenate([showers[:at], showers[at:]]) == showers


@given(at_least_one, st.integers(1, 7))
def test_batches_are_the_showers_in_order(showers, n):
    batches = list(showers.iter_batches(n))
    assert concatenate(batches) == showers
    assert all(len(batch) == n for batch in batches[:-1])


@given(some_showers)
def test_every_sum_is_the_energy(showers):
    total = showers.dense(np.float64).sum(axis=(1, 2, 3))
    assert np.allclose(showers.total_energy_mev, total, rtol=1e-12)
    assert np.allclose(showers.layer_energies_mev.sum(axis=1), total, rtol=1e-12)
    assert np.allclose(showers.ring_energies_mev.sum(axis=1), total, rtol=1e-12)


@given(at_least_one, at_least_one)
def test_hashes_are_equal_exactly_when_showers_are(one, other):
    assert (one == other) == (one.sha256() == other.sha256())


@given(some_showers)
@settings(max_examples=20)
def test_showers_survive_pickling(showers):
    back = pickle.loads(pickle.dumps(showers))  # noqa: S301 # our own bytes
    assert back == showers
    assert not back.energies_mev.flags.writeable
