"""Events as awkward arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.formats.columns import EventColumns


def to_awkward(columns: EventColumns) -> Any:
    """Return events as an awkward array of records; numbers of hits are lists.

    Args:
        columns: the events.

    Returns:
        `awkward.Array` of length N with the fields of `metacalo.readout.formats.columns`: ``event``,
        ``incident_energy_gev`` ... one number each; ``cell_id``, ``layer``, ``energy_mev``, ``x_mm``,
        ``y_mm``, ``z_mm`` ... lists of one length. The numbers are not copied.
    """
    import awkward as ak

    lists = {name: jagged(columns.offsets, values) for name, values in columns.hit.items()}
    numbers = {name: ak.Array(np.asarray(values)) for name, values in columns.event.items()}
    return ak.zip({**numbers, **lists}, depth_limit=1)


def jagged(offsets: NDArray[np.int64], values: NDArray[Any]) -> Any:
    """Return an awkward array of lists: `values` (M,) cut at `offsets` (N+1,)."""
    import awkward as ak

    content = ak.contents.NumpyArray(np.ascontiguousarray(values))
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), content))
