"""Random sparse showers, which tests draw with `st.from_type(Showers)`."""

import numpy as np
from hypothesis import strategies as st

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers

GRID = CylinderGrid(shape=(2, 3, 4), dr_mm=5.0, dz_mm=10.0)

energies = st.floats(min_value=float(np.float32(1e-30)), max_value=1e6, width=32)
angles = st.floats(min_value=0.0, max_value=1.5, width=32)


@st.composite
def sparse_showers(draw: st.DrawFn) -> Showers:
    """Draw showers with any hits, also with none."""
    hits = st.dictionaries(st.integers(0, GRID.n_voxels - 1), energies, max_size=8)
    rows = draw(st.lists(hits, max_size=6))
    n = len(rows)
    return Showers(
        grid=GRID,
        incident_energy_gev=draw(st.lists(energies, min_size=n, max_size=n)),
        theta_rad=draw(st.lists(angles, min_size=n, max_size=n)),
        phi_rad=draw(st.lists(st.floats(-3, 3, width=32), min_size=n, max_size=n)),
        offsets=np.cumsum([0, *map(len, rows)]),
        voxels=[voxel for row in rows for voxel in row],
        energies_mev=[energy for row in rows for energy in row.values()],
    )


st.register_type_strategy(Showers, sparse_showers())
