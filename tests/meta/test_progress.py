import pytest

from metacalo.meta.progress import as_clock, progress_on


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00:00"), (61.4, "0:01:01"), (36000, "10:00:00")])
def test_durations_are_shown_as_on_a_clock(seconds: float, shown: str) -> None:
    assert as_clock(seconds) == shown


def test_without_a_terminal_only_steps_that_deserve_it_have_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress_on(None, 10) as progress:
        progress.update(1, 2.5, 100.0, 90.0, log=False)
        progress.update(2, 2.25, 100.0, 80.0, log=True)
        progress.say("saved")
    shown = capsys.readouterr()
    assert shown.err.splitlines() == ["step 2/10  loss 2.2500 nat/hit  100 showers/s  0:01:20 left", "saved"]
    assert shown.out == ""


def test_a_bar_has_loss_speed_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_on(True, 10) as progress:
        progress.update(10, 2.25, 123.0, 61.0, log=False)
        progress.say("saved")
    shown = " ".join(capsys.readouterr().err.split())
    for part in ("10/10", "loss 2.2500", "123 showers/s", "0:01:01 left", "saved"):
        assert part in shown
