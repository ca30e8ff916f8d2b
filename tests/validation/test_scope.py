"""What the presets ask for, and settings that make no sense."""

import pytest

from metacalo.errors import SettingsError
from metacalo.validation import QUICK, STANDARD, THOROUGH, Scope
from metacalo.validation.metrics import groups_of


def test_each_scope_computes_all_that_the_smaller_one_does():
    quick, standard, thorough = (list(groups_of(scope)) for scope in (QUICK, STANDARD, THOROUGH))
    assert set(quick) < set(standard)
    assert standard == thorough
    assert not {"network on voxels", "regressors", "distances of layers"} & set(quick)


def test_a_scope_is_known_by_its_name():
    assert Scope.named("quick") is QUICK
    with pytest.raises(SettingsError, match="did you mean 'standard'"):
        Scope.named("standart")


@pytest.mark.parametrize(
    ("name", "value"), [("bins", 1), ("resamples", 1), ("network_repeats", 0), ("max_showers", 1)]
)
def test_settings_that_make_no_sense_are_refused(name, value):
    with pytest.raises(SettingsError, match=f"{name} of at least .*got {value}"):
        Scope(**{name: value})
