"""How figures are written."""

import json

import pytest

from metacalo.validation import Comparison, EnergyBin, Estimate
from metacalo.validation.profiles import Moments


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.123456), "0.1235"),
        (Estimate(0.123456, 0.0234), "0.123 ± 0.023"),
        (Estimate(0.0001144, 0.00018), "0.00011 ± 0.00018"),
        (Estimate(10.42, 1.23), "10.4 ± 1.2"),
        (Estimate(1234.5, 123.0), "1234 ± 123"),
        (Estimate(1.0, 0.0), "1 ± 0"),
        (Estimate(1.0, float("nan")), "1 ± nan"),
    ],
)
def test_a_value_has_no_more_digits_than_its_error(estimate, text):
    assert str(estimate) == text


def test_a_comparison_comes_back_from_json_as_it_was():
    comparison = Comparison(
        n_reference=20,
        n_generated=30,
        estimates={"separation_mean": Estimate(0.1, 0.01), "wasserstein_hits": Estimate(0.2)},
        energy_bins=(
            EnergyBin(
                low_gev=1.0,
                high_gev=10.0,
                reference={"response": Moments(12, 0.17, 0.001, 0.01, 0.002)},
                generated={"response": Moments(15, 0.18, 0.001, 0.01, 0.002)},
            ),
        ),
        notes=("no classifier",),
    )
    assert Comparison.from_dict(json.loads(json.dumps(comparison.to_dict()))) == comparison
    assert comparison["wasserstein_hits"] == Estimate(0.2, None)


def test_a_figure_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        Comparison(n_reference=2, n_generated=2, estimates={})["classifier_auc"]
