"""Run what the documentation shows: every command and every piece of Python, in the order of the page.

    python docs/run_commands.py docs/pages/tutorial.md ...
    python docs/run_commands.py --in . --only python README.md

Each page runs in a new temporary folder, unless `--in` names one. Fenced blocks count by their language:
`bash` is run by bash, `python` by Python, both with the programs of the environment that this script runs in;
a block with a `title="file"` is written to that file instead. Other languages (`text` for what a command
prints) are there to be read. A block that cannot run everywhere has `<!-- not run: reason -->` above it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^[ ]*<!-- not run: (?P<reason>[^\n]+?) -->\n\s*)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w+)(?P<options>[^\n`]*)\n(?P<code>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="(?P<title>[^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        page: file that it stands in.
        line: of the page, at which its code begins, from 1.
        language: after the fence.
        title: of the file that it is, or None.
        not_run: why it is only read, or None.
        code: as it is shown.
    """

    page: Path
    line: int
    language: str
    title: str | None
    not_run: str | None
    code: str


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a Markdown page in their order."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        title = _TITLE.search(found["options"])
        yield Block(
            page=page,
            line=text.count("\n", 0, found.start("code")) + 1,
            language=found["language"],
            title=title["title"] if title else None,
            not_run=found["reason"],
            code=textwrap.dedent(found["code"]),
        )


def run_block(block: Block, folder: Path) -> None:
    """Run a block, or write the file that it shows.

    Args:
        block: of a page.
        folder: in which it runs.

    Raises:
        subprocess.CalledProcessError: it ended with another code than 0.
    """
    if block.title is not None:
        (folder / block.title).write_text(block.code, encoding="utf-8")
        return
    if block.language == "bash":
        call = ["bash", "-euo", "pipefail", "-c", block.code]
    elif block.language == "python":
        call = [sys.executable, "-c", block.code]
    else:
        return
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    subprocess.run(call, cwd=folder, check=True, env={**os.environ, "PATH": path, "MPLBACKEND": "Agg"})  # noqa: S603 - the project's own pages


def run_page(page: Path, folder: Path, languages: frozenset[str]) -> None:
    """Run the blocks of a page in some languages, one after another."""
    for block in blocks_of(page):
        if block.not_run is not None or block.language not in languages:
            continue
        place = f"{page}:{block.line}"
        print(f"--- {place} {block.title or ''}", flush=True)
        try:
            run_block(block, folder)
        except subprocess.CalledProcessError as error:
            sys.exit(f"{place}: this ended with code {error.returncode}, expected 0:\n{block.code}")


def main() -> None:
    """Run the pages that the command line names."""
    parser = argparse.ArgumentParser(description="Run what the documentation shows.")
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--in", dest="folder", type=Path, help="run there, not in a new folder for each page")
    parser.add_argument("--only", help="language of the blocks to run; all by default")
    chosen = parser.parse_args()
    languages = frozenset({chosen.only} if chosen.only else {"bash", "python", "yaml"})
    for page in chosen.pages:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="metacalo-docs-") as fresh:
            run_page(page.resolve(), (chosen.folder or Path(fresh)).resolve(), languages)
        print(f"=== {page}: all ran, {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
