"""What the terminal says after an adaptation."""

import pytest

from metacalo.adaptation.fine_tune import Check, FineTuning
from metacalo.cli.verdict import advice_on_training, advice_on_verdicts
from metacalo.models import FieldVAE, FieldVAESettings
from metacalo.validation import Comparison, Estimate
from metacalo.validation.report import verdict_table


def comparison(**estimates: float) -> Comparison:
    found = {name: Estimate(value, 0.001) for name, value in estimates.items()}
    return Comparison(n_reference=10, n_generated=10, estimates=found)


@pytest.mark.parametrize(
    ("simulated", "said", "not_said"), [(True, "1000", "geometry show"), (False, "geometry show", "1000")]
)
def test_what_is_poor_is_named_with_what_may_help(simulated: bool, said: str, not_said: str):
    floor = comparison(separation_hits=0.01, separation_depth=0.01)
    made = comparison(response_ratio=1.3, separation_hits=0.4, separation_depth=0.011)
    advice = advice_on_verdicts(verdict_table({"adapted": made}, floor), simulated=simulated)
    assert advice.startswith("poor: response ratio, separation hits.")
    assert "--n-showers" in advice
    assert said in advice
    assert not_said not in advice


def test_where_nothing_is_poor_nothing_is_said():
    good = comparison(response_ratio=1.0)
    assert advice_on_verdicts(verdict_table({"adapted": good}, good), simulated=False) == ""


@pytest.mark.parametrize(
    ("best_step", "stopped_by", "advises"),
    [(200, "steps", True), (190, "steps", True), (150, "steps", False), (200, "time budget", False)],
)
def test_more_steps_are_advised_where_the_last_look_was_the_best(
    best_step: int, stopped_by: str, advises: bool
):
    model = FieldVAE(FieldVAESettings(latents=1))
    tuning = FineTuning(model, (Check(200, 9.0, 1.0, 1.0),), best_step, 9.0, stopped_by)
    assert ("--steps 400" in advice_on_training(tuning)) is advises
