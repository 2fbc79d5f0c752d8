"""The relay never twitches, whatever becomes of the operator; and what was missed is made up."""

from __future__ import annotations

import signal
import time

import pytest

from lamp.messages import Directive, Flip, LampChanged
from tests.hil.inside import sim
from tests.hil.inside.lamp import Operator, until

pytestmark = pytest.mark.machine("edges", "polled")


@sim.traced
@sim.wired
@pytest.mark.parametrize(("lit", "inverted"), [(True, False), (False, True), (True, True)])
def test_no_end_and_no_start_of_the_operator_ever_moves_the_relay(
    operator: Operator, lit: bool, inverted: bool
) -> None:
    operator.write_yaml(f"relay_inverted: {str(inverted).lower()}")
    operator.start()
    if lit:
        operator.switch.flip()
    level = lit != inverted
    until(lambda: operator.relay.high == level)
    until(lambda: operator.state_on_disk() == ("lit" if lit else "dark"))
    with sim.Writes() as writes:
        for end in (signal.SIGTERM, signal.SIGKILL):
            operator.end(end)
            assert operator.relay.high == level
            operator.start()
            time.sleep(0.1)
            assert operator.relay.high == level
        assert set(writes.levels()) == {level}
    operator.switch.flip()
    until(lambda: operator.relay.high != level)


@sim.traced
def test_every_flip_is_one_write(operator: Operator) -> None:
    operator.start()
    with sim.Writes() as writes:
        for _ in range(5):
            operator.switch.flip()
            time.sleep(0.15)
        assert writes.levels() == [True, False, True, False, True]


@sim.wired
def test_a_switch_that_is_moved_while_the_operator_is_dead_is_a_flip(operator: Operator) -> None:
    operator.start()
    operator.switch.flip()
    until(lambda: operator.state_on_disk() == "lit")
    operator.end(signal.SIGKILL)
    operator.switch.flip()
    operator.start()
    assert operator.hear(Flip).state == "dark"
    until(lambda: not operator.relay.high)


@sim.wired
def test_a_switch_that_is_moved_and_moved_back_meanwhile_is_none(operator: Operator) -> None:
    operator.start()
    operator.switch.flip()
    until(lambda: operator.state_on_disk() == "lit")
    operator.end(signal.SIGKILL)
    operator.switch.flip()
    operator.switch.flip()
    operator.start()
    assert not [one for one in operator.drain(0.3) if isinstance(one, Flip)]
    assert operator.relay.high


def test_a_directive_moves_the_relay_and_a_hand_takes_it_back(operator: Operator) -> None:
    operator.start()
    now = time.monotonic()
    operator.mailbox.send("operator", Directive("d1", "lit", "u1", "", now, now + 3))
    assert operator.hear(LampChanged).cause == "directive"
    assert operator.relay.high
    operator.switch.flip()
    until(lambda: not operator.relay.high)


def test_directives_and_flips_at_the_same_moment_leave_lamp_and_file_alike(
    operator: Operator,
) -> None:
    operator.start()
    for number in range(20):
        now = time.monotonic()
        state = "lit" if number % 3 else "dark"
        operator.mailbox.send("operator", Directive(f"d{number}", state, "u", "", now, now + 3))
        operator.switch.flip()
        time.sleep(0.06)
    last = [one for one in operator.drain(0.5) if isinstance(one, LampChanged)][-1].state
    until(lambda: operator.state_on_disk() == last)
    assert operator.relay.high == (last == "lit")
