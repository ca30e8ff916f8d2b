"""Showers in few words or figures: summary, hash, one line."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from metacalo.showers.showers import Showers


def summary(showers: "Showers") -> dict[str, object]:
    """Return the figures that describe showers, of JSON types.

    Ranges are ``[smallest, largest]`` of these showers, not of the production; ``visible_fraction`` is the
    deposited over the incident energy, its mean and its spread from shower to shower. Without showers,
    only counts and the grid are given.
    """
    grid = showers.grid
    figures: dict[str, object] = {
        "detector": showers.attributes.get("detector"),
        "n_showers": len(showers),
        "n_hits": int(showers.offsets[-1]),
        "grid_shape": [int(n) for n in grid.shape],
        "dr_mm": float(grid.dr_mm),
        "dz_mm": float(grid.dz_mm),
    }
    if len(showers):
        visible = showers.total_energy_mev / (1000.0 * showers.incident_energy_gev)
        figures |= {
            "incident_energy_gev": _range(showers.incident_energy_gev),
            "theta_deg": _range(np.rad2deg(showers.theta_rad.astype(np.float64))),
            "hits_per_shower": _range(showers.n_hits),
            "mean_hits_per_shower": float(showers.n_hits.mean()),
            "total_energy_mev": _range(showers.total_energy_mev),
            "visible_fraction": float(visible.mean()),
            "visible_fraction_spread": float(visible.std()),
        }
    return figures


def _range(values: NDArray[np.generic]) -> list[float]:
    return [float(values.min()), float(values.max())]


def sha256(showers: "Showers") -> str:
    """Return the SHA-256 of grid, incident particles and hits, whatever file or type holds them."""
    grid = showers.grid
    digest = hashlib.sha256(
        f"{[int(n) for n in grid.shape]} {float(grid.dr_mm)!r} {float(grid.dz_mm)!r}".encode()
    )
    for column in (showers.incident_energy_gev, showers.theta_rad, showers.phi_rad):
        # zero is added because -0.0 equals 0.0 and has other bytes
        digest.update((column + np.float32(0.0)).astype("<f4").tobytes())
    digest.update(showers.offsets.astype("<i8").tobytes())
    for _, _, voxels, energies in showers.blocks():
        digest.update(voxels.astype("<u4").tobytes())
        digest.update(energies.astype("<f4").tobytes())
    return digest.hexdigest()


def same(first: "Showers", second: "Showers") -> bool:
    """Return whether grid, incident particles and hits are equal, read block by block."""
    columns = ("incident_energy_gev", "theta_rad", "phi_rad", "offsets")
    return (
        first.grid == second.grid
        and all(np.array_equal(getattr(first, name), getattr(second, name)) for name in columns)
        and all(
            np.array_equal(mine, theirs)
            for ours, others in zip(first.blocks(), second.blocks(), strict=True)
            for mine, theirs in zip(ours[2:], others[2:], strict=True)
        )
    )


def describe(showers: "Showers") -> str:
    """Return one line: number, detector, grid, ranges, and where the hits are."""
    n_r, n_phi, n_z = showers.grid.shape
    words = [f"{len(showers):,} of {showers.attributes.get('detector', 'unnamed detector')}"]
    words.append(f"{n_r} x {n_phi} x {n_z}")
    if len(showers):
        energy, theta = showers.incident_energy_gev, np.rad2deg(showers.theta_rad)
        words.append(f"{energy.min():.3g}-{energy.max():.3g} GeV")
        words.append(f"{theta.min():.3g}-{theta.max():.3g} deg")
    words.append(f"{int(showers.offsets[-1]):,} hits {'in memory' if showers.in_memory else 'in a file'}")
    return f"Showers({', '.join(words)})"
