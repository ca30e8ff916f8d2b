"""The frozen-shower library, as experiments use it: no model, but showers of full simulation used again."""

from __future__ import annotations

import numpy as np

from metacalo.showers import Showers


def frozen_showers(library: Showers, like: Showers, seed: int) -> Showers:
    """Take for each particle the nearest shower of the library, rescaled and turned.

    The nearest in ln E and in the angle, each in units of its range in the library, with the energies of its
    voxels times the ratio of the incident energies, turned by a random number of sectors in azimuth.

    Args:
        library: full simulation, at least one shower.
        like: showers whose incident energies and angles are wanted, on the same grid.
        seed: of the turns.
    """
    places = [
        np.column_stack([np.log(sample.incident_energy_gev), sample.theta_rad]) for sample in (library, like)
    ]
    size = np.ptp(places[0], axis=0)
    size[size == 0] = 1.0
    distance = np.abs(places[1][:, None] / size - places[0][None] / size)
    nearest = np.argmin(np.square(distance).sum(axis=2), axis=1)
    taken = library[nearest].load()
    scale = np.asarray(like.incident_energy_gev) / taken.incident_energy_gev
    _, n_phi, n_z = like.grid.shape
    turn = np.random.default_rng([seed, 5]).integers(0, n_phi, len(like))
    shower = taken.shower_of_hit
    voxels = np.asarray(taken.voxels, dtype=np.int64)
    sector = voxels // n_z % n_phi
    turned = voxels + ((sector + turn[shower]) % n_phi - sector) * n_z
    return Showers(
        incident_energy_gev=like.incident_energy_gev,
        theta_rad=like.theta_rad,
        phi_rad=like.phi_rad,
        offsets=taken.offsets,
        voxels=turned,
        energies_mev=np.asarray(taken.energies_mev) * scale[shower].astype(np.float32),
        grid=like.grid,
    )
