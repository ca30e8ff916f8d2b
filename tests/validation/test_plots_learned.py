"""Figures of the learned judges: their curves are known for scores and distances made by hand."""

import numpy as np
import pytest

from metacalo.validation.plots import LearnedCurves, Neighbours, Scores, learned_figures
from metacalo.validation.plots.learned import reliability, roc

CERTAIN = Scores(np.zeros(4), np.ones(6))
GUESSING = Scores(np.full(4, 0.5), np.full(6, 0.5))


def area(scores: Scores) -> float:
    x, y = roc(scores)
    return float(np.diff(x) @ (y[1:] + y[:-1]) / 2)


def test_a_classifier_that_is_certain_has_area_1_and_one_that_guesses_a_half():
    assert area(CERTAIN) == 1.0
    assert area(GUESSING) == 0.5
    assert area(Scores(np.ones(3), np.zeros(3))) == 0.0


def test_the_area_is_the_share_of_pairs_in_the_right_order_with_ties_as_halves():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 6, 50) / 5, rng.integers(1, 7, 40) / 6
    pairs = (b[:, None] > a).mean() + 0.5 * (b[:, None] == a).mean()
    assert area(Scores(a, b)) == pytest.approx(pairs)


def test_the_curve_goes_from_nothing_to_everything():
    x, y = roc(Scores(np.array([0.1, 0.7]), np.array([0.4, 0.9])))
    assert x == pytest.approx([0, 0, 0.5, 0.5, 1])
    assert y == pytest.approx([0, 0.5, 0.5, 1, 1])


def test_a_score_that_is_a_probability_lies_on_the_diagonal():
    rng = np.random.default_rng(4)
    score = rng.uniform(size=40_000)
    generated = rng.uniform(size=len(score)) < score
    mean, share, error = reliability(Scores(score[~generated], score[generated]))
    assert np.abs((share - mean) / error).max() < 4
    assert len(mean) == 10


def test_samples_of_different_sizes_weigh_alike_in_the_calibration():
    mean, share, _ = reliability(Scores(np.full(10, 0.5), np.full(90, 0.5)))
    assert mean == pytest.approx([0.5])
    assert share == pytest.approx([0.5])


def test_a_bin_with_fewer_than_five_showers_has_no_calibration():
    mean, share, _ = reliability(Scores(np.full(4, 0.05), np.full(5, 0.95)))
    assert mean == pytest.approx([0.95])
    assert share == pytest.approx([1.0])


def test_only_what_there_is_is_drawn():
    assert learned_figures({}) == {}
    assert learned_figures({"adapted": LearnedCurves()}) == {}
    only = LearnedCurves(recall=np.array([0.0, 1.0]), precision=np.array([1.0, 0.0]))
    assert list(learned_figures({"adapted": only})) == ["precision_recall"]


def test_every_classifier_has_a_panel_and_every_sample_a_line():
    rng = np.random.default_rng(5)
    curves = {
        label: LearnedCurves(
            scores=dict.fromkeys(classifiers, GUESSING),
            recall=np.linspace(0, 1, 5),
            precision=np.linspace(1, 0, 5),
            neighbours=Neighbours(rng.lognormal(size=50), rng.lognormal(size=60)),
        )
        for label, classifiers in (("adapted", ("trees", "MLP")), ("before", ("trees",)))
    }
    figures = learned_figures(curves, title="lhcb")
    assert list(figures) == [
        "classifier_roc",
        "classifier_scores",
        "classifier_calibration",
        "precision_recall",
        "nearest_neighbours",
    ]
    panels = figures["classifier_roc"].axes
    assert [axes.get_title("right") for axes in panels] == ["trees", "MLP"]
    legends = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in panels]
    assert legends == [["adapted: AUC 0.500", "before: AUC 0.500"], ["adapted: AUC 0.500"]]
    for figure in figures.values():
        figure.canvas.draw()


def test_distances_of_zero_are_drawn_in_the_first_bin():
    copied = Neighbours(np.array([1.0, 2.0, 4.0]), np.zeros(3))
    (figure,) = learned_figures({"adapted": LearnedCurves(neighbours=copied)}).values()
    figure.canvas.draw()
    lines = [patch for patch in figure.axes[0].patches if not patch.get_fill()]
    assert lines[1].get_data().values[0] == 1.0
