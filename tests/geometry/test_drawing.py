import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.image import imread

from metacalo.errors import OutputError, SettingsError
from metacalo.geometry import load_detector
from metacalo.geometry.drawing import draw_detector, save_drawing


@pytest.fixture(scope="module")
def hgcal():
    return load_detector("hgcal_si")


def test_the_drawing_is_to_scale_in_depth_and_width(hgcal):
    whole = draw_detector(hgcal).axes[0]
    assert whole.get_aspect() == 1.0
    slabs = [path for bars in whole.collections for path in bars.get_paths()]
    assert len(slabs) == 28 * 5
    widths = sum(path.get_extents().width for path in slabs)
    assert widths == pytest.approx(hgcal.depth_mm)


def test_materials_differ_in_colour_and_the_legend_names_them(hgcal):
    whole = draw_detector(hgcal).axes[0]
    labels = [text.get_text() for text in whole.get_legend().get_texts()]
    assert labels == ["Pb", "W", "Cu", "Si (active)", "air", "grid 9 × 16 × 45"]
    colours = {tuple(bars.get_facecolor()[0]) for bars in whole.collections}
    assert len(colours) == 5


def test_the_second_axis_counts_radiation_lengths(hgcal):
    figure = draw_detector(hgcal)
    figure.draw_without_rendering()
    whole = figure.axes[0]
    upper = whole.child_axes[0]
    low, high = whole.get_xlim()
    assert upper.get_xlim() == pytest.approx((low / hgcal.x0_mm, high / hgcal.x0_mm))


def test_every_section_is_enlarged(stacked):
    detector = stacked(("W", 2.0, False), ("Si", 0.3, True))
    content = detector.to_dict()
    content["sections"] = content["sections"] * 2
    twice = type(detector).from_dict(content)
    assert len(draw_detector(twice).axes) == 3


def test_png_and_svg_are_what_they_say(hgcal, tmp_path):
    save_drawing(hgcal, tmp_path / "a.png")
    assert imread(tmp_path / "a.png").shape[:2] == (990, 1350)
    save_drawing(hgcal, tmp_path / "a.svg")
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own file
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "a.svg"}


def test_another_format_is_refused(hgcal, tmp_path):
    with pytest.raises(SettingsError, match=r"ends in \.png, \.svg or \.pdf, got 'a\.jpeg'"):
        save_drawing(hgcal, tmp_path / "a.jpeg")


def test_a_folder_that_is_not_there_is_named(hgcal, tmp_path):
    with pytest.raises(OutputError, match="No such file"):
        save_drawing(hgcal, tmp_path / "no" / "a.png")
