"""The report in a real browser: tabs, links, keyboard, showers in 3D, and no request to anywhere."""

from pathlib import Path

import numpy as np
import pytest

from metacalo.geometry import load_detector
from metacalo.showers import Showers, open_showers
from metacalo.validation import Comparison, Estimate
from metacalo.validation.plots.style import new_figure, png_bytes
from metacalo.validation.report import write_report

TABS = ["summary", "energy", "longitudinal", "showers", "details"]


@pytest.fixture(scope="session")
def page(tmp_path_factory, data_dir: Path) -> Path:
    """A report with something in five tabs."""
    showers = open_showers(data_dir / "lhcb_small.h5").load()
    fewer = Showers(
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        offsets=np.arange(61),
        voxels=showers.voxels[showers.offsets[:-1]],
        energies_mev=showers.energies_mev[showers.offsets[:-1]],
    )
    comparison = Comparison(
        n_reference=60, n_generated=60, estimates={"response_ratio": Estimate(1.01, 0.02)}, notes=("a < b",)
    )
    png = png_bytes(new_figure(6, 5))
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(
        path,
        title="lhcb: fast & full",
        detector=load_detector("lhcb_shashlik"),
        comparisons={"adapted": comparison, "before": comparison},
        floor=comparison,
        figures=dict.fromkeys(
            ("response_and_resolution", "longitudinal_profile", "depth", "loss_curve"), png
        ),
        provenance={"seed": 3},
        events={"Geant4": showers, "adapted": showers[::-1], "one hit": fewer},
    )
    return path


def test_the_page_loads_in_silence_and_asks_for_nothing(browser, page):
    browser.open(page)
    for tab in TABS:
        browser.find(f"#tab-{tab}").click()
        browser.settle()
    assert browser.messages() == []
    assert browser.requests() == [page.as_uri()]


def test_a_script_that_slipped_in_does_not_run(browser, page, tmp_path):
    source = page.read_text(encoding="utf-8")
    bad = tmp_path / "bad.html"
    slipped = (
        "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\"></main>"
    )
    bad.write_text(source.replace("</main>", slipped), encoding="utf-8")
    browser.open(bad)
    assert browser.run("document.title") == "lhcb: fast & full"
    assert any("Content Security Policy" in message for message in browser.messages())


def test_one_tab_is_open_at_a_time_and_the_address_says_which(browser, page):
    browser.open(page)
    assert browser.visible_panels() == ["summary"]
    browser.find("#tab-longitudinal").click()
    assert browser.visible_panels() == ["longitudinal"]
    assert browser.run("location.hash") == "#longitudinal"
    browser.driver.back()
    assert browser.visible_panels() == ["summary"]


@pytest.mark.parametrize(
    ("part", "panel"),
    [
        ("#details", "details"),
        ("#depth", "longitudinal"),
        ("#loss_curve", "details"),
        ("#nowhere", "summary"),
        ("#%", "summary"),
    ],
)
def test_a_link_opens_the_tab_or_the_figure_that_it_names(browser, page, part, panel):
    browser.open(page, part)
    assert browser.visible_panels() == [panel]
    assert browser.messages() == []


def test_a_link_to_a_figure_shows_it(browser, page):
    browser.open(page, "#depth", height=500)
    top = browser.run("document.getElementById('depth').getBoundingClientRect().top")
    assert 0 <= top < 200


def test_the_keyboard_walks_through_the_tabs(browser, page):
    from selenium.webdriver.common.keys import Keys

    browser.open(page)
    browser.find("#tab-summary").send_keys(Keys.ARROW_RIGHT)
    assert browser.visible_panels() == ["energy"]
    assert browser.run("document.activeElement.id") == "tab-energy"
    for key, panel in ((Keys.END, "details"), (Keys.ARROW_RIGHT, "summary"), (Keys.ARROW_LEFT, "details")):
        browser.driver.switch_to.active_element.send_keys(key)
        assert browser.visible_panels() == [panel]
    selected = browser.run(
        "[...document.querySelectorAll('[role=tab]')].map(t => [t.tabIndex, t.ariaSelected])"
    )
    assert selected == [[-1, "false"]] * 4 + [[0, "true"]]


def test_without_scripts_it_is_one_page_with_links(browser_without_scripts, page):
    browser_without_scripts.driver.get(page.as_uri() + "#details")
    assert browser_without_scripts.visible_panels() == TABS
    assert "switched off" in browser_without_scripts.find("noscript").text
    assert browser_without_scripts.find("#display").text == ""
    top = browser_without_scripts.run("document.getElementById('details').getBoundingClientRect().top")
    assert top < browser_without_scripts.run("innerHeight")


@pytest.fixture
def showers_tab(browser, page):
    browser.open(page, "#showers")
    return browser


def choose(browser, selector: str, value: int, event: str = "change") -> None:
    browser.driver.execute_script(
        "const e = document.querySelector(arguments[0]); e.value = arguments[1];"
        "e.dispatchEvent(new Event(arguments[2]))",
        selector,
        value,
        event,
    )
    browser.settle()


def said(browser, pane: int) -> str:
    return browser.run("document.querySelectorAll('.stage p')[arguments[0]].textContent", pane)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_views_and_the_legend_are_painted(browser, page, scheme):
    browser.open(page, "#showers", scheme=scheme)
    assert browser.painted("#display-canvas-0") > 300
    assert browser.painted("#display-canvas-1") > 300
    assert browser.painted("#display-legend") > 40
    assert browser.messages() == []


def test_the_views_follow_when_night_falls(showers_tab):
    before = showers_tab.pixels("#display-canvas-0")
    showers_tab.cdp(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}]
    )
    showers_tab.settle()
    assert showers_tab.pixels("#display-canvas-0") != before


def test_views_opened_by_a_click_are_painted_too(browser, page):
    browser.open(page)
    browser.find("#tab-showers").click()
    browser.settle()
    assert browser.painted("#display-canvas-0") > 300


def test_dragging_turns_both_views_and_reset_turns_them_back(showers_tab):
    from selenium.webdriver import ActionChains

    names = ("#display-canvas-0", "#display-canvas-1")
    before = [showers_tab.pixels(name) for name in names]
    canvas = showers_tab.find(names[0])
    ActionChains(showers_tab.driver).drag_and_drop_by_offset(canvas, 90, 40).perform()
    showers_tab.settle()
    assert all(showers_tab.pixels(n) != b for n, b in zip(names, before, strict=True))
    showers_tab.find("button[title='Reset the view']").click()
    showers_tab.settle()
    assert [showers_tab.pixels(name) for name in names] == before


def test_a_finger_turns_and_two_fingers_zoom(browser, page):
    browser.open(page, "#showers", width=390, height=844, touch=True)
    canvas = browser.find("#display-canvas-0")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    box = browser.run("arguments[0].getBoundingClientRect().toJSON()", canvas)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": px, "y": py, "id": k} for k, (px, py) in enumerate(places)]
        browser.cdp("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        browser.settle()

    before = browser.pixels("#display-canvas-0")
    touch("touchStart", (x, y))
    touch("touchMove", (x + 50, y + 20))
    touch("touchEnd")
    turned = browser.pixels("#display-canvas-0")
    assert turned != before
    touch("touchStart", (x - 20, y), (x + 20, y))
    touch("touchMove", (x - 60, y), (x + 60, y))
    touch("touchEnd")
    assert browser.pixels("#display-canvas-0") != turned


def test_the_wheel_zooms_after_a_click_and_scrolls_the_page_before(showers_tab):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    canvas = showers_tab.find("#display-canvas-0")
    origin = ScrollOrigin.from_element(canvas)
    before = showers_tab.pixels("#display-canvas-0")
    ActionChains(showers_tab.driver).scroll_from_origin(origin, 0, -120).perform()
    showers_tab.settle()
    assert showers_tab.pixels("#display-canvas-0") == before
    canvas.click()
    ActionChains(showers_tab.driver).scroll_from_origin(origin, 0, -120).perform()
    showers_tab.settle()
    assert showers_tab.pixels("#display-canvas-0") != before


@pytest.mark.parametrize("key", ["ARROW_LEFT", "ARROW_UP", "ADD", "SUBTRACT"])
def test_keys_turn_and_zoom_the_view(showers_tab, key):
    from selenium.webdriver.common.keys import Keys

    before = showers_tab.pixels("#display-canvas-1")
    canvas = showers_tab.find("#display-canvas-1")
    canvas.send_keys(getattr(Keys, key))
    showers_tab.settle()
    assert showers_tab.pixels("#display-canvas-1") != before
    canvas.send_keys("0")
    showers_tab.settle()
    assert showers_tab.pixels("#display-canvas-1") == before


def test_another_event_and_another_sample_are_drawn_and_said(showers_tab):
    before, words = showers_tab.pixels("#display-canvas-1"), said(showers_tab, 1)
    choose(showers_tab, "#display-event", 0)
    assert showers_tab.pixels("#display-canvas-1") != before
    assert said(showers_tab, 1) != words
    choose(showers_tab, "#display-sample-1", 2)
    assert "1 of 1 voxels" in said(showers_tab, 1)
    assert showers_tab.find("#display-canvas-1").get_attribute("aria-label").startswith("one hit: ")


def test_the_threshold_hides_the_faintest_voxels_first(showers_tab):
    counts = []
    for place in (0, 300, 600, 1000):
        choose(showers_tab, "#display-threshold", place, "input")
        counts.append(int(said(showers_tab, 0).split(": ")[1].split(" of ")[0]))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 100
    assert counts[-1] <= 1
    assert "MeV" in showers_tab.run("document.querySelector('output').textContent")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(browser, page, width):
    for tab in TABS:
        browser.open(page, f"#{tab}", width=width, touch=width < 500)
        assert browser.run("document.documentElement.scrollWidth") <= width
