"""Nested rectangles of cells, laid over each other without overlap or gap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import ReadoutError
from metacalo.geometry.naming import did_you_mean
from metacalo.readout.checks import checked_count, even_edges, whole_cells
from metacalo.readout.edges import SAME_MM, merged
from metacalo.readout.settings import PlanarSettings, RectangleSettings, RegionSettings

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Region:
    """A rectangle of equal cells, some of which may belong to a region or hole inside it.

    Attributes:
        x_mm: edges of its columns [mm], shape (n_columns + 1,).
        y_mm: edges of its rows [mm], shape (n_rows + 1,).
        inner: rows and columns of the lattice that it covers.
        row_of: row of each of these rows of the lattice.
        column_of: column of each of these columns of the lattice.
        present: which cells there are, shape (n_rows, n_columns).
    """

    x_mm: Floats
    y_mm: Floats
    inner: tuple[slice, slice]
    row_of: Indices
    column_of: Indices
    present: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Tiling:
    """Regions over a lattice whose lines are the edges of all cells.

    Attributes:
        x_mm: lines of the lattice along x [mm], shape (n_x + 1,).
        y_mm: along y [mm], shape (n_y + 1,).
        owner: index of the region that covers each box of the lattice, -1 for none, shape (n_y, n_x).
        regions: in the order of the settings.
    """

    x_mm: Floats
    y_mm: Floats
    owner: NDArray[np.int16]
    regions: tuple[Region, ...]


def tile(settings: PlanarSettings, source: str) -> Tiling:
    """Lay regions over each other, from the first to the last, and cut the holes.

    Args:
        settings: what the detector file says.
        source: the detector's name, for messages.

    Returns:
        The tiling.

    Raises:
        ReadoutError: regions that overlap, cut cells of another or are no whole number of cells; a hole that
            is larger than the region around it or cuts cells; a missing cell that is none or given twice.
    """
    edges = [_edges(settings, i, region, source) for i, region in enumerate(settings.regions)]
    names = [region.name for region in settings.regions]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ReadoutError(
                f"{source}: readout.regions[{i}].name: expected names that differ, got {name!r} twice; "
                "rename one"
            )
    checked_count(sum((len(x) - 1) * (len(y) - 1) for x, y in edges), source)
    x_mm, y_mm = merged(*(x for x, _ in edges)), merged(*(y for _, y in edges))
    checked_count(len(x_mm) * len(y_mm), source)
    owner = np.full((len(y_mm) - 1, len(x_mm) - 1), -1, dtype=np.int16)
    inner = []
    for i, (x, y) in enumerate(edges):
        path = f"{source}: readout.regions[{i}]"
        inner.append((_span(y_mm, y), _span(x_mm, x)))
        around = np.unique(owner[inner[i]])
        if len(around) > 1:
            others = " and ".join(names[k] if k >= 0 else "nothing" for k in around)
            raise ReadoutError(
                f"{path}: expected a region wholly inside another one or apart from all, got {names[i]} over "
                f"{others}: they overlap; list regions from the outermost inwards, and mend centre or size"
            )
        if around[0] >= 0:
            _check_on_lines(path, names[i], names[around[0]], edges[around[0]], (x, y))
        owner[inner[i]] = i
    for i, hole in enumerate(settings.holes):
        _cut(settings, i, hole, source, (x_mm, y_mm), edges, owner)
    regions = []
    for i, ((x, y), box) in enumerate(zip(edges, inner, strict=True)):
        row_of = np.searchsorted(y, _centres(y_mm[box[0].start : box[0].stop + 1]), side="right") - 1
        column_of = np.searchsorted(x, _centres(x_mm[box[1].start : box[1].stop + 1]), side="right") - 1
        present = np.zeros((len(y) - 1, len(x) - 1), dtype=np.bool_)
        row, column = np.nonzero(owner[box] == i)
        present[row_of[row], column_of[column]] = True
        regions.append(Region(x, y, box, row_of, column_of, present))
    _take_out(settings, regions, source)
    if not any(region.present.any() for region in regions):
        raise ReadoutError(f"{source}: readout: expected at least one cell, got none; make holes smaller")
    return Tiling(x_mm, y_mm, owner, tuple(regions))


def _size(settings: PlanarSettings, rectangle: RectangleSettings, path: str) -> tuple[float, float]:
    if (rectangle.size_mm is None) == (rectangle.modules is None):
        got = "neither" if rectangle.size_mm is None else "both"
        raise ReadoutError(f"{path}: expected either size_mm or modules, got {got}; give one of them")
    if rectangle.size_mm is not None:
        return rectangle.size_mm
    assert rectangle.modules is not None  # noqa: S101 - for the type checker
    module = _module(settings, path)
    return rectangle.modules[0] * module[0], rectangle.modules[1] * module[1]


def _module(settings: PlanarSettings, path: str) -> tuple[float, float]:
    if settings.module_mm is None:
        raise ReadoutError(
            f"{path}: expected readout.module_mm with modules and cells_per_module, got nothing; "
            "give the size of a module in millimetres, or size_mm and cell_mm"
        )
    return settings.module_mm


def _edges(
    settings: PlanarSettings, index: int, region: RegionSettings, source: str
) -> tuple[Floats, Floats]:
    path = f"{source}: readout.regions[{index}]"
    if (region.cell_mm is None) == (region.cells_per_module is None):
        got = "neither" if region.cell_mm is None else "both"
        raise ReadoutError(
            f"{path}: expected either cell_mm or cells_per_module, got {got}; give one of them"
        )
    size = _size(settings, region, path)
    if region.cell_mm is not None:
        cell = region.cell_mm
    else:
        assert region.cells_per_module is not None  # noqa: S101 - for the type checker
        module = _module(settings, path)
        cell = module[0] / region.cells_per_module[0], module[1] / region.cells_per_module[1]
    x, y = (
        even_edges(centre, length, n)
        for centre, length, n in (
            (region.centre_mm[k], size[k], whole_cells(path, size[k], cell[k], "xy"[k])) for k in (0, 1)
        )
    )
    return x, y


def _centres(edges: Floats) -> Floats:
    return 0.5 * (edges[1:] + edges[:-1])


def _span(lines: Floats, edges: Floats) -> slice:
    first, last = np.abs(lines - edges[0]).argmin(), np.abs(lines - edges[-1]).argmin()
    return slice(int(first), int(last))


def _check_on_lines(
    path: str, name: str, outer: str, lines: tuple[Floats, Floats], edges: tuple[Floats, Floats]
) -> None:
    for axis, around, own in zip("xy", lines, edges, strict=True):
        for edge in (own[0], own[-1]):
            nearest = around[np.abs(around - edge).argmin()]
            if abs(nearest - edge) > SAME_MM:
                raise ReadoutError(
                    f"{path}: expected {name} to end where cells of {outer} do, got {axis} = {edge:g} mm; "
                    f"it would cut cells, the nearest border is {axis} = {nearest:g} mm"
                )


def _cut(
    settings: PlanarSettings,
    index: int,
    hole: RectangleSettings,
    source: str,
    lattice: tuple[Floats, Floats],
    edges: list[tuple[Floats, Floats]],
    owner: NDArray[np.int16],
) -> None:
    path = f"{source}: readout.holes[{index}]"
    size = _size(settings, hole, path)
    x, y = (hole.centre_mm[k] + size[k] * np.array([-0.5, 0.5]) for k in (0, 1))
    inside = all(
        line[0] - SAME_MM <= edge[0] and edge[1] <= line[-1] + SAME_MM
        for line, edge in zip(lattice, (x, y), strict=True)
    )
    if inside:
        # Boxes that the hole touches; each is wholly in it if it ends where cells do.
        (y_first, y_last), (x_first, x_last) = (
            (
                int(np.searchsorted(line, edge[0] + SAME_MM, side="right")) - 1,
                int(np.searchsorted(line, edge[1] - SAME_MM, side="left")),
            )
            for line, edge in ((lattice[1], y), (lattice[0], x))
        )
        around = np.unique(owner[y_first:y_last, x_first:x_last])
        if len(around) == 1 and around[0] >= 0:
            region = settings.regions[around[0]].name
            _check_on_lines(path, "the hole", region, edges[around[0]], (x, y))
            owner[y_first:y_last, x_first:x_last] = -1
            return
    raise ReadoutError(
        f"{path}: expected a hole inside one region, got x from {x[0]:g} to {x[1]:g} mm and y from {y[0]:g} "
        f"to {y[1]:g} mm, which is larger or lies across a border; make it smaller, or move it with centre_mm"
    )


def _take_out(settings: PlanarSettings, regions: list[Region], source: str) -> None:
    names = [region.name for region in settings.regions]
    taken: set[tuple[str, int, int]] = set()
    for i, cell in enumerate(settings.missing):
        path = f"{source}: readout.missing[{i}]"
        if cell.region not in names:
            hint = did_you_mean(cell.region, names, limit=1) or "see the names under regions"
            raise ReadoutError(
                f"{path}.region: expected one of {', '.join(names)}, got {cell.region!r}; {hint}"
            )
        present = regions[names.index(cell.region)].present
        rows, columns = present.shape
        key = (cell.region, cell.row, cell.column)
        if cell.row >= rows or cell.column >= columns or not present[cell.row, cell.column]:
            why = "is given twice" if key in taken else "is not there"
            raise ReadoutError(
                f"{path}: expected a cell of {cell.region} (rows 0 to {rows - 1}, columns 0 to "
                f"{columns - 1}, without holes), got row {cell.row}, column {cell.column}, which {why}; "
                "remove it"
            )
        present[cell.row, cell.column] = False
        taken.add(key)
