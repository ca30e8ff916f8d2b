"""Any cells, listed in a file: boxes, or prisms over polygons."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import ReadoutError
from metacalo.geometry import Detector
from metacalo.readout.buckets import Buckets, sort_into_buckets
from metacalo.readout.cell_ids import IdFields
from metacalo.readout.cells import Cells
from metacalo.readout.checks import SAME_DEPTH_MM, active_slabs, checked_count
from metacalo.readout.edges import SAME_MM
from metacalo.readout.readout import Floats, Indices, Readout
from metacalo.readout.settings import TableSettings
from metacalo.readout.shapes import Shapes, boxes, prisms
from metacalo.readout.table_file import Column, read_table


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TableReadout(Readout):
    """Cells from a file; final.

    Attributes:
        shapes: shape of each cell.
        buckets: cells near each place.
        layered: whether cells follow each other in depth.
    """

    kind: ClassVar[str] = "table"

    shapes: Shapes
    buckets: Buckets
    layered: bool

    @property
    def has_depth(self) -> bool:
        """Whether cells have different begins in z."""
        return self.layered

    def contains(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points are within the box around all cells; any shape."""
        inside = np.bool_(True)
        for values, low, high in zip(
            (x_mm, y_mm, z_mm), self.shapes.low_mm, self.shapes.high_mm, strict=True
        ):
            inside = inside & (np.asarray(values) >= low.min()) & (np.asarray(values) < high.max())
        return np.asarray(inside)

    def _locate_block(self, x_mm: Floats, y_mm: Floats, z_mm: Floats, cell: Indices) -> None:
        cell[...] = -1
        bucket = self.buckets.bucket_of(x_mm, y_mm, z_mm)
        place, end = self.buckets.begins[bucket], self.buckets.begins[bucket + 1]
        left = np.flatnonzero(place < end)
        while len(left):
            asked = self.buckets.members[place[left]]
            inside = self.shapes.hold(asked, x_mm[left], y_mm[left], z_mm[left])
            cell[left[inside]] = asked[inside]
            left = left[~inside]
            place[left] += 1
            left = left[place[left] < end[left]]


def table_readout(settings: TableSettings, detector: Detector, folder: Path) -> TableReadout:
    """Build the cells that a file lists.

    Args:
        settings: what the detector file says.
        detector: the detector that is read out.
        folder: where a relative path begins.

    Returns:
        The readout; cells in the order of the file.

    Raises:
        ReadoutError: an unreadable file, cells of zero size, that overlap, are not within the stack's depth
            or have no number, identifiers that are no whole numbers or given twice.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    name = detector.name
    path = folder / Path(settings.file).expanduser()
    source = f"{name}: readout.file"
    table = read_table(path, settings.columns, settings.tree, source)
    where = f"{source}: {path.name}"
    count = checked_count(len(table["id"]), name)
    if not count:
        raise ReadoutError(f"{where}: expected at least one cell, got none; is this the right file?")
    ids = _identifiers(table["id"], where)
    shapes = _shapes(table, where)
    _check_depth(shapes, settings, detector, where)
    buckets = sort_into_buckets(shapes.low_mm, shapes.high_mm)
    _check_apart(shapes, buckets, ids, where)
    begins = np.unique(shapes.low_mm[2])
    layer_of = table.get("layer", np.searchsorted(begins, shapes.low_mm[2]))
    layer, layer_names = _labelled(layer_of, "layer", where)
    region, region_names = _labelled(table.get("region", np.zeros(count, dtype=np.int64)), "region", where)
    x, y, z = shapes.centres_mm
    sizes = shapes.high_mm - shapes.low_mm
    first = np.flatnonzero(shapes.low_mm[2] == begins[0])
    middle = first[np.argmin((x[first] - x[first].mean()) ** 2 + (y[first] - y[first].mean()) ** 2)]
    return TableReadout(
        name=name,
        cells=Cells(
            id=ids,
            layer=layer,
            region=region,
            x_mm=x,
            y_mm=y,
            z_mm=z,
            dx_mm=sizes[0],
            dy_mm=sizes[1],
            dz_mm=sizes[2],
            layer_names=layer_names,
            region_names=region_names,
        ),
        ids=IdFields({"id": 64}),
        front_mm=settings.front_z_mm,
        depth_mm=detector.depth_mm,
        default_position=settings.default_position_mm or (float(x[middle]), float(y[middle])),
        collection=settings.collection,
        active_depths_mm=_active(shapes, settings, detector, where),
        shapes=shapes,
        buckets=buckets,
        layered=len(begins) > 1,
    )


def _numbers(table: dict[str, Column], name: str, where: str, *, size: bool = False) -> Floats:
    try:
        values = np.asarray(table[name], dtype=np.float64)
    except (TypeError, ValueError):
        raise ReadoutError(
            f"{where}: expected numbers in the column {name}, got texts; mend the file"
        ) from None
    bad = np.flatnonzero(~np.isfinite(values) | (size & ~(values > 0.0)))
    if len(bad):
        expected = "sizes above 0 mm" if size else "finite coordinates in mm"
        raise ReadoutError(
            f"{where}: expected {expected} in the column {name}, got {values[bad[0]]:g} for cell {bad[0]} "
            f"(counted from 0), {len(bad)} such in all; mend or remove them"
        )
    return values


def _identifiers(column: Column, where: str) -> NDArray[np.uint64]:
    given = np.asarray(column)
    if given.dtype.kind not in "iu":
        raise ReadoutError(
            f"{where}: expected whole numbers in the column id, got {given.dtype}; identifiers of 64 bits "
            "lose digits as floating-point numbers"
        )
    ids = given.astype(np.uint64)
    distinct, counts = np.unique(ids, return_counts=True)
    if len(distinct) != len(ids):
        raise ReadoutError(
            f"{where}: expected identifiers that differ, got {distinct[counts > 1][0]} {counts.max()} times: "
            "they collide; give each cell its own"
        )
    return ids


def _shapes(table: dict[str, Column], where: str) -> Shapes:
    z, dz = _numbers(table, "z", where), _numbers(table, "dz", where, size=True)
    if "x_vertices" not in table:
        centres = np.stack([_numbers(table, "x", where), _numbers(table, "y", where), z])
        sizes = np.stack([*(_numbers(table, k, where, size=True) for k in ("dx", "dy")), dz])
        return boxes(centres, sizes)
    try:
        return prisms(list(table["x_vertices"]), list(table["y_vertices"]), z, dz)
    except ValueError as error:
        number, wrong = error.args
        raise ReadoutError(
            f"{where}: expected at least three vertices around an area, as many x as y, got {wrong} for cell "
            f"{number} (counted from 0); mend or remove it"
        ) from None


def _check_depth(shapes: Shapes, settings: TableSettings, detector: Detector, where: str) -> None:
    low, high = float(shapes.low_mm[2].min()), float(shapes.high_mm[2].max())
    front, back = settings.front_z_mm, settings.front_z_mm + detector.depth_mm
    if low < front - SAME_DEPTH_MM or high > back + SAME_DEPTH_MM:
        raise ReadoutError(
            f"{where}: expected cells within the depth of the stack, z from {front:g} to {back:g} mm, got "
            f"{low:g} to {high:g} mm; mend front_z_mm, the stack or the file"
        )


def _check_apart(shapes: Shapes, buckets: Buckets, ids: NDArray[np.uint64], where: str) -> None:
    bucket = np.repeat(np.arange(len(buckets.begins) - 1), np.diff(buckets.begins))
    x, y, z = shapes.centres_mm
    for ahead in range(1, buckets.most):
        together = bucket[ahead:] == bucket[:-ahead]
        one, other = buckets.members[:-ahead][together], buckets.members[ahead:][together]
        depth = np.minimum(shapes.high_mm[:, one], shapes.high_mm[:, other])
        depth -= np.maximum(shapes.low_mm[:, one], shapes.low_mm[:, other])
        near = np.flatnonzero(depth.min(axis=0) > SAME_MM)
        if len(near) and not shapes.fill_their_bounds:
            a, b = one[near], other[near]
            near = near[shapes.hold(a, x[b], y[b], z[b]) | shapes.hold(b, x[a], y[a], z[a])]
        if len(near):
            a, b = one[near[0]], other[near[0]]
            raise ReadoutError(
                f"{where}: expected cells apart from each other, got {ids[a]} and {ids[b]} (cells {a} and "
                f"{b}, counted from 0), which overlap; mend their positions or sizes"
            )


def _labelled(column: Column, name: str, where: str) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    labels, number = np.unique(np.asarray(column), return_inverse=True)
    if len(labels) > np.iinfo(np.int16).max:
        raise ReadoutError(
            f"{where}: expected at most {np.iinfo(np.int16).max} different values in the column {name}, got "
            f"{len(labels)}; is it another column?"
        )
    return number.astype(np.int16), tuple(str(label) for label in labels)


def _active(shapes: Shapes, settings: TableSettings, detector: Detector, where: str) -> Floats:
    slabs = active_slabs(detector)
    low, high = shapes.low_mm[2] - settings.front_z_mm, shapes.high_mm[2] - settings.front_z_mm
    spans = np.unique(np.stack([low, high], axis=1), axis=0)
    middle = slabs.mean(axis=1)[:, None]
    read = np.any((spans[:, 0] <= middle) & (middle < spans[:, 1]), axis=1)
    if not read.any():
        raise ReadoutError(
            f"{where}: expected cells at active slabs of the stack, got none there; compare their z with "
            "front_z_mm and the slabs (`metacalo geometry show`)"
        )
    return slabs[read]
