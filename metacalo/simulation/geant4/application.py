"""The Geant4 application: world, physics, particle gun, and the scoring of energy in active material.

This module imports Geant4 itself. It runs in a process of its own only (`metacalo.simulation.geant4.worker`),
as Geant4 is set up once per process and ends the process when it meets a fatal exception.

How it scores was chosen by its rate (electrons of 10 GeV in par04_siw, showers per second of one core):
Geant4 alone without scoring 16; this sensitive detector 10; the same, asking for step and points anew each
time, 7.5; two scorers behind Geant4's own filters (charged, and photons below 0.5 MeV, which misses deposits)
11.6. Scoring cells in C++ cost nothing, but cannot follow the particle's direction, cannot tell the active
material, and give no positions.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geant4_pybind as g4
import numpy as np
from numpy.typing import NDArray

from metacalo.simulation.geant4.materials import Recipe
from metacalo.simulation.geant4.protocol import Shot
from metacalo.simulation.geant4.setup import ELECTROMAGNETIC, Setup

WORLD_MARGIN_MM = 100.0
"""Vacuum around the calorimeter."""

START_MM = 1e-3
"""Distance in front of the face at which a particle starts, so that it enters the first slab."""

_SAME_DENSITY = 1e-4

Emit = Callable[[int, NDArray[np.float64]], None]
"""Is given the number of a shot and its deposits: x, y, z [mm], energy [MeV], shape (m, 4)."""


class CannotBuildError(Exception):
    """A material that this Geant4 does not have, or for which its data have no tables."""


class Application:
    """Geant4, set up for one calorimeter; there can be one per process.

    Args:
        setup: what to simulate.
        tables: folder of the electromagnetic data, where every element needs its tables; None if they are
            complete by themselves.

    Raises:
        CannotBuildError: a material that cannot be built.
    """

    def __init__(self, setup: Setup, tables: Path | None = None) -> None:
        self.version = int(g4.G4VERSION_NUMBER)
        self.run_manager = g4.G4RunManagerFactory.CreateRunManager(g4.G4RunManagerType.SerialOnly)
        commands = g4.G4UImanager.GetUIpointer()
        for quiet in ("/process/em/verbose 0", "/process/had/verbose 0", "/run/verbose 0"):
            commands.ApplyCommand(quiet)
        self.materials = Materials()
        materials = [self.materials.build(recipe) for recipe in setup.materials]
        if tables is not None:
            _check_tables(setup.materials, materials, tables)
        self.scoring = _Scoring()
        self.actions = _Actions(self.scoring)
        # Geant4 keeps plain pointers to all of these, so they must live as long as it does.
        self.user = (_Calorimeter(setup, materials, self.scoring), _physics(setup.physics), self.actions)
        for part in self.user:
            self.run_manager.SetUserInitialization(part)
        # SetDefaultCutValue of a physics list made in Python is ignored, without a word.
        commands.ApplyCommand(f"/run/setCut {setup.cut_mm!r} mm")
        self.run_manager.Initialize()
        self.run_manager.BeamOn(0)  # reads the data and fills all tables, so that what is missing shows now

    def shoot(self, species: str, shots: Sequence[Shot], emit: Emit) -> None:
        """Simulate particles one after the other.

        Args:
            species: Geant4's name: ``e-``, ``e+`` or ``gamma``.
            shots: the particles.
            emit: is called after each.

        Raises:
            RuntimeError: Geant4 gave one up.
        """
        self.actions.gun.load(species, shots)
        self.actions.events.emit = emit
        self.run_manager.BeamOn(len(shots))


class Materials:
    """Builds each material once, by its whole recipe: a name may stand for two, in a table and in a file."""

    def __init__(self) -> None:
        self._built: dict[Recipe, Any] = {}

    def build(self, recipe: Recipe) -> Any:
        """Build a material, or return it if it was built before.

        Raises:
            CannotBuildError: Geant4 does not know the name that it should go by.
        """
        if recipe not in self._built:
            self._built[recipe] = self._made(recipe)
        return self._built[recipe]

    def _made(self, recipe: Recipe) -> Any:
        nist = g4.G4NistManager.Instance()
        density = recipe.density_g_cm3 * g4.g / g4.cm3
        name = f"{recipe.name} ({len(self._built)})"
        if recipe.nist_name:
            base = nist.FindOrBuildMaterial(recipe.nist_name)
            if base is None:
                raise CannotBuildError(
                    f"Geant4 has no material {recipe.nist_name!r}, by which it should build {recipe.name!r}; "
                    "define the material by density_g_cm3 and mass_fractions under `materials:`"
                )
            if abs(base.GetDensity() / density - 1.0) < _SAME_DENSITY:
                return base
            return nist.BuildMaterialWithNewDensity(name, recipe.nist_name, density)
        if recipe.parts:
            parts = [(self.build(part), share) for part, share in recipe.parts]
            mixed = g4.G4Material(name, density, len(parts))
            for part, share in parts:
                mixed.AddMaterial(part, share)
            return mixed
        element = g4.G4Material(name, density, 1)
        element.AddElement(nist.FindOrBuildElement(recipe.atomic_number), 1.0)
        return element


def _check_tables(recipes: Sequence[Recipe], materials: Sequence[Any], tables: Path) -> None:
    for recipe, material in zip(recipes, materials, strict=True):
        for index in range(material.GetNumberOfElements()):
            number = round(material.GetElement(index).GetZ())
            if not (tables / "brem_SB" / f"br{number}").exists():
                raise CannotBuildError(
                    f"the data in {str(tables)!r} have no tables for the element with Z = {number} in "
                    f"{recipe.name!r}; they are a stand-in for tests: use Geant4's own data sets"
                )


def _physics(name: str) -> Any:
    g4.G4EmParameters.Instance().SetVerbose(0)
    if name not in ELECTROMAGNETIC:
        whole = getattr(g4, name)()
        whole.SetVerboseLevel(0)
        return whole
    return _ElectromagneticPhysics(ELECTROMAGNETIC[name])


class _ElectromagneticPhysics(g4.G4VModularPhysicsList):
    def __init__(self, constructor: str) -> None:
        super().__init__()
        self.SetVerboseLevel(0)
        self.electromagnetic = getattr(g4, constructor)()
        self.RegisterPhysics(self.electromagnetic)


class _Calorimeter(g4.G4VUserDetectorConstruction):
    """Slabs in a vacuum; the front face is the plane z = 0."""

    def __init__(self, setup: Setup, materials: Sequence[Any], scoring: Any) -> None:
        super().__init__()
        self.setup, self.materials, self.scoring = setup, materials, scoring
        self.kept: list[Any] = []
        self.active: list[Any] = []

    def Construct(self) -> Any:  # noqa: N802 - Geant4's name
        vacuum = g4.G4NistManager.Instance().FindOrBuildMaterial("G4_Galactic")
        half_width, half_depth = (
            size + WORLD_MARGIN_MM for size in (self.setup.half_width_mm, self.setup.depth_mm)
        )
        world, placed = self._volume("world", vacuum, half_width, half_depth), []
        place = g4.G4PVPlacement(None, g4.G4ThreeVector(), world, "world", None, False, 0, False)
        logical: dict[Any, Any] = {}
        depth = 0.0
        for number, block in enumerate(self.setup.blocks):
            if block not in logical:
                material = self.materials[block.material]
                half_width = self.setup.half_width_mm
                logical[block] = self._volume("slab", material, half_width, block.thickness_mm / 2.0)
            centre = g4.G4ThreeVector(0.0, 0.0, depth + block.thickness_mm / 2.0)
            placed.append(g4.G4PVPlacement(None, centre, logical[block], "slab", world, False, number, False))
            depth += block.thickness_mm
        self.active = [volume for block, volume in logical.items() if block.active]
        self.kept += [place, placed, logical]
        return place

    def ConstructSDandField(self) -> None:  # noqa: N802 - Geant4's name
        g4.G4SDManager.GetSDMpointer().AddNewDetector(self.scoring)
        for volume in self.active:
            self.SetSensitiveDetector(volume, self.scoring)

    def _volume(self, name: str, material: Any, half_width_mm: float, half_depth_mm: float) -> Any:
        box = g4.G4Box(name, half_width_mm, half_width_mm, half_depth_mm)
        volume = g4.G4LogicalVolume(box, material, name)
        self.kept += [box, volume]
        return volume


class _Scoring(g4.G4VSensitiveDetector):
    """Keeps every deposit in active material with both ends of its step.

    Geant4 has one step object and two points, which it fills anew for each step. Holding on to them spares
    the wrapping of each, which is most of the cost of a call from C++.
    """

    def __init__(self) -> None:
        super().__init__("active")
        self.rows = array("d")
        self.kept: tuple[Any, ...] = ()
        self.reads: tuple[Any, ...] = ()

    def ProcessHits(self, step: Any, history: Any) -> bool:  # noqa: ARG002, N802 - Geant4's name
        if not self.reads:
            before, after = step.GetPreStepPoint(), step.GetPostStepPoint()
            self.kept = (step, before, after)
            self.reads = (
                step.GetTotalEnergyDeposit,
                before.GetPosition,
                after.GetPosition,
                before.GetCharge,
            )
        deposit, begin, end, charge = self.reads
        energy = deposit()
        if energy > 0.0:
            a, b = begin(), end()
            self.rows.extend((a.x, a.y, a.z, b.x, b.y, b.z, energy, charge()))
        return True

    def collect(self, generator: np.random.Generator) -> NDArray[np.float64]:
        """Return the deposits so far, x, y, z [mm] and energy [MeV], shape (m, 4), and forget them.

        That of a charged particle is at a random point of its step, that of a photon where the step ends.
        """
        rows = np.array(self.rows).reshape(-1, 8)
        self.rows = array("d")
        along = np.where(rows[:, 7] == 0.0, 1.0, generator.random(len(rows)))
        rows[:, 3:6] += (along - 1.0)[:, np.newaxis] * (rows[:, 3:6] - rows[:, 0:3])
        return rows[:, 3:7]


class _Gun(g4.G4VUserPrimaryGeneratorAction):
    def __init__(self) -> None:
        super().__init__()
        self.gun = g4.G4ParticleGun(1)
        self.shots: Sequence[Shot] = ()

    def load(self, species: str, shots: Sequence[Shot]) -> None:
        particle = g4.G4ParticleTable.GetParticleTable().FindParticle(species)
        self.gun.SetParticleDefinition(particle)
        self.shots = shots

    def GeneratePrimaries(self, event: Any) -> None:  # noqa: N802 - Geant4's name
        shot = self.shots[event.GetEventID()]
        g4.HepRandom.setTheSeed(shot.seed)
        back = -START_MM / shot.direction[2]
        start = g4.G4ThreeVector(*(back * component for component in shot.direction))
        self.gun.SetParticleEnergy(shot.energy_gev * g4.GeV)
        self.gun.SetParticleMomentumDirection(g4.G4ThreeVector(*shot.direction))
        self.gun.SetParticlePosition(start)
        self.gun.GeneratePrimaryVertex(event)


class _Events(g4.G4UserEventAction):
    def __init__(self, gun: _Gun, scoring: _Scoring) -> None:
        super().__init__()
        self.gun, self.scoring = gun, scoring
        self.emit: Emit = lambda _number, _deposits: None

    def EndOfEventAction(self, event: Any) -> None:  # noqa: N802 - Geant4's name
        number = event.GetEventID()
        if event.IsAborted():
            raise RuntimeError(f"Geant4 gave up event {number}")
        seed = self.gun.shots[number].seed
        self.emit(number, self.scoring.collect(np.random.default_rng(seed)))


class _Actions(g4.G4VUserActionInitialization):
    def __init__(self, scoring: _Scoring) -> None:
        super().__init__()
        self.scoring = scoring
        self.gun: Any = None
        self.events: Any = None

    def Build(self) -> None:  # noqa: N802 - Geant4's name
        self.gun = _Gun()  # Geant4 allows it only now, when there is physics
        self.events = _Events(self.gun, self.scoring)
        self.SetUserAction(self.gun)
        self.SetUserAction(self.events)
