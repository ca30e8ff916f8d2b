"""From a macro and a model through Par04's calls to a ROOT file, and back to showers."""

import awkward
import numpy as np
import pytest
import uproot

from metacalo.errors import SettingsError, ShowerFileError
from metacalo.export.par04.reenactment import ELECTRON_MASS_MEV, Event, Par04, write_root
from metacalo.export.par04.root_output import above_threshold, beam_theta_rad, read_par04
from metacalo.showers import Showers


@pytest.mark.parametrize("direction", [(0, 1, 0), (0, 0.9, 0.3), (0.5, -0.7, -0.4)])
def test_a_shower_comes_back_in_its_own_voxels(folder, siw, tmp_path, direction):
    par04 = Par04(folder / "TORCH.mac", seed=3)
    events = [par04.event(energy, direction) for energy in (1e4, 2e4)]
    write_root(tmp_path / "out.root", events)
    showers = read_par04([tmp_path / "out.root"], siw.grid, direction)
    np.testing.assert_allclose(showers.incident_energy_gev, [10, 20], rtol=1e-3)
    theta = abs(np.pi / 2 - beam_theta_rad(direction))
    np.testing.assert_allclose(showers.theta_rad, theta, rtol=1e-5, atol=1e-7)
    # voxel k has (k + 1) keV a GeV, times a number that is common to the shower
    for dense, energy in zip(showers.dense(np.float64).reshape(2, -1), (10, 20), strict=True):
        hit = np.flatnonzero(dense)
        assert len(hit) > 0.95 * siw.grid.n_voxels  # at an angle some middles are before the face
        common = dense[hit] / (energy * (hit + 1))
        np.testing.assert_allclose(common, common[0], rtol=1e-5)


def test_along_the_normal_nothing_is_lost_and_energies_are_of_the_model(folder, siw):
    event = Par04(folder / "TORCH.mac", seed=1).event(1e4, (0, 1, 0))
    assert len(event.z) == siw.grid.n_voxels
    assert event.energy_mev == pytest.approx(1e4 + ELECTRON_MASS_MEV)
    assert event.deposit_mev.max() / event.deposit_mev.min() == pytest.approx(6480, rel=1e-4)


def test_a_seed_repeats_a_run_and_another_does_not(folder):
    first, again, other = (Par04(folder / "TORCH.mac", seed=s).event(1e4, (0, 1, 0)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.deposit_mev, again.deposit_mev)
    assert first.deposit_mev[0] != other.deposit_mev[0]


def test_cells_below_half_a_kev_are_not_written(folder):
    # at 0.1 GeV, below the range, voxel k has 0.1 (k + 1) keV
    event = Par04(folder / "TORCH.mac", seed=1).event(1e2, (0, 1, 0))
    assert event.deposit_mev.min() > 0.0005
    assert 2 < 6480 - len(event.z) < 8


def test_a_mesh_that_is_not_the_models_is_found(folder, tmp_path):
    text = (folder / "TORCH.mac").read_text(encoding="utf-8")
    (tmp_path / "big.mac").write_text(
        text.replace("inference/setNbOfZCells 45", "inference/setNbOfZCells 90"), encoding="utf-8"
    )
    (tmp_path / "par04_par04_siw.pt").symlink_to(folder / "par04_par04_siw.pt")
    with pytest.raises(SettingsError, match="expected 12960 numbers"):
        Par04(tmp_path / "big.mac").event(1e4, (0, 1, 0))


def test_a_particle_past_the_barrel_is_found(folder):
    with pytest.raises(SettingsError, match="misses the barrel"):
        Par04(folder / "TORCH.mac").event(1e4, (0, 0.1, 1))


def event(**changes) -> Event:
    cells = {name: np.array(values) for name, values in {"rho": [0, 1], "phi": [2, 3], "z": [4, 5]}.items()}
    return Event(**{"energy_mev": 5e3, **cells, "deposit_mev": np.array([1.0, 2.0]), **changes})


def test_a_file_laid_out_by_hand_is_read(siw, tmp_path):
    write_root(tmp_path / "a.root", [event(), event(energy_mev=1e4)])
    write_root(
        tmp_path / "b.root",
        [event(**dict.fromkeys(("rho", "phi", "z"), np.array([], int)), deposit_mev=np.array([]))],
    )
    showers = read_par04([tmp_path / "a.root", tmp_path / "b.root"], siw.grid, (0, 1, -1))
    np.testing.assert_allclose(showers.incident_energy_gev, [5, 10, 5])
    np.testing.assert_array_equal(showers.n_hits, [2, 2, 0])
    np.testing.assert_array_equal(showers.voxels[:2], [2 * 45 + 4, (16 + 3) * 45 + 5])
    np.testing.assert_allclose(showers.energies_mev[:2], [1, 2])


def test_cells_that_par04_keeps_beyond_the_mesh_are_left_out(siw, tmp_path):
    beyond = event(rho=np.array([9, 1]), z=np.array([4, 5]))
    write_root(tmp_path / "a.root", [beyond])
    np.testing.assert_allclose(read_par04([tmp_path / "a.root"], siw.grid).energies_mev, [2])


def test_the_single_tree_of_older_versions_is_read(siw, tmp_path):
    with uproot.recreate(tmp_path / "old.root") as file:
        columns = {"rhoCell": [[1]], "phiCell": [[3]], "zCell": [[5]], "EnergyCell": [[2.0]]}
        file["events"] = {"EnergyMC": np.array([5e3]), **{k: awkward.Array(v) for k, v in columns.items()}}
    np.testing.assert_allclose(read_par04([tmp_path / "old.root"], siw.grid).energies_mev, [2])


def test_what_several_threads_leave_is_read(siw, tmp_path):
    with uproot.recreate(tmp_path / "run.root") as file:  # of all: histograms alone
        file["energyParticle"] = np.histogram([5.0], bins=4)
    for thread in (0, 1):
        write_root(tmp_path / f"run_t{thread}.root", [event()])
    showers = read_par04(sorted(tmp_path.glob("run*.root")), siw.grid)
    np.testing.assert_array_equal(showers.n_hits, [2, 2])
    with pytest.raises(ShowerFileError, match="name those of the threads"):
        read_par04([tmp_path / "run.root"], siw.grid)


def test_trees_that_do_not_belong_together_are_refused(siw, tmp_path):
    with uproot.recreate(tmp_path / "odd.root") as file:
        file["global"] = {"EnergyMC": np.array([5e3, 5e3])}
        columns = {"rhoCell": [[1]], "phiCell": [[3]], "zCell": [[5]], "EnergyCell": [[2.0]]}
        file["virtualReadout"] = {name: awkward.Array(values) for name, values in columns.items()}
    with pytest.raises(ShowerFileError, match="2 events, and cells of 1"):
        read_par04([tmp_path / "odd.root"], siw.grid)


def test_what_is_not_par04s_output_is_refused_with_the_reason(siw, tmp_path):
    with uproot.recreate(tmp_path / "other.root") as file:
        file["events2"] = {"x": np.zeros(1)}
    (tmp_path / "text.root").write_text("no", encoding="utf-8")
    for name, reason in [
        ("other", "no trees global"),
        ("text", "not read as Par04"),
        ("none", "no such file"),
    ]:
        with pytest.raises(ShowerFileError, match=reason):
            read_par04([tmp_path / f"{name}.root"], siw.grid)
    write_root(tmp_path / "wide.root", [event(phi=np.array([2, 49]))])
    with pytest.raises(ShowerFileError, match="sectors up to 49"):
        read_par04([tmp_path / "wide.root"], siw.grid)
    with pytest.raises(SettingsError, match="three numbers"):
        read_par04([tmp_path / "wide.root"], siw.grid, (0, 0, 0))


def test_showers_of_full_simulation_lose_what_par04_would_not_write(hand_made_showers: Showers):
    faint = Showers(
        grid=hand_made_showers.grid,
        incident_energy_gev=[1.0],
        theta_rad=[0.0],
        offsets=[0, 3],
        voxels=[0, 3, 12],
        energies_mev=[4e-4, 6e-4, 1.0],
    )
    kept = above_threshold(faint)
    np.testing.assert_array_equal(kept.voxels, [3, 12])
    np.testing.assert_array_equal(kept.n_hits, [2])
