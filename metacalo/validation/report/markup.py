"""Pieces of HTML: tables, sections, figures of merit. What comes in as text is escaped, always."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from metacalo.validation.comparison import Estimate
from metacalo.validation.verdicts import Light

NONE = "–"


def section(heading: str, body: str) -> str:
    """A part of a tab, under a heading."""
    return f"<section>\n<h3>{escape(heading)}</h3>\n{body}</section>\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "") -> str:
    """Table of cells that are HTML already, under a header that is not.

    Args:
        header: names of the columns.
        rows: cells; the first of a row is its header.
        kind: class of the table, for its looks.
    """
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in header)
    body = "".join(
        f"<tr><th scope=row>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>\n"
        for row in rows
    )
    opening = f"<table class={kind}>" if kind else "<table>"
    return (
        f"<div class=wide tabindex=0>{opening}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n"
        "</table></div>\n"
    )


def table_of_facts(facts: Mapping[str, object]) -> str:
    """Table of names and values; empty values are left out."""
    rows = "".join(
        f"<tr><th scope=row>{escape(str(name))}</th><td>{escape(_text(value))}</td></tr>\n"
        for name, value in facts.items()
        if value is not None and value != ""
    )
    return f"<div class=wide><table class=facts>\n<tbody>\n{rows}</tbody>\n</table></div>\n"


def folded(summary: str, body: str) -> str:
    """A part that is folded away until it is asked for."""
    return f"<details><summary>{escape(summary)}</summary>\n{body}</details>\n"


def shown(estimate: Estimate | None) -> str:
    """A figure with its error, on one line."""
    return NONE if estimate is None else escape(str(estimate)).replace(" ± ", "&nbsp;±&nbsp;")


def percent(estimate: Estimate) -> str:
    """A share with its error, in per cent."""
    return shown(Estimate(100 * estimate.value, None if estimate.error is None else 100 * estimate.error))


def dot(light: Light) -> str:
    """A traffic light; what it means is always said in words too."""
    return f'<span class="dot {light.name.lower()}" aria-hidden=true></span>'


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value)
