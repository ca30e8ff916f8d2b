"""From voxels of the regular grid to cells of a readout, without losing energy."""

from metacalo.readout.projection.project import project, project_stream
from metacalo.readout.projection.projector import Projector
from metacalo.readout.projection.spots import Spots

__all__ = ["Projector", "Spots", "project", "project_stream"]
