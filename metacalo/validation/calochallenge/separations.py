"""The CaloChallenge's histograms of dataset 2 and their separation powers.

The separation power is 0.5 sum (a - b)^2 / (a + b) of two histograms normalised to 1 (triangular
discrimination, eq. 15 of arXiv:2009.03796). What is outside the bins does not count, nor does it in the
normalisation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.showers.checks import check_same_grid
from metacalo.validation.calochallenge.features import challenge_features

Array = NDArray[np.float64]

THRESHOLD_MEV = 0.5e-3 / 0.033
"""Least readout of a voxel in datasets 2 and 3, 0.5 keV over their sampling fraction [MeV]."""

REACH_MM = 30.0
"""Centres are shown from - to + this, widths up to it [mm]."""

PER_LAYER = {
    "centre_eta": "centre_eta_mm",
    "centre_phi": "centre_phi_mm",
    "width_eta": "width_eta_mm",
    "width_phi": "width_phi_mm",
    "centre_r": "centre_r_mm",
    "width_r": "width_r_mm",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ChallengeSeparations:
    """Separation powers of two samples; NaN where a histogram has nothing in its bins.

    Attributes:
        response: of E_tot / E_inc, 100 bins from 0.5 to 1.5.
        voxel_energy: of the energies of all voxels, 49 bins even in the logarithm from `THRESHOLD_MEV` to the
            largest of the reference.
        layers: by name, for each layer, shape (L,): `layer_energy` (39 bins, as voxel_energy), `centre_eta`,
            `centre_phi` (100 bins from -30 to 30 mm), `width_eta`, `width_phi` (100 bins from 0 to 30 mm),
            `occupancy` (1 - sparsity, 19 bins from 0 to 1); also `centre_r`, `width_r` in the bins of the
            widths, for which the challenge's script has features but no histogram.
    """

    response: float
    voxel_energy: float
    layers: Mapping[str, Array]

    def means(self) -> dict[str, float]:
        """Separation powers by name, those of layers as their mean over the layers where they are defined."""
        found = {"response": self.response, "voxel_energy": self.voxel_energy}
        for name, powers in self.layers.items():
            defined = powers[np.isfinite(powers)]
            found[name] = float(defined.mean()) if len(defined) else float("nan")
        return found


def challenge_separations(
    reference: Showers, generated: Showers, *, sampling_fraction: float = 1.0
) -> ChallengeSeparations:
    """Separation powers in the challenge's histograms of dataset 2.

    Args:
        reference: N showers.
        generated: M showers on the same grid.
        sampling_fraction: deposits are divided by it, as those of the challenge are. Without it E_tot / E_inc
            of a sampling calorimeter is below all bins.

    Raises:
        GridMismatchError: if the grids differ.
    """
    check_same_grid(
        "generated showers", generated.grid, reference.grid, "the reference", "compare showers on one grid"
    )
    first, second = (
        challenge_features(sample, sampling_fraction=sampling_fraction) for sample in (reference, generated)
    )
    layers = {
        name: _of_layers(getattr(first, field), getattr(second, field), _length_edges(name))
        for name, field in PER_LAYER.items()
    }
    layers["occupancy"] = _of_layers(1 - first.sparsity, 1 - second.sparsity, np.linspace(0.0, 1.0, 20))
    layers["layer_energy"] = np.array(
        [
            _power(*(np.histogram(sample, edges)[0] for sample in pair))
            if (edges := _log_edges(pair[0].max(), 40)) is not None
            else np.nan
            for pair in zip(first.layer_energies_mev.T, second.layer_energies_mev.T, strict=True)
        ]
    )
    return ChallengeSeparations(
        response=_power(
            *(
                np.histogram(
                    sample.total_energy_mev / sample.incident_energy_mev, np.linspace(0.5, 1.5, 101)
                )[0]
                for sample in (first, second)
            )
        ),
        voxel_energy=_of_voxels(reference, generated, sampling_fraction),
        layers=layers,
    )


def _length_edges(name: str) -> Array:
    first = -REACH_MM if name in ("centre_eta", "centre_phi") else 0.0
    return np.linspace(first, REACH_MM, 101)


def _log_edges(largest: float, number: int) -> Array | None:
    """Edges even in the logarithm from the threshold to the largest value; None if it is below."""
    if largest <= THRESHOLD_MEV:
        return None
    return np.logspace(np.log10(THRESHOLD_MEV), np.log10(largest), number)


def _of_layers(first: Array, second: Array, edges: Array) -> Array:
    """Separation power of each column, shape (L,)."""
    pairs = zip(first.T, second.T, strict=True)
    return np.array([_power(np.histogram(a, edges)[0], np.histogram(b, edges)[0]) for a, b in pairs])


def _of_voxels(reference: Showers, generated: Showers, sampling_fraction: float) -> float:
    largest = max((float(energies.max(initial=0.0)) for *_, energies in reference.blocks()), default=0.0)
    edges = _log_edges(largest / sampling_fraction, 50)
    if edges is None:
        return float("nan")

    def contents(sample: Showers) -> NDArray[np.int64]:
        found = np.zeros(len(edges) - 1, dtype=np.int64)
        for *_, energies in sample.blocks():
            found += np.histogram(energies.astype(np.float64) / sampling_fraction, edges)[0]
        return found

    return _power(contents(reference), contents(generated))


def _power(first: NDArray[np.integer], second: NDArray[np.integer]) -> float:
    if not first.sum() or not second.sum():
        return float("nan")
    a, b = first / first.sum(), second / second.sum()
    filled = a + b > 0
    return float(0.5 * ((a - b)[filled] ** 2 / (a + b)[filled]).sum())
