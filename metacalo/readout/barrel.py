"""Layers of cells in pseudorapidity and azimuth around the beam axis (ATLAS-like)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import ReadoutError
from metacalo.geometry import Detector
from metacalo.readout.cell_ids import IdFields
from metacalo.readout.cells import Cells
from metacalo.readout.checks import (
    SAME_DEPTH_MM,
    active_slabs,
    checked_count,
    checked_fields,
    packed,
    whole_cells,
)
from metacalo.readout.edges import EdgeSearch, merged
from metacalo.readout.readout import Floats, Indices, Readout
from metacalo.readout.settings import BarrelLayerSettings, BarrelSettings

_NOWHERE = np.int64(-(1 << 40))
_SAME_ETA = 1e-9
_SAME_SLOPE = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class BarrelReadout(Readout):
    """Cells of eta x phi in layers of depth; final.

    No transcendental function is needed to locate a point: layers are cut in r, pseudorapidity in
    sinh(eta) = z / r, and azimuth in a number that grows with it, sign(y) (1 - x / (abs(x) + abs(y))).

    Attributes:
        radii: begin and end of all layers [mm].
        slopes: edges in eta of all layers, as z / r.
        turns: edges in phi of all layers, as the number above, from -2 to 2.
        layer_of: layer of each interval of `radii`; the number of layers where there is none.
        first_of: first cell of each (layer, interval of slopes); far below 0 where there is none.
        iphi_of: iphi of each (layer, interval of turns).
    """

    kind: ClassVar[str] = "barrel"
    cylindrical: ClassVar[bool] = True

    radii: EdgeSearch
    slopes: EdgeSearch
    turns: EdgeSearch
    layer_of: Indices
    first_of: Indices
    iphi_of: Indices

    @property
    def has_depth(self) -> bool:
        """Yes: layers."""
        return True

    def contains(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points are between the first and the last radius, within the largest eta; any shape."""
        radius = np.hypot(x_mm, y_mm)
        inner, outer = self.radii.edges[[0, -1]]
        reach = self.slopes.edges[-1] * radius
        return np.asarray((radius >= inner) & (radius < outer) & (np.abs(z_mm) < reach))

    def _locate_block(self, x_mm: Floats, y_mm: Floats, z_mm: Floats, cell: Indices) -> None:
        radius = np.square(x_mm, dtype=np.float64)
        radius += np.square(y_mm, dtype=np.float64)
        np.sqrt(radius, out=radius)
        layer = self.layer_of.take(self.radii.count(radius), mode="clip")
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.divide(z_mm, radius, out=radius)
            turn = np.abs(x_mm, dtype=np.float64)
            turn += np.abs(y_mm)
            np.divide(x_mm, turn, out=turn)
        np.subtract(1.0, turn, out=turn)
        np.copysign(turn, y_mm, out=turn)
        place = layer * (self.slopes.intervals + 2)
        place += self.slopes.count(slope)
        np.take(self.first_of, place, out=cell, mode="clip")
        layer *= self.turns.intervals + 2
        layer += self.turns.count(turn)
        cell += self.iphi_of.take(layer, mode="clip")
        np.maximum(cell, -1, out=cell)


def turn_of(phi_rad: Floats) -> Floats:
    """The number that grows with azimuth as `BarrelReadout` needs it, -2 at -pi, 0 at 0, 2 at pi.

    Args:
        phi_rad: from -pi to pi, shape (n,).

    Returns:
        sign(phi) (1 - cos phi / (abs(cos phi) + abs(sin phi))), shape (n,).
    """
    cosine, sine = np.cos(phi_rad), np.abs(np.sin(phi_rad))
    turn: Floats = np.copysign(1.0 - cosine / (np.abs(cosine) + sine), phi_rad)
    return turn


def eta_edges(layer: BarrelLayerSettings, path: str) -> Floats:
    """Edges of a layer's cells in pseudorapidity, ascending, symmetric around 0, shape (n_eta + 1,).

    Raises:
        ReadoutError: steps that do not follow each other or are no whole number.
    """
    positive, begin = [np.zeros(1)], 0.0
    for i, steps in enumerate(layer.eta):
        if steps.up_to <= begin:
            raise ReadoutError(
                f"{path}.eta[{i}].up_to: expected steps in ascending pseudorapidity, above {begin:g}, got "
                f"{steps.up_to:g}; list them from eta = 0 outwards"
            )
        number = whole_cells(f"{path}.eta[{i}]", steps.up_to - begin, steps.step, "eta", unit="")
        positive.append(begin + (steps.up_to - begin) * np.arange(1, number + 1) / number)
        begin = steps.up_to
    edges = np.concatenate(positive)
    return np.concatenate([-edges[:0:-1], edges])


def barrel_readout(settings: BarrelSettings, detector: Detector) -> BarrelReadout:
    """Build the cells of a barrel.

    Args:
        settings: what the detector file says.
        detector: the detector that is read out.

    Returns:
        The readout; cells in the order of layer, ieta (from the lowest eta) and iphi (from -pi).

    Raises:
        ReadoutError: layers that overlap or reach beyond the stack, steps that are no whole number of cells,
            identifiers that do not fit.
    """
    name = detector.name
    ids = checked_fields(settings.id_bits, ("iphi", "ieta", "layer"), name)
    _check_depths(settings, detector)
    etas = [eta_edges(layer, f"{name}: readout.layers[{i}]") for i, layer in enumerate(settings.layers)]
    counts = [(len(eta) - 1) * layer.n_phi for eta, layer in zip(etas, settings.layers, strict=True)]
    checked_count(sum(counts), name)
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    phis = [np.linspace(-np.pi, np.pi, layer.n_phi + 1) for layer in settings.layers]
    eta_lattice = merged(*etas, tolerance=_SAME_ETA)
    phi_lattice = merged(*phis, tolerance=_SAME_SLOPE)
    front = settings.front_radius_mm
    radii = merged(*(front + np.array(layer.depth_mm) for layer in settings.layers), tolerance=SAME_DEPTH_MM)
    n_layers = len(settings.layers)
    layer_of = np.full(len(radii) + 1, n_layers, dtype=np.int64)
    first_of = np.full((n_layers + 1, len(eta_lattice) + 1), _NOWHERE)
    iphi_of = np.zeros((n_layers + 1, len(phi_lattice) + 1), dtype=np.int64)
    between_radii, between_etas, between_phis = (
        0.5 * (lattice[1:] + lattice[:-1]) for lattice in (radii, eta_lattice, phi_lattice)
    )
    for i, (layer, eta, phi) in enumerate(zip(settings.layers, etas, phis, strict=True)):
        begin, end = layer.depth_mm
        layer_of[1:-1][(between_radii > front + begin) & (between_radii < front + end)] = i
        ieta = np.searchsorted(eta, between_etas, side="right") - 1
        there = (ieta >= 0) & (ieta < len(eta) - 1)
        first_of[i, 1:-1][there] = firsts[i] + ieta[there] * layer.n_phi
        iphi_of[i, 1:-1] = np.searchsorted(phi, between_phis, side="right") - 1
        # phi = pi itself is -pi.
        iphi_of[i, -1] = 0
    turns = turn_of(phi_lattice)
    turns[[0, -1]] = -2.0, 2.0
    return BarrelReadout(
        name=name,
        cells=_cells(settings, etas, phis, ids, name),
        ids=ids,
        front_mm=front,
        depth_mm=detector.depth_mm,
        default_position=(settings.default_position.eta, np.deg2rad(settings.default_position.phi_deg)),
        collection=settings.collection,
        active_depths_mm=_active(settings, detector),
        radii=EdgeSearch(radii),
        slopes=EdgeSearch(np.sinh(eta_lattice)),
        turns=EdgeSearch(turns),
        layer_of=layer_of,
        first_of=first_of.reshape(-1),
        iphi_of=iphi_of.reshape(-1),
    )


def _check_depths(settings: BarrelSettings, detector: Detector) -> None:
    deepest = -np.inf
    for i, layer in enumerate(settings.layers):
        path, (begin, end) = f"{detector.name}: readout.layers[{i}]", layer.depth_mm
        if not begin < end:
            raise ReadoutError(
                f"{path}.depth_mm: expected [begin, end] with begin < end, got {list(layer.depth_mm)}; "
                "a layer of zero thickness has no cells"
            )
        if begin < deepest - SAME_DEPTH_MM:
            raise ReadoutError(
                f"{path}.depth_mm: expected layers one behind the other, the next from {deepest:g} mm, "
                f"got {begin:g} mm: they overlap; list them in ascending depth"
            )
        if end > detector.depth_mm + SAME_DEPTH_MM:
            raise ReadoutError(
                f"{path}.depth_mm: expected layers within the stack of {detector.depth_mm:g} mm, got an end "
                f"at {end:g} mm; mend the stack or the readout"
            )
        if begin < -SAME_DEPTH_MM and end > SAME_DEPTH_MM:
            raise ReadoutError(
                f"{path}.depth_mm: expected a layer in the stack (from 0 on) or wholly before it (up to 0), "
                f"got {begin:g} to {end:g} mm; cut it at 0"
            )
        if settings.front_radius_mm + begin <= 0.0:
            raise ReadoutError(
                f"{path}.depth_mm: expected a layer outside of the beam axis, got a radius of "
                f"{settings.front_radius_mm + begin:g} mm; mend depth_mm or front_radius_mm"
            )
        deepest = end
    names = [layer.name for layer in settings.layers]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ReadoutError(
                f"{detector.name}: readout.layers[{i}].name: expected names that differ, got {name!r} twice; "
                "rename one"
            )


def _active(settings: BarrelSettings, detector: Detector) -> Floats:
    slabs = active_slabs(detector)
    middle = slabs.mean(axis=1)
    depths = [layer.depth_mm for layer in settings.layers]
    read = np.any([(middle >= b) & (middle < e) for b, e in depths], axis=0)
    return np.ascontiguousarray(slabs[read])


def _cells(
    settings: BarrelSettings, etas: list[Floats], phis: list[Floats], ids: IdFields, source: str
) -> Cells:
    parts: list[dict[str, NDArray[np.float64] | Indices]] = []
    for i, (layer, eta, phi) in enumerate(zip(settings.layers, etas, phis, strict=True)):
        begin, end = (settings.front_radius_mm + depth for depth in layer.depth_mm)
        ieta, iphi = (m.reshape(-1) for m in np.mgrid[: len(eta) - 1, : layer.n_phi])
        radius = 0.5 * (begin + end)
        centre_eta = 0.5 * (eta[ieta] + eta[ieta + 1])
        centre_phi = 0.5 * (phi[iphi] + phi[iphi + 1])
        dphi = phi[iphi + 1] - phi[iphi]
        parts.append(
            {
                "layer": np.full(len(ieta), i),
                "ieta": ieta,
                "iphi": iphi,
                "x_mm": radius * np.cos(centre_phi),
                "y_mm": radius * np.sin(centre_phi),
                "z_mm": radius * np.sinh(centre_eta),
                "dx_mm": np.full(len(ieta), end - begin),
                "dy_mm": radius * dphi,
                "dz_mm": radius * (np.sinh(eta[ieta + 1]) - np.sinh(eta[ieta])),
                "eta": centre_eta,
                "phi_rad": centre_phi,
                "deta": eta[ieta + 1] - eta[ieta],
                "dphi_rad": dphi,
            }
        )
    columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    layer_of, ieta, iphi = (columns.pop(key) for key in ("layer", "ieta", "iphi"))
    names = tuple(layer.name for layer in settings.layers)
    return Cells(
        id=packed(ids, source, iphi=iphi, ieta=ieta, layer=layer_of),
        layer=layer_of.astype(np.int16),
        region=layer_of.astype(np.int16),
        layer_names=names,
        region_names=names,
        **columns,
    )
