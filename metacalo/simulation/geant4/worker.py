"""The process that runs Geant4: it is told what to simulate through its input, and answers on its output.

The messages are those of `metacalo.simulation.geant4.protocol`: a `Start`, then any number of `Batch`. What
Geant4 prints goes to the error output, which whoever started the process keeps.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import BinaryIO

from metacalo.simulation.geant4.protocol import Batch, Ready, Refusal, Start


def serve() -> None:
    """Answer until the input ends, and leave at once: Geant4 does not come down well from Python."""
    requests, answers = _private_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started the process decides when it ends

    def answer(message: object) -> None:
        try:
            pickle.dump(message, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except OSError:
            os._exit(1)  # nobody listens any more

    start: Start = pickle.load(requests)  # noqa: S301 - from the process that started this one
    from metacalo.simulation.geant4.application import Application, CannotBuildError

    try:
        application = Application(start.setup, start.tables)
    except CannotBuildError as error:
        answer(Refusal(str(error)))
        os._exit(0)
    answer(Ready(application.version))
    while True:
        try:
            batch: Batch = pickle.load(requests)  # noqa: S301 - as above
        except EOFError:
            os._exit(0)
        application.shoot(batch.species, batch.shots, lambda _number, deposits: answer(deposits))


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take input and output for messages, and send what is printed to the error output."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers
