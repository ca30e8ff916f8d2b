"""Samples beside full simulation, all at equal sizes, and full simulation beside itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation.comparison import Comparison
from metacalo.validation.metrics import compare, half_rows
from metacalo.validation.scales import Scales
from metacalo.validation.scope import QUICK, Scope

Rows = NDArray[np.int64]

REFERENCE = "Geant4"
"""What full simulation is called unless it is known to be other than Geant4's."""


@dataclass(frozen=True)
class Assessment:
    """Showers and figures side by side.

    Attributes:
        samples: label -> showers; the first is full simulation.
        comparisons: label -> figures against full simulation, each from as many showers.
        floor: figures of other full simulation against the same.
        sizes: in words: what was compared with what.
    """

    samples: dict[str, Showers]
    comparisons: dict[str, Comparison]
    floor: Comparison
    sizes: str = ""

    @property
    def reference(self) -> str:
        """Label of full simulation."""
        return next(iter(self.samples))

    @property
    def floor_label(self) -> str:
        """What the floor is called."""
        return f"{self.reference} against {self.reference}"


def assess_samples(
    reference: Showers,
    generated: Mapping[str, Showers],
    where: Detector | Scales | None = None,
    *,
    label: str = REFERENCE,
    floor: Showers | None = None,
    training: Showers | None = None,
    scope: Scope = QUICK,
    energy_edges_gev: NDArray[np.float64] | None = None,
    seed: int = 0,
    device: str = "cpu",
    on_stage: Callable[[str], object] = lambda _stage: None,
) -> Assessment:
    """Compare samples with full simulation, and full simulation with itself, all at equal sizes.

    Without other showers of full simulation for the floor, the reference is split in halves A and B. A is the
    reference of all comparisons; B, and as many showers of every sample, are compared with it. Of a sample
    with the incident particles of the reference, one for one, those of B are taken; of any other as many as
    needed, spread over the incident energies. So the floor is at the same sizes as the rest.

    Args:
        reference: full simulation.
        generated: samples by label, on the same grid.
        where: the detector, its scales, or None if it is not known.
        label: what full simulation is called.
        floor: other showers of full simulation; the whole reference is then compared with, at the size of
            the smallest sample.
        training: showers that the generators were trained on, for the memorisation test.
        scope: what is computed, and on how many showers at most.
        energy_edges_gev: edges of bins of incident energy [GeV]; five that hold all by default.
        seed: of the halves and of all figures.
        device: that networks are trained on.
        on_stage: is told what is being done.

    Raises:
        GridMismatchError: if the samples have different grids.
        SettingsError: without samples, or with too few showers to compare.
    """
    if not generated:
        raise SettingsError("nothing to compare with the reference: give at least one generated sample")
    first, second = half_rows(reference, seed) if floor is None else (np.arange(len(reference)), None)
    other = reference if floor is None else floor
    sizes = [len(first), len(other) if second is None else len(second), *map(len, generated.values())]
    size = min([*sizes, *([] if scope.max_showers is None else [scope.max_showers])])
    a = reference[_thinned(reference, size, seed, first)].load()
    rows_b = _thinned(other, size, seed, second)
    picked = {
        name: (
            sample[rows_b]
            if second is not None and same_conditions(sample, reference)
            else sample[_thinned(sample, size, seed)]
        )
        for name, sample in generated.items()
    }

    def compared(name: str, sample: Showers) -> Comparison:
        on_stage(name)
        return compare(
            a,
            sample.load(),
            where,
            scope=scope,
            training=training,
            energy_edges_gev=energy_edges_gev,
            seed=seed,
            device=device,
            on_figure=lambda figure: on_stage(f"{name}: {figure}"),
        )

    how = "halves of the reference" if floor is None else "other showers of full simulation for the floor"
    return Assessment(
        samples={label: reference, **generated},
        comparisons={name: compared(name, sample) for name, sample in picked.items()},
        floor=compared("floor", other[rows_b]),
        sizes=f"{size:,} showers against {size:,} ({how})",
    )


def same_conditions(first: Showers, second: Showers) -> bool:
    """Whether two samples have the same incident energies and angles, one for one."""
    return len(first) == len(second) and all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("incident_energy_gev", "theta_rad")
    )


def limited(samples: Mapping[str, Showers], size: int | None, seed: int) -> dict[str, Showers]:
    """No more than so many showers of each sample, spread evenly over the incident energies.

    Of samples with the incident particles of the first, one for one, the same are taken.
    """
    first = next(iter(samples.values()))
    if size is None:
        return dict(samples)
    rows = _thinned(first, size, seed)
    return {
        label: showers[rows if same_conditions(showers, first) else _thinned(showers, size, seed)]
        if len(showers) > size
        else showers
        for label, showers in samples.items()
    }


def _thinned(showers: Showers, size: int, seed: int, rows: Rows | None = None) -> Rows:
    """Rows of so many showers, of the given ones, one from each of equal groups in incident energy."""
    rows = np.arange(len(showers)) if rows is None else rows
    if size >= len(rows):
        return rows
    rng = np.random.default_rng([seed, 1])
    ordered = rows[np.argsort(showers.incident_energy_gev[rows], kind="stable")]
    edges = np.linspace(0, len(rows), size + 1)
    low, high = np.ceil(edges[:-1]).astype(np.int64), np.ceil(edges[1:]).astype(np.int64)
    return np.sort(ordered[rng.integers(low, high)])
