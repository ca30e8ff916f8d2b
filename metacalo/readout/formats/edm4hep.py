"""Events in the branches of EDM4hep, in GeV and mm: what analyses of key4hep files read.

A TTree ``events`` with these branches, for a collection named ``ECalBarrelCollection``,

- ``ECalBarrelCollection.cellID`` (uint64[]), ``.energy`` (float[], GeV), ``.position.x``, ``.y``, ``.z``
  (float[], mm), ``.contributions_begin``, ``_end`` (uint32[], both 0: steps are not known);
- ``ECalBarrelCollectionRaw.cellID``, ``.amplitude`` (int[], counts), ``.timeStamp`` if there was a converter;
- ``MCParticles.PDG`` (0 if the showers do not say), ``.generatorStatus``, ``.simulatorStatus``, ``.charge``,
  ``.time``, ``.mass`` (GeV), ``.vertex.*`` (mm), ``.momentum.*`` (GeV): the incident particle;
- ``EventHeader.eventNumber``, ``.runNumber``, ``.timeStamp``, ``.weight``

as `edm4hep.yaml` of key4hep/EDM4hep has them (SimCalorimeterHit, RawCalorimeterHit, MCParticle, EventHeader).
The branches are those of such a file and are read as such; podio's own reader needs dictionaries of C++
classes that are not written here. What EDM4hep has no place for (layers, deposits that no cell has) is left
out: the layer is a field of the identifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.formats.awkward_arrays import jagged
from metacalo.readout.formats.columns import EventColumns
from metacalo.readout.formats.metadata import EventMetadata
from metacalo.readout.formats.root import EVENTS, RootSource, recreate, split_columns

if TYPE_CHECKING:
    from metacalo.showers.sink import Sink

_PARTICLES = {"e-": (11, -1.0, 0.51099895e-3), "e+": (-11, 1.0, 0.51099895e-3), "gamma": (22, 0.0, 0.0)}
"""PDG code, charge and mass [GeV] of the particles that start electromagnetic showers."""
_UNKNOWN = (0, 0.0, 0.0)
_MOMENTUM = ".momentum.x"


@final
class Edm4hepStore:
    """A TTree of EDM4hep's branches that grows."""

    def __init__(self, sink: Sink, metadata: EventMetadata) -> None:
        self._file = recreate(sink, metadata)
        self._collection = metadata.collection
        self._particle = _PARTICLES.get(str(metadata.showers.get("particle")), _UNKNOWN)
        self._tree: Any = None

    def append(self, columns: EventColumns) -> None:
        """Write events behind those written before."""
        import awkward as ak

        one_each = np.arange(len(columns) + 1, dtype=np.int64)
        content = {
            "EventHeader": _records(one_each, _header(columns)),
            "MCParticles": _records(one_each, _particles(columns, *self._particle)),
            self._collection: _records(columns.offsets, _hits(columns)),
        }
        if "adc" in columns.hit:
            content[f"{self._collection}Raw"] = _records(columns.offsets, _raw_hits(columns))
        if self._tree is None:
            self._tree = self._file.mktree(
                EVENTS,
                {name: ak.type(records).content for name, records in content.items()},
                # ROOT's own name of the number of elements of a split collection
                counter_name=lambda counted: f"{counted}_",
                field_name=lambda outer, inner: f"{outer}.{inner}" if outer else inner,
            )
        self._tree.extend(content)

    def close(self) -> None:
        """Write what is still to be written."""
        self._file.close()


@final
class Edm4hepSource:
    """A TTree of EDM4hep's branches, as columns in MeV and mm."""

    def __init__(self, source: RootSource, collection: str) -> None:
        self._source = source
        self._collection = collection
        self.text = source.text
        self.n_events = source.n_events

    def read(self, start: int, stop: int) -> EventColumns:
        """Read the events from `start` to before `stop`."""
        name, tree = self._collection, self._source.tree
        wanted = [*_HIT_BRANCHES, *_PARTICLE_BRANCHES, "EventHeader.eventNumber"]
        branches = [branch.format(collection=name) for branch in wanted]
        raw = f"{name}Raw.amplitude"
        if raw in self._source.names:
            branches.append(raw)
        arrays = tree.arrays(branches, entry_start=start, entry_stop=stop)
        found = split_columns({branch: arrays[branch] for branch in branches if not _is_single(branch)})
        single = split_columns({branch: arrays[branch] for branch in branches if _is_single(branch)}).hit
        momentum = np.stack([single[f"MCParticles.momentum.{axis}"] for axis in "xyz"])
        mass = single["MCParticles.mass"]
        kinetic = np.sqrt(np.sum(momentum**2, axis=0) + mass**2) - mass
        event: dict[str, NDArray[Any]] = {
            "event": single["EventHeader.eventNumber"].astype(np.int64),
            "incident_energy_gev": kinetic.astype(np.float32),
            **{f"impact_{axis}_mm": single[f"MCParticles.vertex.{axis}"] for axis in "xyz"},
        }
        hit: dict[str, NDArray[Any]] = {
            "cell_id": found.hit[f"{name}.cellID"],
            "energy_mev": 1e3 * found.hit[f"{name}.energy"],
            **{f"{axis}_mm": found.hit[f"{name}.position.{axis}"] for axis in "xyz"},
        }
        if raw in found.hit:
            hit["adc"] = found.hit[raw]
        return EventColumns(event, hit, found.offsets)

    def close(self) -> None:
        """Close the file."""
        self._source.close()


_HIT_BRANCHES = (
    "{collection}.cellID",
    "{collection}.energy",
    "{collection}.position.x",
    "{collection}.position.y",
    "{collection}.position.z",
)
_PARTICLE_BRANCHES = (
    "MCParticles.mass",
    *(f"MCParticles.{vector}.{axis}" for vector in ("vertex", "momentum") for axis in "xyz"),
)


def _is_single(branch: str) -> bool:
    return branch.startswith(("MCParticles.", "EventHeader."))


def is_edm4hep(source: RootSource) -> bool:
    """Return whether a ROOT file of events has EDM4hep's branches."""
    return f"MCParticles{_MOMENTUM}" in source.names


def _records(offsets: NDArray[np.int64], columns: dict[str, NDArray[Any]]) -> Any:
    import awkward as ak

    return ak.zip({name: jagged(offsets, values) for name, values in columns.items()})


def _header(columns: EventColumns) -> dict[str, NDArray[Any]]:
    n = len(columns)
    return {
        "eventNumber": columns.event["event"].astype(np.int32),
        "runNumber": np.zeros(n, dtype=np.int32),
        "timeStamp": np.zeros(n, dtype=np.uint64),
        "weight": np.ones(n, dtype=np.float32),
    }


def _particles(columns: EventColumns, pdg: int, charge: float, mass_gev: float) -> dict[str, NDArray[Any]]:
    n, event = len(columns), columns.event
    kinetic = event["incident_energy_gev"].astype(np.float64)
    momentum = np.sqrt(kinetic * (kinetic + 2.0 * mass_gev))
    return {
        "PDG": np.full(n, pdg, dtype=np.int32),
        "generatorStatus": np.ones(n, dtype=np.int32),
        "simulatorStatus": np.zeros(n, dtype=np.int32),
        "charge": np.full(n, charge, dtype=np.float32),
        "time": np.zeros(n, dtype=np.float32),
        "mass": np.full(n, mass_gev, dtype=np.float64),
        **{f"vertex.{axis}": event[f"impact_{axis}_mm"] for axis in "xyz"},
        **{f"momentum.{axis}": momentum * event[f"direction_{axis}"] for axis in "xyz"},
    }


def _hits(columns: EventColumns) -> dict[str, NDArray[Any]]:
    hit = columns.hit
    none = np.zeros(len(hit["cell_id"]), dtype=np.uint32)
    return {
        "cellID": hit["cell_id"],
        "energy": (1e-3 * hit["energy_mev"].astype(np.float64)).astype(np.float32),
        **{f"position.{axis}": hit[f"{axis}_mm"] for axis in "xyz"},
        "contributions_begin": none,
        "contributions_end": none,
    }


def _raw_hits(columns: EventColumns) -> dict[str, NDArray[Any]]:
    return {
        "cellID": columns.hit["cell_id"],
        "amplitude": columns.hit["adc"],
        "timeStamp": np.zeros(len(columns.hit["cell_id"]), dtype=np.int32),
    }
