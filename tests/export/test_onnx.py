import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from metacalo.adaptation import AdaptSettings, adapt
from metacalo.checkpoint import ModelInfo, save_model
from metacalo.cli.app import run
from metacalo.errors import ExportError, MetacaloWarning, OutputError
from metacalo.export import Export, export_onnx, export_torchscript, folded
from metacalo.export.metadata import SEAL, sealed
from metacalo.export.onnx_graph import INPUTS, OUTPUTS
from metacalo.export.torchscript import load_script
from metacalo.export.verification import Agreement, check, compare, conditions_in
from metacalo.generation import AdaptedModel
from metacalo.geometry import load_detector
from metacalo.models import Par04VAE
from metacalo.runtime import load
from metacalo.showers import open_showers

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def written(default_model: AdaptedModel, tmp_path_factory: pytest.TempPathFactory) -> Export:
    return export_onnx(default_model, tmp_path_factory.mktemp("onnx"))


def test_its_showers_are_those_of_torch_to_rounding(written: Export):
    assert written.agreement.difference < 1e-5
    assert written.agreement.hits > 10_000
    assert written.agreement.flipped <= 3


def test_the_graph_passes_the_checker_and_has_named_inputs_of_any_batch(written: Export):
    graph = onnx.load(str(written.path))
    onnx.checker.check_model(graph, full_check=True)
    assert [entry.domain for entry in graph.opset_import] == [""]
    for found, names in ((graph.graph.input, INPUTS), (graph.graph.output, OUTPUTS)):
        assert tuple(value.name for value in found) == names
        assert all(value.type.tensor_type.shape.dim[0].dim_param for value in found)


def test_the_file_says_what_it_is(written: Export, default_model: AdaptedModel):
    known = load(written.path).description
    assert known.detector["name"] == "lhcb_ecal"
    assert known.detector["fingerprint"] == default_model.detector.fingerprint
    assert known.detector["description"] == json.loads(json.dumps(default_model.detector.to_dict()))
    assert known.shape == (9, 16, 45)
    assert (known.energy_range_gev, known.theta_range_deg) == ((1.0, 100.0), (0.0, 40.0))
    assert known.n_noise == 2 + known.metadata["n_latent"] + 6480
    assert known.metadata["units"]["deposit"] == "MeV"
    assert known.metadata["provenance"]["model_sha256"] == default_model.info.weights_sha256


@pytest.mark.parametrize("opset", [16, 20])
def test_the_oldest_and_the_newest_opset_run(default_model: AdaptedModel, tmp_path: Path, opset: int):
    found = export_onnx(default_model, tmp_path, opset=opset)
    assert onnx.load(str(found.path)).opset_import[0].version == opset


@pytest.mark.parametrize(("opset", "said"), [(0, "at least 16"), (13, "at least 16"), (99, "at most 20")])
def test_other_opsets_are_refused(default_model: AdaptedModel, tmp_path: Path, opset: int, said: str):
    with pytest.raises(ExportError, match=said):
        export_onnx(default_model, tmp_path, opset=opset)
    assert not list(tmp_path.iterdir())


def test_half_precision_is_smaller_and_nearly_the_same(
    default_model: AdaptedModel, written: Export, tmp_path: Path
):
    found = export_onnx(default_model, tmp_path, precision="fp16")
    assert found.path.stat().st_size < 0.75 * written.path.stat().st_size
    assert 1e-5 < found.agreement.difference < 0.01
    assert found.agreement.flipped < 0.01 * found.agreement.hits


def test_eight_bits_run_and_say_how_far_they_are_off(default_model: AdaptedModel, tmp_path: Path):
    found = export_onnx(default_model, tmp_path, precision="int8")
    assert 1e-4 < found.agreement.difference < 0.3
    assert "max relative difference" in str(found.agreement)


def test_an_unknown_precision_is_refused(default_model: AdaptedModel, tmp_path: Path):
    with pytest.raises(ExportError, match="fp32, fp16, int8"):
        export_onnx(default_model, tmp_path, precision="fp8")


def test_an_export_that_differs_from_torch_is_refused():
    good = Agreement(32, 30_000, 2e-6, 0, 0.0)
    check(good, "model.onnx")
    for wrong in (
        {"difference": 1e-3},
        {"difference": float("nan")},
        {"flipped": 300},
        {"flipped_share": 0.01},
    ):
        with pytest.raises(ExportError, match="the showers of torch"):
            check(Agreement(**{**vars(good), **wrong}), "model.onnx")


def test_showers_without_hits_are_compared_like_others(default_model: AdaptedModel):
    """Both sides draw nothing in some showers, and then one side does in one of them."""
    model = folded(default_model)
    nothing = tuple(torch.zeros(0, dtype=kind) for kind in (torch.int64, torch.int64, torch.float32))
    model.forward = lambda *_: nothing
    none = tuple(part.numpy() for part in nothing)
    agreement = compare(lambda *_: none, model, default_model)
    assert (agreement.hits, agreement.difference, agreement.flipped) == (0, 0.0, 0)
    check(agreement, "model.onnx")
    one = (np.zeros(1, np.int64), np.zeros(1, np.int64), np.ones(1, np.float32))
    with pytest.raises(ExportError, match="the showers of torch"):
        check(compare(lambda *_: one, model, default_model), "model.onnx")


@pytest.mark.parametrize("wrong", [(99, 0), (0, 6480), (-1, 0), (0, -1)])
def test_hits_outside_the_grid_are_refused(default_model: AdaptedModel, wrong: tuple[int, int]):
    shower, voxel = (np.array([number]) for number in wrong)
    with pytest.raises(ExportError, match="inside the grid"):
        compare(lambda *_: (shower, voxel, np.ones(1, np.float32)), folded(default_model), default_model)


def test_the_digest_takes_the_place_that_is_kept_for_it_and_no_other():
    data = b"0" * 100 + SEAL + b"0" * 70
    wanted = hashlib.sha256(data).hexdigest().encode()
    assert sealed(data) == b"0" * 100 + b"metacalo.sha256\x12\x40" + wanted + b"0" * 70


def test_a_folder_that_cannot_be_written_is_an_error(default_model: AdaptedModel, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        export_onnx(default_model, tmp_path / "file")


def test_torchscript_gives_the_same_showers_for_any_batch(default_model: AdaptedModel, tmp_path: Path):
    found = export_torchscript(default_model, tmp_path)
    assert found.agreement.difference < 1e-5
    module = load_script(found.path)
    n_noise = 2 + default_model.generator.n_latent + 6480
    assert len(set(module(*conditions_in(default_model, n_noise, 9))[0].tolist())) == 9


def test_the_command_writes_and_prints_the_difference(
    default_model: AdaptedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    default_model.save(tmp_path)
    assert run(["export", "--model", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert "max relative difference" in capsys.readouterr().out
    session = onnxruntime.InferenceSession(str(tmp_path / "out" / "model.onnx"))
    shower, _, deposit_mev = session.run(
        None,
        {
            "energy_gev": np.array([50.0], np.float32),
            "theta_rad": np.array([0.1], np.float32),
            "noise": np.zeros((1, session.get_inputs()[2].shape[1]), np.float32),
        },
    )
    assert set(shower) == {0}
    # the response of the largest part of the mixture, at its mean
    expected = 50e3 * default_model.detector.sampling_fraction
    assert deposit_mev.sum() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("form", ["onnx", "torchscript", "par04"])
def test_a_file_in_the_place_of_the_folder_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
):
    monkeypatch.setattr("metacalo.generation.load", lambda *_: pytest.fail("it was loaded"))
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert run(["export", "--model", str(tmp_path), "--format", form, "--out", str(out)]) == 2
        assert "is a file; choose another --out" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "file").read_text() == "mine"


def adapted_in_a_hurry(folder: Path, checkpoint: str | Path = "default") -> Path:
    detector = load_detector("lhcb_shashlik")
    showers = open_showers(DATA / "lhcb_small.h5", detector=detector).load()
    settings = AdaptSettings(n_showers=40, steps=1)
    return adapt(detector, showers, folder, settings, checkpoint=checkpoint).folder


@pytest.fixture
def one_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metacalo.adaptation.run.MAIN_FIGURES", ("response",))


@pytest.mark.usefixtures("one_plot")
@pytest.mark.filterwarnings("ignore::metacalo.errors.MetacaloWarning")
def test_the_file_of_an_adaptation_has_the_hash_of_the_weights_beside_it(tmp_path: Path):
    folder = adapted_in_a_hurry(tmp_path / "adapted")
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert load(folder).description.metadata["provenance"]["model_sha256"] == weights


@pytest.mark.usefixtures("one_plot")
def test_an_adaptation_that_leaves_no_file_says_so(tmp_path: Path):
    torch.manual_seed(1)
    other = Par04VAE()
    save_model(tmp_path / "other", other, ModelInfo.of(other))
    with pytest.warns(MetacaloWarning, match=r"no model\.onnx: models of the family par04_vae"):
        folder = adapted_in_a_hurry(tmp_path / "adapted", tmp_path / "other")
    assert not (folder / "model.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--opset", "11"], "at least 16"),
        (["--opset", "0"], "at least 16"),
        (["--format", "torchscript", "--opset", "17"], "which has none"),
        (["--format", "par04", "--precision", "int8"], "--format onnx"),
    ],
)
def test_the_command_refuses_what_cannot_be(
    default_model: AdaptedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments, said: str
):
    default_model.save(tmp_path)
    assert run(["export", "--model", str(tmp_path), *arguments]) == 2
    assert said in capsys.readouterr().err
