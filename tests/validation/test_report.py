"""The page: self-contained, complete, and safe against what it is told."""

import base64
import re
from html.parser import HTMLParser

import pytest

from metacalo.errors import OutputError
from metacalo.validation import Comparison, EnergyBin, Estimate
from metacalo.validation.plots.style import new_figure, png_bytes
from metacalo.validation.profiles import Moments
from metacalo.validation.report import write_report
from metacalo.validation.verdicts import CRITERIA

EVIL = '<script>alert("1")</script>'
VOID = {"meta", "img"}


class Page(HTMLParser):
    """Tags, attributes and visible text; fails on tags that do not close in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" not in self._open:
            self.text += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data.replace("\xa0", " ")

    def row(self, first: str) -> list[str]:
        """The first table row that begins so."""
        return next(row for row in self.rows if row[0] == first)


def comparison(mean_response: float, separation: float, **others: float) -> Comparison:
    bins = tuple(
        EnergyBin(
            low_gev=low,
            high_gev=10 * low,
            reference={"response": Moments(50, 0.2, 0.002, 0.02, 0.002)},
            generated={"response": Moments(50, 0.2 * mean_response, 0.002, 0.01, 0.001)},
        )
        for low in (1.0, 10.0)
    )
    return Comparison(
        n_reference=100,
        n_generated=99,
        estimates={
            "response_ratio": Estimate(mean_response, 0.001),
            "separation_mean": Estimate(separation, 0.001),
            "wasserstein_hits": Estimate(0.125),
            **{name: Estimate(value, 0.001) for name, value in others.items()},
        },
        energy_bins=bins,
    )


@pytest.fixture
def content(detector):
    return {
        "title": "lhcb: adapted",
        "detector": detector,
        "comparisons": {
            "adapted": comparison(1.01, 0.2, classifier_auc=0.55),
            "before adaptation": comparison(0.8, 0.9, classifier_auc=0.99),
        },
        "floor": comparison(1.0, 0.03, classifier_auc=0.5),
        "figures": {"hits": new_figure(2, 1), "mine_alone": png_bytes(new_figure(1, 1))},
        "provenance": {"seed": 3, "versions": {"torch": "2.6"}, "seeds": [1, 2], "command": None},
    }


@pytest.fixture
def page(content, tmp_path):
    write_report(tmp_path / "report.html", **content)
    return Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_the_page_needs_no_other_file_and_no_network(page, tmp_path):
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|//cdn|@import|url\(", source)
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert all(attributes["src"].startswith("data:") for _, attributes in page.tags if "src" in attributes)
    policy = next(attributes["content"] for _, attributes in page.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")


def test_every_figure_is_in_the_page_as_it_was_drawn(page, content):
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [attributes["alt"] for attributes in images] == ["Number of hit voxels", "Mine alone"]
    inline = [base64.b64decode(attributes["src"].partition("base64,")[2]) for attributes in images]
    assert inline == [png_bytes(content["figures"]["hits"]), content["figures"]["mine_alone"]]
    assert "How many voxels of the grid a shower reaches" in page.text


def test_the_first_comparison_is_judged_beside_the_others_and_the_floor(page):
    assert page.rows[0] == ["Figure", "adapted", "before adaptation", "Geant4 against Geant4", "Verdict"]
    assert page.row("mean response, ratio to the reference") == [
        "mean response, ratio to the reference",
        "1.0100 ± 0.0010",
        "0.8000 ± 0.0010",
        "1.0000 ± 0.0010",
        "good: 1% too high",
    ]
    assert page.row("separation power, mean of the ten below")[-1] == "poor: 0.17 above the floor"
    assert "adapted: of 3 figures 2 good, 0 compatible, 0 fair, 1 poor" in page.text
    lights = [attributes["class"] for tag, attributes in page.tags if tag == "span"]
    assert lights == [f"dot {c}" for c in ("green", "pale", "amber", "red", "green", "red", "green")]


def test_the_thresholds_stand_in_the_page(page):
    for name in ("response_ratio", "separation_mean", "classifier_auc"):
        criterion = CRITERIA[name]
        row = next(row for row in page.rows if row[0] == criterion.meaning and "below" in row[2])
        assert row[2:] == [f"below {criterion.good_below:g}", f"below {criterion.fair_below:g}"]


def test_provenance_and_detector_are_listed(page, detector):
    assert page.row("seed") == ["seed", "3"]
    assert page.row("versions") == ["versions", "torch 2.6"]
    assert page.row("seeds") == ["seeds", "1, 2"]
    assert not any(row[0] == "command" for row in page.rows)
    assert page.row("layers")[1] == "66 × (2 mm Pb + 4 mm polystyrene (active))"
    assert page.row("fingerprint")[1] == detector.fingerprint


def test_response_and_resolution_are_given_for_every_energy_bin(page):
    mean, spread = (row for row in page.rows if row[0] == "1–10")
    assert mean[1:5] == ["50", "20.00 ± 0.20", "20.20 ± 0.20", "16.00 ± 0.20"]
    # 0.02 / 0.2 and 0.01 / 0.202, in per cent; then their ratio.
    assert spread[1:4] == ["50", "10.0 ± 1.0", "4.95 ± 0.50"]
    assert spread[5].startswith("0.495 ± ")


def test_figures_that_are_not_judged_are_there_too(page):
    assert page.row("wasserstein hits") == ["wasserstein hits", "0.125", "0.125", "0.125"]


def test_nothing_from_outside_becomes_html(content, tmp_path, detector):
    hostile = detector.model_copy(update={"description": EVIL, "reference": EVIL})
    first = content["comparisons"]["adapted"]
    noted = Comparison(n_reference=2, n_generated=2, estimates=first.estimates, notes=(EVIL,))
    content |= {
        "title": EVIL,
        "detector": hostile,
        "comparisons": {EVIL: noted, 'a"b': first},
        "figures": {EVIL: new_figure(1, 1)},
        "provenance": {EVIL: {EVIL: [EVIL]}},
    }
    write_report(tmp_path / "report.html", **content)
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(EVIL) > 10


def test_a_comparison_without_figures_still_makes_a_page(content, tmp_path):
    nothing = Comparison(n_reference=2, n_generated=2, estimates={}, notes=("too few showers",))
    content |= {"comparisons": {"adapted": nothing}, "floor": nothing, "figures": {}, "provenance": {}}
    write_report(tmp_path / "report.html", **content)
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "adapted: too few showers." in page.text


def test_an_energy_bin_that_one_comparison_lacks_is_a_dash(content, tmp_path):
    before = content["comparisons"]["before adaptation"]
    fewer = Comparison(
        n_reference=2, n_generated=2, estimates=before.estimates, energy_bins=before.energy_bins[1:]
    )
    content["comparisons"]["before adaptation"] = fewer
    write_report(tmp_path / "report.html", **content)
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [row[4] for row in page.rows if row[0] == "1–10"] == ["–", "–"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(content, tmp_path):
    with pytest.raises(OutputError, match=r"report\.html cannot be written"):
        write_report(tmp_path / "missing" / "report.html", **content)
    assert list(tmp_path.iterdir()) == []
