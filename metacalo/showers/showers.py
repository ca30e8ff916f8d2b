"""The container: showers as sparse hits on one cylinder grid."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from metacalo.errors import GridMismatchError, SettingsError
from metacalo.geometry import CylinderGrid
from metacalo.showers import digest, sums
from metacalo.showers.attributes import freeze_attributes
from metacalo.showers.build import columns_of, hits_of
from metacalo.showers.hits import BLOCK_HITS, Hits, MemoryHits
from metacalo.showers.runs import pick, runs

IN_MEMORY = "showers in memory"


class Showers:
    """Showers of one detector on one grid, stored as the voxels that were hit.

    Immutable: arrays are read-only, and slicing, picking and selecting return new containers. Showers from
    `metacalo.showers.open_showers` keep their hits in the file: a slice ``s[3:10]`` reads nothing, sums and
    batches read block by block, `load` and the first look at `voxels` or `energies_mev` read all. Two
    containers are equal if grid, incident particles and hits are; attributes do not count.

    Args:
        grid: The grid that voxels refer to.
        incident_energy_gev: Energy of each incident particle [GeV], (N,).
        theta_rad: Its angle to the normal of the front face [rad], (N,) or one for all.
        offsets: Shower ``i`` owns the hits ``offsets[i]:offsets[i+1]``, (N+1,).
        voxels: Flat C-order index of each hit into (r, phi, z), (M,); sorted here within each shower.
        energies_mev: Deposit of each hit [MeV], not corrected for the sampling fraction, (M,).
        phi_rad: Azimuth of the incident particle [rad], (N,) or one for all.
        attributes: What is known beside: detector, engine, particle, ranges, marks; see
            `metacalo.showers.attributes.freeze_attributes`.

    Raises:
        ShowerFileError: If lengths do not agree, an energy is not finite and positive, an angle is outside
            its range, a voxel is outside the grid or twice in a shower.
    """

    grid: CylinderGrid
    _columns: dict[str, NDArray[np.float32]]
    _offsets: NDArray[np.int64]
    _hits: Hits
    _attributes: Mapping[str, object]

    def __init__(
        self,
        *,
        grid: CylinderGrid,
        incident_energy_gev: ArrayLike,
        theta_rad: ArrayLike,
        offsets: ArrayLike,
        voxels: ArrayLike,
        energies_mev: ArrayLike,
        phi_rad: ArrayLike = 0.0,
        attributes: Mapping[str, object] | None = None,
    ) -> None:
        columns = columns_of(IN_MEMORY, incident_energy_gev, theta_rad, phi_rad)
        cuts = np.array(offsets, dtype=np.int64)
        n_showers = len(columns["incident_energy"])
        hits = hits_of(IN_MEMORY, grid, n_showers, cuts, np.asarray(voxels), np.asarray(energies_mev))
        self._set(grid, columns, cuts, hits, attributes)

    def _set(
        self,
        grid: CylinderGrid,
        columns: dict[str, NDArray[np.float32]],
        offsets: NDArray[np.int64],
        hits: Hits,
        attributes: Mapping[str, object] | None,
    ) -> None:
        owned: list[NDArray[Any]] = [*columns.values(), offsets]
        if isinstance(hits, MemoryHits):
            owned += [hits.voxels, hits.energies_mev]
        for array in owned:
            array.setflags(write=False)
        self.__dict__.update(
            grid=grid,
            _columns=columns,
            _offsets=offsets,
            _hits=hits,
            _attributes=freeze_attributes(attributes),
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"showers are immutable: {name} cannot be set; build new Showers")

    @classmethod
    def trusted(
        cls,
        *,
        grid: CylinderGrid,
        incident_energy_gev: NDArray[np.float32],
        theta_rad: NDArray[np.float32],
        phi_rad: NDArray[np.float32],
        offsets: NDArray[np.int64],
        hits: Hits,
        attributes: Mapping[str, object] | None,
    ) -> Self:
        """Build a container from parts that were checked already; the arrays become read-only."""
        showers = cls.__new__(cls)
        columns = {
            "incident_energy": incident_energy_gev,
            "incident_theta": theta_rad,
            "incident_phi": phi_rad,
        }
        showers._set(grid, columns, offsets, hits, attributes)
        return showers

    @classmethod
    def from_dense(
        cls,
        dense: ArrayLike,
        *,
        grid: CylinderGrid,
        incident_energy_gev: ArrayLike,
        theta_rad: ArrayLike,
        phi_rad: ArrayLike = 0.0,
        attributes: Mapping[str, object] | None = None,
    ) -> Self:
        """Build a container from deposits [MeV] on the full grid, (N, n_r, n_phi, n_z) or (N, n_voxels).

        Raises:
            GridMismatchError: If the array has not the grid's shape.
            ShowerFileError: If an energy is NaN, infinite or negative; see `Showers`.
        """
        array = np.asarray(dense, dtype=np.float32)
        if array.shape[1:] not in (tuple(grid.shape), (grid.n_voxels,)):
            raise GridMismatchError(
                f"dense showers have shape {array.shape}, expected (N, {', '.join(map(str, grid.shape))}); "
                "bring the axes in the order r, phi, z or give the grid that they were scored on"
            )
        flat = array.reshape(len(array), grid.n_voxels)
        shower, voxels = np.nonzero(flat)
        return cls(
            grid=grid,
            incident_energy_gev=incident_energy_gev,
            theta_rad=theta_rad,
            phi_rad=phi_rad,
            offsets=np.searchsorted(shower, np.arange(len(array) + 1)),
            voxels=voxels,
            energies_mev=flat[shower, voxels],
            attributes=attributes,
        )

    @property
    def incident_energy_gev(self) -> NDArray[np.float32]:
        """Energy of the incident particles [GeV], (N,)."""
        return self._columns["incident_energy"]

    @property
    def theta_rad(self) -> NDArray[np.float32]:
        """Angle of the incident particles to the normal of the front face [rad], (N,)."""
        return self._columns["incident_theta"]

    @property
    def phi_rad(self) -> NDArray[np.float32]:
        """Azimuth of the incident particles about that normal [rad], (N,)."""
        return self._columns["incident_phi"]

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Showers' slices of the hits, (N+1,), from 0 to M."""
        return self._offsets

    @property
    def attributes(self) -> Mapping[str, object]:
        """What is known beside: detector, engine, particle, ranges, marks. Read-only."""
        return self._attributes

    @property
    def voxels(self) -> NDArray[Any]:
        """Flat C-order index of each hit into (r, phi, z), (M,), unsigned, ascending in each shower."""
        return self._read_hits.voxels

    @property
    def energies_mev(self) -> NDArray[np.float32]:
        """Deposit of each hit [MeV], (M,)."""
        return self._read_hits.energies_mev

    @cached_property
    def _read_hits(self) -> MemoryHits:
        if isinstance(self._hits, MemoryHits):
            return self._hits
        voxels, energies = self._hits.read(0, self._hits.count)
        voxels.setflags(write=False)
        energies.setflags(write=False)
        return MemoryHits(voxels, energies)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (self.grid, self._columns, self._offsets, self._hits, dict(self._attributes))

    @property
    def in_memory(self) -> bool:
        """Whether the hits are in memory, not in a file."""
        return isinstance(self._hits, MemoryHits)

    def load(self) -> "Showers":
        """Return the same showers with their hits in memory."""
        return self if self.in_memory else self._with(slice(None), self._offsets, self._read_hits)

    def _with(self, rows: slice | NDArray[np.int64], offsets: NDArray[np.int64], hits: Hits) -> "Showers":
        return Showers.trusted(
            grid=self.grid,
            incident_energy_gev=self.incident_energy_gev[rows],
            theta_rad=self.theta_rad[rows],
            phi_rad=self.phi_rad[rows],
            offsets=offsets,
            hits=hits,
            attributes=self._attributes,
        )

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, key: int | slice | Sequence[int] | NDArray[Any]) -> "Showers":
        """Return some of the showers: one, a slice, those of a mask (N,), or those of an index array."""
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step == 1:
                return self._part(start, max(start, stop))
            return self._pick(np.arange(start, stop, step))
        chosen = np.asarray(key)
        if chosen.size == 0 and chosen.dtype.kind == "f":
            chosen = chosen.astype(np.int64)
        return self._pick(np.atleast_1d(np.arange(len(self))[chosen]))

    def _part(self, start: int, stop: int) -> "Showers":
        cuts = self._offsets[start : stop + 1]
        return self._with(slice(start, stop), cuts - cuts[0], self._hits.part(int(cuts[0]), int(cuts[-1])))

    def _pick(self, rows: NDArray[np.int64]) -> "Showers":
        offsets, hits = pick(self._hits, self._offsets, rows)
        return self._with(rows, offsets, hits)

    def blocks(self) -> sums.Blocks:
        """Yield runs of whole showers: first shower, offsets from 0, voxels, energies [MeV]."""
        for start, stop in runs(self._offsets, 0, len(self)):
            cuts = self._offsets[start : stop + 1]
            yield start, cuts - cuts[0], *self._hits.read(int(cuts[0]), int(cuts[-1]))

    def iter_batches(self, n: int) -> Iterator["Showers"]:
        """Yield the showers in order, ``n`` at a time and in memory; the last batch may be smaller.

        Raises:
            SettingsError: If ``n`` is not positive.
        """
        if n < 1:
            raise SettingsError(f"batch size is {n}, expected at least 1; choose for example 256")
        mean_hits = max(1, int(self._offsets[-1]) // max(1, len(self)))
        stride = n * max(1, BLOCK_HITS // (mean_hits * n))
        for start in range(0, len(self), stride):
            block = self[start : start + stride].load()
            for first in range(0, len(block), n):
                yield block[first : first + n]

    def select(
        self,
        *,
        energy_gev: tuple[float, float] = (0.0, np.inf),
        theta_deg: tuple[float, float] = (0.0, 90.0),
    ) -> "Showers":
        """Return the showers with incident energy and angle in these ranges, ends included."""
        e_low, e_high = np.asarray(energy_gev, dtype=np.float32)
        t_low, t_high = np.deg2rad(theta_deg).astype(np.float32)
        energy, theta = self.incident_energy_gev, self.theta_rad
        return self[(energy >= e_low) & (energy <= e_high) & (theta >= t_low) & (theta <= t_high)]

    def with_attributes(self, **attributes: object) -> "Showers":
        """Return the same showers with these attributes added or replaced."""
        showers = self._part(0, len(self))
        showers.__dict__["_attributes"] = freeze_attributes({**self._attributes, **attributes})
        return showers

    @property
    def n_hits(self) -> NDArray[np.int64]:
        """Number of voxels hit in each shower, (N,)."""
        return np.diff(self._offsets)

    @property
    def shower_of_hit(self) -> NDArray[np.int64]:
        """Index of the shower that each hit belongs to, (M,)."""
        return sums.shower_of_hit(self._offsets)

    @property
    def total_energy_mev(self) -> NDArray[np.float64]:
        """Deposited energy of each shower in the grid [MeV], (N,)."""
        return np.asarray(self.layer_energies_mev.sum(axis=1))

    @cached_property
    def layer_energies_mev(self) -> NDArray[np.float64]:
        """Deposited energy of each shower per bin of depth z [MeV], (N, n_z)."""
        n_z = self.grid.shape[2]
        return self._binned(n_z, lambda voxels: voxels % n_z)

    @cached_property
    def ring_energies_mev(self) -> NDArray[np.float64]:
        """Deposited energy of each shower per bin of radius r [MeV], (N, n_r)."""
        n_r, n_phi, n_z = self.grid.shape
        return self._binned(n_r, lambda voxels: voxels // (n_phi * n_z))

    def _binned(self, n_bins: int, bin_of_voxel: sums.BinOfVoxel) -> NDArray[np.float64]:
        energy = sums.binned_energy(self.blocks(), len(self), n_bins, bin_of_voxel)
        energy.setflags(write=False)
        return energy

    def dense(self, dtype: DTypeLike = np.float32) -> NDArray[Any]:
        """Return the deposits [MeV] on the full grid, (N, n_r, n_phi, n_z); a new array each time."""
        return sums.dense_energy(self.blocks(), len(self), self.grid.shape, dtype)

    def summary(self) -> dict[str, object]:
        """Return the figures that describe these showers, of JSON types; see `metacalo.showers.digest`."""
        return digest.summary(self)

    def sha256(self) -> str:
        """Return the SHA-256 of grid, incident particles and hits; equal showers have equal hashes."""
        return digest.sha256(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Showers):
            return NotImplemented
        return digest.same(self, other)

    __hash__ = None  # type: ignore[assignment] # equality reads all hits; sha256() is the key to use

    def __repr__(self) -> str:
        return digest.describe(self)


def _unpickle(
    grid: CylinderGrid,
    columns: dict[str, NDArray[np.float32]],
    offsets: NDArray[np.int64],
    hits: Hits,
    attributes: dict[str, object],
) -> Showers:
    showers = Showers.__new__(Showers)
    showers._set(grid, columns, offsets, hits, attributes)
    return showers
