"""The CaloChallenge's high-level features of each shower, as its class `HighLevelFeatures` defines them.

In a layer with voxels of energy E at (r, alpha), "eta" is x = r cos(alpha), "phi" is y = r sin(alpha) [mm]
with r the middle of the ring and alpha that of the sector. A centre is sum(x E) / sum(E), a width
sqrt(sum(x^2 E) / sum(E) - centre^2), 0 for an empty layer; sparsity is the share of voxels without energy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.showers.formats.calochallenge import in_challenge_order, rows_of_block
from metacalo.showers.sums import shower_of_hit

Array = NDArray[np.float64]

MEV_PER_GEV = 1000.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ChallengeFeatures:
    """High-level features of N showers with L layers.

    Attributes:
        incident_energy_mev: energy of the incident particles [MeV], shape (N,).
        total_energy_mev: sum over all voxels [MeV], shape (N,).
        layer_energies_mev: sum over each layer [MeV], shape (N, L).
        centre_eta_mm: centre of energy along x in each layer [mm], shape (N, L).
        centre_phi_mm: the same along y.
        centre_r_mm: mean radius in each layer [mm], shape (N, L).
        width_eta_mm: width along x in each layer [mm], shape (N, L).
        width_phi_mm: the same along y.
        width_r_mm: width of the radius in each layer [mm], shape (N, L).
        sparsity: share of voxels of each layer without energy, shape (N, L).
    """

    incident_energy_mev: Array
    total_energy_mev: Array
    layer_energies_mev: Array
    centre_eta_mm: Array
    centre_phi_mm: Array
    centre_r_mm: Array
    width_eta_mm: Array
    width_phi_mm: Array
    width_r_mm: Array
    sparsity: Array


def challenge_features(showers: Showers, *, sampling_fraction: float = 1.0) -> ChallengeFeatures:
    """Compute the features of showers, read block by block.

    Args:
        showers: the showers.
        sampling_fraction: deposits are divided by it, as those of the challenge are.
    """
    n_r, n_phi, n_z = showers.grid.shape
    r = np.asarray(showers.grid.r_centres_mm)
    alpha = np.asarray(showers.grid.phi_centres_rad)
    position = {
        "eta": np.outer(r, np.cos(alpha)).ravel(),
        "phi": np.outer(r, np.sin(alpha)).ravel(),
        "r": np.repeat(r, n_phi),
    }
    energy, total = _sums(showers, sampling_fraction)
    hits = np.zeros((len(showers), n_z))
    moments = {(name, power): np.zeros_like(energy) for name in position for power in (1, 2)}
    for first, offsets, voxels, deposits in showers.blocks():
        rows = slice(first, first + len(offsets) - 1)
        shape = (len(offsets) - 1, n_z)
        column, layer = np.divmod(voxels.astype(np.int64), n_z)
        place = shower_of_hit(offsets) * n_z + layer
        corrected = deposits.astype(np.float64) / sampling_fraction
        hits[rows] = np.bincount(place, minlength=shape[0] * n_z).reshape(shape)
        for (name, power), moment in moments.items():
            weight = corrected * position[name][column] ** power
            moment[rows] = np.bincount(place, weight, minlength=shape[0] * n_z).reshape(shape)
    centre, width = {}, {}
    for name in position:
        # The same small number as in the challenge's script, which keeps an empty layer at 0.
        centre[name] = moments[name, 1] / (energy + 1e-16)
        variance = moments[name, 2] / (energy + 1e-16) - centre[name] ** 2
        width[name] = np.sqrt(np.maximum(variance, 0.0))
    return ChallengeFeatures(
        incident_energy_mev=MEV_PER_GEV * showers.incident_energy_gev.astype(np.float64),
        total_energy_mev=total,
        layer_energies_mev=energy,
        centre_eta_mm=centre["eta"],
        centre_phi_mm=centre["phi"],
        centre_r_mm=centre["r"],
        width_eta_mm=width["eta"],
        width_phi_mm=width["phi"],
        width_r_mm=width["r"],
        sparsity=1.0 - hits / (n_r * n_phi),
    )


def _sums(showers: Showers, sampling_fraction: float) -> tuple[Array, Array]:
    """Energy of each layer (N, L) and in all (N,) [MeV], added up as the challenge's script does, to the bit.

    Its histograms of E_layer end at the largest value of the reference, which is in or out by the last bit.
    """
    n_z = showers.grid.shape[2]
    layers, total = np.zeros((len(showers), n_z)), np.zeros(len(showers))
    start = 0
    for batch in showers.iter_batches(rows_of_block(showers.grid)):
        rows = slice(start, start + len(batch))
        flat = in_challenge_order(batch) / sampling_fraction
        layers[rows] = flat.reshape(len(batch), n_z, -1).sum(axis=-1)
        total[rows] = flat.sum(axis=-1)
        start += len(batch)
    return layers, total


def classifier_features(features: ChallengeFeatures) -> Array:
    """Inputs of the challenge's classifier of high-level features, shape (N, 1 + 5 L).

    log10(E_inc), log10(E_layer + 1e-8) [MeV], centres in eta, in phi, widths in eta, in phi [100 mm]. Centres
    and widths are given of every layer, as all are binned in alpha.
    """
    return np.concatenate(
        [
            np.log10(features.incident_energy_mev)[:, None],
            np.log10(features.layer_energies_mev + 1e-8),
            features.centre_eta_mm / 100.0,
            features.centre_phi_mm / 100.0,
            features.width_eta_mm / 100.0,
            features.width_phi_mm / 100.0,
        ],
        axis=1,
    )
