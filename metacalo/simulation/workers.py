"""Several processes that share the shards of a job, of which any may die."""

from __future__ import annotations

import json
import os
import pickle
import selectors
import signal
import subprocess
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, cast

import metacalo.errors
from metacalo.errors import MetacaloError, SimulationError
from metacalo.simulation.shards import Shards

TRIES = 2
"""How often a shard is begun: once more if the worker that made it died."""

_WORKER = "metacalo.simulation.worker"
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LAST_LINES = 12


class _WorkerDiedError(Exception):
    """A worker that ended without an answer."""


class _Worker:
    """One process, and the shard that it is at."""

    def __init__(self, shards: Shards, log: Path) -> None:
        self.shard = -1
        self._log = log
        # It imports what this process does, not what happens to lie in the folder that it is started in.
        code = f"import sys; sys.path[:] = {sys.path!r}; from {_WORKER} import main; main()"
        with log.open("wb") as words:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1")},
                start_new_session=True,  # Ctrl-C is for this process, which ends the workers
            )
        self._tell(pickle.dumps(shards))

    @property
    def answers(self) -> IO[bytes]:
        """What it answers on."""
        return cast(IO[bytes], self._process.stdout)

    def begin(self, shard: int) -> None:
        """Give it a shard to make."""
        self.shard = shard
        self._tell(f"{shard}\n".encode())

    def take_answer(self) -> None:
        """Take the answer that a shard is kept.

        Raises:
            MetacaloError: what it raised.
            _WorkerDiedError: it ended instead.
        """
        line = self.answers.readline()
        if not line:
            raise _WorkerDiedError(self._ending())
        answer = json.loads(line)
        if "error" in answer:
            kind = getattr(metacalo.errors, answer["error"], MetacaloError)
            raise kind(answer["message"])

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self.answers.close()
        try:
            cast(IO[bytes], self._process.stdin).close()
        except BrokenPipeError:
            return  # it died before it had read everything

    def _tell(self, words: bytes) -> None:
        questions = cast(IO[bytes], self._process.stdin)
        try:
            questions.write(words)
            questions.flush()
        except BrokenPipeError:
            return  # it died, which the end of its answers tells

    def _ending(self) -> str:
        code = self._process.wait()
        how = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        return f"{how}; its last words:\n" + ("\n".join(f"  {line}" for line in lines) or "  (none)")


def make_in_processes(
    shards: Shards, todo: Iterable[int], n_workers: int, on_done: Callable[[int], object]
) -> None:
    """Make shards in several processes at a time.

    Args:
        shards: where they are kept.
        todo: which to make.
        n_workers: number of processes.
        on_done: is told the number of each shard that is kept.

    Raises:
        SimulationError: two workers died over one shard.
        MetacaloError: what a worker raised.
    """
    waiting, tries = deque(todo), Counter[int]()
    busy: list[_Worker] = []
    with tempfile.TemporaryDirectory() as folder, selectors.DefaultSelector() as answers:

        def start() -> None:
            worker = _Worker(shards, Path(folder) / f"{sum(tries.values())}.log")
            busy.append(worker)
            answers.register(worker.answers, selectors.EVENT_READ, worker)
            go_on(worker)

        def go_on(worker: _Worker) -> None:
            if waiting:
                tries[waiting[0]] += 1
                worker.begin(waiting.popleft())
            else:
                stop(worker)

        def stop(worker: _Worker) -> None:
            answers.unregister(worker.answers)
            busy.remove(worker)
            worker.end()

        try:
            for _ in range(min(n_workers, len(waiting))):
                start()
            while busy:
                for key, _ in answers.select():
                    worker: _Worker = key.data
                    try:
                        worker.take_answer()
                    except _WorkerDiedError as death:
                        stop(worker)
                        _check_tries(shards, worker.shard, tries, death)
                        waiting.appendleft(worker.shard)
                        start()
                    else:
                        on_done(worker.shard)
                        go_on(worker)
        finally:
            for worker in busy:
                worker.end()


def _check_tries(shards: Shards, shard: int, tries: Counter[int], death: _WorkerDiedError) -> None:
    if tries[shard] < TRIES:
        return
    raise SimulationError(
        f"expected {shards.job.showers_in(shard)} showers of {shards.job.detector.name} (shard {shard}), but "
        f"{TRIES} workers died over them, the last with {death}\nWhat is finished is kept in "
        f"{shards.folder}; use fewer --workers if memory is short, or another --engine"
    )
