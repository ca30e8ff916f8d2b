"""Progress bars of the commands, on standard error; plain lines where that is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress


class StepBar(Protocol):
    """What an adaptation reports to."""

    def step(self, step: int, loss: float) -> None:
        """Tell the steps done and the loss of the last."""

    def stage(self, name: str) -> None:
        """Tell what is done now."""


@contextmanager
def step_bar(steps: int) -> Iterator[StepBar]:
    """Show steps, loss and time left of a training, and then each further stage."""
    with _bar("{task.fields[note]}") as progress:
        yield _StepBar(progress, steps)


@contextmanager
def count_bar(total: int, unit: str) -> Iterator[Progress]:
    """Show a count with its rate and time left; advance the first task of the bar."""
    with _bar("{task.fields[note]}") as progress:
        progress.add_task(f"{total:,} {unit}", total=total, note="")
        yield progress


def with_rate(bar: Progress, unit: str) -> Callable[[int], None]:
    """Return what advances a bar of `count_bar` by what is done, and shows the rate so far."""
    start = perf_counter()

    def advance(done: int) -> None:
        task = bar.tasks[0]
        rate = (task.completed + done) / max(1e-9, perf_counter() - start)
        bar.update(task.id, advance=done, note=f"{rate:,.0f} {unit}/s")

    return advance


class _StepBar:
    def __init__(self, progress: Progress, steps: int) -> None:
        self._progress = progress
        self._steps = steps
        self._task = None if progress.disable else progress.add_task("training", total=steps, note="")

    def step(self, step: int, loss: float) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=step, note=f"loss {loss:,.0f} nat/shower")

    def stage(self, name: str) -> None:
        if self._task is None:
            print(f"{name} ...", file=sys.stderr)
        elif name != "training":
            self._progress.update(self._task, total=self._progress.tasks[0].completed or 1)
            self._task = self._progress.add_task(name, total=None, note="")


def _bar(note: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn(note),
        console=console,
        disable=not console.is_terminal,
    )
