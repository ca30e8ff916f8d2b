"""The study: every way at every place, against the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.building import load_readout
from metacalo.readout.hits import CellHits
from readout_study.aims import (
    ANYWHERE,
    PLACES,
    Aim,
    barrel_aims,
    border_aims,
    planar_aims,
    planar_scan,
)
from readout_study.deposits import Deposits, open_deposits
from readout_study.observables import barrel_observables, planar_observables
from readout_study.ways import TRUTH, Way, all_ways

Floats = NDArray[np.float64]
Observables = Callable[[CellHits, Floats, float], dict[str, Floats]]

THRESHOLD_MEV = 10.0
"""For counting cells, at the electromagnetic scale."""

SMALLEST_ANGLE, LARGEST_ANGLE = 0.0, np.deg2rad(15.0)
"""Angles of LHCb: particles from the origin come at up to 17 degrees."""

SCAN = tuple(np.linspace(-0.5, 0.5, 11))
_RESAMPLINGS = 200


@dataclass(frozen=True)
class Deviation:
    """How far one way is from the truth, with what would change if the study were done again.

    Attributes:
        mean: of the mean [%], for a centroid [% of a cell].
        mean_error: its uncertainty.
        spread: of the standard deviation [%].
        spread_error: its uncertainty.
    """

    mean: float
    mean_error: float
    spread: float
    spread_error: float


@dataclass(frozen=True)
class Record:
    """One observable at one place.

    Attributes:
        detector: read out.
        incidence: "normal" if showers are turned onto the normal, else "as simulated".
        region: of cells.
        place: that showers are aimed at.
        observable: its name.
        n: events.
        mean: of the truth.
        spread: standard deviation of the truth.
        ways: deviations by the name of the way.
    """

    detector: str
    incidence: str
    region: str
    place: str
    observable: str
    n: int
    mean: float
    spread: float
    ways: dict[str, Deviation]


@dataclass(frozen=True)
class Study:
    """All results.

    Attributes:
        records: one for each observable and place.
        scans: by detector and region, the bias of the centroid [cells] of each way at `SCAN`.
        samples: by detector, place and observable, the values of each way, for histograms.
        notes: what to know about all of them.
        ways: what each way does.
    """

    records: list[Record] = field(default_factory=list)
    scans: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    samples: dict[str, dict[str, Floats]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    ways: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """All but the samples, of JSON types."""
        return {
            "records": [asdict(record) for record in self.records],
            "scan_places": list(SCAN),
            "scans": self.scans,
            "notes": self.notes,
            "ways": self.ways,
        }


def run_lhcb(study: Study, path: Path, replicas: int, spot_mev: Sequence[float]) -> None:
    """Study LHCb's cells, at normal incidence and as simulated."""
    readout, deposits = load_readout("lhcb_ecal"), open_deposits(path)
    depth = mean_depth_mm(deposits)
    ways = all_ways(deposits, readout, spot_mev)
    normal = np.zeros(len(deposits.showers))
    places = (*PLACES, ANYWHERE)

    def aims(theta: Floats, seed: int) -> Iterator[Aim]:
        yield from planar_aims(readout, theta, depth, seed, places)
        yield from border_aims(readout, theta, depth, seed)

    threshold = THRESHOLD_MEV * sampling_fraction(deposits)
    compare(study, "LHCb", "normal", ways, lambda k: aims(normal, k), planar_observables, threshold, replicas)
    for region in ("inner", "middle"):
        scan = planar_scan(readout, region, np.array(SCAN), normal, depth)
        study.scans[f"LHCb {region}"] = biases(ways, scan, planar_observables, threshold)
    theta = deposits.showers.theta_rad.astype(np.float64)
    chosen = (theta >= SMALLEST_ANGLE) & (theta < LARGEST_ANGLE)
    some = deposits[chosen]
    compare(
        study,
        "LHCb",
        "as simulated",
        all_ways(some, readout, spot_mev),
        lambda k: aims(theta[chosen], k),
        planar_observables,
        threshold,
        replicas,
    )
    study.notes.append(
        f"LHCb: {len(normal)} showers turned onto the normal, {chosen.sum()} of them as simulated, at up to "
        f"15 degrees; each at {replicas} places of a kind. {_scale(deposits)}"
    )


def run_atlas(study: Study, path: Path, replicas: int, spot_mev: Sequence[float]) -> None:
    """Study ATLAS' layers, with showers as simulated at the pseudorapidity of their angle."""
    readout, deposits = load_readout("atlas_barrel"), open_deposits(path)
    depth = mean_depth_mm(deposits)
    ways = all_ways(deposits, readout, spot_mev)
    theta = deposits.showers.theta_rad.astype(np.float64)
    threshold = THRESHOLD_MEV * sampling_fraction(deposits)
    places: dict[str, tuple[float, float] | None] = {**PLACES, ANYWHERE: None}
    compare(
        study,
        "ATLAS",
        "as simulated",
        ways,
        lambda k: iter(barrel_aims(readout, theta, depth, k, places)),
        barrel_observables,
        threshold,
        replicas,
    )
    steps: dict[str, tuple[float, float] | None] = {f"{step:+.2f}": (step, 0.0) for step in SCAN}
    scan = barrel_aims(readout, theta, depth, 11, steps)
    study.scans["ATLAS middle"] = biases(ways, scan, barrel_observables, threshold)
    study.notes.append(
        f"ATLAS: {len(theta)} showers as simulated, 0 to 40 degrees, each at {replicas} places of a kind at "
        f"the pseudorapidity of its angle. {_scale(deposits)}"
    )


def compare(
    study: Study,
    detector: str,
    incidence: str,
    ways: Sequence[Way],
    aims: Callable[[int], Iterator[Aim]],
    observables: Observables,
    threshold_mev: float,
    replicas: int,
) -> None:
    """Run all ways at all places, and note how far each is from the truth."""
    values: dict[tuple[str, str], dict[str, dict[str, list[Floats]]]] = {}
    for seed in range(replicas):
        for aim in aims(seed):
            of_place = values.setdefault((aim.region, aim.place), {})
            for way in ways:
                found = observables(way.run(aim.placements), aim.target, threshold_mev)
                for name, column in found.items():
                    of_place.setdefault(name, {}).setdefault(way.name, []).append(column)
    study.ways.update({way.name: way.what for way in ways})
    for (region, place), of_place in values.items():
        for name, of_way in of_place.items():
            joined = {way: np.concatenate(columns) for way, columns in of_way.items()}
            truth = joined.pop(TRUTH)
            n = len(truth) // replicas
            far = {way: deviation(truth, column, n, name) for way, column in joined.items()}
            study.records.append(
                Record(
                    detector,
                    incidence,
                    region,
                    place,
                    name,
                    len(truth),
                    float(truth.mean()),
                    float(truth.std()),
                    far,
                )
            )
            study.samples[f"{detector}|{incidence}|{region}|{place}|{name}"] = {TRUTH: truth, **joined}


def deviation(truth: Floats, values: Floats, n_showers: int, name: str) -> Deviation:
    """How far values are from the truth of the same events; uncertainties by resampling showers."""
    rng = np.random.default_rng(0)
    rows = np.arange(len(truth)).reshape(-1, n_showers)
    found = np.array(
        [
            _far(truth[chosen], values[chosen], name)
            for chosen in (
                rows[:, rng.integers(0, n_showers, n_showers)].reshape(-1) for _ in range(_RESAMPLINGS)
            )
        ]
    )
    (mean, spread), (mean_error, spread_error) = _far(truth, values, name), found.std(axis=0)
    return Deviation(mean, float(mean_error), spread, float(spread_error))


def biases(
    ways: Sequence[Way], scan: Sequence[Aim], observables: Observables, threshold_mev: float
) -> dict[str, list[float]]:
    """Mean distance of the centroid from where each shower is aimed at, at each step of a scan [cells]."""
    found: dict[str, list[float]] = {}
    for aim in scan:
        for way in ways:
            hits = way.run(aim.placements)
            bias = observables(hits, aim.target, threshold_mev)["centroid x"].mean()
            found.setdefault(way.name, []).append(float(bias))
    return found


def mean_depth_mm(deposits: Deposits) -> float:
    """Energy-weighted mean depth of all showers along flight [mm]."""
    layers = deposits.showers.layer_energies_mev.sum(axis=0)
    return float((layers * deposits.showers.grid.z_centres_mm).sum() / layers.sum())


def sampling_fraction(deposits: Deposits) -> float:
    """Visible energy over incident energy."""
    incident = 1000.0 * deposits.showers.incident_energy_gev.astype(np.float64).sum()
    return float(deposits.showers.total_energy_mev.sum() / incident)


def _scale(deposits: Deposits) -> str:
    fraction = sampling_fraction(deposits)
    return (
        f"Visible energy is {fraction:.4f} of the incident, so that {THRESHOLD_MEV:g} MeV at the "
        f"electromagnetic scale are {THRESHOLD_MEV * fraction:.3g} MeV visible."
    )


def _far(truth: Floats, values: Floats, name: str) -> tuple[float, float]:
    mean = values.mean() - truth.mean()
    scale = 1.0 if name.startswith("centroid") else truth.mean()
    spread = values.std() / truth.std() - 1.0 if truth.std() > 0.0 else 0.0  # all there is in 3 x 3, always
    return float(100.0 * mean / scale), float(100.0 * spread)


def chosen_parts(text: str) -> Mapping[str, Callable[[Study, Path, int, Sequence[float]], None]]:
    """The parts that are asked for, by the file of hits that they need."""
    parts = {"lhcb_shashlik": run_lhcb, "atlas_lar": run_atlas}
    wanted = text.split(",")
    if unknown := set(wanted) - set(parts):
        raise SystemExit(f"expected --detectors out of {', '.join(parts)}, got {', '.join(sorted(unknown))}")
    return {name: parts[name] for name in wanted}
