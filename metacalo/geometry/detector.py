"""A detector: slabs, grid and ranges, and everything that follows from them."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from metacalo.geometry.composition import Composition, compose
from metacalo.geometry.explanation import geometry_error, items_error
from metacalo.geometry.fingerprint import hash_of, stack_content
from metacalo.geometry.grid import CylinderGrid
from metacalo.geometry.materials import Material
from metacalo.geometry.pdg import material
from metacalo.geometry.requests import GridRequest, checked_energy_range, checked_theta_range
from metacalo.geometry.stack import MaterialDefinition, Section, Slab, calorimeter_or_error, resolve
from metacalo.geometry.writing import detector_yaml

_Scalar = TypeVar("_Scalar", bound=np.generic)


class Detector(BaseModel):
    """A calorimeter of flat slabs, with the grid and the ranges in which its showers are described.

    Read one with `metacalo.geometry.load_detector`, or make one with `from_dict`; both say what is wrong as a
    `GeometryError`. Two detectors are equal if their `fingerprint` is: if slabs, materials, grid and ranges
    are, whatever their names, references, readouts and showers.

    Attributes:
        name: short name, fit for a file name.
        description: what it is.
        reference: the paper that describes it.
        materials: mixtures that the file defines, by name.
        sections: stacks of slabs that repeat, in the order in which a particle meets them.
        grid: the cylinder of voxels, along the particle's direction.
        energy_range_gev: lowest and highest incident energy [GeV].
        theta_range_deg: lowest and highest angle to the normal of the front face [deg].
        readout: content of its `readout:`, see `metacalo.readout.readout_of`; None if there is none.
        showers: file of showers of this detector, absolute.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=100)]
    description: str = ""
    reference: str = ""
    materials: dict[str, MaterialDefinition] = Field(default_factory=dict)
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    grid: Annotated[CylinderGrid, Field(default_factory=dict, validate_default=True)]
    energy_range_gev: Annotated[tuple[float, float], BeforeValidator(checked_energy_range)] = (1.0, 100.0)
    theta_range_deg: Annotated[tuple[float, float], BeforeValidator(checked_theta_range)] = (0.0, 40.0)
    readout: dict[str, Any] | None = None
    showers: Path | None = None

    @field_validator("materials")
    @classmethod
    def _materials_can_be_computed(
        cls, value: dict[str, MaterialDefinition]
    ) -> dict[str, MaterialDefinition]:
        resolve(value)
        return value

    @field_validator("sections")
    @classmethod
    def _sections_are_a_calorimeter(
        cls, value: tuple[Section, ...], info: ValidationInfo
    ) -> tuple[Section, ...]:
        if "materials" in info.data:
            defined = resolve(info.data["materials"])
            items = [
                ((i, "stack", j, "material"), slab.material)
                for i, section in enumerate(value)
                for j, slab in enumerate(section.stack)
            ]
            items_error(items, lambda name: material(name, defined))
        calorimeter_or_error(value)
        return value

    @field_validator("grid", mode="before")
    @classmethod
    def _grid_has_numbers(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, CylinderGrid):
            return value
        request = GridRequest.model_validate(value)
        if "sections" not in info.data or "materials" not in info.data:
            # Something else is wrong already, and is what the user hears of.
            return CylinderGrid(request.shape, request.dr_mm or 1.0, request.dz_mm or 1.0)
        return request.grid(compose(info.data["sections"], resolve(info.data["materials"])))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, source: str = "detector") -> "Detector":
        """Make a detector from what a detector file or `to_dict` holds.

        Args:
            data: the keys of a detector file; `grid` may hold ``auto``.
            source: what the message names as the place of an error, for example the file.

        Returns:
            The detector.

        Raises:
            UnknownMaterialError: a material that is neither known nor defined.
            GeometryError: anything else that is not a calorimeter. The message has the path of each bad item,
                what was expected, what came and what to do.
        """
        try:
            return cls.model_validate(dict(data))
        except ValidationError as error:
            raise geometry_error(error, source, cls) from None

    def to_dict(self) -> dict[str, Any]:
        """Describe the detector in JSON types, so that ``Detector.from_dict(d.to_dict()) == d``.

        `showers` is left out: it is a path on one machine.
        """
        data: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "reference": self.reference,
            "sections": [section.model_dump(mode="json") for section in self.sections],
            "grid": self.grid.to_dict(),
            "energy_range_gev": list(self.energy_range_gev),
            "theta_range_deg": list(self.theta_range_deg),
        }
        if self.materials:
            data["materials"] = {name: m.model_dump(mode="json") for name, m in self.materials.items()}
        if self.readout is not None:
            data["readout"] = self.readout
        return data

    def to_yaml(self) -> str:
        """Write a commented detector file, without `showers`."""
        return detector_yaml(self)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the physical content, in hexadecimal: slabs, materials, grid and ranges."""
        content = {
            "sections": stack_content(self.sections, self.materials),
            "grid": self.grid.to_dict(),
            "energy_range_gev": self.energy_range_gev,
            "theta_range_deg": self.theta_range_deg,
        }
        return hash_of(content)

    @cached_property
    def stack_fingerprint(self) -> str:
        """SHA-256 of the calorimeter alone, in hexadecimal: slabs and materials, whatever grid and ranges."""
        return hash_of(stack_content(self.sections, self.materials))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Detector) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __str__(self) -> str:
        return f"{self.name}: {self.n_layers} layers, {self.depth_x0:.1f} X0; {self.grid}"

    def material(self, name: str) -> Material:
        """Find a material of this detector: one that it defines, or one of the table.

        Raises:
            UnknownMaterialError: it is neither.
        """
        return material(name, self._defined)

    @cached_property
    def composition(self) -> Composition:
        """What the depth is made of, with all effective constants."""
        return compose(self.sections, self._defined)

    @cached_property
    def section_compositions(self) -> tuple[Composition, ...]:
        """What each section is made of, as if it stood alone, shape (n_sections,)."""
        return tuple(compose((section,), self._defined) for section in self.sections)

    @property
    def x0_mm(self) -> float:
        """Effective radiation length [mm], T / sum(t_i / X0_i)."""
        return self.composition.x0_mm

    @property
    def moliere_radius_mm(self) -> float:
        """Effective Moliere radius [mm], T / sum(t_i / R_M,i)."""
        return self.composition.moliere_radius_mm

    @property
    def critical_energy_mev(self) -> float:
        """Effective critical energy [MeV], Es X0 / R_M."""
        return self.composition.critical_energy_mev

    @property
    def density_g_cm3(self) -> float:
        """Mean density [g/cm3]."""
        return self.composition.density_g_cm3

    @property
    def depth_mm(self) -> float:
        """Depth of the calorimeter, active or not [mm]."""
        return self.composition.depth_mm

    @property
    def depth_x0(self) -> float:
        """Depth of the calorimeter [X0]."""
        return self.depth_mm / self.x0_mm

    @property
    def n_layers(self) -> int:
        """Number of sampling layers: repetitions of all sections that have an active slab."""
        return self.composition.n_layers

    @property
    def pitch_mm(self) -> float:
        """Mean thickness of a sampling layer [mm]."""
        return self.composition.layers_mm / self.n_layers

    @property
    def active_thickness_mm(self) -> float:
        """Mean thickness of active material in a sampling layer [mm]."""
        return self.composition.active_mm / self.n_layers

    @property
    def active_fraction(self) -> float:
        """Share of the depth that is active, by thickness."""
        return self.composition.active_mm / self.depth_mm

    @property
    def is_homogeneous(self) -> bool:
        """Whether every slab is active; `n_layers` and `pitch_mm` are bookkeeping then."""
        return self.composition.homogeneous

    @property
    def sampling_fraction(self) -> float:
        """Estimated visible share of a shower's energy; see `metacalo.geometry.sampling`."""
        return self.composition.sampling_fraction

    @property
    def mip_per_layer_mev(self) -> float:
        """Mean energy that a minimum-ionising particle leaves in the active material of one layer [MeV]."""
        return self.composition.active_minimum_ionisation_mev / self.n_layers

    @cached_property
    def slabs(self) -> tuple[Slab, ...]:
        """Every slab in the order of depth, shape (n_slabs,)."""
        return tuple(slab for section in self.sections for slab in section.stack * section.repeat)

    @cached_property
    def slab_edges_mm(self) -> NDArray[np.float64]:
        """Depths at which slabs begin, and the end of the last [mm], shape (n_slabs + 1,); read-only."""
        return _frozen(np.concatenate([[0.0], np.cumsum([slab.thickness_mm for slab in self.slabs])]))

    @cached_property
    def slab_active(self) -> NDArray[np.bool_]:
        """Whether each slab is active, shape (n_slabs,); read-only."""
        return _frozen(np.array([slab.active for slab in self.slabs], dtype=np.bool_))

    @cached_property
    def layer_interfaces_mm(self) -> NDArray[np.float64]:
        """Depths at which sampling layers begin and end [mm], shape (n_layers, 2); read-only."""
        interfaces, depth = [], 0.0
        for section in self.sections:
            for _ in range(section.repeat):
                if section.is_active:
                    interfaces.append((depth, depth + section.thickness_mm))
                depth += section.thickness_mm
        return _frozen(np.array(interfaces))

    @cached_property
    def _defined(self) -> dict[str, Material]:
        return resolve(self.materials)


def _frozen(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    array.setflags(write=False)
    return array
