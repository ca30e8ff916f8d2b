"""A Geant4 process from outside: started for one calorimeter, asked for showers, explained if it dies."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SimulationError, UnknownMaterialError
from metacalo.simulation.geant4.data_sets import FOLDER_VARIABLE, DataSets
from metacalo.simulation.geant4.messages import last_words
from metacalo.simulation.geant4.protocol import Batch, Ready, Refusal, Shot, Start
from metacalo.simulation.geant4.setup import Setup

MODULE = "geant4_pybind"
"""What the wheel is imported as."""

_WORKER = "metacalo.simulation.geant4.worker"

_KEPT_BYTES = 200_000  # of what it printed last
_PATIENCE_S = 20.0  # from its last answer to its end


class KilledError(SimulationError):
    """The process of Geant4 was ended from outside, which says nothing of the showers."""


class Session:
    """A running Geant4.

    Args:
        setup: what it simulates.
        data_sets: what it reads.

    Attributes:
        setup: as given.
        version: of Geant4, such as ``11.4.1``.

    Raises:
        UnknownMaterialError: a material that this Geant4 does not have.
        SimulationError: Geant4 could not be set up; the message has Geant4's own.
    """

    def __init__(self, setup: Setup, data_sets: DataSets) -> None:
        self.setup = setup
        self._stand_in = data_sets.stand_in
        code = f"import sys; sys.path[:] = {sys.path!r}; from {_WORKER} import serve; serve()"
        try:
            self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the session
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._printed,
                env=data_sets.environment(os.environ),
            )
        except OSError as error:
            raise SimulationError(
                f"no process for Geant4 can be started: {error}; it needs some memory, and a folder for "
                "temporary files (TMPDIR)"
            ) from error
        self._end = weakref.finalize(self, _end, self._process, self._printed)
        tables = data_sets.folders["G4LEDATA"] if data_sets.stand_in else None
        self._send(Start(setup, tables))
        answer = self._receive()
        if isinstance(answer, Refusal):
            self.close()
            raise UnknownMaterialError(answer.reason)
        assert isinstance(answer, Ready)  # noqa: S101 - the worker's first answer is one of two
        self.version = _readable(answer.version)

    def deposits(self, species: str, shots: Sequence[Shot]) -> Iterator[NDArray[np.float64]]:
        """Yield the deposits of each particle: x, y, z [mm], energy [MeV], shape (m, 4).

        Args:
            species: ``e-``, ``e+`` or ``gamma``.
            shots: the particles; all must be asked for before the next call.

        Raises:
            KilledError: the process was ended from outside.
            SimulationError: Geant4 stopped on the way; the message has its own.
        """
        self._send(Batch(species, tuple(shots)))
        for _ in shots:
            yield self._receive()

    def close(self) -> None:
        """End the process."""
        self._end()

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        try:
            pickle.dump(message, self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
        except OSError:
            raise self._explained() from None

    def _receive(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        try:
            return pickle.load(self._process.stdout)  # noqa: S301 - from the process that was started here
        except (EOFError, pickle.UnpicklingError):
            raise self._explained() from None

    def _explained(self) -> SimulationError:
        """Say why the process is no more."""
        try:
            code = self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:  # it answers no more, but is still there
            self._process.kill()
            code = self._process.wait()
        self._printed.seek(0, os.SEEK_END)
        self._printed.seek(max(0, self._printed.tell() - _KEPT_BYTES))
        printed = self._printed.read().decode(errors="replace")
        self.close()
        if code in (-signal.SIGTERM, -getattr(signal, "SIGKILL", 9)):
            return KilledError(
                f"the process of Geant4 was killed by signal {-code}, by somebody or for want of memory; "
                "run the command again, with fewer --workers if memory is short"
            )
        if "ImportError" in printed:
            return _cannot_be_imported(printed)
        # A fatal exception ends with an abort as well, but it says why.
        by = f" by signal {signal.Signals(-code).name}" if code < 0 and code != -signal.SIGABRT else ""
        hint = ""
        if self._stand_in and not by:
            hint = "; its data sets are a stand-in, which serves option0 to option2 only"
        return SimulationError(f"Geant4 stopped{by}: {last_words(printed)}{hint}")


@lru_cache(maxsize=1)
def geant4_version() -> str:
    """Return the version of Geant4 in the wheel, such as ``11.4.1``, from a process of its own.

    Raises:
        SimulationError: the wheel cannot be imported.
    """
    code = f"import {MODULE}; print({MODULE}.G4VERSION_NUMBER)"
    asked = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code],
        env={**os.environ, FOLDER_VARIABLE: tempfile.gettempdir()},  # else it asks for data
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise _cannot_be_imported(asked.stderr)
    return _readable(int(asked.stdout.split()[-1]))


def _readable(version: int) -> str:
    return f"{version // 100}.{version // 10 % 10}.{version % 10}"


def _cannot_be_imported(printed: str) -> SimulationError:
    return SimulationError(
        f"{MODULE} cannot be imported: {last_words(printed)}; "
        "install it anew with `pip install --force-reinstall geant4-pybind`"
    )


def _end(process: subprocess.Popen[bytes], printed: IO[bytes]) -> None:
    process.kill()  # before its input is closed, which would wait until it has read what is left
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):  # it ended before it had read all
                stream.close()
    printed.close()
