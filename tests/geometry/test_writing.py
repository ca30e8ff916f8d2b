import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from metacalo.errors import OutputError
from metacalo.geometry import Detector, detector_names, load_detector
from metacalo.geometry.writing import write_detector


@pytest.mark.parametrize("name", detector_names())
def test_a_written_file_is_read_as_the_same_detector(name, tmp_path):
    detector = load_detector(name)
    path = tmp_path / "again.yaml"
    write_detector(path, detector)
    again = load_detector(path)
    assert again == detector
    assert again.to_dict() == detector.to_dict()


@example(text="\x85")
@example(text="a: b # c\nd")
@given(text=st.text(max_size=60))
def test_any_text_survives_as_description(stacked, text):
    detector = stacked(("BGO", 240.0, True), description=text)
    assert yaml.safe_load(detector.to_yaml())["description"] == text


def test_mixtures_and_readout_survive(stacked):
    detector = stacked(
        ("my alloy: 1", 2.0, False),
        ("Si", 0.3, True),
        materials={"my alloy: 1": {"density_g_cm3": 14.8, "mass_fractions": {"W": 0.75, "Cu": 0.25}}},
        readout={"type": "planar", "cell_mm": 5.0},
        reference="a: b # c",
    )
    again = Detector.from_dict(yaml.safe_load(detector.to_yaml()))
    assert again == detector
    assert again.to_dict() == detector.to_dict()


def test_a_written_file_explains_itself(shashlik):
    text = Detector.from_dict(shashlik).to_yaml()
    assert "# 24.2 X0 deep: effective X0 = 16.39 mm" in text
    assert "# lead" in text
    assert "# 0.50 R_M" in text


def test_an_existing_file_is_kept_unless_asked(shashlik, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("precious")
    detector = Detector.from_dict(shashlik)
    with pytest.raises(OutputError, match="exists; choose another"):
        write_detector(path, detector)
    assert path.read_text() == "precious"
    write_detector(path, detector, overwrite=True)
    assert load_detector(path) == detector


def test_a_folder_that_is_not_there_is_named(shashlik, tmp_path):
    path = tmp_path / "no" / "mine.yaml"
    with pytest.raises(OutputError, match=r"mine\.yaml cannot be written: No such file"):
        write_detector(path, Detector.from_dict(shashlik))


def test_a_failed_write_leaves_nothing_behind(shashlik, tmp_path, monkeypatch):
    path = tmp_path / "mine.yaml"
    path.write_text("precious")

    def full(*_paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match=r"No space left on device; .*what was there is as before"):
        write_detector(path, Detector.from_dict(shashlik), overwrite=True)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]
