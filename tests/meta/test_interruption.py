import signal

import pytest

from metacalo.meta.interruption import Interruption


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_the_next_acts_as_usual(number: signal.Signals) -> None:
    usual = signal.getsignal(number)
    with Interruption() as interruption:
        assert interruption.signal is None
        signal.raise_signal(number)
        assert interruption.signal is number
        assert signal.getsignal(number) is usual
    assert signal.getsignal(number) is usual


def test_after_the_block_signals_act_as_usual() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` leaves it ignored
    try:
        with Interruption():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
