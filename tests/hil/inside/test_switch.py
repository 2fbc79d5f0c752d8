"""The switch, on chips with edge events and on chips without."""

from __future__ import annotations

import signal
import time

import pytest

from lamp.messages import Flip, LampChanged
from tests.hil.inside import sim
from tests.hil.inside.lamp import Operator, before_all_others, until

pytestmark = pytest.mark.machine("edges", "polled")
SETTLED = 0.15  # s: longer than any debouncing
LONGEST_BOUNCE = 0.005  # s: a contact that rests for longer has been moved
TRIES = 60  # to bounce as fast as that; the machine below may have much else to do


def flips(operator: Operator) -> int:
    return sum(isinstance(message, Flip) for message in operator.drain(SETTLED))


def test_each_position_of_the_switch_moves_the_relay_once(operator: Operator) -> None:
    operator.start()
    for lit in (True, False, True):
        operator.switch.flip()
        until(lambda lit=lit: operator.relay.high == lit)
        time.sleep(SETTLED)
        assert operator.relay.high == lit
    assert flips(operator) == 3


def test_a_bouncing_contact_is_one_flip(operator: Operator) -> None:
    operator.start()
    bounced = 0
    for _ in range(TRIES):
        flips(operator)
        before = operator.relay.high
        with before_all_others():
            took = operator.switch.bounce(times=4)
        until(lambda before=before: operator.relay.high != before)
        if took > LONGEST_BOUNCE:  # the machine below was busy: that was no bouncing
            continue
        assert flips(operator) == 1
        assert operator.relay.high != before
        bounced += 1
        if bounced == 4:
            return
    pytest.fail("this machine is too busy to bounce a contact in 5 ms")


def test_a_press_of_a_button_is_one_flip(operator: Operator) -> None:
    operator.write_yaml("switch_kind: momentary")
    operator.start()
    for lit in (True, False):
        operator.switch.flip()
        time.sleep(0.1)
        operator.switch.flip()
        until(lambda lit=lit: operator.relay.high == lit)
        time.sleep(SETTLED)
    assert flips(operator) == 2


def test_a_button_that_sticks_does_nothing_until_it_is_pressed_anew(operator: Operator) -> None:
    operator.write_yaml("switch_kind: momentary")
    operator.switch.put(closed=True)
    operator.start()
    time.sleep(0.3)
    assert not operator.relay.high
    operator.switch.put(closed=False)
    time.sleep(0.1)
    operator.switch.put(closed=True)
    until(lambda: operator.relay.high)
    time.sleep(1.0)  # stuck again
    assert flips(operator) == 1


def test_a_flapping_contact_is_ignored_until_it_rests(operator: Operator) -> None:
    operator.start()
    for _ in range(60):
        operator.switch.flip()
        time.sleep(0.04)
    during = flips(operator)
    assert 5 < during <= 25
    until(lambda: "the switch is flapping" in operator.log())
    until(lambda: "come to rest" in operator.log())
    before = operator.relay.high
    operator.switch.flip()
    until(lambda: operator.relay.high != before)


@sim.wired
def test_where_a_flapping_contact_came_to_rest_is_no_flip_at_the_next_start(
    operator: Operator,
) -> None:
    operator.start()
    for _ in range(61):
        operator.switch.flip()
        time.sleep(0.04)
    until(lambda: "come to rest" in operator.log())
    time.sleep(2.2)  # it notes once a second where the switch stands
    before = operator.relay.high
    operator.end(signal.SIGKILL)
    operator.start()
    assert not flips(operator)
    assert operator.relay.high == before


def test_the_lamp_says_what_it_is_when_it_starts(operator: Operator) -> None:
    operator.start()
    operator.switch.flip()
    changed = operator.hear(LampChanged)
    assert (changed.state, changed.cause) == ("lit", "switch")
