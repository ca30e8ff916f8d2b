"""A folder for Par04: models for ONNX Runtime and LibTorch, macros, README and the comparison."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor, nn

from metacalo.atomic import whole_folder
from metacalo.errors import ExportError
from metacalo.export.folded import folded
from metacalo.export.metadata import DIGEST, PREFIX, metadata_of, sealed
from metacalo.export.onnx_graph import OLDEST_OPSET, check_opset, with_metadata
from metacalo.export.par04.compare import DETECTOR_FILE
from metacalo.export.par04.front_end import HIGHEST_ENERGY_GEV, Par04FrontEnd, Par04TorchFrontEnd
from metacalo.export.par04.layers import par04_barrel
from metacalo.export.par04.macro import FULL, ONNX, TORCH, Par04Setup, energies_in, par04_macro
from metacalo.export.par04.orientation import check_turns
from metacalo.export.par04.readme import par04_readme
from metacalo.export.par04.reenactment import Infer, infer_with_onnx, infer_with_torch
from metacalo.export.par04.seeds import N_SEEDS, normals_of_seeds
from metacalo.export.torchscript import quietly, save_script, script, trace

if TYPE_CHECKING:
    from metacalo.generation import AdaptedModel
    from metacalo.models.folded import FoldedModel

INPUT, OUTPUT = "par04_input", "energy_fractions"
LARGEST_DIFFERENCE = 1e-5
"""Between an exported file and torch, relative to the largest voxel of a shower."""

_N_CHECKED = 8


@dataclass(frozen=True)
class Par04Export:
    """What was written.

    Attributes:
        folder: that holds it.
        differences: of each file of a model from torch, relative to the largest voxel of a shower.
        departure: why Par04's detector is not the model's; empty if it is.
    """

    folder: Path
    differences: dict[str, float]
    departure: str


def export_par04(
    adapted: AdaptedModel,
    folder: str | Path,
    *,
    opset: int = OLDEST_OPSET,
    on_stage: Callable[[str], object] = lambda _stage: None,
) -> Par04Export:
    """Write all that Par04 needs, and run both models as it runs them.

    Args:
        adapted: model of a detector.
        folder: to be filled.
        opset: of ONNX's operators; the oldest by default, since the ONNX Runtimes beside Geant4 in
            experiments' software are years old (1.11 knows 16).
        on_stage: is told what is being done.

    Raises:
        SettingsError: the grid has an odd number of sectors.
        ExportError: a model of another family, an opset that lacks an operator, or a file that differs from
            torch.
        OutputError: the folder cannot be written.
    """
    detector = adapted.detector
    check_opset(opset)
    check_turns(detector.grid)
    model = folded(adapted)
    least, most = (math.radians(angle) for angle in adapted.theta_range_deg)
    front_end = Par04FrontEnd(
        DenseModel(model).eval(), model.n_noise, detector.grid.shape, adapted.energy_range_gev, (least, most)
    ).eval()
    barrel = par04_barrel(detector, adapted.theta_range_deg)
    energies = energies_in(adapted.energy_range_gev)
    setup = Par04Setup(detector.name, barrel, detector.grid, model.n_noise, energies)
    readme = par04_readme(setup, detector, adapted.energy_range_gev, adapted.theta_range_deg, opset)
    stem = f"par04_{detector.name}"
    metadata = {**metadata_of(adapted, model, "fp32"), PREFIX + "output": json.dumps(OUTPUT)}
    with whole_folder(Path(folder)) as place:
        on_stage("writing ONNX")
        _write_onnx(front_end, place / f"{stem}.onnx", opset, metadata)
        on_stage("writing TorchScript")
        texts = {key: value for key, value in metadata.items() if key != DIGEST}
        _write_torchscript(front_end, place / f"{stem}.pt", texts)
        for suffix, library in (("", ONNX), ("_torch", TORCH), ("_full", FULL)):
            if library != FULL or barrel.is_exact:
                (place / f"{stem}{suffix}.mac").write_text(par04_macro(setup, library), encoding="utf-8")
        (place / "README.md").write_text(readme, encoding="utf-8")
        (place / DETECTOR_FILE).write_text(detector.to_yaml(), encoding="utf-8")
        comparison = files("metacalo.export.par04").joinpath("compare.py").read_text(encoding="utf-8")
        (place / "compare.py").write_text(comparison, encoding="utf-8")
        on_stage("running both")
        differences = {
            f"{stem}.onnx": _difference(front_end, infer_with_onnx(place / f"{stem}.onnx"), model.n_noise),
            f"{stem}.pt": _difference(front_end, infer_with_torch(place / f"{stem}.pt"), N_SEEDS),
        }
    return Par04Export(Path(folder), differences, barrel.departure)


@final
class DenseModel(nn.Module):
    """A folded model that gives deposits in all voxels.

    Args:
        model: with sparse output.
    """

    def __init__(self, model: FoldedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, energy_gev: Tensor, theta_rad: Tensor, noise: Tensor) -> Tensor:
        """Return deposits [MeV], shape (n, n_voxels)."""
        return self.model.dense(energy_gev, theta_rad, noise)


def _rows(front_end: Par04FrontEnd, n_latent: int) -> Tensor:
    """Inputs of showers over the range of the model, shape (n, n_latent + 4)."""
    noise = torch.randn(_N_CHECKED, n_latent, generator=torch.Generator().manual_seed(0))
    part = torch.linspace(0, 1, _N_CHECKED)[:, None]
    energy = front_end.lowest_gev * (front_end.highest_gev / front_end.lowest_gev) ** part
    steep = (front_end.least_rad + part.flip(0) * (front_end.most_rad - front_end.least_rad)) / (math.pi / 2)
    side = torch.tensor([1.0, -1.0]).repeat(_N_CHECKED // 2)[:, None]
    geometry = torch.tensor([[0.0, 1.0]]).expand(_N_CHECKED, 2)
    return torch.cat([noise, energy / HIGHEST_ENERGY_GEV, 1 + side * steep, geometry], dim=1)


def _difference(front_end: Par04FrontEnd, infer: Infer, n_latent: int) -> float:
    """Largest difference of an exported model from torch, relative to the largest voxel of its shower.

    Raises:
        ExportError: if it is too large.
    """
    largest = 0.0
    for row in _rows(front_end, n_latent):
        noise = row[:n_latent]
        if n_latent == N_SEEDS:
            noise = normals_of_seeds(row[None, :N_SEEDS], front_end.n_noise)[0]
        with torch.no_grad():
            expected = front_end(torch.cat([noise, row[n_latent:]])[None])[0]
        found = torch.from_numpy(infer(row.numpy()).reshape(-1))
        if found.shape != expected.shape:
            raise ExportError(
                f"expected {len(expected)} values from the exported model, got shape {tuple(found.shape)}; "
                "this is an error of the export"
            )
        largest = max(largest, float((found - expected).abs().max() / expected.max()))
    if not largest <= LARGEST_DIFFERENCE:
        raise ExportError(
            f"expected the exported model to agree with torch to {LARGEST_DIFFERENCE:g}, the difference is "
            f"{largest:.3g}; nothing was written. Try another version of onnxruntime or torch"
        )
    return largest


def _write_torchscript(front_end: Par04FrontEnd, path: Path, metadata: dict[str, str]) -> None:
    n = front_end.n_noise
    row = _rows(front_end, n)[:1]
    scripted_front = Par04FrontEnd(
        trace(front_end.model, (row[:, n] * HIGHEST_ENERGY_GEV, row[:, n + 1], row[:, :n])),
        n,
        (front_end.n_r, front_end.n_phi, front_end.n_z),
        (front_end.lowest_gev, front_end.highest_gev),
        (front_end.least_rad, front_end.most_rad),
    )
    save_script(script(Par04TorchFrontEnd(scripted_front).eval()), path, metadata)


def _write_onnx(front_end: Par04FrontEnd, path: Path, opset: int, metadata: dict[str, str]) -> None:
    import onnx

    file = io.BytesIO()
    row = _rows(front_end, front_end.n_noise)[:1]
    with quietly():
        torch.onnx.export(
            front_end,
            (row,),
            file,  # type: ignore[arg-type] # the older exporter, which this is, writes into it
            input_names=[INPUT],
            output_names=[OUTPUT],
            opset_version=opset,
            dynamo=False,
        )
    graph = with_metadata(onnx.load_model_from_string(file.getvalue()), metadata)
    path.write_bytes(sealed(graph.SerializeToString()))
