import numpy as np
import pytest
import torch
from scipy import stats

from metacalo.export.par04.seeds import normals_of_seeds, philox

ONES, PI, E = 0xFFFFFFFF, (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (PI, E, (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
    ],
)
def test_philox_gives_the_known_answers_of_random123(counter, key, words):
    given = [torch.tensor([[value]]) for value in (*counter, *key)]
    assert tuple(philox(*given)[0, 0].tolist()) == words


def test_numbers_are_normal_and_independent_of_their_neighbours():
    numbers = normals_of_seeds(torch.randn(20, 4, generator=torch.Generator().manual_seed(1)), 5000).numpy()
    assert stats.kstest(numbers.reshape(-1), "norm").pvalue > 1e-3
    within = np.corrcoef(numbers[:, :-1].reshape(-1), numbers[:, 1:].reshape(-1))[0, 1]
    between = np.corrcoef(numbers[:-1].reshape(-1), numbers[1:].reshape(-1))[0, 1]
    assert abs(within) < 0.015
    assert abs(between) < 0.015


def test_each_of_the_four_seeds_changes_every_number():
    seeds = torch.tensor([[0.1, -0.2, 0.3, -0.4]])
    numbers = normals_of_seeds(seeds, 101)
    assert numbers.shape == (1, 101)
    for k in range(4):
        other = seeds.clone()
        other[0, k] = torch.nextafter(other[0, k], torch.tensor(1.0))
        assert (normals_of_seeds(other, 101) != numbers).all()


def test_a_row_does_not_depend_on_the_batch():
    seeds = torch.randn(3, 4, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(
        normals_of_seeds(seeds, 33)[1], normals_of_seeds(seeds[1:2], 33)[0], rtol=0, atol=0
    )
