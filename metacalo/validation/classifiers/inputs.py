"""What the networks see of each shower: rows that are made dense only batch by batch."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import GridMismatchError
from metacalo.showers import Showers
from metacalo.showers.runs import gather

Rows = NDArray[np.float32]
Index = NDArray[np.int64]

MEV_PER_GEV = 1000.0


class Inputs(Protocol):
    """Rows of inputs, one for each shower of both samples: first the reference, then the generated."""

    @property
    def width(self) -> int:
        """Number of inputs of a shower."""

    def batch(self, rows: Index) -> Rows:
        """Inputs of the chosen showers, shape (n, width)."""


class FeatureInputs:
    """Features as they are, or standardised on some of the showers.

    Args:
        reference: features, shape (N, F).
        generated: features, shape (M, F).
        standardise_on: indices into both samples of the showers on which each feature gets mean 0 and spread
            1 (one that is constant there gets 0); None to leave the features as they are.
    """

    def __init__(
        self,
        reference: NDArray[np.floating],
        generated: NDArray[np.floating],
        standardise_on: Index | None = None,
    ) -> None:
        features = np.concatenate([reference, generated]).astype(np.float64)
        if standardise_on is not None:
            seen = features[standardise_on]
            spread = seen.std(axis=0)
            features = np.divide(
                features - seen.mean(axis=0), spread, out=np.zeros_like(features), where=spread > 0
            )
        self._features = features.astype(np.float32)

    @property
    def width(self) -> int:
        """Number of features."""
        return int(self._features.shape[1])

    def batch(self, rows: Index) -> Rows:
        """Features of the chosen showers, shape (n, F)."""
        return self._features[rows]


class VoxelInputs:
    """log10 of the incident energy [MeV], angle [rad], and every voxel as percent of the incident energy.

    As in the CaloChallenge's script, with two differences: the angle, which its dataset 2 does not have, is a
    condition too; and deposits, which are not corrected for the sampling fraction here, are divided by the
    mean E_tot / E_inc of the reference, so that voxels have the size that they have there.

    The hits stay sparse; `batch` makes one batch dense.

    Args:
        reference: N showers.
        generated: M showers on the same grid.

    Raises:
        GridMismatchError: if the grids have different shapes.
    """

    def __init__(self, reference: Showers, generated: Showers) -> None:
        if tuple(reference.grid.shape) != tuple(generated.grid.shape):
            raise GridMismatchError(
                f"a classifier of voxels needs one grid, got {reference.grid} and {generated.grid}; "
                "compare showers on one grid"
            )
        samples = reference.load(), generated.load()
        energy_gev = np.concatenate([sample.incident_energy_gev for sample in samples]).astype(np.float64)
        theta = np.concatenate([sample.theta_rad for sample in samples])
        self._conditions = np.stack([np.log10(MEV_PER_GEV * energy_gev), theta], axis=1).astype(np.float32)
        response = samples[0].total_energy_mev / (MEV_PER_GEV * samples[0].incident_energy_gev)
        self._scale = (100.0 / (max(float(response.mean()), 1e-12) * MEV_PER_GEV * energy_gev)).astype(
            np.float32
        )
        self._samples = samples
        self._width: int = reference.grid.n_voxels + self._conditions.shape[1]

    @property
    def width(self) -> int:
        """Number of voxels, and 2."""
        return self._width

    def batch(self, rows: Index) -> Rows:
        """Inputs of the chosen showers, shape (n, 2 + n_voxels)."""
        dense = np.zeros((len(rows), self.width), dtype=np.float32)
        dense[:, : self._conditions.shape[1]] = self._conditions[rows]
        first = len(self._samples[0])
        for sample, here, start in (
            (self._samples[0], rows < first, 0),
            (self._samples[1], rows >= first, first),
        ):
            place = np.flatnonzero(here)
            chosen = rows[place] - start
            offsets, hits = gather(sample.offsets, chosen)
            row = np.repeat(place, np.diff(offsets))
            column = sample.voxels[hits].astype(np.int64) + self._conditions.shape[1]
            dense[row, column] = sample.energies_mev[hits] * self._scale[rows[row]]
        return dense
