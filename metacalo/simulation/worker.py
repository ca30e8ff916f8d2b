"""A worker: a process that makes the shards of a job that it is told to.

It reads the pickled `Shards` from its standard input, then one number of a shard per line, and
answers each on its standard output with one line of JSON. What an engine prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import pickle
import sys

from metacalo.errors import MetacaloError
from metacalo.simulation.shards import Shards


def main() -> None:
    """Serve until the standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    questions = sys.stdin.buffer
    shards = pickle.load(questions)  # noqa: S301 # from the process that started this one
    if not isinstance(shards, Shards):
        raise TypeError(f"expected the shards of a job, got {type(shards)}")
    for line in questions:
        shard = int(line)
        answer: dict[str, object] = {"shard": shard}
        try:
            shards.make(shard)
        except MetacaloError as error:
            answer |= {"error": type(error).__name__, "message": str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
