import multiprocessing
import pickle
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from metacalo.export import folded
from metacalo.generation import AdaptedModel
from metacalo.runtime import ConditionsError, Model, ModelFileError, RangeWarning, ShowerHits, load

ENERGY = np.geomspace(1.0, 100.0, 70)
THETA = np.radians(np.linspace(0.0, 40.0, 70))


@pytest.fixture(scope="module")
def showers(model: Model) -> ShowerHits:
    return model.sample(energy_gev=ENERGY, theta_rad=THETA, seed=5)


def same(one: ShowerHits, other: ShowerHits) -> bool:
    """The same hits, with energies equal to the rounding of a matrix product in batches of other sizes."""
    return (
        np.array_equal(one.offsets, other.offsets)
        and np.array_equal(one.voxel, other.voxel)
        and np.allclose(one.deposit_mev, other.deposit_mev, rtol=1e-3, atol=1e-4)
    )


def test_showers_are_those_of_torch_from_the_same_noise(model: Model, adapted: AdaptedModel):
    noise = torch.randn(5, model.description.n_noise, generator=torch.Generator().manual_seed(1))
    energy, theta = torch.tensor([1.0, 5.0, 20.0, 50.0, 100.0]), torch.tensor([0.0, 0.1, 0.2, 0.4, 0.6])
    with torch.no_grad():
        wanted = folded(adapted).dense(energy, theta, noise).numpy()
    found = model.showers_of(energy, theta, noise).dense().reshape(5, -1)
    assert np.abs(found - wanted).max(axis=1) / wanted.max(axis=1) == pytest.approx(0.0, abs=1e-5)


def test_a_shower_does_not_depend_on_what_is_asked_for_with_it(model: Model, showers: ShowerHits):
    for i in (0, 3, 69):
        alone = model.sample(energy_gev=ENERGY[i], theta_rad=THETA[i], seed=5, first=i)
        voxel, deposit = showers[i]
        assert np.array_equal(alone.voxel, voxel)
        assert alone.deposit_mev == pytest.approx(deposit, rel=1e-3, abs=1e-4)


def test_the_same_seed_gives_the_same_showers_bit_for_bit(model: Model, showers: ShowerHits):
    again = model.sample(energy_gev=ENERGY, theta_rad=THETA, seed=5)
    assert np.array_equal(again.deposit_mev, showers.deposit_mev)
    other = model.sample(energy_gev=ENERGY, theta_rad=THETA, seed=6)
    assert len(other.voxel) != len(showers.voxel)


def test_several_threads_make_the_same_showers_bit_for_bit(exported: Path, showers: ShowerHits):
    made = load(exported, threads=2).sample(energy_gev=ENERGY, theta_rad=THETA, seed=5)
    assert np.array_equal(made.offsets, showers.offsets)
    assert np.array_equal(made.voxel, showers.voxel)
    assert np.array_equal(made.deposit_mev, showers.deposit_mev)


def test_without_a_seed_showers_are_new(model: Model):
    one, two = (model.sample(energy_gev=20.0) for _ in range(2))
    assert not np.array_equal(one.deposit_mev, two.deposit_mev)


def test_the_response_is_that_of_the_model_in_torch(model: Model, adapted: AdaptedModel):
    made = model.sample(energy_gev=np.full(600, 20.0), theta_rad=0.2, seed=1)
    wanted = adapted.sample(energy_gev=20.0, theta_rad=0.2, n=600, seed=1)
    fast, slow = made.total_mev, np.add.reduceat(wanted.energies_mev, wanted.offsets[:-1])
    error = np.hypot(fast.std(), slow.std()) / np.sqrt(600)
    assert fast.mean() == pytest.approx(slow.mean(), abs=4 * error)
    assert fast.std() == pytest.approx(slow.std(), rel=0.15)
    hits = np.diff(made.offsets), np.diff(wanted.offsets)
    assert hits[0].mean() == pytest.approx(hits[1].mean(), rel=0.03)


def test_threads_share_a_model(model: Model, showers: ShowerHits):
    def one(i: int) -> ShowerHits:
        return model.sample(energy_gev=ENERGY[i], theta_rad=THETA[i], seed=5, first=i)

    with ThreadPoolExecutor(4) as pool:
        for i, made in enumerate(pool.map(one, range(24))):
            assert np.array_equal(made.voxel, showers[i][0])


def _in_child(model: Model, out: "multiprocessing.SimpleQueue[ShowerHits]") -> None:
    out.put(model.sample(energy_gev=ENERGY, theta_rad=THETA, seed=5))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_forked_goes_on_with_the_model(model: Model, showers: ShowerHits):
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_in_child, args=(model, queue))
    child.start()
    made = queue.get()
    child.join(30)
    assert child.exitcode == 0
    assert same(made, showers)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_fork_while_another_thread_works_goes_on_and_drops_the_model(exported: Path, threads: int):
    """A lock that was held, or a session's threads, would let the child wait for ever."""
    script = """
        import os, sys, threading
        import numpy as np
        from metacalo.runtime import load

        model = load(sys.argv[1], threads=int(sys.argv[2]))
        energy = np.full(200, 10.0)
        busy = threading.Thread(target=model.sample, kwargs={"energy_gev": energy, "seed": 1})
        busy.start()
        child = os.fork()
        made = len(model.sample(energy_gev=energy, seed=1))
        if child == 0:
            del model, busy
            os._exit(0)
        busy.join()
        print(made, os.waitpid(child, 0)[1])
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script), str(exported), str(threads)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.split() == ["200", "0"]


def test_a_model_survives_pickling(model: Model, showers: ShowerHits):
    copy = pickle.loads(pickle.dumps(model))  # noqa: S301 # made here
    assert same(copy.sample(energy_gev=ENERGY, theta_rad=THETA, seed=5), showers)


def test_neither_torch_nor_the_rest_of_metacalo_is_imported(exported: Path):
    """As the distribution of its own has it: the folder alone, under another name."""
    code = f"""
        import importlib.util, sys
        place = {str(Path(__file__).parents[2] / "metacalo" / "runtime")!r}
        spec = importlib.util.spec_from_file_location("metacalo_runtime", place + "/__init__.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules["metacalo_runtime"] = module
        spec.loader.exec_module(module)
        made = module.load({str(exported)!r}).sample(energy_gev=[10.0, 20.0], seed=1)
        print(len(made), *sorted({{"torch", "metacalo", "onnx", "scipy"}} & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2"]


@pytest.mark.parametrize(
    ("energy_gev", "theta_rad", "said"),
    [
        ([10.0, 20.0], [0.1, 0.2, 0.3], "of one length"),
        ([[10.0]], 0.1, "one-dimensional"),
        ([], 0.1, "at least one"),
        ([10.0, np.nan], 0.1, "above 0 GeV, got nan as condition 1 of 2"),
        ("10 GeV", 0.1, "without a unit, got '10 GeV'"),
        (None, 0.1, "energy_gev as a number"),
        (10.0, [0.1, None], "theta_rad as a number"),
        ([[1.0], [1.0, 2.0]], 0.1, "energy_gev as a number"),
        (-1.0, 0.1, "above 0 GeV"),
        (10.0, 1.6, "below 90 degrees"),
        (10.0, -0.1, "at least 0"),
        (10.0, np.nan, "below 90 degrees"),
        (1000.0, 0.1, "1-100 GeV"),
        ([10.0, 20.0, 1000.0], 0.1, "the first of them condition 2"),
        (10.0, 0.9, "0-40 degrees"),
    ],
)
def test_impossible_conditions_are_refused(model: Model, energy_gev, theta_rad, said: str):
    with pytest.raises(ConditionsError, match=said):
        model.sample(energy_gev=energy_gev, theta_rad=theta_rad)


def test_seeds_and_numbers_that_are_negative_or_broken_are_refused(model: Model):
    for wrong in ({"seed": -1}, {"seed": 2**128}, {"seed": 1, "first": -1}, {"seed": 1.5}, {"first": 0.5}):
        with pytest.raises(ConditionsError, match="expected"):
            model.sample(energy_gev=10.0, **wrong)


def test_noise_of_another_shape_is_refused(model: Model):
    with pytest.raises(ConditionsError, match=r"expected noise of shape \(n, \d+\)"):
        model.showers_of(10.0, 0.0, np.zeros((1, 7)))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_noise_that_is_not_finite_is_refused(model: Model, wrong: float):
    noise = np.zeros((2, model.description.n_noise))
    noise[1, 3] = wrong
    with pytest.raises(ConditionsError, match="finite"):
        model.showers_of(10.0, 0.0, noise)


def test_a_shower_without_hits_is_empty_and_its_neighbours_are_as_they_were(model: Model):
    noise = np.random.default_rng(1).normal(size=(3, model.description.n_noise)).astype(np.float32)
    alone = model.showers_of(10.0, 0.1, noise[[0, 2]])
    head, (n_r, _, n_z) = 2 + model.description.metadata["n_latent"], model.description.shape
    noise[1, head:] = 0.0
    noise[1, head : head + n_r * n_z] = -100.0  # the wave that is the same in all sectors
    made = model.showers_of(10.0, 0.1, noise)
    assert len(made[1][0]) == made.total_mev[1] == 0
    assert same(made, ShowerHits(**{**vars(alone), "offsets": np.insert(alone.offsets, 1, alone.offsets[1])}))
    nothing = model.showers_of(10.0, 0.1, noise[1:2])
    assert nothing.offsets.tolist() == [0, 0]
    assert nothing.dense().sum() == 0.0


def test_clamped_conditions_give_the_nearest_showers_inside_and_say_so(exported: Path, model: Model):
    clamping = load(exported, out_of_range="clamp")
    with pytest.warns(RangeWarning, match="2 of 3 conditions"):
        made = clamping.sample(energy_gev=[0.5, 10.0, 300.0], theta_rad=[0.1, 0.1, 0.9], seed=1)
    assert made.outside.tolist() == [True, False, True]
    assert made.energy_gev.tolist() == [1.0, 10.0, 100.0]
    edge = np.radians(40.0)
    assert made.theta_rad == pytest.approx([0.1, 0.1, edge])
    assert same(made, model.sample(energy_gev=[1.0, 10.0, 100.0], theta_rad=[0.1, 0.1, edge], seed=1))


def test_followed_conditions_give_more_energy_and_a_mark_up_to_where_there_is_nothing(exported: Path):
    following = load(exported, out_of_range="follow")
    with pytest.warns(RangeWarning, match="extrapolated"):
        made = following.sample(energy_gev=[100.0, 200.0], seed=1)
    assert made.outside.tolist() == [False, True]
    assert made.total_mev[1] == pytest.approx(2 * made.total_mev[0], rel=0.2)
    with pytest.raises(ConditionsError, match="nothing to follow"):
        following.sample(energy_gev=501.0)


def test_an_unknown_policy_is_refused(exported: Path):
    with pytest.raises(ConditionsError, match="error, clamp, follow"):
        load(exported, out_of_range="ignore")


def test_no_threads_are_refused(exported: Path):
    with pytest.raises(ConditionsError, match="at least one thread"):
        load(exported, threads=0)


def test_hits_sums_and_dense_voxels_agree(showers: ShowerHits):
    dense = showers.dense()
    assert dense.shape == (70, 9, 16, 45)
    assert dense.reshape(70, -1).sum(axis=1, dtype=np.float64) == pytest.approx(showers.total_mev, rel=1e-6)
    voxel, deposit = showers[-1]
    assert np.array_equal(np.flatnonzero(dense[69]), voxel)
    assert np.array_equal(dense[69].ravel()[voxel], deposit)
    with pytest.raises(IndexError, match="-70 to 69, got 70"):
        showers[70]
    with pytest.raises(TypeError, match="the number of one shower, got slice"):
        showers[0:2]


def test_awkward_arrays_hold_the_same_hits(showers: ShowerHits):
    array = showers.to_awkward()
    assert len(array) == 70
    assert array.hits.voxel[3].to_list() == showers[3][0].tolist()
    assert array.energy_gev.to_list() == showers.energy_gev.tolist()


def test_without_awkward_it_is_said_how_to_get_it(showers: ShowerHits, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "awkward", None)
    with pytest.raises(ImportError, match="pip install awkward"):
        showers.to_awkward()


def test_models_and_showers_show_themselves_in_a_line(model: Model, showers: ShowerHits):
    what = "Description(lhcb_ecal, 1-100 GeV, 0-40 degrees, grid (9, 16, 45))"
    assert repr(model.description) == what
    assert repr(model) == f"Model({what}, out_of_range='error', threads=1)"
    assert repr(showers) == f"ShowerHits(70 showers, {len(showers.voxel)} hits, grid (9, 16, 45))"


@pytest.mark.parametrize("cut", [0, 100, 100_000, -1])
def test_a_file_that_was_cut_short_is_refused(exported: Path, tmp_path: Path, cut: int):
    short = tmp_path / "short.onnx"
    short.write_bytes(exported.read_bytes()[:cut])
    with pytest.raises(ModelFileError, match="cut short"):
        load(short)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_file_of_which_one_bit_was_altered_is_refused(exported: Path, tmp_path: Path, place: float):
    data = bytearray(exported.read_bytes())
    data[int(place * len(data))] ^= 1
    altered = tmp_path / "altered.onnx"
    altered.write_bytes(data)
    with pytest.raises(ModelFileError, match="altered"):
        load(altered)


def test_a_file_that_is_missing_or_foreign_is_refused(tmp_path: Path):
    with pytest.raises(ModelFileError, match="metacalo export"):
        load(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelFileError, match="another program"):
        load(tmp_path)
    (tmp_path / "model.pt").write_bytes(b"PK\x03\x04 of TorchScript")
    with pytest.raises(ModelFileError, match=r"model\.pt: expected a model\.onnx of .* got TorchScript"):
        load(tmp_path / "model.pt")


def test_a_model_with_other_inputs_is_refused(exported: Path):
    """As that of Par04, which has the same metadata."""
    graph = onnx.load(str(exported))
    for node in graph.graph.node:
        node.input[:] = ["latent" if name == "noise" else name for name in node.input]
    graph.graph.input[2].name = "latent"
    with pytest.raises(ModelFileError, match="got energy_gev, latent, theta_rad"):
        Model(graph.SerializeToString())


def test_a_file_of_a_newer_format_is_refused():
    import metacalo.runtime.model_file as module

    texts = {"metacalo.format_version": "99", "metacalo.sha256": "0"}
    with pytest.raises(ModelFileError, match="version 1"):
        module.Description.of(texts)
    with pytest.raises(ModelFileError, match="export again"):
        module.Description.of({"metacalo.format_version": "1"})
