"""The whole validation in one call: from files of showers to figures, report and plots."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metacalo.atomic import whole_folder
from metacalo.errors import SettingsError
from metacalo.geometry import Detector
from metacalo.showers import Showers, open_showers
from metacalo.showers.checks import check_same_grid
from metacalo.showers.origin import called, doubts_about
from metacalo.validation.assessment import REFERENCE, Assessment, assess_samples, limited
from metacalo.validation.plots import MAIN_FIGURES
from metacalo.validation.report import VerdictTable
from metacalo.validation.results import Origin, draw, verdicts, write_results
from metacalo.validation.samples import comparable, detector_of
from metacalo.validation.scope import QUICK, STANDARD, Scope

FULL_SIMULATION = "full simulation"
"""What the reference is called if it is not known to be Geant4's."""

MOST_HITS_IN_MEMORY = 50_000_000
"""Of 6 bytes each; of larger files only the showers that are compared are read."""

FLOOR = "floor"
TRAINING = "training"


@dataclass(frozen=True)
class Validation:
    """What a validation gave.

    Attributes:
        assessment: samples and figures.
        tables: verdicts by label of the sample.
        judged: labels of the samples that were to be judged, the first of `tables`; the rest stand beside.
        detector: where the showers were; None if it is not known.
        notes: what is to be kept in mind about the samples.
        folder: that holds the results.
    """

    assessment: Assessment
    tables: dict[str, VerdictTable]
    judged: tuple[str, ...]
    detector: Detector | None
    notes: tuple[str, ...]
    folder: Path


def validate(
    reference: str | Path,
    generated: Sequence[str | Path],
    out: str | Path,
    *,
    baselines: Sequence[str | Path] = (),
    floor: str | Path | None = None,
    training: str | Path | None = None,
    detector: Detector | None = None,
    labels: Sequence[str] = (),
    energy_edges_gev: Sequence[float] | None = None,
    scope: Scope = STANDARD,
    seed: int = 0,
    device: str = "cpu",
    command: str | None = None,
    on_stage: Callable[[str], object] = lambda _stage: None,
) -> Validation:
    """Compare files of generated showers with full simulation, and write figures, report and plots.

    `out` receives `metrics.json` (every figure with its error, verdicts, notes, settings, hashes, versions),
    `report.html` (self-contained) and `plots/`; they are written beside and moved there when all of them are
    whole. Nothing of a file is changed.

    Args:
        reference: file of full simulation, in the native layout.
        generated: files of generated showers, the first of which the report judges.
        out: folder.
        baselines: files of other showers to stand beside, which are not judged.
        floor: file of other showers of full simulation; without it the reference is split in halves, and
            each sample is compared with one of them.
        training: file of showers that the generator was trained on, for the memorisation test.
        detector: where the showers were. If it is not given, and the reference says that it is of a shipped
            detector on whose grid it is, that is taken; else lengths are in layers and mm.
        labels: of generated files and baselines, in order; by default the names of the files.
        energy_edges_gev: edges of bins of incident energy [GeV].
        scope: what is computed, and on how many showers.
        seed: of halves, bootstrap and networks.
        device: that networks are trained on: auto, cpu or cuda.
        command: noted in the report.
        on_stage: is told what is being done.

    Raises:
        ShowerFileError: a file is missing, damaged, foreign, or in other units.
        GridMismatchError: the showers are not on one grid.
        SettingsError: labels, bins or ranges that make no sense; too few showers.
        OutputError: the folder cannot be written.
    """
    edges = None if energy_edges_gev is None else checked_edges(energy_edges_gev)
    names = labels_of([*generated, *baselines], labels)
    with whole_folder(Path(out)) as folder:
        on_stage("reading")
        given = detector
        first = open_showers(reference, detector=given)
        notes = []
        if detector is None:
            detector = detector_of(first)
            known = f"{detector.name}, which {reference} names" if detector else "none; depths are in layers"
            notes.append(f"no detector was given; taken is {known}")
        label = reference_label(first)
        if label in names:
            raise SettingsError(
                f"expected a label other than {label!r}, which full simulation has; use --label"
            )
        opened = {label: first}
        for name, path in zip(names, [*generated, *baselines], strict=True):
            opened[name] = open_showers(path, detector=given)
        if floor is not None:
            opened[FLOOR] = open_showers(floor, detector=given)
        origins = {
            name: Origin.of(Path(path), len(showers))
            for (name, showers), path in zip(
                opened.items(),
                chain([reference], generated, baselines, [floor] if floor else []),
                strict=True,
            )
        }
        if floor is not None and origins[FLOOR].sha256 == origins[label].sha256:
            raise SettingsError(
                f"expected other showers of full simulation for the floor than those of {reference}, got the "
                "same; leave --floor out, and the reference is split in halves"
            )
        on_stage("checking")
        samples, doubts = comparable({name: _in_memory(showers) for name, showers in opened.items()})
        notes += doubts
        notes += [d for name, showers in opened.items() for d in doubts_about(showers.attributes, name)]
        most = None if scope.max_showers is None else scope.max_showers * (1 if floor else 2)
        samples = {name: s.load() for name, s in limited(samples, most, seed).items()}
        other = samples.pop(FLOOR, None)
        trained_on: Showers | None = None
        if training is not None:
            trained_on = open_showers(training, detector=given).load()
            check_same_grid(
                TRAINING,
                trained_on.grid,
                first.grid,
                label,
                "give the showers that the generator was trained on",
            )
            origins[TRAINING] = Origin.of(Path(training), len(trained_on))
        assessment = assess_samples(
            samples[label],
            {name: samples[name] for name in names},
            detector,
            label=label,
            floor=other,
            training=trained_on,
            scope=scope,
            energy_edges_gev=edges,
            seed=seed,
            device=device,
            on_stage=on_stage,
        )
        on_stage("plots")
        figures = draw(
            assessment, detector, names=MAIN_FIGURES if scope == QUICK else None, energy_edges_gev=edges
        )
        on_stage("report")
        write_results(
            folder,
            assessment,
            detector,
            origins=origins,
            notes=notes,
            scope=scope,
            settings={
                "seed": seed,
                "energy_edges_gev": None if edges is None else edges.tolist(),
                "command": command,
            },
            figures=figures,
            formats=("png",) if scope == QUICK else ("png", "pdf"),
        )
    return Validation(
        assessment, verdicts(assessment), tuple(names[: len(generated)]), detector, tuple(notes), Path(out)
    )


def _in_memory(showers: Showers) -> Showers:
    """The showers with their hits in memory, unless they are very many: to pick from a file is slow."""
    return showers.load() if showers.offsets[-1] <= MOST_HITS_IN_MEMORY else showers


def reference_label(showers: Showers) -> str:
    """What full simulation is called: Geant4 if its file says so, and stand-ins what they are."""
    told = str(showers.attributes.get("engine", "")).startswith("Geant4")
    return called(showers.attributes, REFERENCE if told else FULL_SIMULATION)


def labels_of(files: Sequence[str | Path], given: Sequence[str] = ()) -> list[str]:
    """Label of each file: the given ones, then the files' names, made different by their folders.

    Raises:
        SettingsError: without files, for more labels than files, for labels that are empty, not different, or
            contain a dollar sign, which plots would read as mathematics.
    """
    if not files:
        raise SettingsError("nothing to validate: give at least one file of generated showers")
    if len(given) > len(files):
        raise SettingsError(f"expected no more labels than files, got {len(given)} for {len(files)}")
    paths = [Path(file) for file in files]
    stems = [path.stem for path in paths]
    labels = list(given)
    for path in paths[len(given) :]:
        name = path.stem if stems.count(path.stem) == 1 else f"{path.absolute().parent.name} {path.stem}"
        name = name.replace("$", "").lstrip("_") or "generated"
        while name in labels:
            name += " again"
        labels.append(name)
    for label in labels:
        reserved = label in (FLOOR, TRAINING)
        if not label.strip() or "$" in label or label.startswith("_") or labels.count(label) > 1 or reserved:
            raise SettingsError(
                f"expected labels that differ, are not empty, not {FLOOR!r} or {TRAINING!r}, have no dollar "
                f"sign and do not begin with an underscore, got {label!r}"
            )
    return labels


def checked_edges(edges_gev: Sequence[float]) -> NDArray[np.float64]:
    """Edges of bins of incident energy [GeV], after a look at them.

    Raises:
        SettingsError: for fewer than two, or ones that are not positive and increasing.
    """
    edges = np.asarray(edges_gev, dtype=np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not (np.isfinite(edges).all() and edges[0] >= 0):
        raise SettingsError(f"expected edges of energy bins in GeV, at least two, got {list(edges_gev)}")
    if not (np.diff(edges) > 0).all():
        raise SettingsError(f"expected edges of energy bins that increase, got {list(edges_gev)}")
    return edges
