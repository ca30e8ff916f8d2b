import numpy as np
import pytest
import torch

from metacalo.geometry import CylinderGrid
from metacalo.models import Conditions, ShowerBatch
from metacalo.showers import Showers


@pytest.fixture
def three(hand_made_showers: Showers) -> ShowerBatch:
    return ShowerBatch.from_showers(hand_made_showers)


def test_showers_come_back_as_they_went(hand_made_showers: Showers, three: ShowerBatch):
    back = three.to_showers(hand_made_showers.grid, {"detector": "tiny"})
    assert back == hand_made_showers
    assert back.attributes["detector"] == "tiny"


def test_hits_know_their_shower_also_where_one_is_empty(three: ShowerBatch):
    assert three.shower.tolist() == [0, 0, 0, 2, 2]
    assert three.voxel.tolist() == [0, 3, 12, 5, 23]
    assert three.deposit_mev.tolist() == [2.0, 1.0, 4.0, 8.0, 16.0]
    assert len(three) == 3


def test_totals_and_numbers_of_hits_are_those_of_the_showers(hand_made_showers: Showers, three: ShowerBatch):
    assert three.total_mev.tolist() == [7.0, 0.0, 24.0]
    assert three.n_hits.tolist() == [3.0, 0.0, 2.0]
    assert np.array_equal(three.total_mev, hand_made_showers.total_energy_mev)


def test_the_dense_form_is_that_of_the_showers(hand_made_showers: Showers, three: ShowerBatch):
    assert np.array_equal(three.dense(24).view(3, 2, 3, 4), hand_made_showers.dense())


def test_showers_without_any_hit_make_a_trip_too(tiny_grid: CylinderGrid):
    empty = Showers(
        grid=tiny_grid,
        incident_energy_gev=[1.0, 2.0],
        theta_rad=0.1,
        offsets=[0, 0, 0],
        voxels=[],
        energies_mev=[],
    )
    batch = ShowerBatch.from_showers(empty)
    assert batch.voxel.dtype == torch.int64
    assert batch.dense(24).abs().sum() == 0
    assert batch.n_hits.tolist() == [0.0, 0.0]
    assert batch.to_showers(tiny_grid) == empty


def test_the_azimuth_of_the_particle_is_noted(three: ShowerBatch, tiny_grid: CylinderGrid):
    assert three.to_showers(tiny_grid, phi_rad=0.5).phi_rad.tolist() == [0.5, 0.5, 0.5]


def test_a_mirror_swaps_the_first_sector_with_the_last(three: ShowerBatch):
    # voxel = 12 ring + 4 sector + depth: 0 and 3 are in sector 0 of ring 0, 12 in sector 0 of ring 1
    mirrored = three.mirrored(torch.tensor([True, True, False]), (2, 3, 4))
    assert mirrored.voxel.tolist() == [8, 11, 20, 5, 23]
    assert mirrored.deposit_mev is three.deposit_mev


def test_a_mirror_leaves_the_middle_sector_and_undoes_itself(three: ShowerBatch):
    everything = torch.ones(3, dtype=torch.bool)
    once = three.mirrored(everything, (2, 3, 4))
    assert once.voxel[3] == three.voxel[3]
    assert torch.equal(once.mirrored(everything, (2, 3, 4)).voxel, three.voxel)


def test_conditions_take_one_number_for_all():
    conditions = Conditions.from_arrays([1.0, 10.0, 100.0], 0.2)
    assert len(conditions) == 3
    assert conditions.energy_gev.dtype == torch.float32
    assert conditions.theta_rad.tolist() == pytest.approx([0.2, 0.2, 0.2])


def test_one_particle_is_a_batch_of_one():
    assert len(Conditions.from_arrays(50.0, 0.0)) == 1


def test_a_batch_on_another_device_has_the_same_type_and_all_tensors_there(three: ShowerBatch):
    moved = three.to("meta")
    assert isinstance(moved, ShowerBatch)
    assert {value.device.type for value in vars(moved).values()} == {"meta"}
    assert three.voxel.device.type == "cpu"
