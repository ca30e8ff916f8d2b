"""What the `readout:` part of a detector file may hold, one model for each kind."""

import math
from numbers import Real
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MAXIMUM_CELLS = 20_000_000
MAXIMUM_MM = 1e6
MINIMUM_MM = 1e-3


def _pair(value: object) -> object:
    """Let one number stand for two equal ones."""
    return (value, value) if isinstance(value, Real) and not isinstance(value, bool) else value


Length = Annotated[float, Field(strict=True, ge=MINIMUM_MM, le=MAXIMUM_MM, allow_inf_nan=False)]
Coordinate = Annotated[float, Field(strict=True, ge=-MAXIMUM_MM, le=MAXIMUM_MM, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Place = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Bits = Annotated[int, Field(strict=True, ge=1, le=63)]
Lengths = Annotated[tuple[Length, Length], BeforeValidator(_pair)]
Counts = Annotated[tuple[Count, Count], BeforeValidator(_pair)]
Point = tuple[Coordinate, Coordinate]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=50)]
COLLECTION_NAME = r"^[A-Za-z][A-Za-z0-9_]{0,49}$"
CollectionName = Annotated[str, Field(pattern=COLLECTION_NAME)]
Eta = Annotated[float, Field(strict=True, gt=0.0, le=10.0, allow_inf_nan=False)]
Angle = Annotated[float, Field(strict=True, ge=-360.0, le=360.0, allow_inf_nan=False)]


class Part(BaseModel):
    """Base of everything in `readout:`; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Described(Part):
    """Base of every kind of readout.

    Attributes:
        collection: what its hits are called in files with the layout of EDM4hep.
    """

    collection: CollectionName = "ECalBarrelCollection"


class RectangleSettings(Part):
    """A rectangle across the calorimeter, in mm or in modules.

    Attributes:
        centre_mm: its centre (x, y) [mm].
        size_mm: its width and height [mm].
        modules: its width and height in modules, instead of `size_mm`.
    """

    centre_mm: Point = (0.0, 0.0)
    size_mm: Lengths | None = None
    modules: Counts | None = None


class RegionSettings(RectangleSettings):
    """A rectangle of equal cells.

    Attributes:
        name: what it is called.
        cell_mm: width and height of a cell [mm].
        cells_per_module: cells along the width and the height of a module, instead of `cell_mm`.
    """

    name: Name
    cell_mm: Lengths | None = None
    cells_per_module: Counts | None = None


class MissingCell(Part):
    """A cell that is not read out.

    Attributes:
        region: name of its region.
        row: its row, from the lowest y of the region's rectangle.
        column: its column, from the lowest x.
    """

    region: str
    row: Place
    column: Place


class PlanarSettings(Described):
    """Rectangular cells across the face, one deep (LHCb-like).

    Attributes:
        front_z_mm: z of the front face [mm].
        depth_mm: depth of the stack, if it is to be checked [mm].
        default_position_mm: where showers enter if nothing is said, (x, y) [mm].
        module_mm: width and height of a module [mm].
        regions: from the outermost inwards; each replaces the cells of the one around it.
        holes: rectangles without cells.
        missing: cells that are not read out.
        id_bits: widths of column, row and region, the first in the lowest bits.
    """

    kind: Literal["planar"]
    front_z_mm: Coordinate
    depth_mm: Length | None = None
    default_position_mm: Point = (0.0, 0.0)
    module_mm: Lengths | None = None
    regions: Annotated[tuple[RegionSettings, ...], Field(min_length=1)]
    holes: tuple[RectangleSettings, ...] = ()
    missing: tuple[MissingCell, ...] = ()
    id_bits: dict[str, Bits] = {"column": 16, "row": 16, "region": 8}


class EtaSteps(Part):
    """Equal cells in pseudorapidity, from where the steps before end.

    Attributes:
        up_to: where they end, in absolute pseudorapidity.
        step: size of a cell.
    """

    up_to: Eta
    step: Eta


class BarrelLayerSettings(Part):
    """A layer of a barrel.

    Attributes:
        name: what it is called.
        depth_mm: begin and end [mm behind the front face]; below 0 for a presampler in front of it.
        eta: steps from eta = 0 outwards; the same to either side.
        n_phi: number of cells around the circle.
    """

    name: Name
    depth_mm: Point
    eta: Annotated[tuple[EtaSteps, ...], Field(min_length=1)]
    n_phi: Count


class BarrelPosition(Part):
    """Where a shower enters a barrel.

    Attributes:
        eta: pseudorapidity of the point on the front face.
        phi_deg: its azimuth [deg].
    """

    eta: Annotated[float, Field(strict=True, ge=-10.0, le=10.0, allow_inf_nan=False)] = 0.0
    phi_deg: Angle = 0.0


class BarrelSettings(Described):
    """Layers of cells in pseudorapidity and azimuth around the beam (ATLAS-like).

    Attributes:
        front_radius_mm: radius of the front face [mm].
        default_position: where showers enter if nothing is said.
        layers: in ascending depth.
        id_bits: widths of iphi, ieta and layer, the first in the lowest bits.
    """

    kind: Literal["barrel"]
    front_radius_mm: Length
    default_position: BarrelPosition = BarrelPosition()
    layers: Annotated[tuple[BarrelLayerSettings, ...], Field(min_length=1)]
    id_bits: dict[str, Bits] = {"iphi": 16, "ieta": 16, "layer": 8}


class StackSettings(Described):
    """The same rectangular cells behind each active slab (ILD, CLIC, CALICE, ODD, FCC-ee).

    Attributes:
        front_z_mm: z of the front face [mm].
        default_position_mm: where showers enter if nothing is said, (x, y) [mm].
        centre_mm: centre of the face (x, y) [mm].
        size_mm: its width and height [mm].
        cell_mm: width and height of a cell [mm].
        slabs_per_layer: active slabs that are read out together.
        layers: number of layers, if it is to be checked.
        id_bits: widths of column, row and layer, the first in the lowest bits.
    """

    kind: Literal["stack"]
    front_z_mm: Coordinate = 0.0
    default_position_mm: Point = (0.0, 0.0)
    centre_mm: Point = (0.0, 0.0)
    size_mm: Lengths
    cell_mm: Lengths
    slabs_per_layer: Count = 1
    layers: Count | None = None
    id_bits: dict[str, Bits] = {"column": 16, "row": 16, "layer": 16}


class SensorSettings(Part):
    """Hexagonal modules that are divided into hexagonal cells of one size.

    Attributes:
        name: what they are called.
        cells_per_side: n; a module has 3 n^2 cells.
        up_to_radius_mm: used for modules whose centre is nearer to the beam [mm]; the last have none.
    """

    name: Name
    cells_per_side: Annotated[int, Field(strict=True, ge=1, le=100)]
    up_to_radius_mm: Length | None = None


class EndcapSettings(Described):
    """Hexagonal cells on hexagonal modules behind each active slab (HGCAL-like).

    Attributes:
        front_z_mm: z of the front face [mm].
        default_position_mm: where showers enter if nothing is said, (x, y) [mm].
        module_mm: distance of opposite sides of a module [mm].
        radius_mm: smallest and largest distance of a module's centre from the beam [mm].
        sensors: from the innermost outwards.
        slabs_per_layer: active slabs that are read out together.
        layers: number of layers, if it is to be checked.
        id_bits: widths of cell_u, cell_v, module_u, module_v, sensor and layer, the first in the lowest bits.
    """

    kind: Literal["endcap"]
    collection: CollectionName = "ECalEndcapCollection"
    front_z_mm: Coordinate
    default_position_mm: Point
    module_mm: Length
    radius_mm: tuple[Annotated[float, Field(strict=True, ge=0.0, le=MAXIMUM_MM)], Length]
    sensors: Annotated[tuple[SensorSettings, ...], Field(min_length=1)]
    slabs_per_layer: Count = 1
    layers: Count | None = None
    id_bits: dict[str, Bits] = {
        "cell_u": 8,
        "cell_v": 8,
        "module_u": 10,
        "module_v": 10,
        "sensor": 4,
        "layer": 10,
    }


class TableSettings(Described):
    """Cells from a file.

    Attributes:
        file: CSV, Parquet or ROOT file of cells, relative to the detector file.
        tree: name of the TTree in a ROOT file; the only one if not given.
        front_z_mm: z of the front face [mm].
        default_position_mm: where showers enter if nothing is said, (x, y) [mm].
        columns: what the file calls its columns, by the names used here.
    """

    kind: Literal["table"]
    file: Annotated[str, Field(min_length=1)]
    tree: str | None = None
    front_z_mm: Coordinate = 0.0
    default_position_mm: Point | None = None
    columns: dict[str, str] = {}


ReadoutSettings = PlanarSettings | BarrelSettings | StackSettings | EndcapSettings | TableSettings

KINDS: dict[str, type[Any]] = {
    "planar": PlanarSettings,
    "barrel": BarrelSettings,
    "stack": StackSettings,
    "endcap": EndcapSettings,
    "table": TableSettings,
}
"""Kind -> model of its settings."""


def whole_number(ratio: float) -> int | None:
    """Round to the whole number that a ratio of two lengths is up to rounding; None if it is none."""
    number = round(ratio)
    return number if number >= 1 and math.isclose(ratio, number, rel_tol=1e-9, abs_tol=1e-7) else None
