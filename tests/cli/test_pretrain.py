"""The command, from files to files, on a few showers of full simulation."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from metacalo.checkpoint import load_model
from metacalo.cli.app import run

DETECTORS = ("par04_siw", "h1_lar", "fesci")
TINY = [
    option
    for setting in (
        "latents=2",
        "trunk_width=8",
        "branch_width=8",
        "encoder_width=8",
        "basis=4",
        "small_basis=2",
    )
    for option in ("--model", setting)
]
SMALL = [
    *(
        "--support",
        "2",
        "--query",
        "4",
        "--inner-steps",
        "1",
        "--warmup",
        "1",
        "--log-every",
        "1",
        "--threads",
        "1",
    ),
    *("--set", "validation_steps=1", "--set", "validation_support=4", "--set", "validation_showers=4"),
    *("--set", "tensorboard=false"),
]


@pytest.fixture(scope="module")
def showers(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("showers")
    for name in DETECTORS:
        shutil.copy(data_dir / f"{name}_small.h5", folder / f"{name}.h5")
    return folder


def arguments(showers: Path, out: Path, *more: str) -> list[str]:
    inputs = ["--geometries", ",".join(DETECTORS), "--showers", str(showers), "--hold-out", "fesci"]
    return ["pretrain", *inputs, "--out", str(out), "--device", "cpu", *SMALL, *TINY, *more]


@pytest.mark.parametrize("method", ["maml", "joint"])
def test_a_pretraining_leaves_a_model_that_loads(showers: Path, tmp_path: Path, method: str) -> None:
    assert run(arguments(showers, tmp_path, "--method", method, "--steps", "2")) == 0
    generator, info = load_model(tmp_path)
    assert generator.family == "field_vae"
    assert info.detector_names == ("par04_siw", "h1_lar")
    assert set(info.validation["detectors"]) == {"fesci"}
    assert info.training["method"] == method
    assert info.command is not None
    assert info.command.split()[0] == "metacalo"


def test_sigterm_saves_and_stops_and_resume_ends_where_a_straight_run_does(
    showers: Path, tmp_path: Path
) -> None:
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    more = ("--method", "maml", "--steps", "30")
    program = "import sys; from metacalo.cli import main; sys.argv[0] = 'metacalo'; main()"
    command = [sys.executable, "-c", program, *arguments(showers, broken, *more)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    log = broken / "metrics.jsonl"
    deadline = time.monotonic() + 60
    while not (log.exists() and log.read_text().count("\n") > 2) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, shown = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, shown
    assert "SIGTERM: saved and stopped after step" in shown
    assert 0 < load_model(broken)[1].training["steps_done"] < 30
    assert run(arguments(showers, broken, *more, "--resume")) == 0
    assert run(arguments(showers, straight, *more)) == 0
    assert (broken / "model.safetensors").read_bytes() == (straight / "model.safetensors").read_bytes()
    steps = [json.loads(line)["step"] for line in log.read_text().splitlines()]
    assert steps == [*range(1, 31), 30]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--method", "protonet"), "setting method: .*, got 'protonet'"),
        (("--method", "anil", "--backend", "learn2learn"), "got 'anil'; take the backend torch"),
        (("--steps", "0"), "setting steps: .*, got 0"),
        (("--set", "inner_stepz=3"), "no setting 'inner_stepz'; did you mean 'inner_steps'"),
        (("--family", "feild_vae"), "did you mean field_vae"),
        (("--hold-out", "par04_siw", "--hold-out", "h1_lar"), "hold out fewer"),
        (("--hold-out", "scw"), r"got no scw\.h5"),
        (("--showers", "nowhere"), r"got no par04_siw\.h5, h1_lar\.h5"),
        (("--query", "70"), "a task of 2 support and 70 query showers .* holds 60"),
        (("--init", "nowhere"), "expected the files nowhere"),
        (("--resume",), "without --resume"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2_and_leaves_nothing(
    showers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], message: str
) -> None:
    out = tmp_path / "run"
    assert run(arguments(showers, out, *more)) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert re.search(message, shown), shown
    assert not out.exists()


def test_a_pretraining_can_start_from_a_model_instead_of_random_weights(
    showers: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(arguments(showers, first, "--method", "joint", "--steps", "1")) == 0
    more = ("--method", "joint", "--steps", "1", "--init", str(first), "--set", "rate=1e-12", "--ema", "0")
    assert run(arguments(showers, second, *more)) == 0
    start, end = (load_model(folder)[0] for folder in (first, second))
    assert end.settings == start.settings
    for before, after in zip(start.parameters(), end.parameters(), strict=True):
        torch.testing.assert_close(before, after)
