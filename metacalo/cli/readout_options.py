"""Options that several commands have: where showers enter, and what electronics do."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from metacalo.errors import SettingsError

if TYPE_CHECKING:
    from metacalo.geometry import Detector
    from metacalo.readout.electronics import Electronics
    from metacalo.readout.entries import Entries
    from metacalo.readout.formats import EventMetadata
    from metacalo.readout.production import Balance
    from metacalo.readout.readout import Readout

Position = Annotated[
    str | None,
    typer.Option(
        help="Where all showers enter: --position=X,Y in mm, or ETA,PHI with phi in degrees for a barrel. "
        "By default the readout's default_position."
    ),
]
Positions = Annotated[
    Path | None,
    typer.Option(help="CSV file with a row a shower: columns x_mm,y_mm, or eta,phi_deg for a barrel."),
]
Scan = Annotated[
    str | None, typer.Option(help="Spread showers evenly over this region or layer, or over all cells.")
]
Sampling = Annotated[
    bool, typer.Option("--sampling", help="Share energy as random spots of a few MeV, not by overlap.")
]
LayoutOption = Annotated[
    str | None, typer.Option(help="Layout of a ROOT file: flat (a TTree, by default), rntuple or edm4hep.")
]
Collection = Annotated[
    str | None, typer.Option(help="Name of the hits in the edm4hep layout; by default the readout's.")
]
_VALUES = "One number, or numbers by layer or region as inner=3,outer=5."
EmScale = Annotated[
    str | None,
    typer.Option(help=f"Divide deposits by the sampling fraction: auto (of the stack), or given. {_VALUES}"),
]
Noise = Annotated[str | None, typer.Option(help=f"Gaussian noise of a cell [MeV]. {_VALUES}")]
NoiseInAllCells = Annotated[
    bool, typer.Option("--noise-in-all-cells", help="Noise also in cells without a deposit.")
]
Threshold = Annotated[str | None, typer.Option(help=f"Leave out cells below this [MeV]. {_VALUES}")]
Saturation = Annotated[str | None, typer.Option(help=f"Largest energy of a cell [MeV]. {_VALUES}")]
AdcCount = Annotated[
    str | None,
    typer.Option(help=f"Round to counts of a converter, of this energy [MeV]. {_VALUES}"),
]
AdcBits = Annotated[int, typer.Option(help="Bits of the converter.")]
AdcPedestal = Annotated[int, typer.Option(help="Count of a cell without energy.")]

AUTO = "auto"


@dataclass(frozen=True, eq=False)
class Cells:
    """A detector with its readout.

    Attributes:
        detector: the detector.
        readout: its cells.
        folder: of the detector file, which files that it names are relative to.
    """

    detector: Detector
    readout: Readout
    folder: Path

    @classmethod
    def load(cls, geometry: str) -> Self:
        """Read a detector file, given by its name or path."""
        from metacalo.geometry import detector_path, load_detector
        from metacalo.readout.building import readout_of

        detector, folder = load_detector(geometry), detector_path(geometry).parent
        return cls(detector, readout_of(detector, folder), folder)

    @classmethod
    def of(cls, detector: Detector, geometry: str | None) -> Self:
        """Build the readout of a detector, or that of a detector file of the same stack and grid.

        Raises:
            SettingsError: the file is of another detector.
        """
        from metacalo.readout.building import readout_of

        if geometry is None:
            return cls(detector, readout_of(detector), Path())
        cells = cls.load(geometry)
        if cells.detector.fingerprint != detector.fingerprint:
            raise SettingsError(
                f"expected with --geometry the detector of the model, {detector.name}, with a readout, got "
                f"{cells.detector.name} of another stack, grid or range; leave all but `readout:` as it is"
            )
        return cells


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a user asks of the projection, as options.

    Attributes:
        position: text of --position.
        positions: file of --positions.
        scan: region of --scan.
        theta_deg: --theta, if it is not the showers' own [degrees].
        phi_deg: --phi, likewise [degrees].
        sampling: --sampling.
        layout: --layout.
        collection: --collection.
        em_scale: text of --em-scale.
        electronics: other settings of the electronics, by name.
    """

    position: str | None = None
    positions: Path | None = None
    scan: str | None = None
    theta_deg: float | None = None
    phi_deg: float | None = None
    sampling: bool = False
    layout: str | None = None
    collection: str | None = None
    em_scale: str | None = None
    electronics: dict[str, Any] = field(default_factory=dict)

    def entries(self, readout: Readout, n_showers: int, seed: int) -> Entries:
        """Return where showers enter, checked.

        Raises:
            SettingsError: more than one way to say it.
            PlacementError: no such place, or not one for each shower.
        """
        import math

        import numpy as np

        from metacalo.readout.entries import Entries, parse_position, read_entries, scanned

        ways = {"--position": self.position, "--positions": self.positions, "--scan": self.scan}
        given = [option for option, value in ways.items() if value is not None]
        if len(given) > 1:
            raise SettingsError(
                f"expected one of {', '.join(ways)}, got {' and '.join(given)}; leave one out"
            )
        theta, phi = (None if v is None else math.radians(v) for v in (self.theta_deg, self.phi_deg))
        if self.positions is not None:
            found = read_entries(readout, self.positions)
            entries = Entries(
                found.position,
                found.theta_rad if theta is None else theta,
                found.phi_rad if phi is None else phi,
            )
        elif self.scan is not None:
            entries = Entries(scanned(readout, self.scan, n_showers, seed), theta, phi)
        elif self.position is not None:
            entries = Entries(parse_position(readout, self.position), theta, phi)
        else:
            entries = Entries(np.array(readout.default_position), theta, phi)
        entries.check(readout, n_showers)
        return entries

    def electronics_of(self, cells: Cells) -> Electronics | None:
        """Return the electronics, checked against the cells; None if nothing of it is asked for.

        Raises:
            SettingsError: an impossible value, or a name that is no layer or region.
        """
        from metacalo.readout.electronics import Electronics, check_electronics

        fraction = cells.detector.sampling_fraction if self.em_scale == AUTO else self.em_scale
        electronics = Electronics.parse(sampling_fraction=fraction, **self.electronics)
        check_electronics(electronics, cells.readout.cells)
        return None if electronics.is_off else electronics

    def metadata(self, cells: Cells, *, seed: int, electronics: Electronics | None) -> EventMetadata:
        """Return what the file tells of its events.

        Raises:
            SettingsError: --collection is no name of a branch.
        """
        import re

        from metacalo.readout.formats import EventMetadata
        from metacalo.readout.settings import COLLECTION_NAME

        if self.collection is not None and re.match(COLLECTION_NAME, self.collection) is None:
            raise SettingsError(
                f"expected a collection as a name of letters, digits and _, got {self.collection!r}; "
                "write for example --collection ECalBarrelCollection"
            )

        content = cells.detector.to_dict()
        if cells.readout.kind == "table":
            # its cells are in a file beside the detector's, which events are not
            table = cells.folder / content["readout"]["file"]
            content["readout"] = {**content["readout"], "file": str(table.absolute())}
        return EventMetadata(
            detector=content,
            seed=seed,
            projection={
                "position": self.position,
                "positions": None if self.positions is None else self.positions.name,
                "scan": self.scan,
                "theta_deg": self.theta_deg,
                "phi_deg": self.phi_deg,
                "sampling": self.sampling,
            },
            electronics=None if electronics is None else electronics.model_dump(mode="json"),
            collection=self.collection or cells.readout.collection,
            command=shlex.join(["metacalo", *sys.argv[1:]]),
        )


def print_balance(balance: Balance, detector: Detector, path: Path, seed: int) -> None:
    """Tell where the energy went."""
    typer.echo(f"{balance.n_events:,} events of {detector.name} in {path} (seed {seed})")
    typer.echo(str(balance))
