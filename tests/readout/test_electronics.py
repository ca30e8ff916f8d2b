"""Electronics whose answers are known in closed form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from metacalo.errors import SettingsError
from metacalo.geometry import load_detector
from metacalo.readout import Readout, readout_of
from metacalo.readout.electronics import Electronics, Signals, digitise, value_of_cells
from metacalo.readout.hits import CellHits


@pytest.fixture(scope="module")
def readout() -> Readout:
    return readout_of(load_detector("lhcb_ecal"))


def events(
    readout: Readout, energy_mev: float | np.ndarray, n_events: int = 4, n_hits: int = 500
) -> CellHits:
    """Events that hit the same cells, spread over all regions, with these energies."""
    cell = np.linspace(0, len(readout) - 1, n_hits).astype(np.int64)
    energy = np.broadcast_to(np.asarray(energy_mev, dtype=np.float32), (n_events, n_hits)).reshape(-1).copy()
    return CellHits(
        readout=readout,
        offsets=np.arange(n_events + 1) * n_hits,
        cell=np.tile(cell, n_events),
        energy_mev=energy,
        incident_energy_gev=np.ones(n_events),
        theta_rad=np.zeros(n_events),
        phi_rad=np.zeros(n_events),
        position_mm=np.zeros((n_events, 3)),
        lost_mev={"gap": np.ones(n_events), "outside": np.zeros(n_events)},
    )


def read_out(hits: CellHits, seed: int = 0, first: int = 0, **settings: object) -> Signals:
    return digitise(hits, Electronics.from_mapping(settings), seed=seed, first=first)


def region_of(hits: CellHits) -> np.ndarray:
    return hits.readout.cells.region[hits.cell]


def test_nothing_is_on_by_default(readout: Readout) -> None:
    hits = events(readout, 3.5)
    signals = read_out(hits)
    assert Electronics().is_off
    assert signals.adc is None
    np.testing.assert_array_equal(signals.hits.cell, hits.cell)
    np.testing.assert_array_equal(signals.hits.energy_mev, hits.energy_mev)


def test_the_electromagnetic_scale_is_the_deposit_over_the_sampling_fraction(readout: Readout) -> None:
    hits = events(readout, 3.5)
    fractions = {"outer": 0.25, "middle": 0.5, "inner": 1.0}
    signals = read_out(hits, sampling_fraction=fractions)
    expected = 3.5 / np.array([0.25, 0.5, 1.0])[region_of(hits)]
    np.testing.assert_array_equal(signals.hits.energy_mev, expected)
    np.testing.assert_array_equal(signals.hits.lost_mev["gap"], hits.lost_mev["gap"])


def test_noise_has_its_mean_and_its_width_in_each_region(readout: Readout) -> None:
    hits = events(readout, 100.0, n_events=60)
    sigma = {"outer": 4.0, "middle": 2.0, "inner": 1.0}
    noise = read_out(hits, noise_mev=sigma).hits.energy_mev.astype(float) - 100.0
    for number, width in enumerate(sigma.values()):
        some = noise[region_of(hits) == number]
        assert abs(some.mean()) < 4 * width / math.sqrt(len(some))
        assert some.std() == pytest.approx(width, rel=4 / math.sqrt(2 * len(some)))
    together = noise.reshape(60, -1).sum(axis=1)
    variance = sum(width**2 * (region_of(hits[0]) == k).sum() for k, width in enumerate(sigma.values()))
    assert together.std() == pytest.approx(math.sqrt(variance), rel=4 / math.sqrt(2 * 60))


def test_noise_in_all_cells_passes_a_threshold_as_often_as_a_gaussian_does(readout: Readout) -> None:
    hits = events(readout, 100.0, n_events=20, n_hits=10)
    signals = read_out(hits, noise_mev=2.0, noise_in_all_cells=True, threshold_mev=3.0)
    assert set(hits.cell[:10]) <= set(signals.hits.energies_of(0)[0])
    n_empty = 20 * (len(readout) - 10)
    share = 0.5 * math.erfc(1.5 / math.sqrt(2.0))
    found = len(signals.hits.cell) - 200
    assert found == pytest.approx(n_empty * share, abs=4 * math.sqrt(n_empty * share * (1 - share)))
    assert signals.hits.energy_mev.min() >= 3.0


def test_noise_in_all_cells_without_a_threshold_reads_every_cell(readout: Readout) -> None:
    signals = read_out(events(readout, 1.0, n_events=2), noise_mev=1.0, noise_in_all_cells=True)
    np.testing.assert_array_equal(signals.hits.n_hits, [len(readout)] * 2)
    np.testing.assert_array_equal(signals.hits.energies_of(1)[0], np.arange(len(readout)))


def test_without_the_flag_only_cells_with_a_deposit_have_noise(readout: Readout) -> None:
    hits = events(readout, 1.0)
    np.testing.assert_array_equal(read_out(hits, noise_mev=9.0).hits.cell, hits.cell)


def test_energies_are_cut_at_saturation(readout: Readout) -> None:
    hits = events(readout, np.linspace(0.5, 50.0, 500), n_events=2)
    saturated = read_out(hits, saturation_mev=20.0).hits.energy_mev
    np.testing.assert_array_equal(saturated, np.minimum(hits.energy_mev, 20.0))


def test_a_converter_rounds_to_its_counts(readout: Readout) -> None:
    hits = events(readout, np.random.default_rng(1).uniform(0.0, 100.0, 500), n_events=2)
    signals = read_out(hits, adc_count_mev=0.5, adc_bits=16, adc_pedestal=50)
    assert signals.adc is not None
    np.testing.assert_array_equal(signals.adc, np.rint(hits.energy_mev.astype(float) / 0.5) + 50)
    np.testing.assert_array_equal(signals.hits.energy_mev, 0.5 * (signals.adc - 50))
    error = signals.hits.energy_mev.astype(float) - hits.energy_mev
    assert np.abs(error).max() <= 0.25
    assert error.std() == pytest.approx(0.5 / math.sqrt(12.0), rel=0.1)


def test_a_converter_stays_within_its_bits(readout: Readout) -> None:
    signals = read_out(events(readout, [-50.0, 1e6] * 250), adc_count_mev=1.0, adc_bits=8, adc_pedestal=10)
    assert signals.adc is not None
    assert sorted(set(signals.adc.tolist())) == [0, 255]
    assert sorted(set(signals.hits.energy_mev.tolist())) == [-10.0, 245.0]


def test_cells_below_the_threshold_are_left_out_with_their_counts(readout: Readout) -> None:
    hits = events(readout, np.tile([1.0, 5.0, 9.0, 5.0, 5.0], 100))
    signals = read_out(hits, threshold_mev=5.0, adc_count_mev=1.0)
    assert signals.adc is not None
    np.testing.assert_array_equal(signals.hits.n_hits, [400] * 4)
    np.testing.assert_array_equal(signals.hits.cell, hits.cell[hits.energy_mev >= 5.0])
    np.testing.assert_array_equal(signals.adc, signals.hits.energy_mev)


@hypothesis_settings(max_examples=25)
@given(cut=st.integers(1, 5), seed=st.integers(0, 2**40), everywhere=st.booleans())
def test_results_do_not_depend_on_chunks(readout: Readout, cut: int, seed: int, everywhere: bool) -> None:
    hits = events(readout, 10.0, n_events=6, n_hits=5)
    settings = {
        "noise_mev": 3.0,
        "noise_in_all_cells": everywhere,
        "threshold_mev": 8.0,
        "adc_count_mev": 0.25,
    }
    whole = read_out(hits, seed, **settings)
    parts = [read_out(hits[:cut], seed, **settings), read_out(hits[cut:], seed, cut, **settings)]
    np.testing.assert_array_equal(np.concatenate([part.hits.cell for part in parts]), whole.hits.cell)
    energies = np.concatenate([part.hits.energy_mev for part in parts])
    np.testing.assert_array_equal(energies, whole.hits.energy_mev)


def test_the_seed_decides_the_noise(readout: Readout) -> None:
    hits = events(readout, 1.0)
    first, again, other = (read_out(hits, seed, noise_mev=1.0).hits.energy_mev for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    assert abs(np.corrcoef(first[:500], first[500:1000])[0, 1]) < 0.2


def test_values_may_be_named_by_layer() -> None:
    readout = readout_of(load_detector("atlas_barrel"))
    values = {"presampler": 1.0, "strips": 2.0, "middle": 3.0, "back": 4.0}
    np.testing.assert_array_equal(
        value_of_cells("noise_mev", values, readout.cells), 1.0 + readout.cells.layer.astype(float)
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise_mev": {"iner": 1.0}}, "no layer or region 'iner'; did you mean 'inner'"),
        (
            {"noise_mev": {"inner": 1.0}},
            "expected one value for each cell, got 0 for those of .* region 'outer'",
        ),
        ({"noise_mev": {"lhcb_ecal": 1.0, "inner": 2.0}}, "got 2 for those of .* region 'inner'"),
        ({"noise_mev": -1.0}, "noise_mev"),
        ({"noise_mev": math.nan}, "noise_mev"),
        ({"sampling_fraction": 0.0}, "sampling_fraction"),
        ({"adc_count_mev": 1.0, "adc_bits": 0}, "adc_bits"),
        ({"nois_mev": 1.0}, "noise_mev"),
        ({"noise_in_all_cells": True}, "expected noise for noise_in_all_cells, got none"),
        ({"adc_bits": 10}, "give adc_count_mev"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    readout: Readout, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        read_out(events(readout, 1.0), **settings)


def test_settings_are_read_from_text() -> None:
    parsed = Electronics.parse(noise_mev="inner=3, outer=5.5", threshold_mev="10", saturation_mev=None)
    assert parsed == Electronics(noise_mev={"inner": 3.0, "outer": 5.5}, threshold_mev=10.0)
    with pytest.raises(SettingsError, match="write for example 5 or inner=3"):
        Electronics.parse(noise_mev="inner:3")


def test_a_pedestal_above_the_highest_count_is_refused(readout: Readout) -> None:
    with pytest.raises(SettingsError, match=r"a pedestal below 2\^8 = 256, got 256"):
        read_out(events(readout, 1.0), adc_count_mev=1.0, adc_bits=8, adc_pedestal=256)
