"""Hexagonal cells on hexagonal modules behind each active slab (HGCAL-like)."""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import ReadoutError
from metacalo.geometry import Detector
from metacalo.readout.cell_ids import IdFields
from metacalo.readout.cells import Cells
from metacalo.readout.checks import checked_count, checked_fields, packed, slabs_of_layers
from metacalo.readout.edges import EdgeSearch
from metacalo.readout.hexagons import ROW, round_to_hexagon
from metacalo.readout.readout import Floats, Indices, Readout
from metacalo.readout.sensors import Sensor, sensor
from metacalo.readout.settings import EndcapSettings
from metacalo.readout.stack import slab_search


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class EndcapReadout(Readout):
    """Layers of hexagonal modules around the beam, each divided into hexagonal cells of its sensor; final.

    A point is in one module, whose centre is the nearest, and there in one cell; cells are cut at the border
    of their module. Between active slabs there is no cell.

    Attributes:
        module_mm: distance of opposite sides of a module [mm].
        reach: modules have axial coordinates from -reach to reach.
        modules: number of each module by (u, v), flat, with a border; -1 where there is none.
        module_uv: axial coordinates of each module, shape (n_modules, 2).
        first_of_module: first cell of each module within a layer, shape (n_modules,).
        sensor_of: sensor of each module, shape (n_modules,).
        sensors: the sensors.
        z_edges: begin and end of the active slabs [mm].
        first_of_slab: first cell of the layer of each interval of `z_edges`; far below 0 in passive slabs.
    """

    kind: ClassVar[str] = "endcap"

    module_mm: float
    reach: int
    modules: Indices
    module_uv: Indices
    first_of_module: Indices
    sensor_of: Indices
    sensors: tuple[Sensor, ...]
    z_edges: EdgeSearch
    first_of_slab: Indices
    _numbers: Indices = field(init=False, repr=False)
    _width: Indices = field(init=False, repr=False)
    _start: Indices = field(init=False, repr=False)
    _per_mm: Floats = field(init=False, repr=False)
    _outer_mm: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n_cells = [sensor.numbers.size for sensor in self.sensors]
        starts = np.concatenate([[0], np.cumsum(n_cells)[:-1]])
        per_side = np.array([sensor.cells_per_side for sensor in self.sensors])[self.sensor_of]
        tables = {
            "_numbers": np.concatenate([sensor.numbers.reshape(-1) for sensor in self.sensors]),
            "_width": np.array([len(sensor.numbers) for sensor in self.sensors])[self.sensor_of],
            "_start": starts[self.sensor_of],
            "_per_mm": math.sqrt(3.0) * per_side / self.module_mm,
        }
        for name, values in tables.items():
            object.__setattr__(self, name, values)
        u, v = self.module_uv.T
        centres = self.module_mm * np.hypot(u + 0.5 * v, ROW * v)
        object.__setattr__(self, "_outer_mm", float(centres.max()) + self.module_mm / math.sqrt(3.0))

    @property
    def has_depth(self) -> bool:
        """Yes: layers."""
        return True

    def contains(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points are from the first to the last active slab, in the circle around all modules."""
        inside = (np.asarray(z_mm) >= self.z_edges.edges[0]) & (np.asarray(z_mm) < self.z_edges.edges[-1])
        return np.asarray((np.hypot(x_mm, y_mm) < self._outer_mm) & inside)

    def _locate_block(self, x_mm: Floats, y_mm: Floats, z_mm: Floats, cell: Indices) -> None:
        v = np.multiply(y_mm, 1.0 / (ROW * self.module_mm), dtype=np.float64)
        u = np.multiply(x_mm, 1.0 / self.module_mm, dtype=np.float64)
        with np.errstate(invalid="ignore"):  # of infinities
            u -= 0.5 * v
        border = float(self.reach + 1)
        for axial in (u, v):
            np.fmax(axial, -border, out=axial)  # and NaN
            np.fmin(axial, border, out=axial)
        module_u, module_v = round_to_hexagon(u, v)
        width = 2 * self.reach + 5
        place = (module_u * width + module_v + (self.reach + 2) * (width + 1)).astype(np.int64)
        module = self.modules.take(place, mode="clip")
        there = module >= 0
        # In units of the cells' distance, whose lattice is turned by 30 degrees; a corner of three cells is
        # at the centre of the module.
        per_mm = self._per_mm.take(module, mode="clip")
        with np.errstate(invalid="ignore"):
            local_x = (x_mm - self.module_mm * (module_u + 0.5 * module_v)) * per_mm
            local_y = (y_mm - (ROW * self.module_mm) * module_v) * per_mm
            i = (local_x + 1.0 / math.sqrt(3.0)) / ROW
            j = local_y - 0.5 * i
            size = self._width.take(module, mode="clip")
            half = 0.5 * (size - 1)
            i, j = round_to_hexagon(i, j)
            i += half
            j += half
        for axial in (i, j):
            np.fmax(axial, 0.0, out=axial)
            np.fmin(axial, size - 1, out=axial)
        place = i.astype(np.int64)
        place *= size
        place += j.astype(np.int64)
        place += self._start.take(module, mode="clip")
        np.take(self._numbers, place, out=cell, mode="clip")
        cell += self.first_of_module.take(module, mode="clip")
        cell += self.first_of_slab.take(self.z_edges.count(z_mm), mode="clip")
        cell[~there] = -1
        np.maximum(cell, -1, out=cell)


def endcap_readout(settings: EndcapSettings, detector: Detector) -> EndcapReadout:
    """Build the cells of an endcap.

    Args:
        settings: what the detector file says.
        detector: the detector that is read out.

    Returns:
        The readout; cells in the order of layer, module (u, v) and cell (i, j).

    Raises:
        ReadoutError: radii that leave no module or do not ascend, layers that are not the detector's,
            identifiers that do not fit.
    """
    name = detector.name
    fields = ("cell_u", "cell_v", "module_u", "module_v", "sensor", "layer")
    ids = checked_fields(settings.id_bits, fields, name)
    slabs = slabs_of_layers(detector, settings.slabs_per_layer, settings.layers)
    limits = _checked_limits(settings, name)
    width_mm, reach = settings.module_mm, math.ceil(settings.radius_mm[1] / (ROW * settings.module_mm)) + 1
    checked_count((2 * reach + 5) ** 2, name)
    u, v = (m.reshape(-1) for m in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    radius = width_mm * np.hypot(u + 0.5 * v, ROW * v)
    there = (radius >= settings.radius_mm[0]) & (radius < settings.radius_mm[1])
    u, v, radius = u[there], v[there], radius[there]
    if not len(u):
        raise ReadoutError(
            f"{name}: readout.radius_mm: expected radii with centres of modules between them, got "
            f"{list(settings.radius_mm)} with modules of {width_mm:g} mm; widen them"
        )
    sensor_of = np.searchsorted(limits, radius, side="right")
    sensors = tuple(sensor(s.name, s.cells_per_side) for s in settings.sensors)
    sizes = np.array([len(s.i) for s in sensors])[sensor_of]
    per_layer, n_layers = int(sizes.sum()), len(slabs)
    checked_count(per_layer * n_layers, name)
    first_of_module = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    modules = np.full((2 * reach + 5, 2 * reach + 5), -1, dtype=np.int64)
    modules[u + reach + 2, v + reach + 2] = np.arange(len(u))
    z_edges, first_of_slab = slab_search(settings.front_z_mm + slabs, per_layer)
    return EndcapReadout(
        name=name,
        cells=_cells(settings, slabs, (u, v, sensor_of), sensors, ids, name),
        ids=ids,
        front_mm=settings.front_z_mm,
        depth_mm=detector.depth_mm,
        default_position=settings.default_position_mm,
        collection=settings.collection,
        active_depths_mm=slabs.reshape(-1, 2),
        module_mm=width_mm,
        reach=reach,
        modules=modules.reshape(-1),
        module_uv=np.stack([u, v], axis=1),
        first_of_module=first_of_module,
        sensor_of=sensor_of,
        sensors=sensors,
        z_edges=z_edges,
        first_of_slab=first_of_slab,
    )


def _checked_limits(settings: EndcapSettings, source: str) -> list[float]:
    if not settings.radius_mm[0] < settings.radius_mm[1]:
        raise ReadoutError(
            f"{source}: readout.radius_mm: expected [smallest, largest] with smallest < largest, got "
            f"{list(settings.radius_mm)}; the hole is larger than the endcap"
        )
    limits: list[float] = []
    for i, part in enumerate(settings.sensors):
        path, limit = f"{source}: readout.sensors[{i}].up_to_radius_mm", part.up_to_radius_mm
        last = i == len(settings.sensors) - 1
        if last and limit is not None:
            raise ReadoutError(
                f"{path}: expected nothing for the outermost sensors, got {limit:g}; remove it"
            )
        if last:
            break
        if limit is None or limit <= (limits[-1] if limits else 0.0):
            got = "nothing" if limit is None else f"{limit:g}"
            raise ReadoutError(
                f"{path}: expected radii that ascend, got {got}; list sensors from the innermost outwards"
            )
        limits.append(limit)
    return limits


def _cells(
    settings: EndcapSettings,
    slabs: Floats,
    modules: tuple[Indices, Indices, Indices],
    sensors: tuple[Sensor, ...],
    ids: IdFields,
    source: str,
) -> Cells:
    u, v, sensor_of = modules
    columns: dict[str, list[NDArray[np.float64] | Indices]] = {}
    for module_u, module_v, kind in zip(u, v, sensor_of, strict=True):
        part = sensors[kind]
        distance = settings.module_mm / (math.sqrt(3.0) * part.cells_per_side)
        n = len(part.i)
        offset = len(part.numbers) // 2
        for key, values in (
            ("x_mm", settings.module_mm * (module_u + 0.5 * module_v) + distance * part.x),
            ("y_mm", settings.module_mm * ROW * module_v + distance * part.y),
            ("dx_mm", np.full(n, distance / ROW)),
            ("dy_mm", np.full(n, distance)),
            ("cell_u", part.i + offset),
            ("cell_v", part.j + offset),
            ("module_u", np.full(n, module_u - u.min())),
            ("module_v", np.full(n, module_v - v.min())),
            ("sensor", np.full(n, kind)),
        ):
            columns.setdefault(key, []).append(values)
    one: dict[str, NDArray[Any]] = {key: np.concatenate(values) for key, values in columns.items()}
    n_layers, per_layer = len(slabs), len(one["sensor"])
    layer = np.repeat(np.arange(n_layers, dtype=np.int16), per_layer)
    begin, end = settings.front_z_mm + slabs[:, 0, 0], settings.front_z_mm + slabs[:, -1, 1]
    fields = {key: one.pop(key) for key in ("cell_u", "cell_v", "module_u", "module_v", "sensor")}
    in_layer = packed(ids, source, layer=0, **fields)
    layers = packed(ids, source, layer=np.arange(n_layers), **dict.fromkeys(fields, 0))
    return Cells(
        id=(layers[:, None] | in_layer).reshape(-1),
        layer=layer,
        region=np.tile(fields["sensor"].astype(np.int16), n_layers),
        z_mm=np.repeat(0.5 * (begin + end), per_layer),
        dz_mm=np.repeat(end - begin, per_layer),
        layer_names=tuple(f"layer_{i}" for i in range(n_layers)),
        region_names=tuple(part.name for part in sensors),
        **{key: np.tile(values, n_layers) for key, values in one.items()},
    )
