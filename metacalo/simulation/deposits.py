"""Files of deposits in detector coordinates, beside the files of their showers.

======================  ========  =======  ====================================================
dataset                 shape     unit     meaning
======================  ========  =======  ====================================================
``offset``              (N+1,)    1        event ``i`` owns the deposits ``offset[i]:offset[i+1]``
``x``, ``y``, ``z``     (M,)      mm       place; the front face is z = 0, the particle enters at 0
``energy``              (M,)      MeV      energy in active material
======================  ========  =======  ====================================================
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from metacalo.errors import OutputError, ShowerFileError
from metacalo.showers.attributes import freeze_attributes
from metacalo.showers.sink import Sink, cannot_write
from metacalo.simulation.engine import Deposits, Simulated

SCHEMA = "metacalo-deposits"
SCHEMA_VERSION = 1

_UNITS = {"offset": "1", "x": "mm", "y": "mm", "z": "mm", "energy": "MeV"}
_CHUNK = 1 << 15


class DepositWriter:
    """Write deposits to a file as they come; the file appears whole or not at all.

    Args:
        path: the file to write or replace; its folder must exist.
        attributes: what is known of the showers.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: Path, attributes: Mapping[str, object]) -> None:
        self._path = path.absolute()
        self._partial = self._path.with_name(f".{self._path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
        self._attributes = freeze_attributes(attributes)

    def __enter__(self) -> Self:
        try:
            self._sink = Sink(self._partial)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self._file: Any = h5py.File(self._sink, "w")
        self._file.attrs.update({**self._attributes, "schema": SCHEMA, "schema_version": SCHEMA_VERSION})
        for name, unit in _UNITS.items():
            data = self._file.create_dataset(
                name,
                shape=(1,) if name == "offset" else (0,),
                maxshape=(None,),
                dtype=np.int64 if name == "offset" else np.float32,
                chunks=(_CHUNK,),
                shuffle=True,
                compression=1,
            )
            data.attrs["unit"] = unit
        return self

    def append(self, n: int, deposits: Deposits) -> None:
        """Write the deposits of the next n events, which are numbered from 0 in them.

        Raises:
            OutputError: they cannot be written, as on a full disk.
        """
        done = int(self._file["offset"][-1])
        offsets = np.searchsorted(deposits.event, np.arange(1, n + 1)) + done
        columns = (offsets, deposits.x_mm, deposits.y_mm, deposits.z_mm, deposits.energy_mev)
        for name, values in zip(_UNITS, columns, strict=True):
            data = self._file[name]
            start = len(data)
            data.resize((start + len(values),))
            data[start:] = values
        try:
            self._sink.raise_failure()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
            if error is None:
                self._sink.commit()
                self._partial.replace(self._path)
        except OSError as failure:
            raise cannot_write(self._path, failure) from failure
        finally:
            self._sink.close()
            self._partial.unlink(missing_ok=True)


def write_deposits(path: Path, simulated: Simulated) -> None:
    """Write the deposits of simulated showers.

    Raises:
        OutputError: the file cannot be written, or there are no deposits.
    """
    if simulated.deposits is None:
        raise OutputError(f"{path}: expected showers with their deposits, got none; simulate with deposits")
    with DepositWriter(path, simulated.showers.attributes) as writer:
        writer.append(len(simulated.showers), simulated.deposits)


def open_deposits(path: Path) -> tuple[int, Deposits]:
    """Read a file of deposits: the number of events, and the deposits.

    Raises:
        ShowerFileError: it is missing, damaged or no such file.
    """
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("schema") != SCHEMA:
                raise ShowerFileError(f"{path}: expected a file of deposits, got another kind of file")
            columns: dict[str, NDArray[Any]] = {name: file[name][()] for name in _UNITS}
    except (OSError, KeyError) as error:
        raise ShowerFileError(f"{path}: it cannot be read ({error}); simulate again") from error
    counts = np.diff(columns["offset"])
    place = [columns[name].astype(np.float64) for name in ("x", "y", "z", "energy")]
    return len(counts), Deposits(np.repeat(np.arange(len(counts)), counts), *place)
