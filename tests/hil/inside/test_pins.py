"""Pins that cannot be had, each with its line; and the two that a lamp can do without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lamp.config import Pins
from lamp.doctor.pins import check_pins
from lamp.errors import EXIT_PINS
from lamp.messages import Flip, Muted
from lamp.operator.health_summary import LEARNING_SIDE
from lamp.operator.status_led import RHYTHMS
from tests.hil.inside import sim
from tests.hil.inside.lamp import Operator, until

pytestmark = pytest.mark.machine("edges", "polled")


def refused(operator: Operator, line: str) -> bool:
    """Whether it ends at once, and says why in one line with ``line`` in it."""
    yaml = str(operator.folder / "lamp.yaml")
    ran = subprocess.run(
        [sys.executable, "-m", "lamp.operator", yaml], capture_output=True, text=True, check=False
    )
    assert ran.returncode == EXIT_PINS, ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    return line in ran.stderr


def test_a_pin_that_the_kernel_holds_is_named_with_its_holder(tmp_path: Path) -> None:
    with sim.board(hogs={sim.RELAY: "fan-control"}) as board:
        operator = Operator(tmp_path, board)
        assert refused(operator, "header pin 36 is in use by 'fan-control'. Stop that, or take")
        operator.close()


def test_a_machine_without_the_chip_is_told_which_it_has(tmp_path: Path) -> None:
    with sim.board() as board:
        operator = Operator(tmp_path, board)
    other = sim.Board(chips={"aobus-banks": 11})
    try:
        assert refused(operator, "no GPIO chip 'periphs-banks' (it has: aobus-banks)")
    finally:
        other.close()
        operator.close()


def test_a_dangerous_pin_is_refused_and_not_touched(operator: Operator) -> None:
    operator.write_yaml("relay: 11")
    cec = operator.board.line(8, "aobus-banks")
    cec.pull(True)
    assert refused(operator, "header pin 11 of the Le Potato is shared with HDMI")
    assert cec.high


def test_two_operators_cannot_have_one_relay(operator: Operator, tmp_path: Path) -> None:
    operator.start()
    (tmp_path / "lamp.yaml").write_text(
        f"places: {{state: {tmp_path}/other, runtime: {tmp_path}/other}}\n"
        "pins: {board: le-potato}\n"
    )
    assert refused(operator, "header pin 36 is in use by 'lamp'")
    operator.switch.flip()
    until(lambda: operator.relay.high)


def test_the_doctor_asks_for_no_line_and_sees_who_holds_which(operator: Operator) -> None:
    def doctor() -> list[str]:
        return [found.what for found in check_pins(Pins(board="le-potato")) if found.ok]

    assert "relay on header pin 36 (line 81 of periphs-banks) is free" in doctor()
    operator.start()
    held = "is held by the running lamp"
    assert f"switch on header pin 31 (line 97 of periphs-banks) {held}" in doctor()
    operator.switch.flip()
    until(lambda: operator.relay.high)


class Others:
    """What the other processes would say of themselves."""

    def __init__(self, operator: Operator) -> None:
        self._place = operator.folder / "runtime" / "health"
        self._place.mkdir(parents=True, exist_ok=True)

    def say(self, **states: str) -> None:
        now = time.monotonic()
        for name in LEARNING_SIDE:
            state = states.get(name, "listening")
            facts = {"state": state, "muted": state == "muted"}
            report = {"name": name, "pid": os.getpid(), "since": "", "beat": now, "at": now}
            (self._place / f"{name}.json").write_text(json.dumps(report | {"facts": facts}))


def share_lit(operator: Operator, seconds: float) -> float:
    """The share of the time that the LED is lit."""
    led = operator.board.line(sim.LED)
    looks = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        looks.append(led.high)
        time.sleep(0.005)
    return sum(looks) / len(looks)


@pytest.mark.parametrize(
    ("states", "summary"),
    [
        ({}, "listening"),
        ({"recorder": "muted"}, "muted"),
        ({"trainer": "learning"}, "learning"),
    ],
)
def test_the_led_shows_how_the_lamp_is(
    operator: Operator, states: dict[str, str], summary: str
) -> None:
    operator.write_yaml("led: 33, led_at_night: true")  # at any hour
    Others(operator).say(**states)
    operator.start()
    time.sleep(1.2)  # it looks once a second
    on, off = RHYTHMS[summary][:2]  # type: ignore[index]
    expected = on / (on + off)
    assert share_lit(operator, min(3.0, on + off)) == pytest.approx(expected, abs=0.06)
    operator.end()
    assert not operator.board.line(sim.LED).high


def test_the_mute_button_reaches_the_recorder_and_moves_no_lamp(operator: Operator) -> None:
    operator.write_yaml("mute: 29")
    operator.start()
    recorder = operator.mailbox_of("recorder")
    for muted in (True, False):
        operator.button.flip()
        delivery = recorder.get(20.0)
        assert delivery is not None
        assert delivery.message == Muted(muted)
        delivery.ack()
        time.sleep(0.1)
        operator.button.flip()
        time.sleep(0.1)
    assert not [one for one in operator.drain(0.2) if isinstance(one, Flip)]
    assert not operator.relay.high


def test_an_led_on_a_taken_pin_costs_the_led_and_nothing_else(tmp_path: Path) -> None:
    with sim.board(hogs={sim.LED: "status-led"}) as board:
        operator = Operator(tmp_path, board, "led: 33")
        operator.start()
        assert "pins.led: header pin 33 is in use by 'status-led'" in operator.log()
        operator.switch.flip()
        until(lambda: operator.relay.high)
        operator.close()
