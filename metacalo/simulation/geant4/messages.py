"""What Geant4 has to say when it stops: its exceptions, as they stand in what it prints."""

from __future__ import annotations

import re
from typing import NamedTuple

_EXCEPTION = re.compile(
    r"G4Exception-START.*?\n"
    r"\*\*\* G4Exception : (?P<code>\S+)\s*\n\s*issued by : (?P<origin>[^\n]*)\n"
    r"(?P<text>.*?)\n?\*\*\* (?P<severity>[^*\n]*?)\*\*\*",
    re.DOTALL,
)

_LONGEST = 600
_LAST_LINES = 5


class Message(NamedTuple):
    """One exception of Geant4.

    Attributes:
        code: such as ``em0003``.
        origin: the method that issued it.
        text: what it says, on one line.
        severity: such as ``Fatal Exception``.
    """

    code: str
    origin: str
    text: str
    severity: str

    @property
    def is_warning(self) -> bool:
        """Whether Geant4 went on after it as if nothing had been."""
        return "warning" in self.severity.casefold()

    def __str__(self) -> str:
        return f"{self.text} ({self.code}, issued by {self.origin})"


def messages_in(printed: str) -> list[Message]:
    """Find the exceptions in what Geant4 has printed, in their order."""
    return [
        Message(
            found["code"], found["origin"].strip(), _short(found["text"]), found["severity"].strip(" -\n")
        )
        for found in _EXCEPTION.finditer(printed)
    ]


def last_words(printed: str) -> str:
    """Say why Geant4 stopped: its last exception that is no warning, or else the last lines it printed."""
    serious = [message for message in messages_in(printed) if not message.is_warning]
    if serious:
        return str(serious[-1])
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return _short(" / ".join(lines[-_LAST_LINES:])) or "it printed nothing"


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= _LONGEST else joined[:_LONGEST] + " ..."
