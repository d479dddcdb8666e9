import signal

import pytest

from recipe_tui.core.training.signals import StopSignals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_while_nothing_can_be_lost_a_signal_interrupts_at_once(number):
    with StopSignals() as signals, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    assert signals.received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_during_the_steps_a_signal_is_noted_and_a_second_one_interrupts(number):
    with StopSignals() as signals, signals.deferred():
        signal.raise_signal(number)
        assert signals.received
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


def test_after_the_steps_a_signal_interrupts_again():
    with StopSignals() as signals:
        with signals.deferred():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_a_lost_terminal_changes_nothing():
    with StopSignals() as signals:
        signal.raise_signal(signal.SIGHUP)
    assert not signals.received


def test_the_handlers_of_before_come_back():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]
    with StopSignals():
        assert signal.getsignal(signal.SIGTERM) not in before
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)] == before
