import subprocess
import sys
import warnings

import pytest
import typer

from metacalo import __version__
from metacalo.cli import app as frame
from metacalo.cli.app import run
from metacalo.errors import GeometryError, MetacaloWarning, OutputError

HEAVY = ("torch", "numpy", "scipy", "pydantic", "matplotlib", "h5py", "yaml", "sklearn")


def imported_by(code: str) -> set[str]:
    """Run code in a fresh interpreter; return which heavy packages it imported."""
    probe = f"{code}\nimport sys\nprint('heavy', *(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_the_probe_sees_what_is_imported():
    assert imported_by("import numpy") == {"numpy"}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], []])
def test_version_and_help_import_nothing_heavy(arguments):
    """What is imported is what takes time: under 0.3 s is benchmarked, this is why."""
    assert imported_by(f"from metacalo.cli.app import run\nrun({arguments!r})") == set()


def test_importing_metacalo_imports_nothing_heavy():
    assert imported_by("import metacalo") == set()


def test_the_installed_command_answers():
    done = subprocess.run(
        [sys.executable, "-c", "from metacalo.cli import main; main()", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"metacalo {__version__}\n"
    assert done.stderr == ""


def test_version_is_printed_alone(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"metacalo {__version__}\n"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_the_groups_of_commands(option, capsys):
    assert run([option]) == 0
    assert "geometry" in capsys.readouterr().out


def test_an_unknown_command_is_a_mistake_of_the_user(capsys):
    assert run(["geometri"]) == 2
    assert "No such command 'geometri'" in capsys.readouterr().err


def test_an_unknown_option_is_a_mistake_of_the_user(capsys):
    assert run(["geometry", "list", "--jsn"]) == 2
    assert "No such option" in capsys.readouterr().err


@pytest.fixture
def command(monkeypatch):
    """Put one command in place of all; what it does is given by the test."""

    def put(function):
        app = typer.Typer(pretty_exceptions_enable=False)
        app.command()(function)
        monkeypatch.setattr(frame, "app", app)

    return put


@pytest.mark.parametrize("kind", [GeometryError, OutputError])
def test_a_mistake_of_the_user_is_one_message_and_code_2(command, capsys, kind):
    def fails():
        raise kind("expected this, got that; do so")

    command(fails)
    assert run([]) == 2
    captured = capsys.readouterr()
    assert captured.err == "error: expected this, got that; do so\n"
    assert captured.out == ""


def test_a_warning_is_one_line_on_stderr(command, capsys):
    def warns():
        warnings.warn("few showers", MetacaloWarning, stacklevel=1)
        typer.echo("done")

    command(warns)
    assert run([]) == 0
    captured = capsys.readouterr()
    assert captured.err == "warning: few showers\n"
    assert captured.out == "done\n"


def test_the_same_warning_is_shown_each_time(command, capsys):
    def warns():
        for _ in range(2):
            warnings.warn("again", MetacaloWarning, stacklevel=1)

    command(warns)
    run([])
    assert capsys.readouterr().err == "warning: again\n" * 2


def test_warnings_of_others_are_left_to_python(command):
    def warns():
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    command(warns)
    before = warnings.showwarning
    with pytest.warns(DeprecationWarning, match="old"):
        run([])
    assert warnings.showwarning is before


def test_ctrl_c_is_code_130_and_no_traceback(command, capsys):
    def waits():
        raise KeyboardInterrupt

    command(waits)
    assert run([]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_mistake_of_ours_is_not_hidden(command):
    def breaks():
        raise ZeroDivisionError

    command(breaks)
    with pytest.raises(ZeroDivisionError):
        run([])


def test_the_exit_code_of_a_command_is_that_of_the_process(command):
    def ends():
        raise typer.Exit(3)

    command(ends)
    assert run([]) == 3
