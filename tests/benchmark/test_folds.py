import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.benchmark import RotationSettings, rotation
from metacalo.errors import SettingsError


@given(n=st.integers(3, 20), seed=st.integers(0, 99))
def test_every_detector_is_held_out_once_and_trained_on_in_all_other_folds(n: int, seed: int) -> None:
    names = [f"detector {k}" for k in range(n)]
    folds = rotation(names, seed)
    assert sorted(name for fold in folds for name in fold.held_out) == sorted(names)
    assert [fold.index for fold in folds] == list(range((n + 1) // 2))
    for fold in folds:
        assert sorted(fold.held_out + fold.training) == sorted(names)


def test_the_first_two_are_held_out_together_and_first_whatever_the_seed() -> None:
    detectors = RotationSettings().detectors
    folds = [rotation(detectors, seed) for seed in range(5)]
    assert {each[0].held_out for each in folds} == {("lhcb_shashlik", "atlas_lar")}
    assert [len(each) for each in folds] == [7] * 5
    assert len({each[1].held_out for each in folds}) > 1
    assert rotation(detectors, 3) == folds[3]


@pytest.mark.parametrize("names", [[], ["a", "b"], ["a", "b", "a"]])
def test_too_few_detectors_or_one_of_them_twice_are_refused(names: list[str]) -> None:
    with pytest.raises(SettingsError, match="at least three detectors, all different"):
        rotation(names)
