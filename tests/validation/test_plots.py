"""Figures: what they say of the samples, and that nothing they may be given makes them stumble."""

import json
import struct

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from metacalo.errors import OutputError, SettingsError
from metacalo.showers import Showers, concatenate
from metacalo.validation import observables, plots
from metacalo.validation.captions import caption_of
from metacalo.validation.plots.ratio import Curve, plot_with_ratio
from metacalo.validation.plots.style import new_figure

DRAWN = (
    plots.longitudinal_profile,
    plots.radial_profile,
    plots.response_and_resolution,
    plots.voxel_spectrum,
    plots.hits,
    plots.shower_depth,
    plots.shower_length,
    plots.shower_radius,
    plots.layer_correlations,
    plots.shower_pictures,
)


@pytest.fixture(scope="module")
def samples(real_showers, with_energies):
    return {
        "Geant4": real_showers,
        "adapted": with_energies(real_showers, 1.05)[:40],
        "before": with_energies(real_showers, 0.5)[20:],
    }


def written_in(figure: Figure) -> set[str]:
    """All titles and entries of legends."""
    titles = {axes.get_title(loc) for axes in figure.axes for loc in ("left", "right")}
    legends = (axes.get_legend() for axes in figure.axes)
    return titles | {text.get_text() for legend in legends if legend for text in legend.get_texts()}


@pytest.fixture(scope="module")
def figures(samples, detector):
    return plots.all_figures(samples, detector)


def test_all_figures_are_these_and_each_has_a_caption(figures):
    assert list(figures) == [draw.__name__ for draw in DRAWN]
    assert all(caption_of(name).sentence for name in [*figures, "loss_curve"])


@pytest.mark.parametrize("name", [draw.__name__ for draw in DRAWN])
def test_a_figure_names_every_sample(name, figures, samples):
    assert isinstance(figures[name], Figure)
    assert set(samples) <= written_in(figures[name])


@pytest.mark.parametrize("name", [draw.__name__ for draw in DRAWN])
def test_axes_have_names_and_units(name, figures):
    panels = [axes for axes in figures[name].axes if axes.get_subplotspec()]
    labels = [axes.get_xlabel() for axes in panels if axes.get_subplotspec().is_last_row()]
    assert labels
    assert all("[" in label or "number" in label for label in labels)


def alone(samples):
    return {"Geant4": samples["Geant4"]}


def of_one_energy(samples):
    first = samples["Geant4"]
    return {"Geant4": first[[3] * 12], "adapted": first[[3] * 11]}


def of_many(samples):
    """More samples than there are colours."""
    return {f"sample {k}": samples["Geant4"][k : k + 12] for k in range(8)}


@pytest.mark.parametrize("spoil", [alone, of_one_energy, of_many])
def test_figures_can_be_made_of_any_number_of_samples(spoil, samples, detector):
    spoilt = spoil(samples)
    assert all(set(spoilt) <= written_in(figure) for figure in plots.all_figures(spoilt, detector).values())


@pytest.mark.parametrize("draw", DRAWN)
def test_a_single_shower_and_a_model_that_makes_nothing_can_be_drawn(draw, samples, detector):
    first = samples["Geant4"][:1]
    nothing = Showers(
        grid=first.grid,
        incident_energy_gev=[5.0] * 3,
        theta_rad=[0.0] * 3,
        offsets=[0] * 4,
        voxels=[],
        energies_mev=[],
    )
    # Some of what may go wrong does so only when the figure is rendered.
    draw({"Geant4": first, "adapted": nothing}, detector).canvas.draw()


def test_a_reference_without_energy_can_be_drawn(detector, hand_made_showers):
    empty = concatenate([hand_made_showers[1:2]] * 12)
    plots.voxel_spectrum({"Geant4": empty}, detector).canvas.draw()
    plots.radial_profile({"Geant4": empty}, detector).canvas.draw()
    plots.response_and_resolution({"Geant4": empty}, detector).canvas.draw()


@pytest.mark.parametrize("draw", DRAWN)
def test_nothing_and_empty_samples_are_refused(draw, samples, detector):
    with pytest.raises(SettingsError, match="at least the reference"):
        draw({}, detector)
    with pytest.raises(SettingsError, match="'adapted' has no showers"):
        draw({**samples, "adapted": samples["adapted"][:0]}, detector)


def test_a_distribution_holds_every_shower(samples, detector):
    figure = plots.distribution(samples, detector, observables.depth, "depth [layers]", bins=7)
    steps = figure.axes[0].patches
    assert [step.get_data().values.sum() for step in steps] == pytest.approx([1.0, 1.0, 1.0])
    assert len(steps[0].get_data().values) == 7


def test_the_ratio_is_that_to_the_reference_and_leaves_the_panel_as_a_triangle():
    edges = np.arange(4.0)
    reference = Curve("Geant4", edges, np.array([10.0, 20.0, 30.0]), np.array([0.1, 0.1, 0.1]))
    other = Curve("adapted", edges, np.array([11.0, 20.0, 300.0]), np.array([0.1, 0.1, 0.1]))
    figure = plot_with_ratio([reference, other], title="", note="", x_label="x", y_label="y")
    lower = figure.axes[1]
    points = next(item for item in lower.containers if isinstance(item, ErrorbarContainer)).lines[0]
    assert np.asarray(points.get_ydata())[:2] == pytest.approx([1.1, 1.0])
    assert np.isnan(np.asarray(points.get_ydata())[2])
    (triangle,) = (line for line in lower.lines if line.get_marker() == "^")
    assert list(triangle.get_xdata()) == [2.5]
    assert 1.0 in lower.get_yticks()


def test_the_loss_curve_marks_the_step_that_was_taken():
    figure = plots.loss_curve(
        {"support": ([1, 2, 3], [9.0, 8.0, float("nan")]), "held back": ([2], [8.5])},
        title="fine-tuning",
        best_step=2,
    )
    figure.canvas.draw()
    assert written_in(figure) >= {"support", "held back", "taken from step 2", "fine-tuning"}


def test_a_loss_curve_without_any_step_is_empty_and_no_error():
    plots.loss_curve({"support": ([], []), "held back": ([], [])}).canvas.draw()


def test_drawing_leaves_matplotlibs_settings_as_they_were(samples, detector):
    before = json.dumps(dict(mpl.rcParams), default=str)
    plots.png_bytes(plots.hits(samples, detector))
    assert json.dumps(dict(mpl.rcParams), default=str) == before


def test_a_png_is_the_same_each_time_and_as_large_as_asked():
    figure = new_figure(2, 1)
    first = plots.png_bytes(figure, dpi=50)
    assert first == plots.png_bytes(figure, dpi=50)
    assert struct.unpack(">II", first[16:24]) == (100, 50)


def test_pngs_are_written_under_their_names(tmp_path):
    paths = plots.save_pngs({"one": new_figure(1, 1), "two": b"PNG of two"}, tmp_path, dpi=50)
    assert paths == [tmp_path / "one.png", tmp_path / "two.png"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert paths[1].read_bytes() == b"PNG of two"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match=r"one\.png cannot be written"):
        plots.save_pngs({"one": b"PNG"}, tmp_path / "missing")
