"""The electronics' part: from deposits in cells to what is read out; nothing of it is on by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Self, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from metacalo.errors import SettingsError
from metacalo.geometry.naming import did_you_mean
from metacalo.readout.hits import CellHits, concatenate
from metacalo.settings import Settings

if TYPE_CHECKING:
    from metacalo.readout.cells import Cells

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]

Floats = NDArray[np.float64]

_CELLS_TOGETHER = 2_000_000
"""Entries that are held at a time where every cell of each event has noise."""

_BITS = 12
_OF_CELLS = ("sampling_fraction", "noise_mev", "saturation_mev", "adc_count_mev", "threshold_mev")
_STREAM = 5  # keeps these random numbers apart from those of other parts that have the same seed


@final
class Electronics(Settings):
    """What happens to the energy of a cell, in this order; what is left out does not happen.

    A value is one number for all cells, or a mapping from names of layers or regions of the readout to
    numbers, which must name every cell once.

    Attributes:
        sampling_fraction: the deposit is divided by it, which brings it to the electromagnetic scale.
        noise_mev: standard deviation of Gaussian noise that is added [MeV, after the division].
        noise_in_all_cells: every cell of the readout has noise, not only those with a deposit. An event has
            then all cells that are above the threshold, and all cells of the readout without one.
        saturation_mev: larger energies are cut to it [MeV].
        adc_count_mev: energy of one count of the analogue-to-digital converter [MeV]. The count is rounded,
            the pedestal added and the sum kept within the bits; the energy is then that of the count.
        adc_bits: width of the converter.
        adc_pedestal: count of a cell without energy.
        threshold_mev: cells with less are not read out [MeV].
    """

    sampling_fraction: Positive | dict[str, Positive] | None = None
    noise_mev: NotNegative | dict[str, NotNegative] | None = None
    noise_in_all_cells: bool = False
    saturation_mev: Positive | dict[str, Positive] | None = None
    adc_count_mev: Positive | dict[str, Positive] | None = None
    adc_bits: Annotated[int, Field(ge=1, le=31)] = _BITS
    adc_pedestal: Annotated[int, Field(ge=0)] = 0
    threshold_mev: float | dict[str, float] | None = None

    @classmethod
    def parse(cls, **texts: object) -> Self:
        """Read settings whose values may be text, as ``"5"`` or ``"inner=3,middle=4,outer=5"``.

        Args:
            texts: name of the setting -> its text or value; None for what is left out.

        Raises:
            SettingsError: an impossible value.
        """
        values = {name: _parsed(name, value) for name, value in texts.items() if value is not None}
        return cls.from_mapping(values)

    @property
    def is_off(self) -> bool:
        """Whether none of it is asked for."""
        return all(getattr(self, name) is None for name in _OF_CELLS)


@final
@dataclass(frozen=True, eq=False)
class Signals:
    """What is read out of some events.

    Attributes:
        hits: the cells that are read out and their energies [MeV]; what was lost before is as it was.
        adc: counts of these cells, (M,); None without a converter.
    """

    hits: CellHits
    adc: NDArray[np.int32] | None


def digitise(hits: CellHits, electronics: Electronics, *, seed: int, first: int = 0) -> Signals:
    """Turn deposits into what is read out.

    Args:
        hits: deposits in cells.
        electronics: what happens to them.
        seed: of the noise; each event has its own random numbers, whatever chunk it comes in.
        first: number of the first event.

    Returns:
        Cells that pass the threshold, with their energies and counts.

    Raises:
        SettingsError: names of layers or regions that the readout does not have, or that leave out cells.
    """
    cells = hits.readout.cells
    values = check_electronics(electronics, cells)
    everywhere = electronics.noise_in_all_cells and "noise_mev" in values
    together = max(1, _CELLS_TOGETHER // len(cells)) if everywhere else max(1, len(hits))
    parts = [
        _digitise(hits[start : start + together], electronics, values, everywhere, (seed, first + start))
        for start in range(0, len(hits), together)
    ]
    if not parts:
        return Signals(hits, None)
    adc = (
        None if parts[0].adc is None else np.concatenate([part.adc for part in parts if part.adc is not None])
    )
    return Signals(concatenate([part.hits for part in parts]), adc)


def check_electronics(electronics: Electronics, cells: Cells) -> dict[str, Floats]:
    """Return the values of all settings that are given in each cell, (n_cells,) each, by name.

    Raises:
        SettingsError: names of layers or regions that the readout does not have, or that leave out cells; or
            a setting that needs another one which is not given.
    """
    values = {
        name: value_of_cells(name, value, cells)
        for name in _OF_CELLS
        if (value := getattr(electronics, name)) is not None
    }
    if electronics.noise_in_all_cells and "noise_mev" not in values:
        raise SettingsError(
            "expected noise for noise_in_all_cells, got none; give noise_mev, or leave it out"
        )
    if "adc_count_mev" not in values and (electronics.adc_pedestal or electronics.adc_bits != _BITS):
        raise SettingsError(
            "expected the energy of a count for a converter of so many bits or with a pedestal, got none; "
            "give adc_count_mev, or leave them out"
        )
    if electronics.adc_pedestal >= 1 << electronics.adc_bits:
        raise SettingsError(
            f"expected a pedestal below 2^{electronics.adc_bits} = {1 << electronics.adc_bits}, got "
            f"{electronics.adc_pedestal}: all cells would be at the top; lower it, or give more bits"
        )
    return values


def _digitise(
    hits: CellHits,
    electronics: Electronics,
    values: Mapping[str, Floats],
    everywhere: bool,
    seed_and_first: tuple[int, int],
) -> Signals:
    offsets, cell, energy = np.asarray(hits.offsets), hits.cell, hits.energy_mev.astype(np.float64)
    if "sampling_fraction" in values:
        energy /= values["sampling_fraction"][cell]
    if "noise_mev" in values:
        if everywhere:
            offsets, cell, energy = _on_all_cells(offsets, cell, energy, len(hits.readout))
        energy += values["noise_mev"][cell] * _normal(np.diff(offsets), *seed_and_first)
    if "saturation_mev" in values:
        energy = np.minimum(energy, values["saturation_mev"][cell])
    adc = None
    if "adc_count_mev" in values:
        count_mev, pedestal = values["adc_count_mev"][cell], electronics.adc_pedestal
        highest = (1 << electronics.adc_bits) - 1
        adc = np.clip(np.rint(energy / count_mev) + pedestal, 0, highest).astype(np.int32)
        energy = (adc - pedestal) * count_mev
    if "threshold_mev" in values:
        kept = energy >= values["threshold_mev"][cell]
        offsets = np.concatenate([[0], np.cumsum(kept)])[offsets]
        cell, energy, adc = cell[kept], energy[kept], None if adc is None else adc[kept]
    read = replace(hits, offsets=offsets, cell=cell, energy_mev=energy.astype(hits.energy_mev.dtype))
    return Signals(read, adc)


def _normal(counts: NDArray[np.int64], seed: int, first: int) -> Floats:
    """Return standard normal numbers for events with these counts of hits, each event of its own seed."""
    return np.concatenate(
        [
            np.random.default_rng([seed, _STREAM, first + event]).standard_normal(n)
            for event, n in enumerate(counts)
        ]
    )


def value_of_cells(setting: str, value: float | Mapping[str, float], cells: Cells) -> Floats:
    """Return the value of a setting in each cell, (n_cells,).

    Args:
        setting: its name, for the message.
        value: one number, or numbers by names of layers or regions.
        cells: of the readout.

    Raises:
        SettingsError: a name that is no layer or region, two names for one cell, or a cell without any.
    """
    if not isinstance(value, Mapping):
        return np.full(len(cells), float(value))
    named = (*cells.layer_names, *cells.region_names)
    values = np.zeros(len(cells))
    times = np.zeros(len(cells), dtype=np.int64)
    for name, number in value.items():
        if name not in named:
            hint = did_you_mean(name, named) or f"known are {', '.join(dict.fromkeys(named))}"
            raise SettingsError(f"{setting}: the readout has no layer or region {name!r}; {hint}")
        chosen = np.zeros(len(cells), dtype=np.bool_)
        for names, column in ((cells.layer_names, cells.layer), (cells.region_names, cells.region)):
            if name in names:
                chosen |= column == names.index(name)
        values[chosen] = number
        times += chosen
    if np.any(times != 1):
        at = int(np.argmax(times != 1))
        layer, region = cells.layer_names[cells.layer[at]], cells.region_names[cells.region[at]]
        raise SettingsError(
            f"{setting}: expected one value for each cell, got {times[at]} for those of layer {layer!r}, "
            f"region {region!r}; name every layer, or every region, once"
        )
    return values


def _on_all_cells(
    offsets: NDArray[np.int64], cell: NDArray[np.int64], energy: Floats, n_cells: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return the same events with an entry for each cell, zero where nothing was deposited."""
    n = len(offsets) - 1
    dense = np.zeros(n * n_cells)
    dense[np.repeat(np.arange(n), np.diff(offsets)) * n_cells + cell] = energy
    return np.arange(n + 1) * n_cells, np.tile(np.arange(n_cells), n), dense


def _parsed(name: str, value: object) -> Any:
    """Return a number, or numbers by name, from text; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        if "=" not in value:
            return float(value)
        pairs = [part.split("=") for part in value.split(",")]
        return {key.strip(): float(number) for key, number in pairs}
    except ValueError:
        raise SettingsError(
            f"expected {name} as a number, or as numbers by layer or region, got {value!r}; "
            "write for example 5 or inner=3,middle=4,outer=5"
        ) from None
