"""What the terminal says after an adaptation."""

from metacalo.cli.verdict import advice_on
from metacalo.validation import Comparison, Estimate
from metacalo.validation.report import verdict_table


def comparison(**estimates: float) -> Comparison:
    found = {name: Estimate(value, 0.001) for name, value in estimates.items()}
    return Comparison(n_reference=10, n_generated=10, estimates=found)


def test_what_is_poor_is_named_with_what_may_help():
    floor = comparison(separation_hits=0.01, separation_depth=0.01)
    made = comparison(response_ratio=1.3, separation_hits=0.4, separation_depth=0.011)
    advice = advice_on(verdict_table({"adapted": made}, floor))
    assert advice.startswith("poor: response ratio, separation hits.")
    assert "--n-showers" in advice


def test_where_nothing_is_poor_nothing_is_said():
    good = comparison(response_ratio=1.0)
    assert advice_on(verdict_table({"adapted": good}, good)) == ""
