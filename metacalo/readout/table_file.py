"""Tables of cells in CSV, Parquet and ROOT files, as columns of numbers."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import MissingExtraError, ReadoutError
from metacalo.geometry.naming import did_you_mean

Column = NDArray[Any] | list[Sequence[float]]

REQUIRED = ("id", "z", "dz")
BOX = ("x", "y", "dx", "dy")
OPTIONAL = ("layer", "region")
VERTICES = ("x_vertices", "y_vertices")


def read_table(path: Path, columns: Mapping[str, str], tree: str | None, source: str) -> dict[str, Column]:
    """Read the columns of a table of cells.

    Args:
        path: CSV (.csv), Parquet (.parquet) or ROOT (.root) file.
        columns: what the file calls the columns, by the names used here; the same names if not given.
        tree: name of the tree in a ROOT file; the only one if None.
        source: place of the path in the detector file, for messages.

    Returns:
        Name -> column: id, z and dz, and x, y, dx, dy or x_vertices and y_vertices (a sequence of numbers for
        each cell; in CSV separated by spaces), and layer and region if there are any.

    Raises:
        ReadoutError: no such file, another format, an unreadable file, or a column that is not there.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    vertices = [columns.get(name, name) for name in VERTICES]
    readers: dict[str, Callable[[], dict[str, Column]]] = {
        ".csv": lambda: _read_csv(path, vertices),
        ".parquet": lambda: _read_parquet(path, vertices),
        ".root": lambda: _read_root(path, tree, source),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ReadoutError(
            f"{source}: expected a file that ends in {', '.join(readers)}, got {path.name!r}; convert it"
        )
    if not path.is_file():
        raise ReadoutError(f"{source}: expected a file of cells, there is none at {path}; mend the path")
    known = (*REQUIRED, *BOX, *OPTIONAL, *VERTICES)
    for name in columns:
        if name not in known:
            hint = did_you_mean(name, known, limit=1) or "remove it"
            raise ReadoutError(
                f"{source.removesuffix('.file')}.columns: expected names among {', '.join(known)}, got "
                f"{name!r}; {hint}"
            )
    try:
        found = reader()
    except (OSError, ValueError, KeyError, UnicodeDecodeError) as error:
        if isinstance(error, ReadoutError):
            raise
        raise ReadoutError(f"{source}: expected a readable {path.suffix} file, {path}: {error}") from error
    shapes = VERTICES if columns.get(VERTICES[0], VERTICES[0]) in found else BOX
    wanted = (*REQUIRED, *shapes)
    for name in wanted:
        called = columns.get(name, name)
        if called not in found:
            hint = did_you_mean(called, found, limit=1) or "name it under columns, as {x: pos_x}"
            raise ReadoutError(
                f"{source}: expected the columns {', '.join(wanted)}, {path.name} has no {called!r} "
                f"(it has {', '.join(found)}); {hint}"
            )
    return {
        name: found[columns.get(name, name)]
        for name in (*wanted, *OPTIONAL)
        if columns.get(name, name) in found
    }


def _read_csv(path: Path, vertices: Sequence[str]) -> dict[str, Column]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, skipinitialspace=True) if row]
    if not rows:
        return {}
    heads, body = [head.strip() for head in rows[0]], rows[1:]
    for number, row in enumerate(body, start=2):
        if len(row) != len(heads):
            raise ValueError(f"row {number} has {len(row)} values, the first row names {len(heads)} columns")
    return {head: _parsed([row[place] for row in body], head in vertices) for place, head in enumerate(heads)}


def _parsed(texts: list[str], vertices: bool) -> Column:
    if vertices:
        return [[float(part) for part in text.split()] for text in texts]
    try:
        return np.array([int(text) for text in texts])
    except (ValueError, OverflowError):
        pass
    try:
        return np.array([float(text) for text in texts], dtype=np.float64)
    except ValueError:
        return np.array(texts, dtype=np.str_)


def _read_parquet(path: Path, vertices: Sequence[str]) -> dict[str, Column]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(
            "expected pyarrow, which reads Parquet files, it is not installed; "
            "pip install 'metacalo[readout]', or give the cells as CSV"
        ) from error
    table = parquet.read_table(path)
    return {
        name: column.to_pylist() if name in vertices else column.to_numpy()
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _read_root(path: Path, tree: str | None, source: str) -> dict[str, Column]:
    import uproot

    with uproot.open(path) as file:
        trees = sorted(
            {
                name.split(";")[0]
                for name, kind in file.classnames().items()
                if kind in ("TTree", "ROOT::RNTuple")
            }
        )
        name = tree if tree is not None else (trees[0] if len(trees) == 1 else None)
        if name not in trees:
            raise ReadoutError(
                f"{source.removesuffix('.file')}.tree: expected one of the trees of {path.name} "
                f"({', '.join(trees) or 'none'}), got {'nothing' if name is None else repr(name)}; name one"
            )
        arrays = file[name].arrays()
    return {
        field: arrays[field].to_list() if arrays[field].ndim > 1 else arrays[field].to_numpy()
        for field in arrays.fields
    }
