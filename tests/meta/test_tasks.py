import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metacalo.errors import GridMismatchError, SettingsError
from metacalo.meta import Pool, Task, draw_tasks
from metacalo.showers import Showers


def energies(showers: Showers) -> set[float]:
    """The incident energies, which are all different here and so name the showers."""
    return {float(e) for e in showers.incident_energy_gev}


def drawn(task: Task) -> tuple[set[float], set[float]]:
    return energies(task.support), energies(task.query)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n_support=st.integers(0, 30), n_query=st.integers(1, 30), seed=st.integers(0, 2**31))
def test_support_and_query_are_disjoint_and_of_the_size_asked_for(
    pools: tuple[Pool, ...], n_support: int, n_query: int, seed: int
) -> None:
    support, query = drawn(pools[0].draw(n_support, n_query, torch.Generator().manual_seed(seed)))
    assert (len(support), len(query)) == (n_support, n_query)
    assert not support & query
    assert support | query <= energies(pools[0].showers)


def test_the_same_state_of_the_generator_draws_the_same_task(pools: tuple[Pool, ...]) -> None:
    choice = torch.Generator().manual_seed(5)
    pools[0].draw(3, 4, choice)
    state = choice.get_state()
    first = drawn(pools[0].draw(3, 4, choice))
    other = drawn(pools[0].draw(3, 4, choice))
    again = drawn(pools[0].draw(3, 4, torch.Generator().set_state(state)))
    assert first == again != other


def test_hits_per_shower_is_the_mean_over_the_whole_pool(
    pools: tuple[Pool, ...], hand_made_showers: Showers
) -> None:
    task = Pool(pools[0].detector, hand_made_showers).draw(1, 1, torch.Generator())
    assert task.hits_per_shower == pytest.approx(5 / 3)


def test_support_batches_are_consecutive_and_complete(pools: tuple[Pool, ...]) -> None:
    task = pools[0].draw(7, 5, torch.Generator())
    batches = list(task.support_batches(3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    np.testing.assert_array_equal(
        torch.cat([batch.energy_gev for batch in batches]).numpy(), task.support.incident_energy_gev
    )
    assert [len(batch) for batch in task.query_batches(4)] == [4, 1]


def test_tasks_of_one_step_are_of_different_detectors_until_all_are_used(pools: tuple[Pool, ...]) -> None:
    tasks = draw_tasks(pools, 5, 1, 1, torch.Generator().manual_seed(2))
    names = [task.detector.name for task in tasks]
    assert sorted(names[:3]) == ["middle", "thick", "thin"]
    assert len(set(names[3:])) == 2


def test_a_task_larger_than_the_pool_is_refused_with_both_numbers(pools: tuple[Pool, ...]) -> None:
    with pytest.raises(SettingsError, match=r"thin: a task of 40 support and 21 query .* holds 60"):
        pools[0].draw(40, 21, torch.Generator())


def test_showers_on_another_grid_are_refused(pools: tuple[Pool, ...]) -> None:
    detector = pools[0].detector
    other = detector.model_copy(update={"grid": type(detector.grid)(shape=(2, 3, 4), dr_mm=6.0, dz_mm=10.0)})
    with pytest.raises(GridMismatchError, match="detector thin has"):
        Pool(other, pools[0].showers)


def test_a_pool_without_hits_is_refused(pools: tuple[Pool, ...]) -> None:
    with pytest.raises(SettingsError, match="got 0 showers"):
        Pool(pools[0].detector, pools[0].showers[:0])
