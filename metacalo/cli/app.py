"""The frame around the commands: what they are, and how errors and warnings reach the user.

A new group of commands is a module beside this one with a Typer called ``app``, and one line below; a
single command is a function, and one line below. Modules of commands import only typer, rich and
`metacalo.errors` at the top: everything heavy is imported inside the functions, so that ``--help`` answers
at once.
"""

import warnings
from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

from metacalo.cli import benchmark, geometry
from metacalo.cli.adapt import adapt
from metacalo.cli.convert import convert
from metacalo.cli.export import export
from metacalo.cli.generate import generate
from metacalo.cli.pretrain import pretrain
from metacalo.cli.project import project
from metacalo.cli.show import show
from metacalo.cli.simulate import simulate
from metacalo.cli.validate import validate
from metacalo.errors import MetacaloError, MetacaloWarning

USER_ERROR = 2
"""Exit code of a mistake that the user can mend; also that of a wrong option."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="metacalo",
    help="A fast, accurate shower simulation for a new calorimeter, in minutes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# Commands, in the order in which --help lists them.
app.add_typer(geometry.app, name="geometry")
app.command()(simulate)
app.command()(adapt)
app.command()(convert)
app.command()(generate)
app.command()(export)
app.command()(project)
app.command()(show)
app.command()(pretrain)
app.command()(validate)
app.add_typer(benchmark.app, name="benchmark")


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: what follows ``metacalo`` on the command line.

    Returns:
        The exit code: 0, 2 for a mistake of the user (one message on stderr), 130 if interrupted.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", MetacaloWarning)
        _print_warnings()
        try:
            app(args=list(arguments), prog_name="metacalo")
        except MetacaloError as error:
            typer.echo(f"error: {error}", err=True)
            return USER_ERROR
        except KeyboardInterrupt:
            return INTERRUPTED
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _print_warnings() -> None:
    show = warnings.showwarning

    def show_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, MetacaloWarning):
            typer.echo(f"warning: {message}", err=True)
        else:
            show(message, category, filename, lineno, file, line)

    # catch_warnings puts the former function back.
    warnings.showwarning = show_warning


def _print_version(wanted: bool) -> None:
    if wanted:
        from metacalo import __version__

        typer.echo(f"metacalo {__version__}")
        raise typer.Exit


@app.callback()
def _metacalo(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    """A fast, accurate shower simulation for a new calorimeter, in minutes."""
