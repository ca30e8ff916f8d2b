"""Showers packed into a page: what comes out is what went in, and never too much of it."""

import base64
import json

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.report import events
from metacalo.validation.report.events import packed_events


def unpacked(shower: dict, *, wide: bool = False) -> tuple[np.ndarray, np.ndarray]:
    voxels = np.frombuffer(base64.b64decode(shower["voxels"]), "<u4" if wide else "<u2")
    return voxels, np.frombuffer(base64.b64decode(shower["energies"]), "<f4")


def test_showers_come_out_of_the_page_as_they_were(real_showers, detector):
    content = json.loads(packed_events({"Geant4": real_showers, "again": real_showers}, detector))
    assert content["samples"] == ["Geant4", "again"]
    assert content["grid"] == real_showers.grid.to_dict()
    assert content["depth_mm"] == detector.depth_mm
    for first, second in content["events"]:
        assert first == second
        voxels, energies = unpacked(first)
        row = int(np.argmin(np.abs(real_showers.incident_energy_gev - first["energy_gev"])))
        assert list(voxels) == list(real_showers[row].voxels)
        assert list(energies) == list(real_showers[row].energies_mev)
        assert first["visible_mev"] == pytest.approx(real_showers.total_energy_mev[row], rel=1e-4)
        assert first["theta"] == pytest.approx(real_showers.theta_rad[row], abs=1e-5)


def test_events_go_from_low_to_high_energy_and_each_is_another_shower(real_showers):
    content = json.loads(packed_events({"Geant4": real_showers}, n_events=5))
    energies = [event[0]["energy_gev"] for event in content["events"]]
    assert len(energies) == 5
    assert energies == sorted(set(energies))
    assert content["depth_mm"] is None


def test_the_other_sample_shows_the_shower_of_the_nearest_energy_and_angle(hand_made_showers):
    other = Showers(
        grid=hand_made_showers.grid,
        incident_energy_gev=[1.01, 1.02, 50.0, 100.0],
        theta_rad=[0.4, 0.0, 0.5, 0.5],
        offsets=[0, 1, 2, 3, 4],
        voxels=[1, 2, 3, 4],
        energies_mev=[1.0, 2.0, 3.0, 4.0],
    )
    content = json.loads(packed_events({"Geant4": hand_made_showers, "other": other}, n_events=3))
    assert [event[1]["energy_gev"] for event in content["events"]] == [1.02, 50.0, 100.0]
    assert [event[0]["n_hits"] for event in content["events"]] == [3, 0, 2]


def test_without_showers_there_is_nothing_to_show(hand_made_showers):
    assert packed_events({}) is None
    assert packed_events({"Geant4": hand_made_showers[:0]}) is None
    alone = json.loads(packed_events({"Geant4": hand_made_showers, "none": hand_made_showers[:0]}))
    assert alone["samples"] == ["Geant4"]


def test_showers_of_one_energy_make_one_event(hand_made_showers):
    content = json.loads(packed_events({"Geant4": hand_made_showers[[0, 0, 0]]}))
    assert len(content["events"]) == 1


def test_too_many_hits_make_fewer_events_and_then_only_the_hottest_hits(hand_made_showers, monkeypatch):
    monkeypatch.setattr(events, "MAX_HITS", 4)
    content = json.loads(packed_events({"Geant4": hand_made_showers}, n_events=3))
    # 3, 0 and 2 hits: the two at the ends would have 5, so the first stands alone.
    assert [event[0]["n_hits"] for event in content["events"]] == [3]
    monkeypatch.setattr(events, "MAX_HITS", 2)
    ((shower,),) = json.loads(packed_events({"Geant4": hand_made_showers}))["events"]
    voxels, energies = unpacked(shower)
    assert list(voxels) == [0, 12]
    assert list(energies) == [2.0, 4.0]
    assert shower["n_hits"] == 3
    assert shower["visible_mev"] == 7.0


def test_a_grid_of_more_voxels_than_two_bytes_count_is_packed_wider():
    grid = CylinderGrid(shape=(50, 50, 50), dr_mm=1.0, dz_mm=1.0)
    showers = Showers(
        grid=grid,
        incident_energy_gev=[1.0],
        theta_rad=0.0,
        offsets=[0, 1],
        voxels=[124_999],
        energies_mev=[1.0],
    )
    content = json.loads(packed_events({"Geant4": showers}))
    assert content["wide"] is True
    assert list(unpacked(content["events"][0][0], wide=True)[0]) == [124_999]


def test_a_label_cannot_end_the_element_that_holds_the_showers(hand_made_showers):
    label = "</script><script>alert(1)</script>"
    packed = packed_events({label: hand_made_showers})
    assert "<" not in packed
    assert json.loads(packed)["samples"] == [label]
