import io

import pytest
from matplotlib.image import imread

from metacalo.errors import SettingsError
from metacalo.readout import load_readout
from metacalo.readout.drawing import draw_readout, save_readout_drawing
from metacalo.readout.summary import readout_summary


@pytest.fixture(scope="module")
def lhcb():
    return load_readout("lhcb_ecal")


def shapes_of(axes):
    return {bars.get_label().split(":")[0]: bars for bars in axes.collections}


def test_every_cell_of_lhcb_is_drawn_to_scale_in_the_colour_of_its_region(lhcb):
    (axes,) = draw_readout(lhcb).axes
    assert axes.get_aspect() == 1.0
    regions = shapes_of(axes)
    assert {name: len(found.get_paths()) for name, found in regions.items()} == {
        "outer": 2688,
        "middle": 1792,
        "inner": 1584,
    }
    assert len({tuple(found.get_facecolor()[0]) for found in regions.values()}) == 3
    for name, size in (("outer", 121.2), ("inner", 40.4)):
        assert regions[name].get_paths()[0].get_extents().width == pytest.approx(size)


def test_each_layer_of_atlas_has_a_cut_out_in_eta_and_phi_and_its_radii():
    *cut_outs, radii = draw_readout(load_readout("atlas_barrel")).axes
    titles = [axes.get_title() for axes in cut_outs]
    assert [title.split("\n")[0] for title in titles] == ["presampler", "strips", "middle", "back"]
    assert "0.003125 × 2π/64, |η| < 1.4" in titles[1]
    widths = [axes.collections[0].get_paths()[0].get_extents().width for axes in cut_outs]
    assert widths == pytest.approx([0.025, 0.003125, 0.025, 0.05])
    labels = [text.get_text() for text in radii.get_legend().get_texts()]
    assert labels[1] == "strips: r = 1500 to 1580.2 mm"


def test_png_is_what_it_says_and_another_format_is_refused(lhcb, tmp_path):
    save_readout_drawing(lhcb, tmp_path / "a.png")
    assert imread(io.BytesIO((tmp_path / "a.png").read_bytes())).shape[:2] == (1050, 1200)
    with pytest.raises(SettingsError, match=r"ends in \.png, \.svg or \.pdf, got 'a\.jpeg'"):
        save_readout_drawing(lhcb, tmp_path / "a.jpeg")


def test_layers_that_are_alike_are_told_together():
    summary = readout_summary(load_readout("clic_siw"))
    assert summary["n_cells"] == 1_600_000
    assert summary["layers"] == [
        {
            "layer": "layer_0 to layer_39",
            "region": "clic_siw",
            "n_cells": 1_600_000,
            "size": "5 x 5 mm",
            "depth_mm": [2.7, 200.15],
        }
    ]
