import pytest

from metacalo.meta.schedule import cosine_rate, latent_weight


def test_the_rate_rises_linearly_then_falls_as_half_a_cosine() -> None:
    rates = [cosine_rate(n, steps=12, peak=1.0, warmup_steps=4, final_fraction=0.2) for n in range(13)]
    assert rates[:5] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert rates[8] == pytest.approx(0.6)
    assert rates[12] == pytest.approx(0.2)
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_past_the_end_the_rate_stays() -> None:
    assert cosine_rate(50, steps=10, peak=2.0, final_fraction=0.1) == pytest.approx(0.2)


def test_a_run_that_is_all_warm_up_has_a_rate() -> None:
    assert cosine_rate(3, steps=3, peak=1.0, warmup_steps=3) == pytest.approx(1.0)


def test_the_latent_weight_holds_then_rises_to_one() -> None:
    weights = [latent_weight(n, start=0.2, hold_steps=2, rise_steps=4) for n in range(8)]
    assert weights == pytest.approx([0.2, 0.2, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0])
