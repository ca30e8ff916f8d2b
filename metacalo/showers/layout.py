"""The native HDF5 layout: names, units and types of what a file of showers holds.

======================  ========  =======  ====================================================
dataset                 shape     unit     meaning
======================  ========  =======  ====================================================
``incident_energy``     (N,)      GeV      energy of the incident particle
``incident_theta``      (N,)      rad      its angle to the normal of the front face
``incident_phi``        (N,)      rad      its azimuth about that normal
``offset``              (N+1,)    1        shower ``i`` owns the hits ``offset[i]:offset[i+1]``
``voxel``               (M,)      1        flat C-order index into (r, phi, z), ascending in a shower
``energy``              (M,)      MeV      deposited energy, not corrected for the sampling fraction
======================  ========  =======  ====================================================

The attributes of the file are ``schema``, ``schema_version``, ``grid_shape``, ``grid_axes``, ``dr_mm``,
``dz_mm`` and whatever is known of the showers (``detector``, ``particle``, ``engine``,
``energy_range_gev``, ``theta_range_deg`` ...). The schema ``metacalo-fullsim-1``, which full-simulation
files carry, has the same datasets without ``incident_phi`` (zero then) and no version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SCHEMA = "metacalo-showers"
SCHEMA_VERSION = 1
FULLSIM_SCHEMA = "metacalo-fullsim-1"
GRID_AXES = "r,phi,z"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One dataset of the layout."""

    unit: str
    kinds: str
    """Kinds of numpy type that are read ("f" floating, "i" signed, "u" unsigned)."""
    meaning: str
    required: bool = True


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "incident_energy": Column(unit="GeV", kinds="fiu", meaning="energy of the incident particle"),
        "incident_theta": Column(
            unit="rad", kinds="fiu", meaning="angle to the normal of the front face", required=False
        ),
        "incident_phi": Column(
            unit="rad", kinds="fiu", meaning="azimuth about the normal of the front face", required=False
        ),
        "offset": Column(unit="1", kinds="iu", meaning="shower i owns the hits offset[i]:offset[i+1]"),
        "voxel": Column(
            unit="1", kinds="iu", meaning="flat C-order index into (r, phi, z), ascending in each shower"
        ),
        "energy": Column(
            unit="MeV", kinds="f", meaning="deposited energy, not corrected for the sampling fraction"
        ),
    }
)

LAYOUT_ATTRIBUTES = frozenset({"schema", "schema_version", "grid_shape", "grid_axes", "dr_mm", "dz_mm"})
"""Attributes of the file that describe the layout or the grid, and so are not `Showers.attributes`."""

FULLSIM_NAMES: Mapping[str, str] = MappingProxyType({"energy_range_GeV": "energy_range_gev"})
"""Attributes of the full-simulation schema that have another name here."""
