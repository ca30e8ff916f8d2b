"""What a user sees while a training runs: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self, final


class Progress(Protocol):
    """Shows how far a training is."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing."""

    def update(self, step: int, loss: float, showers_per_s: float, seconds_left: float, log: bool) -> None:
        """Show the state after a step; `log` marks the steps that deserve a line."""

    def say(self, message: str) -> None:
        """Show a message that stays."""


def progress_on(stream_is_terminal: bool | None, steps: int) -> Progress:
    """Return a bar on standard error if that is a terminal (None: ask it), else lines."""
    terminal = sys.stderr.isatty() if stream_is_terminal is None else stream_is_terminal
    return BarProgress(steps) if terminal else LineProgress(steps)


def as_clock(seconds: float) -> str:
    """Return a duration as h:mm:ss."""
    whole = max(round(seconds), 0)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


@final
class LineProgress:
    """One line on standard error for each step that deserves it.

    Args:
        steps: of the whole run.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def update(self, step: int, loss: float, showers_per_s: float, seconds_left: float, log: bool) -> None:
        """Write a line if `log`."""
        if log:
            self.say(
                f"step {step}/{self._steps}  loss {loss:.4f} nat/hit  {showers_per_s:.0f} showers/s  "
                f"{as_clock(seconds_left)} left"
            )

    def say(self, message: str) -> None:
        """Write a line."""
        sys.stderr.write(message + "\n")
        sys.stderr.flush()


@final
class BarProgress:
    """A bar on standard error with loss, speed and time left.

    Args:
        steps: of the whole run.
    """

    def __init__(self, steps: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f} nat/hit"),
            TextColumn("{task.fields[speed]:.0f} showers/s"),
            TextColumn("{task.fields[left]} left"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("", total=steps, loss=float("nan"), speed=0.0, left="-:--:--")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def update(self, step: int, loss: float, showers_per_s: float, seconds_left: float, log: bool) -> None:  # noqa: ARG002 # a bar shows every step
        """Move the bar."""
        self._bar.update(
            self._task, completed=step, loss=loss, speed=showers_per_s, left=as_clock(seconds_left)
        )

    def say(self, message: str) -> None:
        """Write a line above the bar."""
        self._bar.console.print(message, markup=False, highlight=False)
