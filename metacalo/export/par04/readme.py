"""The README beside the macros: what to run, what the numbers are, what to know."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from metacalo.export.onnx_graph import OLDEST_OPSET
from metacalo.export.par04.front_end import HIGHEST_ENERGY_GEV, N_CONDITIONS
from metacalo.export.par04.macro import N_EVENTS
from metacalo.export.par04.seeds import N_SEEDS

if TYPE_CHECKING:
    from metacalo.export.par04.macro import Par04Setup
    from metacalo.geometry import Detector

_FIRST_RUNTIME = {16: "1.11", 17: "1.12", 18: "1.14", 19: "1.15", 20: "1.17"}
"""First version of ONNX Runtime that knows an opset."""

_FULL_TIME = """
Full simulation follows every particle of a shower, so that its time grows with the energy and is far
longer than the model's: try it with a small `/run/beamOn` first."""

_TEXT = """\
# {name} in Geant4's example Par04

For `examples/extended/parameterisations/Par04` of Geant4 11.4, unchanged, built with ONNX Runtime
({onnx_runtime}) or LibTorch. The file for LibTorch is
written by torch {torch}: a LibTorch that is older may not read it.

    cp par04_{name}* compare.py detector.yaml BUILD && cd BUILD    # not README.md: Par04 has its own
    ./examplePar04 -m par04_{name}.mac          # ONNX Runtime
    ./examplePar04 -m par04_{name}_torch.mac    # LibTorch
{run_full}
Each shoots {n_events} electrons at each of {energies} GeV, along the normal of the front face, and
writes a ROOT file an energy. With `-r 1 -t N` after the macro it runs in N threads; there may then be
a file of each thread, which `compare.py` reads as well.{full_time}

| file | |
|---|---|
| `par04_{name}.onnx` | the model; input (1, {n_onnx}): {n_noise} normal numbers, {n_conditions} conditions |
| `par04_{name}.pt` | the same for LibTorch; input (8,): {n_seeds} normal numbers, {n_conditions} conditions |
| `par04_{name}.mac`, `par04_{name}_torch.mac` | detector, mesh, inference, runs |
{full_row}| `compare.py`, `detector.yaml` | fast against full simulation, in figures and plots |

## What the numbers are
- Conditions: E / {highest:g} GeV with the kinetic energy E, theta / 90 degrees with the angle theta to
  the beam, and Par04's two numbers for its own geometries, which the model passes over.
- Output: {n_r} x {n_phi} x {n_z} fractions of E in the order (r, phi, z). They are **visible** energy,
  that in the active material, as Par04 scores it in full simulation with only the active layers
  sensitive. About {fraction:.4g} of E is visible (an estimate from the stack); divide by it for
  energies on the scale of E.
- {n_noise} normal numbers are all that is random, so that Geant4's seeds repeat a run. Par04 takes its
  seed from the clock; take the mark from `#/random/setSeeds 1 2` in the macro for a run that repeats.

## What to know
- **Range.** The model knows {low:g} to {high:g} GeV and {least:g} to {most:g} degrees to the normal,
  which is theta from {theta_low:g} to {theta_high:g} degrees. Par04 asks for every electron, positron
  and photon that reaches the calorimeter, however soft, and cannot be told no: outside, the nearest
  energy and angle inside are taken, and Par04 scales the shower to the energy that the particle has.
- **LibTorch** gets the incident energy from Par04 only if the input has eight values in all: of any
  other number Par04 makes four tensors and leaves the energy out (`Par04TorchInference`, the index of
  `energy`). So `setSizeLatentVector` must be {n_seeds} there; the model makes its {n_noise} normal
  numbers from these, by a counter-based generator (Philox). Any other size ends with a message.
- **Both slabs are sensitive** in fast simulation, as Par04 asks for: it deposits at the middle of a
  voxel, which may lie in the absorber. Voxels whose middle is before the front face, at large angles,
  are lost.
- **Curvature.** The model is of flat layers. Par04's barrel has an inner radius of {radius:g} mm, so
  that over the {width:.3g} mm of the mesh its face bends by {sagitta:.2g} mm.{departure}

## Compare

    python compare.py par04_{name}_fast_[0-9]*.root --full {full_files}

For the files of LibTorch take `par04_{name}_fast_torch_*.root`; `fast_*` alone would mix both.
It needs metacalo in its Python; without one beside Geant4, take the ROOT files and `detector.yaml` to
where metacalo is. `--direction` must be that of the macros' gun, if it was changed; the files do not
tell it. Full simulation may be a file of showers of metacalo too.
"""


def par04_readme(
    setup: Par04Setup,
    detector: Detector,
    energy_range_gev: tuple[float, float],
    theta_range_deg: tuple[float, float],
    opset: int = OLDEST_OPSET,
) -> str:
    """Write the README.

    Args:
        setup: of the macros.
        detector: of the model.
        energy_range_gev: of the model [GeV].
        theta_range_deg: of the model, to the normal [deg].
        opset: of the file for ONNX Runtime.
    """
    exact = setup.barrel.is_exact
    name = setup.name
    n_r, n_phi, n_z = setup.grid.shape
    full = f"par04_{name}_full.mac"
    return _TEXT.format(
        name=name,
        n_events=N_EVENTS,
        energies=", ".join(f"{energy:g}" for energy in setup.energies_gev),
        onnx_runtime=f"{_FIRST_RUNTIME[opset]} or newer, which knows the file's opset {opset}",
        torch=torch.__version__.split("+")[0],
        full_time=_FULL_TIME if exact else "",
        run_full=f"    ./examplePar04 -m {full}     # full simulation\n" if exact else "",
        full_row=f"| `{full}` | full simulation of the same |\n" if exact else "",
        full_files=f"par04_{name}_full_*.root" if exact else "SHOWERS.h5",
        n_onnx=setup.n_noise + N_CONDITIONS,
        n_noise=setup.n_noise,
        n_seeds=N_SEEDS,
        n_conditions=N_CONDITIONS,
        highest=HIGHEST_ENERGY_GEV,
        n_r=n_r,
        n_phi=n_phi,
        n_z=n_z,
        fraction=detector.sampling_fraction,
        low=energy_range_gev[0],
        high=energy_range_gev[1],
        least=theta_range_deg[0],
        most=theta_range_deg[1],
        theta_low=90 - theta_range_deg[1],
        theta_high=90 + theta_range_deg[1],
        radius=setup.barrel.inner_radius_mm,
        width=setup.grid.radius_mm,
        sagitta=setup.barrel.inner_radius_mm
        - math.sqrt(setup.barrel.inner_radius_mm**2 - setup.grid.radius_mm**2),
        departure=""
        if exact
        else "\n- **Not for full simulation.** "
        f"Par04 cannot build {name}: {setup.barrel.departure}. Its depth\n"
        "  and number of layers are right, which is all that fast simulation needs.",
    )
