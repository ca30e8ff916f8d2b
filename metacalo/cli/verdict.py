"""What a user reads at the end of an adaptation or a validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metacalo.adaptation import Adaptation, FineTuning
    from metacalo.validation import Validation
    from metacalo.validation.report import VerdictTable

_STILL_IMPROVING = 0.95
"""Share of the steps after which the best look means that more of them would have been better."""

_COLOURS = {"good": "green", "compatible": "green", "fair": "yellow", "poor": "red", "not judged": "white"}


def print_adaptation(adaptation: Adaptation, *, simulated: bool = False) -> None:
    """Print the figures that are judged, the time it took, and where to look next.

    Args:
        adaptation: what came of it.
        simulated: whether its showers were simulated for it, so that more of them are easily had.
    """
    from metacalo.showers.origin import FULL, doubts_about
    from metacalo.validation.report import verdict_table

    assessed = adaptation.assessment
    judged = verdict_table(assessed.comparisons, assessed.floor, floor_label=f"{assessed.reference} itself")
    against = "full simulation" if assessed.reference == FULL else assessed.reference
    print_table(judged, f"{adaptation.model.detector.name}: fast against {against}")
    tuning = adaptation.tuning
    _print(
        f"trained {tuning.seconds:.1f} s, {tuning.history[-1].step} steps, best after {tuning.best_step} "
        f"(stopped by {tuning.stopped_by})"
    )
    for advice in (advice_on_training(tuning), advice_on_verdicts(judged, simulated=simulated)):
        if advice:
            _print(advice)
    for doubt in doubts_about(adaptation.model.info.extra["showers"]):
        _print(f"note: {doubt}")
    _print(f"report: {adaptation.folder / 'report.html'}")


def advice_on_training(tuning: FineTuning) -> str:
    """Return what to do if the training ended while it still improved; nothing if it did not."""
    steps = tuning.history[-1].step
    if tuning.stopped_by != "steps" or tuning.best_step < _STILL_IMPROVING * steps:
        return ""
    return f"the loss was still falling when the steps ended: --steps {2 * steps} may do better"


def advice_on_verdicts(judged: VerdictTable, *, simulated: bool) -> str:
    """Return what is poor after an adaptation and what may help; nothing if nothing is.

    Args:
        judged: the verdicts.
        simulated: whether more showers are easily had.
    """
    from metacalo.validation.verdicts import Light

    worst = [row.short for row in judged.rows if row.light is Light.RED]
    if not worst:
        return ""
    more = (
        "more showers may help (--n-showers 1000)"
        if simulated
        else "more showers may help (a larger file, and --n-showers); compare what `metacalo geometry show` "
        "says with what was simulated"
    )
    return f"poor: {', '.join(worst)}. Look at their plots in the report; {more}"


def print_validation(validation: Validation) -> None:
    """Print the verdict on the first sample, a line on each further one, and where to look next."""
    assessed = validation.assessment
    where = "" if validation.detector is None else f"{validation.detector.name}: "
    for number, label in enumerate(validation.judged):
        judged = validation.tables[label]
        if number == 0:
            print_table(judged, f"{where}{label} against {assessed.reference}, {assessed.sizes}")
        _print(f"{label}: of {len(judged.rows)} figures {_counted(judged)}")
    _print(f"report: {validation.folder / 'report.html'}")


def print_table(judged: VerdictTable, title: str) -> None:
    """Print figures with their verdicts: the first sample's in words, the others beside it."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column(Text(judged.labels[0]), justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for label in (*judged.labels[1:], judged.floor_label):
        words = max(map(len, label.split()))
        table.add_column(Text(label), justify="right", max_width=max(words, 12))
    for row in judged.rows:
        # Beside the judged one a value is enough; the report has their errors too.
        beside = ["-" if value is None else f"{value.value:.3g}" for value in (*row.values[1:], row.floor)]
        light = row.light.value
        verdict = Text(light, style=_COLOURS[light])
        table.add_row(Text(row.short), Text(str(row.values[0])), verdict, *map(Text, beside))
    # What is too wide for a terminal or a log goes on in its next line: no number may be cut.
    console = Console()
    console.width = max(
        console.width, console.measure(table, options=console.options.update(max_width=1000)).maximum
    )
    console.print(table)


def _counted(judged: VerdictTable) -> str:
    return ", ".join(f"{number} {light.value}" for light, number in judged.counts.items())


def _print(text: str) -> None:
    from rich.console import Console

    Console().print(text, soft_wrap=True, highlight=False, markup=False)
