import copy
import json
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from metacalo.checkpoint import ModelInfo, load_state, save_model
from metacalo.errors import CheckpointError, MetacaloWarning, SettingsError
from metacalo.geometry import Detector
from metacalo.meta import OuterLoop, OuterStep, Pool, PretrainSettings, initial_generator, pretrain
from metacalo.models import Generator, build_generator

SETTINGS = PretrainSettings(
    method="fomaml",
    steps=10,
    support_batch=4,
    query_batch=8,
    inner_steps=1,
    warmup_steps=2,
    log_every=2,
    validation_every=5,
    validation_steps=2,
    validation_support=16,
    validation_showers=16,
    tensorboard=False,
)


def interrupted_after(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a SIGTERM arrive during a step."""
    advance = OuterLoop.advance

    def advance_and_signal(self: OuterLoop) -> OuterStep:
        if self.step == step - 1:
            signal.raise_signal(signal.SIGTERM)
        return advance(self)

    monkeypatch.setattr(OuterLoop, "advance", advance_and_signal)


def records(folder: Path) -> list[dict[str, Any]]:
    """The log without what the clock decides."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in ("seconds", "showers_per_s")} for line in lines]


@pytest.mark.parametrize("method", ["maml", "fomaml", "joint"])
def test_an_interrupted_training_goes_on_bit_for_bit(
    toy: Generator,
    pools: tuple[Pool, ...],
    held_out: Pool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    method: str,
) -> None:
    settings = SETTINGS.model_copy(update={"method": method})
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    pretrain(copy.deepcopy(toy), pools, settings, straight, held_out=[held_out])
    with monkeypatch.context() as patch:
        interrupted_after(5, patch)
        result = pretrain(copy.deepcopy(toy), pools, settings, broken, held_out=[held_out])
    assert (result.step, result.interrupted) == (5, signal.SIGTERM)
    assert "SIGTERM: saved and stopped after step 5 of 10; go on with --resume" in capsys.readouterr().err
    result = pretrain(copy.deepcopy(toy), pools, settings, broken, held_out=[held_out], resume=True)
    assert (result.step, result.interrupted) == (10, None)
    assert (straight / "model.safetensors").read_bytes() == (broken / "model.safetensors").read_bytes()
    assert records(straight) == records(broken)
    weights = [load_state(folder / "state.pt")["loop"]["generator"] for folder in (straight, broken)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_the_model_tells_where_it_comes_from(
    toy: Generator, pools: tuple[Pool, ...], held_out: Pool, tmp_path: Path
) -> None:
    pretrain(toy, pools, SETTINGS, tmp_path, held_out=[held_out], command="metacalo pretrain")
    info = json.loads((tmp_path / "model.json").read_text())
    assert [detector["name"] for detector in info["detectors"]] == ["thin", "middle", "thick"]
    assert info["data_sha256"] == {pool.detector.name: pool.showers.sha256() for pool in pools}
    assert info["seeds"] == {"pretrain": 0}
    assert info["command"] == "metacalo pretrain"
    assert info["training"]["method"] == "fomaml"
    assert (info["training"]["steps_done"], info["training"]["steps_skipped"]) == (10, 0)
    assert info["validation"]["step"] == 10
    assert set(info["validation"]["detectors"]) == {"unseen"}
    assert set(load_file(tmp_path / "model.safetensors")) == set(toy.state_dict())


def test_the_log_has_losses_and_validations_in_their_order(
    toy: Generator, pools: tuple[Pool, ...], held_out: Pool, tmp_path: Path
) -> None:
    pretrain(toy, pools, SETTINGS, tmp_path, held_out=[held_out])
    assert [(line["step"], "validation" in line) for line in records(tmp_path)] == [
        (2, False),
        (4, False),
        (5, True),
        (6, False),
        (8, False),
        (10, False),
        (10, True),
    ]


def test_a_training_is_not_overwritten(toy: Generator, pools: tuple[Pool, ...], tmp_path: Path) -> None:
    pretrain(toy, pools, SETTINGS, tmp_path)
    with pytest.raises(SettingsError, match="go on with it by --resume"):
        pretrain(toy, pools, SETTINGS, tmp_path)


def test_going_on_needs_a_state(toy: Generator, pools: tuple[Pool, ...], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="without --resume"):
        pretrain(toy, pools, SETTINGS, tmp_path, resume=True)


def test_going_on_with_other_settings_or_data_is_refused_with_every_difference(
    toy: Generator, pools: tuple[Pool, ...], tmp_path: Path
) -> None:
    pretrain(copy.deepcopy(toy), pools, SETTINGS, tmp_path)
    other = SETTINGS.model_copy(update={"rate": 0.5, "log_every": 1})
    fewer = (*pools[:2], Pool(pools[2].detector, pools[2].showers[:50]))
    with pytest.raises(CheckpointError, match=r"settings rate: 0\.001 then, 0\.5 now; data thick") as caught:
        pretrain(toy, fewer, other, tmp_path, resume=True)
    assert "log_every" not in str(caught.value)


def test_a_detector_must_not_be_trained_on_and_held_out(
    toy: Generator, pools: tuple[Pool, ...], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="thick in both"):
        pretrain(toy, pools, SETTINGS, tmp_path, held_out=[pools[2]])
    assert not list(tmp_path.iterdir())


def test_a_stack_in_another_range_is_not_another_detector(
    toy: Generator, pools: tuple[Pool, ...], tmp_path: Path
) -> None:
    content = {**pools[2].detector.to_dict(), "name": "wide", "energy_range_gev": [0.5, 200.0]}
    wide = Pool(Detector.from_dict(content), pools[2].showers)
    with pytest.raises(SettingsError, match="wide in both"):
        pretrain(toy, pools, SETTINGS, tmp_path, held_out=[wide])


TINY = {"family": "field_vae", "latents": 2, "trunk_width": 4, "basis": 4, "small_basis": 2}


def test_a_model_remembers_the_one_it_began_from_and_that_one_its_own(
    toy: Generator, pools: tuple[Pool, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = build_generator(TINY)
    first = ModelInfo.of(
        generator,
        training={"method": "joint", "rate": 3e-3},
        command="metacalo pretrain --method joint",
        seeds={"pretrain": 7},
        extra={"init": {"command": "the very first"}},
    )
    save_model(tmp_path / "first", generator, first)
    saved = json.loads((tmp_path / "first" / "model.json").read_text())
    expected = {k: saved[k] for k in ("weights_sha256", "training", "command", "seeds", "extra")}
    assert len(expected["weights_sha256"]) == 64
    settings = SETTINGS.model_copy(update={"init": str(tmp_path / "first")})
    with monkeypatch.context() as patch:
        interrupted_after(5, patch)
        pretrain(toy, pools, settings, tmp_path / "second")
    # what has become of the first model since does not change where this one came from
    save_model(tmp_path / "first", generator, ModelInfo.of(generator, command="another"))
    pretrain(toy, pools, settings, tmp_path / "second", resume=True)
    extra = json.loads((tmp_path / "second" / "model.json").read_text())["extra"]
    assert extra == {"init": expected}
    assert extra["init"]["extra"]["init"]["command"] == "the very first"


def test_a_model_from_random_weights_has_no_origin(
    toy: Generator, pools: tuple[Pool, ...], tmp_path: Path
) -> None:
    pretrain(toy, pools, SETTINGS, tmp_path)
    assert json.loads((tmp_path / "model.json").read_text())["extra"] == {}


@pytest.mark.parametrize(("method", "culprit"), [("fomaml", "inner_rate"), ("joint", "rate")])
def test_a_training_that_skipped_many_steps_says_so_with_the_remedy(
    toy: Generator,
    pools: tuple[Pool, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    culprit: str,
) -> None:
    advance = OuterLoop.advance

    def advance_and_skip_the_third(self: OuterLoop) -> OuterStep:
        self.skipped += self.step == 2
        return advance(self)

    monkeypatch.setattr(OuterLoop, "advance", advance_and_skip_the_third)
    settings = SETTINGS.model_copy(update={"method": method})
    with pytest.warns(MetacaloWarning, match=rf"1 of 10 steps \(10%\) .* lower {culprit} than"):
        pretrain(toy, pools, settings, tmp_path)


def test_the_number_of_threads_is_that_of_before_afterwards(
    toy: Generator, pools: tuple[Pool, ...], tmp_path: Path
) -> None:
    before = torch.get_num_threads()
    pretrain(toy, pools, SETTINGS.model_copy(update={"threads": before + 1}), tmp_path)
    assert torch.get_num_threads() == before


def test_the_seed_makes_the_initial_weights_and_nothing_else_random() -> None:
    state = torch.get_rng_state()
    first, again, other = (initial_generator(TINY, PretrainSettings(seed=seed)) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), state)
    pairs = list(zip(first.parameters(), again.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert not all(torch.equal(a, c) for a, _, c in pairs)
