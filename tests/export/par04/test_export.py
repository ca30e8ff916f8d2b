"""The real thing: an exported model driven through Par04's calls, its showers against Geant4's."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx
import pytest
import torch

from metacalo.adaptation import AdaptSettings
from metacalo.adaptation.fine_tune import fine_tune
from metacalo.checkpoint import load_model
from metacalo.errors import ExportError, SettingsError
from metacalo.export.par04 import Par04Export, export_par04
from metacalo.export.par04.reenactment import Par04, cells_of, write_root
from metacalo.export.par04.root_output import above_threshold, showers_of_cells
from metacalo.export.par04.settings import read_macro
from metacalo.generation import AdaptedModel
from metacalo.geometry import CylinderGrid, load_detector
from metacalo.showers import Showers, open_showers
from metacalo.validation.assessment import assess_samples
from metacalo.validation.verdicts import CRITERIA, Light, judge

SHOWERS = Path(__file__).parents[3] / "geometries" / "showers" / "lhcb_ecal.h5"
N_SUPPORT = 300


@pytest.fixture(scope="module")
def full() -> Showers:
    return open_showers(SHOWERS, detector=load_detector("lhcb_ecal")).load()


@pytest.fixture(scope="module")
def adapted(full: Showers) -> AdaptedModel:
    """The shipped model after a short adaptation."""
    generator, info = load_model("default")
    detector = load_detector("lhcb_ecal")
    settings = AdaptSettings(steps=20)
    tuned = fine_tune(generator, detector, full[:N_SUPPORT], settings).generator
    return AdaptedModel(tuned, detector, info, (1.0, 100.0), (0.0, 40.0))


@pytest.fixture(scope="module")
def export(adapted: AdaptedModel, tmp_path_factory: pytest.TempPathFactory) -> Par04Export:
    return export_par04(adapted, tmp_path_factory.mktemp("exported") / "par04")


def shot(export: Par04Export, suffix: str, like: Showers, seed: int = 0) -> Showers:
    """One electron of Par04's for each shower, of its energy and angle, forward and backward in turn."""
    par04 = Par04(export.folder / f"par04_lhcb_ecal{suffix}.mac", seed=seed)
    theta = np.pi / 2 - np.where(np.arange(len(like)) % 2, 1.0, -1.0) * like.theta_rad
    events = [
        par04.event(1e3 * float(energy), (0.0, np.sin(angle), np.cos(angle)))
        for energy, angle in zip(like.incident_energy_gev, theta, strict=True)
    ]
    return showers_of_cells(cells_of(events), theta, like.grid)


def near(showers: Showers, energy_gev: float) -> Showers:
    return showers[np.flatnonzero(abs(np.log(showers.incident_energy_gev / energy_gev)) < np.log(1.25))]


@pytest.mark.parametrize("energy_gev", [1, 10, 50, 100])
def test_showers_of_par04_stand_beside_geant4s(export, adapted, full, energy_gev):
    like = near(full[N_SUPPORT:], energy_gev)
    found = assess_samples(above_threshold(like), {"Par04": shot(export, "", like)}, adapted.detector)
    estimates = found.comparisons["Par04"].estimates
    names = [
        "response_ratio",
        "profile_deviation",
        *(name for name in CRITERIA if name.startswith("separation_")),
    ]
    lights = {
        name: judge(CRITERIA[name], estimates[name], found.floor.estimates[name]).light for name in names
    }
    assert {name for name, light in lights.items() if light is Light.RED} == set()


def test_libtorch_makes_the_same_kind_of_showers_from_four_numbers(export, full):
    like = near(full, 10)
    onnx_showers, torch_showers = (shot(export, suffix, like) for suffix in ("", "_torch"))
    for of in (Showers.total_energy_mev.fget, lambda s: s.n_hits):  # type: ignore[attr-defined]
        first, second = (
            np.asarray(of(s) / s.incident_energy_gev, dtype=float) for s in (onnx_showers, torch_showers)
        )
        error = np.hypot(first.std(), second.std()) / np.sqrt(len(like))
        assert abs(first.mean() - second.mean()) < 3.5 * error
        assert first.std() == pytest.approx(second.std(), rel=0.35)


def test_a_seed_repeats_the_showers(export, full):
    like = near(full, 10)[:3]
    assert shot(export, "", like, seed=5) == shot(export, "", like, seed=5)
    assert shot(export, "", like, seed=5) != shot(export, "", like, seed=6)


def test_both_files_agree_with_torch(export):
    assert set(export.differences) == {"par04_lhcb_ecal.onnx", "par04_lhcb_ecal.pt"}
    assert max(export.differences.values()) < 1e-5
    assert export.departure == ""


def test_the_onnx_file_has_one_input_and_one_output_and_what_old_runtimes_know(export):
    model = onnx.load(export.folder / "par04_lhcb_ecal.onnx")
    (given,), (made,) = model.graph.input, model.graph.output
    n_latent = read_macro(export.folder / "par04_lhcb_ecal.mac").n_latent
    assert [d.dim_value for d in given.type.tensor_type.shape.dim] == [1, n_latent + 4]
    assert [d.dim_value for d in made.type.tensor_type.shape.dim] == [1, 9 * 16 * 45]
    assert {t.type.tensor_type.elem_type for t in (given, made)} == {onnx.TensorProto.FLOAT}
    assert model.opset_import[0].version <= 16
    assert model.ir_version <= 8
    metadata = {p.key: p.value for p in model.metadata_props}
    assert json.loads(metadata["metacalo.n_noise"]) == n_latent
    assert json.loads(metadata["metacalo.output"]) == "energy_fractions"
    data = (export.folder / "par04_lhcb_ecal.onnx").read_bytes()
    digest = metadata["metacalo.sha256"]
    assert hashlib.sha256(data.replace(digest.encode(), b"0" * 64, 1)).hexdigest() == digest


def test_the_folder_is_complete_and_its_text_is_of_this_detector(export):
    assert {path.name for path in export.folder.iterdir()} == {
        "README.md",
        "compare.py",
        "detector.yaml",
        "par04_lhcb_ecal.mac",
        "par04_lhcb_ecal.onnx",
        "par04_lhcb_ecal.pt",
        "par04_lhcb_ecal_full.mac",
        "par04_lhcb_ecal_torch.mac",
    }
    readme = (export.folder / "README.md").read_text(encoding="utf-8")
    n_latent = read_macro(export.folder / "par04_lhcb_ecal.mac").n_latent
    assert f"input (1, {n_latent + 4})" in readme
    assert "theta from 50 to 130 degrees" in " ".join(readme.split())
    assert "{" not in readme
    said = " ".join(readme.split())
    assert "ONNX Runtime (1.11 or newer, which knows the file's opset 16)" in said
    assert f"by torch {torch.__version__.split('+')[0]}: a LibTorch that is older may not read it" in said
    assert "cp par04_lhcb_ecal* compare.py detector.yaml BUILD" in said
    assert "`-r 1 -t N`" in said


def script_of(path: Path) -> ModuleType:
    """A Python file that is no part of the package, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_comparison_beside_the_macro_reads_what_par04_writes(export, tmp_path, capsys):
    par04 = Par04(export.folder / "par04_lhcb_ecal.mac")
    direction = (0.0, np.cos(0.3), np.sin(0.3))
    fast, other = tmp_path / "fast.root", tmp_path / "other.root"
    for file in (fast, other):
        write_root(file, [par04.event(1e4, direction) for _ in range(25)])
    main = script_of(export.folder / "compare.py").main
    gun = ["--direction", *map(str, direction), "--no-report"]
    main([str(fast), "--full", str(other), *gun])
    lines = {line[:32].strip(): line for line in capsys.readouterr().out.splitlines()}
    assert lines["response ratio"].endswith(("good", "compatible", "fair"))
    main([str(fast), "--full", str(SHOWERS), *gun])
    assert "separation mean" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="there is no such file"):
        main([str(tmp_path / "none.root"), "--full", str(other), *gun])


def test_without_metacalo_the_comparison_says_what_it_needs(export, tmp_path):
    """Python without the packages of the environment."""
    call = [sys.executable, "-S", "-E", str(export.folder / "compare.py"), "fast.root", "--full", "full.root"]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: expected metacalo in this Python")
    assert "Traceback" not in done.stderr


def test_a_grid_with_an_odd_number_of_sectors_is_refused(adapted, tmp_path):
    odd = adapted.detector.model_copy(update={"grid": CylinderGrid((9, 15, 45), 17.9215, 12.0)})
    model = AdaptedModel(adapted.generator, odd, adapted.info, (1.0, 100.0), (0.0, 40.0))
    with pytest.raises(SettingsError, match="even number of sectors"):
        export_par04(model, tmp_path / "odd")
    assert not (tmp_path / "odd").exists()


def test_an_opset_without_the_operators_is_refused_and_nothing_is_written(adapted, tmp_path):
    with pytest.raises(ExportError, match="an opset of at least 16"):
        export_par04(adapted, tmp_path / "old", opset=15)
    assert not (tmp_path / "old").exists()
