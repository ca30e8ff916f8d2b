import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from metacalo.checkpoint import ModelInfo, load_model, save_model
from metacalo.errors import CheckpointError, OutputError
from metacalo.geometry import Detector
from metacalo.models import FieldVAE, FieldVAESettings


@pytest.fixture
def generator() -> FieldVAE:
    torch.manual_seed(0)
    widths = dict.fromkeys(("trunk_width", "branch_width", "encoder_width", "prior_width"), 4)
    return FieldVAE(FieldVAESettings(latents=2, basis=4, small_basis=2, **widths))


@pytest.fixture
def detector() -> Detector:
    stack = [
        {"material": "W", "thickness_mm": 1.4, "active": False},
        {"material": "Si", "thickness_mm": 0.3, "active": True},
    ]
    return Detector.from_dict(
        {"name": "siw", "sections": [{"repeat": 90, "stack": stack}], "energy_range_gev": [2.0, 50.0]}
    )


@pytest.fixture
def saved(generator: FieldVAE, detector: Detector, tmp_path: Path) -> Path:
    info = ModelInfo.of(
        generator,
        detectors=[detector],
        data_sha256={"siw": "ab" * 32},
        seeds={"pretrain": 7},
        training={"steps": 10, "ema_decay": None},
        command="metacalo pretrain --seed 7",
        validation={"siw": {"before": 2.5, "after": None}},
        extra={"note": "a test"},
    )
    save_model(tmp_path / "run", generator, info)
    return tmp_path / "run"


def test_weights_and_provenance_come_back_as_they_went(
    saved: Path, generator: FieldVAE, detector: Detector
) -> None:
    loaded, info = load_model(saved)
    assert loaded.settings == generator.settings
    assert not loaded.training
    state = loaded.state_dict()
    assert all(torch.equal(state[name], value) for name, value in generator.state_dict().items())
    assert info.detector_names == ("siw",)
    assert info.training_detectors()[0].fingerprint == detector.fingerprint
    assert info.energy_range_gev == (2.0, 50.0)
    assert info.seeds == {"pretrain": 7}
    assert info.data_sha256 == {"siw": "ab" * 32}
    assert info.command == "metacalo pretrain --seed 7"
    assert info.validation == {"siw": {"before": 2.5, "after": None}}
    assert info.extra == {"note": "a test"}
    assert info.versions["torch"] == str(torch.__version__)


def test_a_folder_a_file_and_a_stem_name_the_same_model(saved: Path) -> None:
    infos = [load_model(saved / name)[1] for name in ("", "model", "model.safetensors", "model.json")]
    assert all(info == infos[0] for info in infos)


def test_a_stem_of_ones_own_makes_two_files(generator: FieldVAE, tmp_path: Path) -> None:
    assert (
        save_model(tmp_path / "v1.2.json", generator, ModelInfo.of(generator))
        == tmp_path / "v1.2.safetensors"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v1.2.json", "v1.2.safetensors"]
    load_model(tmp_path / "v1.2")


def test_the_same_model_makes_the_same_files(saved: Path, tmp_path: Path) -> None:
    generator, info = load_model(saved)
    save_model(tmp_path / "again", generator, info)
    for name in ("model.json", "model.safetensors"):
        assert (saved / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def flip_a_weight(folder: Path) -> None:
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(bytes(data))


def cut_short(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def spoil_json(folder: Path) -> None:
    (folder / "model.json").write_text('{"format": "metacalo-mo')


def edit(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps(content | changes))

    return change


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip_a_weight, "expected the SHA-256 .* damaged, altered or mixed up"),
        (cut_short, "expected the SHA-256"),
        (spoil_json, "expected a JSON file"),
        (edit(format="other"), "expected the format 'metacalo-model', got 'other'"),
        (edit(format_version=2), "expected version 1 of the format, got 2; upgrade metacalo"),
        (edit(format_version=0), "got 0; train it again"),
        (edit(surprise=1), "complete description of a model, got surprise"),
        (edit(family="no_such"), "weights of a no_such .* install that version"),
        (
            edit(settings={"family": "field_vae", "latents": 3}),
            "weights of a field_vae as this metacalo builds it",
        ),
        (lambda folder: (folder / "model.json").unlink(), r"got no model\.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), r"got no model\.safetensors"),
    ],
)
def test_a_damaged_model_is_refused_with_the_reason(
    saved: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(saved)
    with pytest.raises(CheckpointError, match=message):
        load_model(saved)


def test_a_model_that_is_nowhere_is_refused_with_where_models_come_from(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="or `default` for the model that comes with metacalo"):
        load_model(tmp_path / "nothing")


def test_a_bundled_model_is_found_by_its_name(
    generator: FieldVAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metacalo.checkpoint import bundled

    save_model(tmp_path / "package" / "pretrained" / "small.json", generator, ModelInfo.of(generator))
    monkeypatch.setattr(bundled, "files", lambda _: tmp_path / "package")
    monkeypatch.chdir(tmp_path)
    assert bundled.bundled_models() == ("small",)
    assert load_model("small")[1].family == "field_vae"
    with pytest.raises(CheckpointError):
        load_model("large")


def test_a_failed_save_leaves_the_old_model_whole(
    saved: Path, generator: FieldVAE, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    monkeypatch.setattr(Path, "write_bytes", no_space)
    with pytest.raises(OutputError, match="No space left"):
        save_model(saved, generator, ModelInfo.of(generator))
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before


def test_a_place_that_is_not_writable_is_an_output_error(generator: FieldVAE, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        save_model(tmp_path / "file", generator, ModelInfo.of(generator))
