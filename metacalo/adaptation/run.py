"""The main road in one call: from a detector and its showers to an adapted model and its report."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metacalo.adaptation.assessment import Assessment, assess
from metacalo.adaptation.fine_tune import FineTuning, fine_tune
from metacalo.adaptation.settings import AdaptSettings
from metacalo.adaptation.support import (
    Division,
    check_covered_by,
    check_ranges,
    check_units,
    divide,
    trusted_ranges,
)
from metacalo.atomic import whole_folder, write_json
from metacalo.checkpoint import ModelInfo, load_model
from metacalo.errors import MetacaloWarning
from metacalo.export import export_onnx
from metacalo.generation import AdaptedModel, load
from metacalo.models import FieldVAE
from metacalo.showers import write_showers
from metacalo.showers.origin import called, doubts_about, marks_of
from metacalo.validation.plots import MAIN_FIGURES, loss_curve, png_bytes, save_figures
from metacalo.validation.report import verdict_table, write_report
from metacalo.validation.results import draw

if TYPE_CHECKING:
    import torch
    from matplotlib.figure import Figure

    from metacalo.geometry import Detector
    from metacalo.showers import Showers

DEFAULT_CHECKPOINT = "default"

SUPPORT_FILE = "support_showers.h5"
"""Showers that the model was adapted to."""

TEST_FILE = "test_showers.h5"
"""Showers that the model never saw: what it may be compared with later, by any means."""


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation gave.

    Attributes:
        model: the adapted model.
        tuning: how the training went.
        assessment: how good it is.
        folder: that holds the model, the report and the figures.
    """

    model: AdaptedModel
    tuning: FineTuning
    assessment: Assessment
    folder: Path


def adapt(
    detector: Detector,
    showers: Showers,
    out: str | Path,
    settings: AdaptSettings | None = None,
    *,
    checkpoint: str | Path = DEFAULT_CHECKPOINT,
    device: torch.device | str = "cpu",
    command: str | None = None,
    on_step: Callable[[int, float], object] = lambda _step, _loss: None,
    on_stage: Callable[[str], object] = lambda _stage: None,
) -> Adaptation:
    """Adapt a pretrained generator to a detector, judge it, and write everything into a folder.

    `out` receives `model.safetensors`, `model.json`, `model.onnx` (see `metacalo.export`; of a model of the
    family field_vae), `adapted.json` (all figures), `support_showers.h5` and `test_showers.h5` (those that it
    was adapted to and judged by), `report.html` (self-contained) and the plots as PNG; they are written
    beside and moved there when all of them are whole.

    Args:
        detector: to adapt to.
        showers: full simulation of it; `settings.n_showers` are adapted to, others are the test.
        out: folder.
        settings: of the adaptation.
        checkpoint: pretrained model: a name that comes with metacalo, a folder or a file.
        device: to compute on.
        command: noted in the provenance.
        on_step: is told steps done and loss.
        on_stage: is told what is being done.

    Raises:
        CheckpointError: the checkpoint is missing, damaged, or of another version.
        ShowerFileError: there are no showers, or their response cannot be the detector's.
        GridMismatchError: the checkpoint cannot make showers on the detector's grid.
        SettingsError: too few showers.
        OutputError: the folder cannot be written.
    """
    settings = settings or AdaptSettings()
    started = time.perf_counter()
    generator, pretrained = load_model(checkpoint)
    division = divide(showers, settings.n_showers, settings.seed)
    check_ranges(detector, division.support)
    check_units(detector, division.support)
    check_covered_by(pretrained, division.support)
    if not isinstance(generator, FieldVAE):
        warnings.warn(
            f"there will be no model.onnx: models of the family {pretrained.family} cannot be exported, only "
            "those of field_vae, as the default checkpoint is; `metacalo generate` makes their showers",
            MetacaloWarning,
            stacklevel=2,
        )
    with whole_folder(Path(out)) as folder:
        on_stage("training")
        tuning = fine_tune(
            generator,
            detector,
            division.support,
            settings,
            device=device,
            learned_rates=pretrained.extra.get("inner_rates"),
            on_step=on_step,
        )
        if tuning.best_step == 0:
            warnings.warn(
                "no step made the showers held back more likely, so that the model is the pretrained one; "
                "give more showers with --n-showers, or look at the loss curve in the report",
                MetacaloWarning,
                stacklevel=2,
            )
        info = ModelInfo.of(
            tuning.generator,
            detectors=pretrained.training_detectors(),
            data_sha256={**pretrained.data_sha256, detector.name: division.support.sha256()},
            seeds={**pretrained.seeds, "adapt": settings.seed},
            training={"pretraining": pretrained.training, "adaptation": settings.model_dump(mode="json")},
            command=command,
            extra={
                "checkpoint": str(checkpoint),
                "checkpoint_sha256": pretrained.weights_sha256,
                "showers": _told_of(showers),
            },
        )
        energy, theta = trusted_ranges(detector, division.support)
        model = AdaptedModel(tuning.generator, detector, info, energy, theta)
        on_stage("assessment")
        before = replace(model, generator=generator)
        assessment = assess(
            model,
            before,
            division.test,
            label=called(showers.attributes),
            seed=settings.seed,
            device=device,
        )
        on_stage("report")
        _write(folder, model, tuning, assessment, division, started)
    return Adaptation(model, tuning, assessment, Path(out))


def figures_of(tuning: FineTuning, assessment: Assessment) -> dict[str, Any]:
    """Return everything that was measured, in JSON types, as `adapted.json` holds it."""
    return {
        "training": {
            "seconds": round(tuning.seconds, 3),
            "steps": tuning.history[-1].step,
            "best_step": tuning.best_step,
            "stopped_by": tuning.stopped_by,
            "steps_skipped": tuning.skipped,
            "history": [vars(check) for check in tuning.history],
        },
        "reference": assessment.reference,
        "n_test": len(assessment.samples[assessment.reference]),
        "verdicts": {
            row.name: {"light": row.light.value, "words": row.words}
            for row in verdict_table(assessment.comparisons, assessment.floor).rows
        },
        "floor": assessment.floor.to_dict(),
        **{label: comparison.to_dict() for label, comparison in assessment.comparisons.items()},
    }


def _write(
    folder: Path,
    model: AdaptedModel,
    tuning: FineTuning,
    assessment: Assessment,
    division: Division,
    started: float,
) -> None:
    """Fill the folder; the model last, so that its provenance has the figures."""
    write_showers(folder / SUPPORT_FILE, division.support)
    write_showers(folder / TEST_FILE, division.test)
    content = {
        **_told_of_model(model),
        "n_support": len(division.support),
        **figures_of(tuning, assessment),
    }
    drawn = draw(assessment, model.detector, names=MAIN_FIGURES)
    drawn["loss_curve"] = _loss_curve(tuning)
    pngs = {name: png_bytes(figure) for name, figure in drawn.items()}
    save_figures(pngs, folder, formats=("png",))
    info = model.info.model_copy(update={"validation": _summary(assessment)})
    replace(model, info=info).save(folder)
    if isinstance(model.generator, FieldVAE):
        export_onnx(load(folder), folder)  # as it was written: its description has the hash of the weights
    write_report(
        folder / "report.html",
        title=f"{model.detector.name}: adapted fast simulation",
        detector=model.detector,
        comparisons=assessment.comparisons,
        floor=assessment.floor,
        figures=pngs,
        provenance={
            "support showers": model.info.training["adaptation"]["n_showers"],
            "training": f"{tuning.seconds:.1f} s, {tuning.history[-1].step} steps, best {tuning.best_step}",
            "showers made by": model.info.extra["showers"].get("engine", "not told"),
            "checkpoint": model.info.extra["checkpoint"],
            "versions": model.info.versions,
            "seed": model.info.seeds["adapt"],
            "command": model.info.command,
        },
        events=assessment.samples,
        reference=assessment.reference,
        floor_label=assessment.floor_label,
        notes=doubts_about(model.info.extra["showers"]),
    )
    content["seconds"] = round(time.perf_counter() - started, 3)
    write_json(folder / "adapted.json", content)


def _told_of(showers: Showers) -> dict[str, Any]:
    """Return what is known of the making of showers: engine, physics, marks."""
    known = {name: showers.attributes[name] for name in ("engine", "physics") if name in showers.attributes}
    return {**known, **marks_of(showers.attributes)}


def _told_of_model(model: AdaptedModel) -> dict[str, Any]:
    """Return what the figures are of."""
    info = model.info
    return {
        "detector": model.detector.name,
        "seed": info.seeds["adapt"],
        "versions": info.versions,
        "command": info.command,
        "showers": info.extra["showers"],
    }


def _summary(assessment: Assessment) -> dict[str, Any]:
    compared = {**assessment.comparisons, "floor": assessment.floor}
    return {
        label: {name: list(estimate) for name, estimate in comparison.estimates.items()}
        for label, comparison in compared.items()
    }


def _loss_curve(tuning: FineTuning) -> Figure:
    support = [(c.step, c.training_loss) for c in tuning.history if c.training_loss is not None]
    held_back = [(c.step, c.held_back_loss) for c in tuning.history if c.held_back_loss is not None]
    return loss_curve(
        {
            "support showers": ([step for step, _ in support], [loss for _, loss in support]),
            "held back": ([step for step, _ in held_back], [loss for _, loss in held_back]),
        },
        title="fine-tuning",
        best_step=tuning.best_step,
        y_label="loss per shower [nat]",
    )
