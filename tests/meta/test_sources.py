from pathlib import Path

import pytest

from metacalo.errors import GeometryError, GridMismatchError, SettingsError, ShowerFileError
from metacalo.geometry import Detector
from metacalo.meta import Pool
from metacalo.meta.sources import assigned, find_detectors, hold_out, open_pools
from metacalo.showers import write_showers


@pytest.fixture
def folder(pools: tuple[Pool, ...], tmp_path: Path) -> Path:
    """Detector files and showers of three detectors."""
    for pool in pools:
        (tmp_path / f"{pool.detector.name}.yaml").write_text(pool.detector.to_yaml())
        write_showers(tmp_path / f"{pool.detector.name}.h5", pool.showers)
    return tmp_path


def test_a_folder_or_a_list_name_the_same_detectors(folder: Path) -> None:
    listed = ", ".join(str(folder / f"{name}.yaml") for name in ("thin", "middle"))
    assert [d.name for d in find_detectors(folder)] == ["middle", "thick", "thin"]
    assert [d.name for d in find_detectors(listed)] == ["thin", "middle"]


def test_detectors_that_are_none_are_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(SettingsError, match="thin more than once"):
        find_detectors(f"{folder / 'thin.yaml'},{folder / 'thin.yaml'}")
    with pytest.raises(SettingsError, match="got none"):
        find_detectors(tmp_path_factory.mktemp("empty"))
    with pytest.raises(GeometryError):
        find_detectors("no_such_detector")


def test_detectors_held_out_are_not_trained_on_whatever_their_name(folder: Path) -> None:
    detectors = find_detectors(folder)
    renamed = folder / "other_name.yaml"
    renamed.write_text((folder / "thin.yaml").read_text().replace("name: thin", "name: other_name"))
    trained, held_out = hold_out(detectors, ["middle", str(renamed)])
    assert [d.name for d in trained] == ["thick"]
    assert [d.name for d in held_out] == ["middle", "other_name"]


def test_a_stack_is_not_on_both_sides_on_another_grid_or_in_another_range(folder: Path) -> None:
    detectors = find_detectors(folder)
    content = next(d for d in detectors if d.name == "thin").to_dict()
    grid = {"shape": [3, 4, 5], "dr_mm": 4.0, "dz_mm": 8.0}
    again = Detector.from_dict({**content, "name": "again", "grid": grid, "energy_range_gev": [2, 20]})
    (folder / "again.yaml").write_text(again.to_yaml())
    trained, _ = hold_out(detectors, [str(folder / "again.yaml")])
    assert [d.name for d in trained] == ["middle", "thick"]


def test_something_must_be_left_to_train_on(folder: Path) -> None:
    with pytest.raises(SettingsError, match="hold out fewer"):
        hold_out(find_detectors(folder), ["thin", "middle", "thick"])


def test_showers_are_found_by_the_name_of_the_detector(folder: Path, pools: tuple[Pool, ...]) -> None:
    found = {pool.detector.name: pool.showers for pool in open_pools(find_detectors(folder), folder)}
    assert found == {pool.detector.name: pool.showers for pool in pools}
    assert all(showers.in_memory for showers in found.values())


def test_all_missing_files_are_named_at_once(folder: Path) -> None:
    for name in ("thin", "thick"):
        (folder / f"{name}.h5").unlink()
    with pytest.raises(ShowerFileError, match=r"got no thick\.h5, thin\.h5"):
        open_pools(find_detectors(folder), folder)


def test_showers_on_another_grid_are_refused(folder: Path) -> None:
    text = (folder / "thin.yaml").read_text()
    detector = find_detectors(folder)[-1].model_dump()
    detector["grid"] = {"shape": [2, 3, 4], "dr_mm": 7.0, "dz_mm": 10.0}
    changed = type(find_detectors(folder)[0]).from_dict(detector)
    (folder / "thin.yaml").write_text(changed.to_yaml())
    assert (folder / "thin.yaml").read_text() != text
    with pytest.raises(GridMismatchError, match=r"detector thin has .* dr = 7 mm"):
        open_pools(find_detectors(folder), folder)


def test_values_of_settings_are_numbers_where_they_look_so() -> None:
    assert assigned(["latents=16", "beta=0.5", "kind=a", "ema_decay=null"]) == {
        "latents": 16,
        "beta": 0.5,
        "kind": "a",
        "ema_decay": None,
    }
    with pytest.raises(SettingsError, match="NAME=VALUE"):
        assigned(["latents"])
