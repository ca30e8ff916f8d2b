"""The XML file that tells the voxels of a CaloChallenge file: layers, radial edges, sectors."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from metacalo.atomic import write_atomically
from metacalo.errors import MetacaloError, ShowerFileError
from metacalo.geometry import CylinderGrid

DATASET_2 = CylinderGrid(shape=(9, 16, 45), dr_mm=4.65, dz_mm=3.4)
"""Grid of the CaloChallenge's dataset 2 (and of Geant4's example Par04 with two layers in a voxel)."""

PARTICLES = {
    "e-": ("11", "electron"),
    "e+": ("11", "electron"),
    "gamma": ("22", "photon"),
    "pi-": ("211", "pion"),
    "pi+": ("211", "pion"),
}
"""PDG number and the challenge's name of each particle; its script looks for the name."""

EDGE_TOLERANCE = 1e-4
"""Radial edges are evenly spaced if each is as near as this, in units of dr, to where it should be."""

MAX_BYTES = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Binning:
    """A regular binning: the same rings and sectors in every layer.

    Attributes:
        n_r: number of rings.
        n_phi: number of sectors.
        n_z: number of layers.
        dr_mm: width of a ring [mm].
        dz_mm: depth of a layer [mm]; None if the file does not tell, as the challenge's own do not.
    """

    n_r: int
    n_phi: int
    n_z: int
    dr_mm: float
    dz_mm: float | None = None

    def grid(self, dz_mm: float | None = None) -> CylinderGrid:
        """Grid of the showers.

        The depth of a layer is that of the binning, or the given one; for the voxels of dataset 2 its own.

        Raises:
            ShowerFileError: if neither tells the depth of a layer.
        """
        shape = (self.n_r, self.n_phi, self.n_z)
        if dz_mm is None:
            dz_mm = self.dz_mm
        if dz_mm is None and shape == DATASET_2.shape and abs(self.dr_mm - DATASET_2.dr_mm) < 1e-6:
            dz_mm = DATASET_2.dz_mm
        if dz_mm is None:
            raise ShowerFileError(
                "the binning tells no depth of a layer, expected the attribute dz_mm of its Bin; "
                "name the detector instead (--geometry), whose grid has one"
            )
        return CylinderGrid(shape=shape, dr_mm=self.dr_mm, dz_mm=dz_mm)


def binning_xml(grid: CylinderGrid, particle: str = "e-") -> str:
    """Describe a grid in the challenge's XML; that of dataset 2 as the challenge's own file, to the byte.

    For every other grid `Bin` has the attribute ``dz_mm`` as well, which the challenge's reader passes over.

    Args:
        grid: the grid.
        particle: e-, e+, gamma, pi- or pi+; anything else is called an electron, which the challenge's script
            wants for dataset 2.
    """
    _, n_phi, n_z = grid.shape
    pid, name = PARTICLES.get(particle, PARTICLES["e-"])
    edges = ",".join(f"{edge:.10g}" for edge in grid.r_edges_mm)
    depth = "" if grid == DATASET_2 else f' dz_mm="{grid.dz_mm!r}"'
    layers = "".join(
        f'      <Layer id="{layer}" r_edges="{edges}" n_bin_alpha="{n_phi}" />\n' for layer in range(n_z)
    )
    return f'<Bins>\n   <Bin pid="{pid}" name="{name}"{depth}>\n{layers}   </Bin>\n</Bins>\n'


def write_binning(path: str | Path, grid: CylinderGrid, particle: str = "e-") -> None:
    """Write the XML of a grid, whole or not at all; see `binning_xml`.

    Raises:
        OutputError: if it cannot be written.
    """
    text = binning_xml(grid, particle)
    write_atomically(Path(path), lambda temporary: temporary.write_text(text, encoding="utf-8"))


def read_binning(path: str | Path) -> Binning:
    """Read a binning XML whose layers are all alike.

    Of several particles in the file the first is read.

    Raises:
        ShowerFileError: if it cannot be read, is no XML, no binning, or not regular: rings of unequal width,
            or layers of unequal binning, as in the challenge's dataset 1.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refuse(
                path, "it has more than 10 MB, expected a binning XML", "give the XML, not the showers"
            )
        text = path.read_text(encoding="utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise _refuse(path, "it defines entities, which no binning needs", "remove them")
        root = ElementTree.fromstring(text)  # noqa: S314 - entities, its danger, are refused above
        bin_ = next((element for element in root if element.tag == "Bin"), None)
        if bin_ is None:
            raise _refuse(path, "it has no element Bin", "give the binning XML of the showers")
        layers = [
            ([float(edge) for edge in layer.attrib["r_edges"].split(",")], int(layer.attrib["n_bin_alpha"]))
            for layer in bin_
        ]
        depth = float(bin_.attrib["dz_mm"]) if "dz_mm" in bin_.attrib else None
    except MetacaloError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise _refuse(path, f"it cannot be read ({error})", "check path and rights") from error
    except ElementTree.ParseError as error:
        raise _refuse(path, f"it is no XML ({error})", "give the binning XML of the showers") from error
    except (KeyError, ValueError) as error:
        raise _refuse(
            path,
            f"a layer has no numbers in r_edges and n_bin_alpha ({error})",
            'write each as <Layer id="0" r_edges="0,4.65,9.3" n_bin_alpha="16" />',
        ) from error
    return _regular(path, layers, depth)


def _regular(path: Path, layers: list[tuple[list[float], int]], depth: float | None) -> Binning:
    remedy = "only regular grids can be read: rebin the showers to rings of one width in all layers"
    if not layers or len(layers[0][0]) < 2 or layers[0][1] < 1:
        raise _refuse(path, "it has no layer with a ring and a sector", remedy)
    edges, n_phi = np.array(layers[0][0]), layers[0][1]
    for number, (others, sectors) in enumerate(layers):
        if others != layers[0][0] or sectors != n_phi:
            raise _refuse(path, f"layer {number} has another binning than layer 0", remedy)
    dr_mm = float(edges[-1] / (len(edges) - 1))
    expected = np.arange(len(edges)) * dr_mm
    if not (
        np.isfinite(edges).all() and dr_mm > 0 and np.allclose(edges, expected, 0.0, EDGE_TOLERANCE * dr_mm)
    ):
        raise _refuse(path, f"the rings are not of one width from 0 on: r_edges {edges.tolist()}", remedy)
    return Binning(n_r=len(edges) - 1, n_phi=n_phi, n_z=len(layers), dr_mm=dr_mm, dz_mm=depth)


def _refuse(path: Path, reason: str, remedy: str) -> ShowerFileError:
    return ShowerFileError(f"{path}: {reason}; {remedy}")
