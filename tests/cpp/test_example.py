"""The example in C++, built and run, against Python.

Building against LibTorch takes half a minute, so that these tests wait to be asked for: METACALO_CPP names
the libraries, as in ``METACALO_CPP="torch onnxruntime" pytest tests/cpp``. ONNX Runtime's headers, which its
wheel has not, are then in ONNXRUNTIME_INCLUDE_DIR.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from metacalo.checkpoint import load_model
from metacalo.export.folded import folded
from metacalo.export.metadata import sealed
from metacalo.export.writing import export_onnx, export_torchscript
from metacalo.generation import AdaptedModel
from metacalo.geometry import load_detector
from metacalo.runtime import ShowerHits, load

EXAMPLE = Path(__file__).parents[2] / "examples" / "cpp"
COLUMNS = "energy_gev,dx,dy,dz,x_mm,y_mm,z_mm"
ASKED = os.environ.get("METACALO_CPP", "").split()
N = 40

pytestmark = pytest.mark.skipif(
    not ASKED, reason="METACALO_CPP names no library to build the example against"
)


@dataclass(frozen=True)
class Example:
    """The program, built against one library, and the model for it."""

    program: Path
    model: Path

    def run(self, *words: str, model: Path | None = None) -> subprocess.CompletedProcess[str]:
        call = [str(self.program), str(model or self.model), *words]
        return subprocess.run(call, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def adapted() -> AdaptedModel:
    generator, info = load_model("default")
    return AdaptedModel(generator, load_detector("lhcb_ecal"), info, (1.0, 100.0), (0.0, 40.0))


@pytest.fixture(scope="module")
def models(adapted: AdaptedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    export_onnx(adapted, folder)
    export_torchscript(adapted, folder)
    return folder


@pytest.fixture(scope="module", params=ASKED or ["none"])
def example(
    request: pytest.FixtureRequest, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Example:
    library = request.param
    build = tmp_path_factory.mktemp(library)
    if library == "torch":
        found = [f"-DCMAKE_PREFIX_PATH={torch.__path__[0]}"]
    else:
        import onnxruntime

        (path,) = (Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*")
        headers = os.environ["ONNXRUNTIME_INCLUDE_DIR"]
        found = [f"-DONNXRUNTIME_LIBRARY={path}", f"-DONNXRUNTIME_INCLUDE_DIR={headers}"]
    for call in (
        ["cmake", "-S", str(EXAMPLE), "-B", str(build), f"-DMETACALO_BACKEND={library}", *found],
        ["cmake", "--build", str(build)],
    ):
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{EXAMPLE.name}/metacalo.hpp:" not in done.stdout + done.stderr, "a warning of the compiler"
    return Example(build / "metacalo_showers", models / ("model.pt" if library == "torch" else "model.onnx"))


@pytest.fixture(scope="module")
def particles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """A file of particles, and its content."""
    random = np.random.default_rng(1)
    energy = np.exp(random.uniform(0, np.log(100), N)).round(4)
    slope = random.uniform(-0.5, 0.5, (N, 2)).round(4)
    entry = random.uniform(-3000, 3000, (N, 2)).round(2)
    rows = np.column_stack([energy, slope, np.ones(N), entry, np.full(N, 12490.0)])
    path = tmp_path_factory.mktemp("particles") / "particles.csv"
    np.savetxt(path, rows, delimiter=",", header=COLUMNS, comments="", fmt="%.10g")
    return path, rows


def python_showers(models: Path, rows: np.ndarray, **chosen: int) -> ShowerHits:
    theta = np.arctan2(np.hypot(rows[:, 1], rows[:, 2]), rows[:, 3])
    return load(models / "model.onnx").sample(energy_gev=rows[:, 0], theta_rad=theta, **chosen)


def check_same(found: np.ndarray, expected: ShowerHits) -> None:
    """Compare columns particle, voxel, ..., energy of a file of deposits with showers of Python."""
    shower = np.repeat(np.arange(len(expected)), np.diff(expected.offsets))
    one, two = (
        dict(zip(zip(a.tolist(), b.tolist(), strict=True), e.tolist(), strict=True))
        for a, b, e in (
            (found[:, 0].astype(int), found[:, 1].astype(int), found[:, 5]),
            (shower, expected.voxel, expected.deposit_mev),
        )
    )
    # a voxel within rounding of its threshold may be hit by one alone, if the two are different libraries
    assert len(one.keys() ^ two.keys()) <= 1e-3 * len(two)
    hottest = np.maximum.reduceat(expected.deposit_mev, expected.offsets[:-1])
    difference = max(abs(one[key] - two[key]) / hottest[key[0]] for key in one.keys() & two.keys())
    assert difference < 1e-5


def test_showers_of_a_seed_are_those_of_python(example, models, particles, tmp_path):
    path, rows = particles
    done = example.run(str(path), str(tmp_path / "out.csv"), "--seed", "7", "--first", "3")
    assert done.returncode == 0, done.stderr
    found = np.loadtxt(tmp_path / "out.csv", delimiter=",", skiprows=1)
    check_same(found, python_showers(models, rows, seed=7, first=3))


def test_showers_do_not_depend_on_the_batch(example, models, particles, tmp_path):
    path, rows = particles
    example.run(str(path), str(tmp_path / "one.csv"), "--seed", "7", "--batch", "1")
    check_same(
        np.loadtxt(tmp_path / "one.csv", delimiter=",", skiprows=1), python_showers(models, rows, seed=7)
    )


def test_threads_that_share_a_model_give_the_showers_of_one(example, models, particles, tmp_path):
    path, rows = particles
    done = example.run(str(path), str(tmp_path / "four.csv"), "--seed", "7", "--batch", "3", "--workers", "4")
    assert done.returncode == 0, done.stderr
    check_same(
        np.loadtxt(tmp_path / "four.csv", delimiter=",", skiprows=1), python_showers(models, rows, seed=7)
    )


def test_with_random_numbers_of_ones_own_showers_are_those_of_torch(example, adapted, particles, tmp_path):
    path, rows = particles
    model = folded(adapted)
    noise = np.random.default_rng(2).standard_normal((N, model.n_noise)).astype(np.float32)
    noise.tofile(tmp_path / "noise.bin")
    done = example.run(str(path), str(tmp_path / "out.csv"), "--noise", str(tmp_path / "noise.bin"))
    assert done.returncode == 0, done.stderr
    energy = torch.tensor(rows[:, 0], dtype=torch.float32)
    theta = torch.tensor(np.arctan2(np.hypot(rows[:, 1], rows[:, 2]), rows[:, 3]), dtype=torch.float32)
    with torch.no_grad():
        shower, voxel, deposit = (part.numpy() for part in model(energy, theta, torch.tensor(noise)))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(shower, minlength=N))])
    outside = np.zeros(N, dtype=bool)
    expected = ShowerHits(energy.numpy(), theta.numpy(), outside, offsets, voxel, deposit, (9, 16, 45))
    check_same(np.loadtxt(tmp_path / "out.csv", delimiter=",", skiprows=1), expected)


def test_deposits_stand_along_the_flight(example, particles, tmp_path):
    path, rows = particles
    example.run(str(path), str(tmp_path / "out.csv"), "--seed", "1")
    found = np.loadtxt(tmp_path / "out.csv", delimiter=",", skiprows=1)
    particle, voxel = found[:, 0].astype(int), found[:, 1].astype(int)
    direction = rows[:, 1:4] / np.linalg.norm(rows[:, 1:4], axis=1, keepdims=True)
    placed = found[:, 2:5] - rows[particle, 4:7]
    along = np.einsum("ij,ij->i", placed, direction[particle])
    np.testing.assert_allclose(along, (voxel % 45 + 0.5) * 12.0, rtol=1e-5)
    radius = np.sqrt((placed**2).sum(axis=1) - along**2)
    np.testing.assert_allclose(radius, (voxel // (16 * 45) + 0.5) * 17.9215, rtol=1e-3)


def test_particles_out_of_range_are_an_error_or_clamped_or_followed(example, models, tmp_path):
    path = tmp_path / "beyond.csv"
    path.write_text(f"{COLUMNS}\n500,0,0,1,0,0,0\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    done = example.run(str(path), str(out))
    assert done.returncode == 2
    assert "inside the range of the model, 1-100 GeV and 0-40 degrees, got 500 GeV and 0 deg" in done.stderr
    assert f"in {path}, line 2;" in done.stderr
    assert not out.exists()
    energies = {}
    for policy in ("clamp", "follow"):
        done = example.run(str(path), str(out), "--out-of-range", policy, "--seed", "1")
        assert done.returncode == 0
        assert done.stderr.startswith("warning: 1 of 1 particles are outside the range of the model")
        energies[policy] = np.loadtxt(out, delimiter=",", skiprows=1)[:, 5].sum()
    nearest = python_showers(models, np.array([[100.0, 0, 0, 1, 0, 0, 0]]), seed=1)
    assert energies["clamp"] == pytest.approx(nearest.total_mev[0], rel=1e-5)
    assert energies["follow"] > 4 * energies["clamp"]


def test_a_model_that_was_cut_short_or_altered_is_refused(example, particles, tmp_path):
    data = example.model.read_bytes()
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    for name, content in (("cut", data[: len(data) // 2]), ("changed", bytes(changed)), ("empty", b"")):
        wrong = (tmp_path / name).with_suffix(example.model.suffix)
        wrong.write_bytes(content)
        done = example.run(str(particles[0]), str(tmp_path / "out.csv"), model=wrong)
        assert done.returncode == 2
        assert done.stderr.startswith("error: expected")
    assert example.run("a.csv", "b.csv", model=tmp_path / "none").returncode == 2


def test_a_model_of_another_interface_is_refused(example, particles, tmp_path):
    data = example.model.read_bytes().replace(b'"hits"', b'"rays"', 1)
    place = data.index(b"metacalo.sha256\x12\x40") + 17
    data = data[:place] + b"0" * 64 + data[place + 64 :]
    wrong = (tmp_path / "rays").with_suffix(example.model.suffix)
    wrong.write_bytes(sealed(data))
    done = example.run(str(particles[0]), str(tmp_path / "out.csv"), model=wrong)
    assert done.returncode == 2
    assert "whose output is hits" in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected the header energy_gev,dx,dy,dz,x_mm,y_mm,z_mm in"),
        ("1,0,0,1,0,0,0\n", "got 1,0,0,1,0,0,0"),
        (f"{COLUMNS}\n", "got the header alone"),
        (f"{COLUMNS}\n1,0,0,1,0,0\n", "expected 7 numbers"),
        (f"{COLUMNS}\n\n1,,0,0,1,0,0,0\n", "line 3, got ''"),
        (f"{COLUMNS}\n1,0,0,1,0,0,0mm\n", "line 2, got '0mm'"),
        (f"{COLUMNS}\n1,0,0,nan,0,0,0\n", "line 2, got 'nan'"),
        (f"{COLUMNS}\n1,0,0,0,0,0,0\n", "expected a direction with a length"),
        (f"{COLUMNS}\n1,0,0,-1,0,0,0\n", "expected a direction into the calorimeter"),
        (f"{COLUMNS}\n-1,0,0,1,0,0,0\n", "expected an energy above 0"),
    ],
)
def test_a_file_of_particles_with_a_mistake_is_refused(example, tmp_path, content, message):
    (tmp_path / "wrong.csv").write_text(content, encoding="utf-8")
    done = example.run(str(tmp_path / "wrong.csv"), str(tmp_path / "out.csv"))
    assert done.returncode == 2
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "wrong.csv"]


def test_lines_may_end_as_on_windows(example, particles, tmp_path):
    path, _ = particles
    (tmp_path / "windows.csv").write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    for name, file in (("one", path), ("two", tmp_path / "windows.csv")):
        assert example.run(str(file), str(tmp_path / f"{name}.csv")).returncode == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_mistakes_of_the_command_line_are_told(example, particles, tmp_path):
    for words, message in [
        ((str(particles[0]),), "expected MODEL PARTICLES.csv DEPOSITS.csv"),
        (("none.csv", "out.csv"), "got none.csv, which is missing"),
        ((str(particles[0]), "out.csv", "--seed", "-1"), "after --seed, got '-1'"),
        ((str(particles[0]), "out.csv", "--batch", "1x"), "after --batch, got '1x'"),
        ((str(particles[0]), "out.csv", "--threads", "0"), "after --threads, got '0'"),
        ((str(particles[0]), "out.csv", "--workers"), "expected a value after --workers"),
        ((str(particles[0]), "out.csv", "--sneed", "1"), "got --sneed"),
        ((str(particles[0]), "out.csv", "--noise", str(particles[0])), "numbers of float32"),
        ((str(particles[0]), "out.csv", "--noise", "none"), "got none, which is missing"),
        ((str(particles[0]), str(tmp_path / "no" / "out.csv")), "expected a file to write to"),
    ]:
        done = example.run(*words)
        assert done.returncode == 2
        assert message in done.stderr


def test_help_lists_every_option_of_the_readme(example):
    done = example.run("--help")
    assert done.returncode == 0
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    told, written = (
        set(re.findall(pattern, text, re.MULTILINE))
        for pattern, text in ((r"^  (--[a-z-]+)", done.stdout), (r"^\| `(--[a-z-]+)", readme))
    )
    assert told == written
    assert len(told) == 9


def test_a_folder_stands_for_the_model_in_it(example, models, particles, tmp_path):
    for name, model in (("one", example.model), ("two", models)):
        done = example.run(str(particles[0]), str(tmp_path / f"{name}.csv"), "--seed", "1", model=model)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    done = example.run(str(particles[0]), str(tmp_path / "no.csv"), model=tmp_path)
    assert done.returncode == 2
    assert "or the folder that holds it" in done.stderr


@pytest.mark.skipif("torch" not in ASKED, reason="LibTorch was not asked for")
@pytest.mark.parametrize("prefix", [torch.__path__[0], torch.utils.cmake_prefix_path])
def test_cmake_finds_libtorch_by_its_folder_and_by_that_of_its_own_cmake_files(prefix, tmp_path):
    call = ["cmake", "-S", str(EXAMPLE), "-B", str(tmp_path), "-DMETACALO_BACKEND=torch"]
    done = subprocess.run(
        [*call, f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_benchmark_tells_times_and_memory(example):
    done = example.run("--benchmark")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for key in ("ms_per_shower", "cpu_ms_per_shower"):
        assert list(told[key]) == ["1", "10", "100", "1000"]
        assert told[key]["1000"] < told[key]["1"]
    assert told["load_ms"] > 0
    alone = example.run("--benchmark", "--batch", "30")
    assert float(alone.stdout.split()[-1]) < 10 * told["ms_per_shower"]["1"]
    assert 20 < told["resident_mb"] <= told["peak_mb"]


def test_the_skeleton_for_geant4_compiles_against_the_declarations_that_it_uses(tmp_path):
    declarations = Path(__file__).with_name("geant4_declarations.hh")
    skeleton = EXAMPLE / "geant4"
    names = re.findall(
        r'#include "((?:G4\w+|Randomize)\.hh)"', "".join(f.read_text() for f in skeleton.iterdir())
    )
    for name in names:
        (tmp_path / name).write_text(f'#include "{declarations}"\n', encoding="utf-8")
    if "onnxruntime" in ASKED:
        flags = ["-DMETACALO_WITH_ONNXRUNTIME", "-isystem", os.environ["ONNXRUNTIME_INCLUDE_DIR"]]
    else:
        root = Path(torch.__file__).parent / "include"
        flags = ["-DMETACALO_WITH_TORCH", "-isystem", str(root)]
        flags += ["-isystem", str(root / "torch" / "csrc" / "api" / "include")]
    call = [
        "g++",
        "-std=c++17",
        "-fsyntax-only",
        "-Wall",
        "-Wextra",
        "-Werror",
        *flags,
        f"-I{tmp_path}",
        f"-I{EXAMPLE}",
    ]
    done = subprocess.run(
        [*call, str(skeleton / "MetacaloFastSimModel.cc")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
