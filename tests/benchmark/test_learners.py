from itertools import combinations

import pytest

from metacalo.benchmark import LEARNERS, RotationSettings, candidates
from metacalo.benchmark.learners import learner_settings
from metacalo.errors import SettingsError


@pytest.mark.parametrize("learner", LEARNERS)
def test_candidates_are_settings_of_the_learner_none_twice_and_the_default_is_the_first(
    learner: str,
) -> None:
    tried = candidates(learner, 6, seed=1)
    assert len(tried) == 6
    assert all(a != b for a, b in combinations(tried, 2))
    assert tried[0] == candidates(learner, 1, seed=2)[0]
    assert tried == candidates(learner, 6, seed=1)
    for choice in tried:
        settings = learner_settings(learner, choice, "start", 5, {"ema_decay": 0.9})
        assert (settings.method, settings.init, settings.seed) == (learner, "start", 5)
        assert settings.ema_decay == 0.9
        assert {name: getattr(settings, name) for name in choice} == choice


def test_a_space_that_is_smaller_than_asked_for_is_tried_as_a_whole() -> None:
    assert len(candidates("maml", 1000)) == 27


def test_the_tuned_settings_go_before_those_of_all_learners() -> None:
    settings = learner_settings("joint", {"rate": 0.5}, "start", 0, {"rate": 0.1, "query_batch": 9})
    assert (settings.rate, settings.query_batch) == (0.5, 9)


def test_a_learner_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="learners"):
        RotationSettings.from_mapping({"learners": ["joint", "protonet"]})


def test_the_schedule_of_a_short_start_is_shortened_in_proportion() -> None:
    long, short = (RotationSettings(start_steps=n).for_start() for n in (20_000, 800))
    assert (long.warmup_steps, long.latent_hold_steps, long.latent_rise_steps) == (1000, 1500, 1500)
    assert (short.warmup_steps, short.latent_hold_steps, short.latent_rise_steps) == (100, 133, 200)
    assert (short.method, short.init, short.rate) == ("joint", None, 3e-3)
