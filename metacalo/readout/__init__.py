"""From the regular grid to the cells that an experiment reads out."""

from metacalo.readout.building import load_readout, readout_of
from metacalo.readout.cell_ids import IdFields
from metacalo.readout.cells import Cells
from metacalo.readout.readout import Readout

__all__ = ["Cells", "IdFields", "Readout", "load_readout", "readout_of"]
