import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import kstest, norm

from metacalo.runtime.noise import NoiseSource, normal_table

# Random123 1.14, tests/kat_vectors: philox4x64-10, counter, key, output
KNOWN = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    ),
    (
        (2**64 - 1,) * 4,
        (2**64 - 1,) * 2,
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x452821E638D01377, 0xBE5466CF34E90C6C),
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]


def by_hand(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Philox4x64-10 as its paper writes it."""
    mask, (k0, k1), (c0, c1, c2, c3) = 2**64 - 1, key, counter
    for _ in range(10):
        left, right = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = (right >> 64) ^ c1 ^ k0, right & mask, (left >> 64) ^ c3 ^ k1, left & mask
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & mask, (k1 + 0xBB67AE8584CAA73B) & mask
    return c0, c1, c2, c3


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN)
def test_the_generator_by_hand_gives_the_published_vectors(counter, key, output):
    assert by_hand(counter, key) == output


@pytest.mark.parametrize(("seed", "shower"), [(0, 0), (5, 3), (2**100 + 7, 2**70 + 1)])
def test_a_showers_numbers_are_the_blocks_that_are_counted_for_it(seed: int, shower: int):
    source = NoiseSource(40, 4)  # 44 parts of 16 bits: three blocks of 16
    parts = source.parts(seed, shower, 1)[0]
    assert source.blocks == 3
    for block in range(3):
        number = 1 + shower * 3 + block
        counter = tuple(number >> (64 * k) & (2**64 - 1) for k in range(4))
        words = by_hand(counter, (seed & (2**64 - 1), seed >> 64))
        wanted = [word >> (16 * k) & 0xFFFF for word in words for k in range(4)]
        assert parts[16 * block : 16 * block + 16].tolist() == wanted


def test_numbers_do_not_depend_on_what_is_asked_for_with_them():
    source = NoiseSource(50, 10)
    many = source.rows(7, 100, 20)
    for i in (0, 7, 19):
        assert np.array_equal(source.rows(7, 100 + i, 1)[0], many[i])
    assert not np.array_equal(source.rows(8, 100, 1), many[:1])


def test_the_table_holds_the_normal_quantiles_with_variance_one():
    table = normal_table()
    wanted = ndtri((np.arange(65536) + 0.5) / 65536)
    assert table == pytest.approx(wanted, rel=1e-4)
    assert np.mean(table.astype(np.float64) ** 2) == pytest.approx(1.0, abs=1e-7)
    assert np.array_equal(table, -table[::-1])


def test_rows_are_made_of_their_parts_as_is_written():
    source, table = NoiseSource(6, 2), normal_table().astype(np.float64)
    parts, row = source.parts(3, 0, 1)[0], source.rows(3, 0, 1)[0]
    fine = [(table[parts[2 * i]] + table[parts[2 * i + 1]]) / math.sqrt(2) for i in range(2)]
    assert row == pytest.approx([*fine, *table[parts[4:8]]], rel=1e-6)


def test_numbers_are_standard_normal_one_by_one_and_in_sums():
    source = NoiseSource(2000, 1000)
    rows = source.rows(1, 0, 100)
    assert kstest(rows[:, :1000].ravel(), "norm").pvalue > 0.01
    assert kstest(rows[:, 1000:].ravel(), "norm").pvalue > 0.01
    assert abs(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1]) < 0.4


@pytest.mark.parametrize(("sectors", "reach"), [(16, 4.7), (8, 4.4)])
def test_a_sum_over_waves_has_the_tails_of_a_normal_number(sectors: int, reach: float):
    """What the cosines of the sectors make of numbers of 16 bits, by convolution of their exact law."""
    table, fastest = normal_table().astype(np.float64), sectors // 2
    # in the first sector all sines are zero
    weights = [math.sqrt((1 if k in (0, fastest) else 2) / sectors) for k in range(fastest + 1)]
    step = 1e-3
    edges = np.arange(-9.0, 9.0 + step / 2, step)
    law = np.zeros(len(edges))
    law[len(edges) // 2] = 1.0
    spectrum = np.ones(len(edges) // 2 + 1, dtype=complex)
    for weight in weights:
        one = np.bincount(np.rint((weight * table + 9.0) / step).astype(int), minlength=len(edges)) / 65536
        spectrum *= np.fft.rfft(np.fft.ifftshift(one))
    law = np.fft.fftshift(np.fft.irfft(spectrum, len(edges)))
    above = 1.0 - np.cumsum(law)
    for x in (2.0, 3.0, 4.0, reach):
        at = int(np.rint((x + 9.0) / step))
        assert above[at] == pytest.approx(norm.sf(x + step / 2), rel=0.01)
