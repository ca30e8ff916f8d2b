"""The page: self-contained, complete, and safe against what it is told."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from metacalo.errors import OutputError
from metacalo.validation import Comparison, EnergyBin, Estimate
from metacalo.validation.observables import LAYER_OBSERVABLES, OBSERVABLES, RANGE_OBSERVABLES
from metacalo.validation.plots.catalogue import IN_ENERGY_BINS, figures_by_name
from metacalo.validation.plots.style import new_figure, png_bytes
from metacalo.validation.profiles import Moments
from metacalo.validation.report import TABS, caption_of, write_report
from metacalo.validation.verdicts import CRITERIA

EVIL = '<script>alert("1")</script>'
VOID = {"meta", "img"}


class Page(HTMLParser):
    """Tags, attributes and visible text; fails on tags that do not close in order and on repeated ids."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.inline: dict[str, list[str]] = {"script": [], "style": []}
        self._open: list[str] = []
        self.feed(source)
        assert self._open == []
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        assert len(set(ids)) == len(ids)

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
        if self._open and self._open[-1] in self.inline:
            self.inline[self._open[-1]].append(data)
        else:
            self.text += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data.replace("\xa0", " ")

    @property
    def policy(self) -> str:
        return next(a["content"] for _, a in self.tags if a.get("http-equiv") == "Content-Security-Policy")

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
    return read(tmp_path / "report.html")


def read(path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_the_page_needs_no_other_file_and_no_network(page, tmp_path):
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|//cdn|@import|url\(", source)
    assert not {"link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert all(attributes["src"].startswith("data:") for _, attributes in page.tags if "src" in attributes)


def test_the_page_lets_nothing_run_or_style_but_what_it_was_written_with(
    page, content, tmp_path, real_showers
):
    write_report(tmp_path / "report.html", **content, events={"Geant4": real_showers})
    for written, scripts in ((page, 1), (read(tmp_path / "report.html"), 2)):
        hashes = {
            kind: [
                base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
                for source in sources
                if not source.startswith("{")
            ]
            for kind, sources in written.inline.items()
        }
        assert [len(hashes["script"]), len(hashes["style"])] == [scripts, 1]
        assert written.policy.split("; ") == [
            "default-src 'none'",
            "img-src data:",
            f"style-src 'sha256-{hashes['style'][0]}'",
            "script-src " + " ".join(f"'sha256-{digest}'" for digest in hashes["script"]),
            "base-uri 'none'",
            "form-action 'none'",
        ]
        assert not any(name.startswith("on") or name == "style" for _, a in written.tags for name in a)


def test_every_link_leads_to_a_part_of_the_page(page):
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    panels = [a["id"] for tag, a in page.tags if tag == "section" and a.get("class") == "panel"]
    assert links == [f"#{name}" for name in panels] == ["#summary", "#energy", "#voxels", "#details"]


def test_every_figure_that_is_drawn_has_a_tab_a_heading_and_a_sentence():
    drawn = [*figures_by_name([1.0, 2.0], IN_ENERGY_BINS), "loss_curve", "classifier_roc", "precision_recall"]
    for name in (*drawn, "classifier_scores", "classifier_calibration", "nearest_neighbours"):
        tab, heading, sentence = caption_of(name)
        assert tab in TABS
        assert heading
        assert sentence.endswith(".")
    groups = {o.group for r in (OBSERVABLES, LAYER_OBSERVABLES, RANGE_OBSERVABLES) for o in r.values()}
    assert {group.replace(" ", "-") for group in groups} <= set(TABS)


def test_a_figure_that_nobody_knows_is_among_the_details_under_its_name():
    assert caption_of("mine_alone") == ("details", "Mine alone", "")


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


def test_nothing_from_outside_becomes_html(content, tmp_path, detector, real_showers):
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
    write_report(
        tmp_path / "report.html",
        **content,
        events={f"{EVIL}</script><!--": real_showers},
        reference=EVIL,
        floor_label=EVIL + "1",
    )
    page = read(tmp_path / "report.html")
    # The two that belong to the page, and the showers' data, in which the label is no tag.
    assert len(page.inline["script"]) == len([tag for tag, _ in page.tags if tag == "script"]) == 3
    assert json.loads(page.inline["script"][0])["samples"] == [f"{EVIL}</script><!--"]
    assert page.text.count(EVIL) > 15


def test_a_comparison_without_figures_still_makes_a_page(content, tmp_path):
    nothing = Comparison(n_reference=2, n_generated=2, estimates={}, notes=("too few showers",))
    content |= {"comparisons": {"adapted": nothing}, "floor": nothing, "figures": {}, "provenance": {}}
    write_report(tmp_path / "report.html", **content)
    page = read(tmp_path / "report.html")
    assert "adapted: too few showers." in page.text


def test_an_energy_bin_that_one_comparison_lacks_is_a_dash(content, tmp_path):
    before = content["comparisons"]["before adaptation"]
    fewer = Comparison(
        n_reference=2, n_generated=2, estimates=before.estimates, energy_bins=before.energy_bins[1:]
    )
    content["comparisons"]["before adaptation"] = fewer
    write_report(tmp_path / "report.html", **content)
    page = read(tmp_path / "report.html")
    assert [row[4] for row in page.rows if row[0] == "1–10"] == ["–", "–"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(content, tmp_path):
    with pytest.raises(OutputError, match=r"report\.html cannot be written"):
        write_report(tmp_path / "missing" / "report.html", **content)
    assert list(tmp_path.iterdir()) == []


def test_a_page_without_a_detector_has_no_part_for_it(content, tmp_path):
    write_report(tmp_path / "report.html", **{**content, "detector": None})
    page = read(tmp_path / "report.html")
    assert not any(row[0] == "fingerprint" for row in page.rows)
    assert page.row("seed") == ["seed", "3"]


def test_a_page_without_comparisons_is_a_page(content, tmp_path):
    nothing = Comparison(n_reference=2, n_generated=2, estimates={})
    content |= {"comparisons": {}, "floor": nothing, "figures": {}, "provenance": {}, "events": {}}
    write_report(tmp_path / "report.html", **content)
    page = read(tmp_path / "report.html")
    assert page.rows[0] == ["Figure", "Geant4 against Geant4", "Verdict"]
    assert "display" not in {attributes.get("id") for _, attributes in page.tags}


def test_figures_of_one_tab_stand_together_in_the_order_given(content, tmp_path):
    png = png_bytes(new_figure(1, 1))
    names = ("depth", "hits", "longitudinal_profile", "voxel_spectrum")
    write_report(tmp_path / "report.html", **{**content, "figures": dict.fromkeys(names, png)})
    page = read(tmp_path / "report.html")
    placed = [a["id"] for tag, a in page.tags if tag in ("figure", "section") and "id" in a]
    assert [name for name in placed if name in {*TABS, *names}] == [
        "summary",
        "energy",
        "longitudinal",
        "depth",
        "longitudinal_profile",
        "voxels",
        "hits",
        "voxel_spectrum",
        "details",
    ]


def test_a_figure_cannot_take_the_place_of_a_tab(content, tmp_path):
    png = png_bytes(new_figure(1, 1))
    write_report(
        tmp_path / "report.html", **{**content, "figures": {"summary": png, "display": png, "a b": png}}
    )
    page = read(tmp_path / "report.html")
    assert [a["id"] for tag, a in page.tags if tag == "figure"] == ["figure-summary", "figure-display", "a-b"]
