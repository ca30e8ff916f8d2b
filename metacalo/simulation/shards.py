"""Finished shards of a job on the disk, from which an interrupted simulation goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from metacalo.atomic import write_atomically, write_json
from metacalo.errors import MetacaloError, OutputError, SettingsError
from metacalo.showers import Showers, ShowerWriter, open_showers, write_showers
from metacalo.showers.sink import cannot_write
from metacalo.simulation.deposits import DepositWriter, open_deposits, write_deposits
from metacalo.simulation.engine import Simulated
from metacalo.simulation.job import Job

OUTSIDE = "energy_outside_grid_mev"
"""Attribute with the visible energy outside the grid, all showers together [MeV]."""

_JOB = "job.json"


class Shards:
    """The folder beside the file to be, ``FILE.h5.parts``, that keeps what is done.

    Args:
        job: what is simulated.
        out: the file to be.
    """

    def __init__(self, job: Job, out: Path) -> None:
        self.job = job
        self.out = out.absolute()
        self.folder = parts_folder(out)
        self._identity = job.identity()
        told = json.dumps(self._identity, sort_keys=True)
        self._mark = hashlib.sha256(told.encode()).hexdigest()[:8]

    def prepare(self, *, restart: bool = False) -> None:
        """Make the folder, or check that it belongs to the same job.

        Args:
            restart: throw away what is there.

        Raises:
            SettingsError: it holds shards of another job.
            OutputError: it cannot be made, or what is there cannot be thrown away.
        """
        if not self.out.parent.is_dir():
            raise OutputError(f"{self.out}: there is no folder {self.out.parent}; make it first")
        if self.out.is_dir():
            raise OutputError(f"{self.out}: it is a folder, expected the name of a file to write; add one")
        mine = self._identity
        try:
            if restart and self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(self.out, error) from error
        notes = self.folder / _JOB
        if not notes.exists():
            write_atomically(notes, partial(write_json, content=mine))
            return
        theirs = _read(notes)
        different = sorted(key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key))
        if different:
            first = different[0]
            raise SettingsError(
                f"{self.folder} holds a part of other showers: {', '.join(different)} differ ({first} is "
                f"{theirs.get(first)!r} there, {mine.get(first)!r} here). Give the same options to go on "
                "with it, or another --out; or throw it away: remove that folder, or `simulate --restart`"
            )

    def path(self, shard: int) -> Path:
        """Return the file of a shard, whose name tells the job: no shard of another one is taken for it."""
        return self.folder / f"{shard:06d}-{self._mark}.h5"

    def missing(self) -> list[int]:
        """Return the shards that are not made yet."""
        return [shard for shard in range(self.job.n_shards) if not self.path(shard).exists()]

    def make(self, shard: int) -> None:
        """Simulate a shard and keep it.

        Raises:
            OutputError: it cannot be written.
        """
        simulated = self.job.simulate(shard)
        if self.job.deposits:
            write_deposits(self._deposits_of(shard), simulated)
        write_showers(self.path(shard), _with_outside(simulated))

    def merge(self) -> None:
        """Write all shards into the one file, and remove them.

        Raises:
            OutputError: the file cannot be written; the shards stay.
        """
        parts = range(self.job.n_shards)
        outside = sum(_outside_of(self._open(shard)) for shard in parts)
        attributes = {**self.job.attributes(), OUTSIDE: outside}
        if self.job.deposits:
            with DepositWriter(deposits_path(self.out), attributes) as deposits:
                for shard in parts:
                    deposits.append(*open_deposits(self._deposits_of(shard)))
        with ShowerWriter(self.out, self.job.detector.grid, attributes) as writer:
            for shard in parts:
                writer.append(self._open(shard))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _deposits_of(self, shard: int) -> Path:
        return deposits_path(self.path(shard))

    def _open(self, shard: int) -> Showers:
        return open_showers(self.path(shard), detector=self.job.detector, check_values=False)


def earlier_seed(out: Path) -> int | None:
    """Return the seed of what an interrupted run left beside a file, or of the finished file.

    Returns:
        The seed, None if there is nothing.

    Raises:
        OutputError: there is something beside it that cannot be read.
    """
    notes = parts_folder(out) / _JOB
    seed: object = None
    if notes.exists():
        seed = _read(notes).get("seed")
    elif out.is_file():
        with suppress(MetacaloError):  # who writes there will say what it is
            seed = open_showers(out, check_values=False).attributes.get("seed")
    return seed if isinstance(seed, int) else None


def parts_folder(out: Path) -> Path:
    """Return the folder that keeps finished shards beside a file to be."""
    return out.absolute().with_name(f"{out.name}.parts")


def deposits_path(showers_path: Path) -> Path:
    """Return the file that holds the deposits of a file of showers, ``NAME.deposits.h5``."""
    return showers_path.with_name(f"{showers_path.stem}.deposits.h5")


def _with_outside(simulated: Simulated) -> Showers:
    return simulated.showers.with_attributes(**{OUTSIDE: float(simulated.outside_grid_mev.sum())})


def _outside_of(showers: Showers) -> float:
    value = showers.attributes[OUTSIDE]
    return value if isinstance(value, float) else 0.0


def _read(notes: Path) -> dict[str, Any]:
    try:
        content = json.loads(notes.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OutputError(
            f"{notes} cannot be read ({error}); remove its folder, or `simulate --restart`, to begin again"
        ) from error
    if not isinstance(content, dict):
        raise OutputError(f"{notes} is damaged; remove its folder, or `simulate --restart`, to begin again")
    return content
