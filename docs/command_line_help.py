"""Hook of the documentation's build: puts what `metacalo ... --help` prints into the pages.

A line `<!-- help: adapt -->` becomes the help of `metacalo adapt`, so that the reference is never behind the
commands.
"""

import contextlib
import io
import os
import re
from typing import Any
from unittest import mock

_PLACE = re.compile(r"^<!-- help: ?(?P<command>[a-z ]*?) ?-->$", re.MULTILINE)


def help_of(command: str) -> str:
    """Return what `metacalo COMMAND --help` prints on a terminal of 90 columns."""
    from metacalo.cli.app import run

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), mock.patch.dict(os.environ, {"COLUMNS": "90"}):
        code = run([*command.split(), "--help"])
    if code != 0:
        raise ValueError(f"`metacalo {command} --help` ended with code {code}")
    return printed.getvalue().strip()


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the places that ask for the help of a command; called by MkDocs for every page."""
    return _PLACE.sub(lambda place: f"```text\n{help_of(place['command'])}\n```", markdown)
