"""A real browser without a screen, for the pages that metacalo writes."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")

OPTIONS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
"""Without a screen, and without the connections that Chromium makes on its own."""


class Browser:
    """What the tests do with a page, and what the page did."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(
        self,
        path: Path,
        part: str = "",
        *,
        width: int = 1280,
        height: int = 900,
        scheme: str = "light",
        touch: bool = False,
    ) -> None:
        """Load a page from nothing, as a window of a size and by day ("light") or night ("dark")."""
        self.driver.get("about:blank")
        self.messages()
        self.requests()
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch}
        self.cdp("Emulation.setDeviceMetricsOverride", **metrics)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=touch)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.cdp("Emulation.setEmulatedMedia", features=features)
        self.driver.get(path.as_uri() + part)
        self.settle()

    def cdp(self, command: str, **arguments: Any) -> None:
        """Send a command of the browser's developer protocol."""
        self.driver.execute_cdp_cmd(command, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        """Return the value of an expression in the page."""
        return self.driver.execute_script(f"return ({script})", *arguments)

    def settle(self) -> None:
        """Wait until what was asked for is drawn: two frames."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        )

    def find(self, selector: str) -> Any:
        """The one element of a CSS selector."""
        return self.driver.find_element("css selector", selector)

    def visible_panels(self) -> list[str]:
        """Names of the parts of a report that can be seen."""
        return self.run("[...document.querySelectorAll('.panel')].filter(p => p.offsetHeight).map(p => p.id)")

    def pixels(self, canvas: str) -> str:
        """What a canvas shows, as a data URL."""
        return self.run("document.querySelector(arguments[0]).toDataURL()", canvas)

    def painted(self, canvas: str) -> int:
        """How many different colours a canvas shows."""
        return self.run(
            """(() => {
                const canvas = document.querySelector(arguments[0]);
                const {width, height} = canvas;
                const dots = canvas.getContext("2d").getImageData(0, 0, width, height).data;
                return new Set(new Uint32Array(dots.buffer)).size;
            })()""",
            canvas,
        )

    def messages(self) -> list[str]:
        """Complaints in the console since the last call: errors and warnings, refused requests too."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """What was asked of a disk or a network since the last call, without what is in the page itself."""
        logged = (json.loads(e["message"])["message"] for e in self.driver.get_log("performance"))
        urls = (e["params"]["request"]["url"] for e in logged if e["method"] == "Network.requestWillBeSent")
        return [url for url in urls if not url.startswith(("data:", "about:"))]

    def screenshot(self, path: Path) -> None:
        """Write what can be seen as a PNG."""
        self.driver.save_screenshot(str(path))


def start(folder: Path, *, scripts: bool = True) -> Browser:
    """Start a Chromium with a fresh profile."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for option in (*OPTIONS, f"--user-data-dir={folder}"):
        options.add_argument(option)
    if os.geteuid() == 0:
        # Its sandbox refuses to work for the administrator, as whom CI runs.
        options.add_argument("--no-sandbox")
    if not scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=ChromeService(CHROMEDRIVER))
    driver.set_page_load_timeout(30)
    driver.set_script_timeout(10)
    return Browser(driver)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser; the tests that need one are skipped where there is none."""
    yield from _started(tmp_path_factory.mktemp("profile"), scripts=True)


@pytest.fixture
def browser_without_scripts(tmp_path: Path) -> Iterator[Browser]:
    """A browser whose JavaScript is switched off."""
    yield from _started(tmp_path / "profile", scripts=False)


def _started(folder: Path, *, scripts: bool) -> Iterator[Browser]:
    pytest.importorskip("selenium", reason="selenium is not installed; pip install 'metacalo[browser]'")
    if CHROMIUM is None or CHROMEDRIVER is None:
        pytest.skip("no chromium and chromedriver; on Debian: apt-get install chromium chromium-driver")
    started = start(folder, scripts=scripts)
    try:
        yield started
    finally:
        started.driver.quit()
