import pytest
from pydantic import ValidationError

from metacalo.errors import SettingsError
from metacalo.meta import PretrainSettings


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PretrainSettings().steps = 5


def test_an_unknown_setting_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError, match=r"'inner_step'.*'inner_steps'"):
        PretrainSettings.from_mapping({"inner_step": 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("method", "protonet"),
        ("inner_rule", "lbfgs"),
        ("rate_of_rates", 0.0),
        ("rate", -1.0),
        ("rate", float("nan")),
        ("ema_decay", 1.0),
        ("seed", -1),
    ],
)
def test_an_impossible_value_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"setting {name}: .*, got {value!r}"):
        PretrainSettings.from_mapping({name: value})


def test_showers_per_step_counts_the_inner_loop_except_for_joint() -> None:
    sizes = {"tasks_per_step": 2, "support_batch": 5, "query_batch": 7, "inner_steps": 3}
    assert PretrainSettings(method="maml", **sizes).showers_per_step == 2 * (3 * 5 + 7)
    assert PretrainSettings(method="joint", **sizes).showers_per_step == 14
    assert PretrainSettings(method="reptile", **sizes).showers_per_step == 2 * 3 * 5


def test_the_defaults_are_those_of_the_trials() -> None:
    settings = PretrainSettings()
    assert (settings.support_batch, settings.query_batch, settings.inner_steps) == (24, 32, 3)
    assert (settings.inner_rate, settings.rate, settings.gradient_clip) == (0.1, 1e-3, 0.5)
