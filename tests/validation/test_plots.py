"""Figures: what they say of the samples, and that nothing they may be given makes them stumble."""

import io
import json
import struct

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from PIL import Image

from metacalo.errors import OutputError, SettingsError
from metacalo.showers import Showers, concatenate
from metacalo.validation import plots
from metacalo.validation.observables import LAYER_OBSERVABLES, OBSERVABLES, RANGE_OBSERVABLES
from metacalo.validation.plots import Measured
from metacalo.validation.plots.catalogue import IN_ENERGY_BINS, figures_by_name
from metacalo.validation.plots.distributions import bin_edges, edges_between
from metacalo.validation.plots.layers import moments_of_columns
from metacalo.validation.plots.pictures import mean_energy_map
from metacalo.validation.plots.ratio import Curve, plot_with_ratio
from metacalo.validation.plots.style import new_figure, power_of_ten
from metacalo.validation.scales import Scales

ONE_OF_A_KIND = (
    "depth",
    "depth_of_maximum",
    "longitudinal_profile",
    "voxel_spectrum",
    "response_and_resolution",
    "resolution_fit",
    "angle_dependence",
    "layer_correlations",
    "depth_and_response",
    "shower_pictures",
)
"""Figures that are drawn by different functions."""

NAMES = sorted(figures_by_name(np.array([1.0, 2.0]), IN_ENERGY_BINS))


@pytest.fixture(scope="module")
def samples(real_showers, with_energies):
    return {
        "Geant4": real_showers,
        "adapted": with_energies(real_showers, 1.05)[:40],
        "before": with_energies(real_showers, 0.5)[20:],
    }


@pytest.fixture(scope="module")
def measured(samples, detector):
    return Measured.of(samples, detector)


@pytest.fixture(scope="module")
def figures(measured):
    """All figures, where energies are binned so widely that 60 showers fill the bins."""
    edges = measured.energy_edges_gev(1)
    return {name: draw(measured) for name, draw in figures_by_name(edges, IN_ENERGY_BINS).items()}


def written_in(figure: Figure) -> str:
    """All titles and entries of legends, line by line."""
    titles = [axes.get_title(loc) for axes in figure.axes for loc in ("left", "right")]
    legends = (axes.get_legend() for axes in figure.axes)
    return "\n".join(
        titles + [text.get_text() for legend in legends if legend for text in legend.get_texts()]
    )


def histogram(figure: Figure, sample: int) -> np.ndarray:
    """Values of a sample's steps; what is tinted below the reference's is the first patch."""
    steps = [p for p in figure.axes[0].patches if not p.get_fill()]
    return np.asarray(steps[sample].get_data().values)


def test_every_observable_has_a_figure_and_no_name_is_taken_twice():
    observables = [*OBSERVABLES, *LAYER_OBSERVABLES, *RANGE_OBSERVABLES]
    assert len(set(observables)) == len(observables)
    assert set(observables) <= set(NAMES)
    assert set(plots.MAIN_FIGURES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_names_the_detector_every_sample_and_its_axes(name, figures, samples):
    figure = figures[name]
    written = written_in(figure)
    assert all(label in written for label in samples)
    assert "lhcb_shashlik" in written or name == "shower_pictures"
    panels = [axes for axes in figure.axes if axes.get_subplotspec() or name == "depth_and_response"]
    labels = [axes.get_xlabel() for axes in panels if axes.xaxis.get_tick_params().get("labelbottom", True)]
    assert any(labels)


def test_some_figures_only_are_drawn_if_they_are_named(samples, detector):
    drawn = plots.all_figures(samples, detector, names=("hits", "longitudinal_profile"))
    assert list(drawn) == ["longitudinal_profile", "hits"]


def test_a_name_that_no_figure_has_is_refused_with_the_nearest(samples, detector):
    with pytest.raises(SettingsError, match=r"no figure 'radial_profil'; did you mean 'radial_profile'"):
        plots.all_figures(samples, detector, names=["radial_profil"])
    with pytest.raises(SettingsError, match="no observable 'responce'"):
        plots.all_figures(samples, detector, in_energy_bins=["responce"])


def test_what_has_no_meaning_for_the_samples_is_left_out(real_showers, detector):
    alike = Showers(
        grid=real_showers.grid,
        incident_energy_gev=np.full(60, 5.0),
        theta_rad=0.1,
        offsets=real_showers.offsets,
        voxels=real_showers.voxels,
        energies_mev=real_showers.energies_mev,
    )
    asked = ("hits", "angle_dependence", "resolution_fit", "hits_in_energy_bins")
    edges = np.array([20.0, 50.0])
    drawn = plots.all_figures({"Geant4": alike}, detector, names=asked, energy_edges_gev=edges)
    assert list(drawn) == ["hits"]


@pytest.mark.parametrize("where", ["nothing", "scales"])
def test_figures_can_be_made_without_a_detector(where, samples):
    grid = samples["Geant4"].grid
    scales = Scales.of(grid, None, "block of lead")
    names = ONE_OF_A_KIND if where == "nothing" else ["longitudinal_profile"]
    drawn = plots.all_figures(samples, scales if where == "scales" else None, names=names)
    profile = drawn["longitudinal_profile"].axes
    assert profile[1].get_xlabel() == "depth $t$ [layers]"
    assert profile[0].get_title("left") == ("block of lead" if where == "scales" else "unnamed detector")
    # Layer 0 has its centre at 0 and goes half a layer to either side.
    assert profile[0].get_xlim() == (-0.5, 44.5)


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
    drawn = plots.all_figures(spoilt, detector, names=ONE_OF_A_KIND)
    assert all(label in written_in(figure) for label in spoilt for figure in drawn.values())


@pytest.mark.parametrize("name", [*ONE_OF_A_KIND, "layer_width_x", "range_energy", "energy_maps"])
def test_a_single_shower_and_a_model_that_makes_nothing_can_be_drawn(name, samples, detector):
    first = samples["Geant4"][:1]
    nothing = Showers(
        grid=first.grid,
        incident_energy_gev=[5.0] * 3,
        theta_rad=[0.0] * 3,
        offsets=[0] * 4,
        voxels=[],
        energies_mev=[],
    )
    measured = Measured.of({"Geant4": first, "adapted": nothing}, detector)
    # Some of what may go wrong does so only when the figure is rendered.
    figures_by_name(measured.energy_edges_gev(3), ())[name](measured).canvas.draw()


def test_a_reference_without_energy_can_be_drawn(detector, hand_made_showers):
    empty = {"Geant4": concatenate([hand_made_showers[1:2]] * 12)}
    names = (
        "voxel_spectrum",
        "radial_profile",
        "response_and_resolution",
        "energy_maps",
        "depth_and_response",
    )
    for figure in plots.all_figures(empty, detector, names=names).values():
        figure.canvas.draw()


def test_nothing_and_empty_samples_are_refused(samples, detector):
    with pytest.raises(SettingsError, match="at least the reference"):
        plots.all_figures({}, detector)
    with pytest.raises(SettingsError, match="'adapted' has no showers"):
        Measured.of({**samples, "adapted": samples["adapted"][:0]}, detector)


def test_an_observable_is_measured_once_for_all_figures(samples):
    class Counted:
        name = "counted"
        calls = 0

        def measure(self, showers, _scales):
            self.calls += 1
            return np.arange(len(showers))

    observable, measured = Counted(), Measured.of(samples)
    first = measured.values(observable)
    assert measured.values(observable) is first
    assert observable.calls == len(samples)
    assert list(first["adapted"]) == list(range(40))


def test_the_end_of_the_calorimeter_is_marked_where_the_grid_reaches_behind_it(
    measured, figures, detector, hand_made_showers
):
    assert measured.end == pytest.approx(detector.depth_x0)
    for axes in figures["longitudinal_profile"].axes:
        (place,) = (line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--")
        assert place == pytest.approx(detector.depth_x0)
    assert Measured.of(measured.samples).end is None
    # 40 mm of grid in 396 mm of calorimeter.
    assert Measured.of({"Geant4": hand_made_showers}, detector).end is None


def test_a_distribution_holds_every_shower(measured):
    figure = plots.distribution(measured, OBSERVABLES["depth"], bins=7)
    assert [histogram(figure, k).sum() for k in range(3)] == pytest.approx([1.0, 1.0, 1.0])
    assert len(histogram(figure, 0)) == 7


def test_bins_of_incident_energy_hold_their_own_showers(measured):
    energy = np.sort(measured.reference.incident_energy_gev)
    edges = np.array([energy[0], energy[29] * 1.0001, energy[-1]], dtype=np.float64)
    figure = plots.distribution_in_energy_bins(measured, OBSERVABLES["response"], edges_gev=edges)
    assert histogram(figure, 0).sum() == pytest.approx(1.0)
    titles = [axes.get_title("right") for axes in figure.axes[::2]]
    assert titles[0] == f"{edges[0]:.3g}–{edges[1]:.3g} GeV"
    with pytest.raises(SettingsError, match="give fewer bins"):
        plots.distribution_in_energy_bins(measured, OBSERVABLES["response"], edges_gev=np.array([90.0, 99.0]))


def test_bins_hold_the_middle_of_the_values_and_a_margin():
    edges = bin_edges(np.linspace(0, 100, 201), 10)
    assert edges[[0, -1]] == pytest.approx([0.5 - 9.9, 99.5 + 9.9])
    log = bin_edges(np.array([0.0, np.nan, *np.geomspace(1, 100, 200)]), 4, log=True)
    assert log[1:] / log[:-1] == pytest.approx(np.full(4, log[1] / log[0]))


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [[3.0] * 9, [0.0] * 9, [np.nan] * 9, [1 / 3, 1 / 3 + 1e-17]])
def test_values_that_do_not_differ_have_bins_too(values, log):
    edges = bin_edges(np.array(values), 5, log=log)
    assert len(edges) == 6
    assert (np.diff(edges) > 0).all()


def test_bins_of_a_discrete_observable_hold_one_value_each_or_as_many_as_must_be():
    assert edges_between(np.array([2.0, 0.0, 0.0, 1.0]), 9) == pytest.approx([-0.5, 0.5, 1.5, 2.5])
    assert edges_between(np.arange(6.0), 3) == pytest.approx([-0.5, 1.5, 3.5, 5.5])
    assert edges_between(np.full(4, 7.0), 3) == pytest.approx([6.5, 7.5])
    assert edges_between(np.array([np.nan]), 3) == pytest.approx([-0.5, 0.5])


def test_moments_of_layers_leave_out_showers_without_a_value():
    mean, mean_error, spread, spread_error = moments_of_columns(
        np.array([[1.0, 5.0, np.nan], [3.0, np.nan, np.nan], [np.nan, 5.0, np.nan]])
    )
    assert mean[:2] == pytest.approx([2.0, 5.0])
    assert spread[:2] == pytest.approx([1.0, 0.0])
    assert mean_error[:2] == pytest.approx([0.5**0.5, 0.0])
    # Of two values the fourth moment is the square of the second.
    assert spread_error[:2] == pytest.approx([0.0, 0.0])
    assert np.isnan(mean[2])


def test_the_error_of_a_spread_is_that_of_a_normal_distribution_for_normal_values():
    values = np.random.default_rng(1).normal(size=(200_000, 1))
    assert moments_of_columns(values)[3] == pytest.approx([1 / np.sqrt(2 * 200_000)], rel=0.02)


def test_themean_energy_map_holds_the_mean_share_of_the_incident_energy(hand_made_showers):
    mean, error = mean_energy_map(hand_made_showers)
    # Shower 0: 2, 1 and 4 MeV of 1 GeV in ring 0 at depths 0 and 3, and in ring 1 at 0; shower 2: 8 and 16
    # of 100 GeV.
    expected = np.zeros((2, 4))
    expected[0, 0], expected[0, 3], expected[1, 0] = 2e-3 / 3, 1e-3 / 3, 4e-3 / 3
    expected[0, 1], expected[1, 3] = 8e-5 / 3, 16e-5 / 3
    assert mean == pytest.approx(expected)
    # Each voxel is hit in one shower: the square root of its square, over 3.
    assert error == pytest.approx(expected)


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


def test_values_around_zero_have_differences_below_them():
    edges = np.arange(4.0)
    reference = Curve("Geant4", edges, np.array([-1.0, 0.0, 2.0]), np.full(3, 0.1))
    other = Curve("adapted", edges, np.array([-1.5, 0.0, 2.5]), np.full(3, 0.2))
    figure = plot_with_ratio([reference, other], title="", note="", x_label="x", y_label="y")
    upper, lower = figure.axes
    assert lower.get_ylabel() == "difference"
    points = next(item for item in lower.containers if isinstance(item, ErrorbarContainer)).lines[0]
    assert list(points.get_ydata()) == [-0.5, 0.0, 0.5]
    assert upper.get_ylim()[0] < -1.5


def test_a_label_that_is_too_long_for_its_axis_is_set_smaller():
    curve = Curve("Geant4", np.arange(4.0), np.ones(3), np.ones(3))
    long = "share of the voxels of the layer that are hit, of all"
    figure = plot_with_ratio([curve], title="", note="", x_label=r"$E_\mathrm{tot}$", y_label=long)
    assert figure.axes[0].yaxis.label.get_fontsize() < 10
    assert figure.axes[1].xaxis.label.get_fontsize() == 12


@pytest.mark.parametrize(
    ("values", "corner"), [([9.0, 5.0, 1.0], "upper right"), ([1.0, 5.0, 9.0], "upper left")]
)
@pytest.mark.parametrize("log_y", [False, True])
def test_the_legend_stands_where_the_curves_are_low(values, corner, log_y):
    curve = Curve("Geant4", np.arange(4.0), np.array(values), np.ones(3))
    figure = plot_with_ratio([curve], title="", note="", x_label="x", y_label="y", log_y=log_y)
    places = {"upper right": 1, "upper left": 2}
    assert figure.axes[0].get_legend()._loc == places[corner]


@pytest.mark.parametrize(
    ("number", "text"), [(1e-4, "10⁻⁴"), (1000.0, "10³"), (2e5, "2·10⁵"), (1.0, "10⁰"), (1e12, "10¹²")]
)
def test_powers_of_ten_are_written_without_mathtext(number, text):
    assert power_of_ten(number) == text


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (150, 2800, ["200", "500", "1000", "2000"]),
        (1100, 2900, ["1200", "2000", "2600"]),
        (1e-5, 50, ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"]),
    ],
)
def test_a_logarithmic_axis_has_numbers_over_few_and_many_decades(low, high, labels):
    edges = np.geomspace(low, high, 4)
    curve = Curve("Geant4", edges, np.ones(3), np.ones(3))
    figure = plot_with_ratio([curve], title="", note="", x_label="x", y_label="y", log_x=True)
    figure.canvas.draw()
    shown = [text.get_text() for text in figure.axes[1].get_xticklabels()]
    assert set(labels) <= set(shown)
    assert len(shown) <= 12


def test_the_loss_curve_marks_the_step_that_was_taken():
    figure = plots.loss_curve(
        {"support": ([1, 2, 3], [9.0, 8.0, float("nan")]), "held back": ([2], [8.5])},
        title="fine-tuning",
        best_step=2,
    )
    figure.canvas.draw()
    assert {"support", "held back", "taken from step 2", "fine-tuning"} <= set(written_in(figure).split("\n"))


def test_a_loss_curve_without_any_step_is_empty_and_no_error():
    plots.loss_curve({"support": ([], []), "held back": ([], [])}).canvas.draw()


def test_drawing_leaves_matplotlibs_settings_as_they_were(measured):
    before = json.dumps(dict(mpl.rcParams), default=str)
    plots.png_bytes(plots.voxel_spectrum(measured))
    assert json.dumps(dict(mpl.rcParams), default=str) == before


def test_a_png_is_the_same_each_time_and_as_large_as_asked():
    figure = new_figure(2, 1)
    first = plots.png_bytes(figure, dpi=50)
    assert first == plots.png_bytes(figure, dpi=50)
    assert struct.unpack(">II", first[16:24]) == (100, 50)


def test_a_png_has_the_colours_of_the_figure(measured):
    drawn = plots.png_bytes(plots.distribution(measured, OBSERVABLES["depth"]))
    colours = Image.open(io.BytesIO(drawn)).convert("RGB").getcolors(1 << 24)
    found = {colour for _, colour in colours}
    for wanted in ((255, 255, 255), (0, 0, 0), (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2)):
        assert min(max(abs(a - b) for a, b in zip(wanted, c, strict=True)) for c in found) <= 8
    assert len(found) <= 256


def test_figures_are_written_under_their_names_as_png_and_pdf(tmp_path):
    paths = plots.save_figures({"one": new_figure(1, 1), "two": b"PNG of two"}, tmp_path, dpi=50)
    assert paths == [tmp_path / name for name in ("one.png", "one.pdf", "two.png")]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert paths[1].read_bytes().startswith(b"%PDF")
    assert paths[2].read_bytes() == b"PNG of two"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_pdf_is_the_same_each_time():
    figure = new_figure(1, 1)
    assert plots.pdf_bytes(figure) == plots.pdf_bytes(figure)


def test_a_format_that_cannot_be_written_and_a_folder_that_is_not_there_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="png or pdf, got 'jpeg'"):
        plots.save_figures({"one": b"PNG"}, tmp_path, formats=("jpeg",))
    with pytest.raises(OutputError, match=r"one\.png cannot be written"):
        plots.save_figures({"one": b"PNG"}, tmp_path / "missing")
