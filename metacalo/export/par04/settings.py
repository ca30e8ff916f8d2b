"""A macro read as Geant4 reads it: commands in order, in the states that they are for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from metacalo.errors import SettingsError

LENGTHS_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
ENERGIES_MEV = {"MeV": 1.0, "GeV": 1000.0, "TeV": 1e6}

_BEFORE = ("/Par04/detector/", "/Par04/mesh/", "/Par04/parallel/")
"""Commands for the state PreInit."""

_AFTER = ("/Par04/inference/", "/gun/", "/param/", "/run/beamOn")
"""Commands for the state Idle."""

_ANYTIME = ("/process/", "/analysis/", "/random/")


@dataclass(frozen=True)
class Mesh:
    """Cylinder of cells: numbers in (rho, phi, z), sizes in rho and z [mm]; Par04's own by default."""

    shape: tuple[int, int, int] = (18, 50, 45)
    rho_mm: float = 2.325
    z_mm: float = 3.4


@dataclass(frozen=True)
class Run:
    """One ``/run/beamOn``.

    Attributes:
        energy_mev: kinetic energy of the electrons [MeV].
        direction: of the gun, not normalised.
        events: how many.
        file: of the output.
        fast: whether the model answers.
    """

    energy_mev: float
    direction: tuple[float, float, float]
    events: int
    file: str
    fast: bool


@dataclass(frozen=True)
class Par04Settings:
    """What Par04 knows when a macro has been read; the defaults are Par04's own.

    Attributes:
        inner_radius_mm: of the barrel [mm].
        length_mm: of the barrel [mm].
        n_layers: of the barrel.
        slabs: of a layer: material, thickness [mm], and whether it is sensitive.
        mesh: that energy is scored on.
        inference_mesh: that the model's output is laid out on.
        model_type: `VAE` or `CaloDiT-2`.
        model: its file, as the macro names it.
        library: `ONNX` or `TORCH`; empty if none was chosen.
        n_latent: numbers from the normal law.
        n_conditions: numbers that follow.
        optimise: whether ONNX Runtime may optimise the graph.
        runs: in order.
    """

    inner_radius_mm: float = 800.0
    length_mm: float = 2000.0
    n_layers: int = 90
    slabs: tuple[tuple[str, float, bool], ...] = ()
    mesh: Mesh = Mesh()
    inference_mesh: Mesh = Mesh()
    model_type: str = "VAE"
    model: str = "MLModels/Generator.onnx"
    library: str = ""
    n_latent: int = 10
    n_conditions: int = 4
    optimise: bool = False
    runs: tuple[Run, ...] = ()
    model_of_library: str = ""


@dataclass
class _State:
    settings: Par04Settings = field(default_factory=Par04Settings)
    initialised: bool = False
    energy_mev: float = 0.0
    direction: tuple[float, float, float] = (0.0, 0.0, 1.0)
    file: str = "Par04Output"
    models: dict[str, bool] = field(default_factory=lambda: {"defineMesh": True, "inferenceModel": True})


def read_macro(path: str | Path) -> Par04Settings:
    """Read a macro as Par04 would.

    Raises:
        SettingsError: a command that Par04 does not have, or in a state that it is not for.
    """
    state = _State()
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            _obey(state, words[0], words[1:])
        except (ValueError, KeyError, IndexError) as error:
            raise SettingsError(
                f"{path}, line {number}: expected a command that Par04 obeys here, got {line!r} ({error}); "
                "see the example's messengers"
            ) from error
    return state.settings


def _obey(state: _State, command: str, words: list[str]) -> None:
    if command == "/run/initialize":
        state.initialised = True
        return
    if command.startswith(_BEFORE if state.initialised else _AFTER):
        raise ValueError(f"the run is {'' if state.initialised else 'not '}initialised")
    if command.startswith("/Par04/"):
        _set(state, command, words)
    elif command == "/gun/energy":
        state.energy_mev = float(words[0]) * ENERGIES_MEV[words[1]]
    elif command == "/gun/direction":
        x, y, z = map(float, words)
        state.direction = (x, y, z)
    elif command == "/gun/particle" or command == "/gun/position":
        expected = ["e-"] if command == "/gun/particle" else ["0", "0", "0"]
        if words != expected:
            raise ValueError(f"expected {' '.join(expected)}")
    elif command in ("/param/ActivateModel", "/param/InActivateModel"):
        if words[0] not in state.models:
            raise KeyError(words[0])
        state.models[words[0]] = command == "/param/ActivateModel"
    elif command == "/analysis/setFileName":
        state.file = words[0]
    elif command == "/run/beamOn":
        run = Run(
            state.energy_mev, state.direction, int(words[0]), state.file, state.models["inferenceModel"]
        )
        state.settings = replace(state.settings, runs=(*state.settings.runs, run))
    elif not command.startswith(_ANYTIME):
        raise ValueError("there is no such command")


def _set(state: _State, command: str, words: list[str]) -> None:
    now = state.settings
    folder, name = command.removeprefix("/Par04/").split("/")
    if folder == "parallel" and name in ("setNbOfSlices", "setNbOfRows"):
        int(words[0])
    elif folder == "detector" and name == "setAbsorber":
        number, material, sensitive = int(words[0]), words[1], {"true": True, "false": False}[words[4]]
        if number not in (0, 1) or number > len(now.slabs) or not material.startswith("G4_"):
            raise ValueError("there are absorbers 0 and 1, of Geant4's own materials")
        slab = (material, float(words[2]) * LENGTHS_MM[words[3]], sensitive)
        state.settings = replace(now, slabs=(*now.slabs[:number], slab, *now.slabs[number + 1 :]))
    elif folder == "inference" and name == "setInferenceLibrary":
        # the model is read now, whatever is set later
        state.settings = replace(now, library=words[0], model_of_library=now.model)
    elif name in _MESH and folder in ("mesh", "inference"):
        which = "mesh" if folder == "mesh" else "inference_mesh"
        meshed: dict[str, Any] = {which: _meshed(getattr(now, which), name, words)}
        state.settings = replace(now, **meshed)
    else:
        key, kind = _PLAIN[f"{folder}/{name}"]
        value: Any = words[0]
        if kind == "length":
            value = float(words[0]) * LENGTHS_MM[words[1]]
        elif kind == "number":
            value = int(words[0])
        if key:
            state.settings = replace(now, **{key: value})


def _meshed(mesh: Mesh, name: str, words: list[str]) -> Mesh:
    place = _MESH[name]
    if isinstance(place, str):
        size: dict[str, Any] = {place: float(words[0]) * LENGTHS_MM[words[1]]}
        return replace(mesh, **size)
    n_rho, n_phi, n_z = (int(words[0]) if axis == place else n for axis, n in enumerate(mesh.shape))
    return replace(mesh, shape=(n_rho, n_phi, n_z))


_MESH: dict[str, int | str] = {
    "setNbOfRhoCells": 0,
    "setNbOfPhiCells": 1,
    "setNbOfZCells": 2,
    "setSizeOfRhoCells": "rho_mm",
    "setSizeOfZCells": "z_mm",
}

_PLAIN = {
    "detector/setDetectorInnerRadius": ("inner_radius_mm", "length"),
    "detector/setDetectorLength": ("length_mm", "length"),
    "detector/setNbOfLayers": ("n_layers", "number"),
    "inference/setModelType": ("model_type", "word"),
    "inference/setModelPathName": ("model", "word"),
    "inference/setSizeLatentVector": ("n_latent", "number"),
    "inference/setSizeConditionVector": ("n_conditions", "number"),
    "inference/setOptimizationFlag": ("optimise", "number"),
    "inference/setProfileFlag": ("", "number"),
    "inference/setCudaFlag": ("", "number"),
}
