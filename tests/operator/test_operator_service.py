import os
import time
from dataclasses import replace

import pytest

from lamp.clock import LiveClock, ReplayClock
from lamp.config import Config, Pins
from lamp.errors import PinForbidden
from lamp.messages import (
    Correction,
    Directive,
    Flip,
    LampChanged,
    NewLabels,
    SwitchMoved,
    Watermark,
)
from lamp.operator.boards import BOARDS
from lamp.operator.devices import open_devices
from lamp.operator.service import Service
from lamp.runtime.entry_point import REPLAY_BEGAN

SIMULATED = Config(pins=Pins(board="simulated"), clock="replay")


class Lamp:
    """An operator on service with a simulated switch, and what it said."""

    def __init__(self, state_file, config=SIMULATED, boot="boot-1", clock=None, devices=None):
        self.said = []
        self.clock = clock or ReplayClock(REPLAY_BEGAN)
        self.service = Service(
            config,
            self.clock,
            lambda who, what: self.said.append((who, what)),
            state_file,
            boot,
            devices,
        )

    @property
    def state(self):
        return self.service.operator.state

    @property
    def relay(self):
        return "lit" if self.service.operator._lamp.is_active else "dark"

    def end(self):
        self.service.close()
        return [what for who, what in self.said if who == "anticipator"]


@pytest.fixture
def state_file(tmp_path):
    return tmp_path / "operator.json"


def test_a_hand_a_directive_and_a_correction(state_file):
    lamp = Lamp(state_file)
    for at, message in [
        (1.0, SwitchMoved(1.0)),
        (2.0, Directive("d1", "dark", "u1", "", 2.0, 5.0)),
        (3.0, SwitchMoved(3.0)),
    ]:
        lamp.clock.advance(at)
        lamp.service.handle(message)
        assert lamp.relay == lamp.state
    kinds = [type(message) for message in lamp.end()]
    assert kinds == [LampChanged, Flip, LampChanged, LampChanged, Correction, LampChanged]


def test_in_a_replay_the_same_evening_has_the_same_ids(tmp_path):
    def evening(name):
        lamp = Lamp(tmp_path / name)
        for at in (1.0, 2.0):
            lamp.clock.advance(at)
            lamp.service.handle(SwitchMoved(at))
        return [message.id for message in lamp.end() if isinstance(message, Flip)]

    assert evening("one") == evening("two") == ["flip-1.000-1", "flip-2.000-2"]


def test_in_life_no_two_runs_share_an_id(tmp_path):
    def run(name):
        lamp = Lamp(tmp_path / name, clock=LiveClock())
        lamp.service.handle(SwitchMoved(0.0))
        return lamp.end()[1].id

    assert run("one").split("-")[0] != run("two").split("-")[0]


def test_a_watermark_comes_to_the_house_after_all_before_it(state_file):
    lamp = Lamp(state_file)
    lamp.service.handle(SwitchMoved(1.0))
    lamp.service.handle(Watermark(2.0))
    lamp.service.close()
    house = [what for who, what in lamp.said if who == "observer"]
    assert [type(what) for what in house] == [LampChanged, Flip, LampChanged, Watermark]
    assert not [what for who, what in lamp.said if who != "observer" and what == Watermark(2.0)]


def test_what_is_not_for_the_operator_is_ignored(state_file):
    lamp = Lamp(state_file)
    lamp.service.handle(NewLabels(1, 1.0))
    assert [type(message) for message in lamp.end()] == [LampChanged]


@pytest.mark.parametrize("policy", ["previous", "on", "off"])
def test_a_restart_of_the_operator_keeps_the_lamp(state_file, policy):
    config = replace(SIMULATED, pins=replace(SIMULATED.pins, after_power_loss=policy))
    lamp = Lamp(state_file, config)
    state = lamp.state
    for _ in range(3):
        lamp.service.handle(SwitchMoved(1.0))
    lamp.end()
    lamp = Lamp(state_file, config)
    assert lamp.state == lamp.relay != state
    lamp.end()


@pytest.mark.parametrize(("policy", "state"), [("previous", "lit"), ("on", "lit"), ("off", "dark")])
def test_after_a_power_loss_the_lamp_does_what_the_owner_wants(state_file, policy, state):
    config = replace(SIMULATED, pins=replace(SIMULATED.pins, after_power_loss=policy))
    lamp = Lamp(state_file, SIMULATED)
    lamp.service.handle(SwitchMoved(1.0))
    lamp.end()
    lamp = Lamp(state_file, config, boot="boot-2")
    assert lamp.state == lamp.relay == state
    lamp.end()


def test_a_damaged_state_file_is_tolerated_and_replaced(state_file):
    state_file.write_bytes(b"\0\0\0\0")
    lamp = Lamp(state_file)
    assert lamp.state == "dark"
    lamp.service.handle(SwitchMoved(1.0))
    lamp.end()
    assert b'"lit"' in state_file.read_bytes()


def test_a_state_file_that_cannot_be_read_is_warned_of(state_file, caplog):
    state_file.mkdir()
    lamp = Lamp(state_file)
    lamp.service.handle(SwitchMoved(1.0))
    assert lamp.relay == "lit"
    lamp.end()
    assert "last state cannot be read" in caplog.text
    assert "last state cannot be written" in caplog.text


def test_a_disk_that_hangs_does_not_hold_up_the_switch(state_file, monkeypatch):
    real = os.fsync

    def hang(descriptor):
        time.sleep(0.5)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", hang)
    lamp = Lamp(state_file)
    time.sleep(0.05)  # the writer is at it now
    for _ in range(20):
        began = time.perf_counter()
        lamp.service.handle(SwitchMoved(1.0))
        assert time.perf_counter() - began < 0.2
    monkeypatch.undo()
    lamp.end()


def test_a_real_switch_is_not_moved_by_mail(state_file, caplog):
    def devices(report):
        opened = open_devices(SIMULATED.pins, BOARDS["simulated"], report)
        opened.board = BOARDS["le-potato"]
        opened._factory.watch = lambda: None
        opened._relay = opened._factory.pin("BOARD36")
        opened.take_relay = lambda state: None
        opened.contact = lambda: ""
        opened.listen = lambda flip, expected: None
        return opened

    lamp = Lamp(state_file, devices=devices)
    lamp.service.handle(SwitchMoved(1.0))
    assert lamp.state == "dark"
    assert "this lamp has a real switch" in caplog.text
    lamp.end()


def test_pins_that_cannot_be_had_end_the_duty(state_file):
    config = replace(SIMULATED, pins=Pins(board="simulated", relay=39))
    with pytest.raises(PinForbidden):
        Lamp(state_file, config)


def test_the_boot_is_found_out_by_itself(state_file):
    lamp = Lamp(state_file, boot=None)
    lamp.service.handle(SwitchMoved(1.0))
    lamp.end()
    lamp = Lamp(state_file, boot=None)
    assert lamp.state == "lit"
    lamp.end()


def test_where_the_switch_stands_is_noted_without_a_word(state_file):
    def devices(report):
        opened = open_devices(SIMULATED.pins, BOARDS["simulated"], report)
        opened.contact()
        opened.contact = lambda: contact[0]
        return opened

    contact = ["31 open"]
    lamp = Lamp(state_file, devices=devices)
    contact[0] = "31 closed"
    lamp.service.look()
    said = lamp.end()
    assert [type(message) for message in said] == [LampChanged]
    assert b'"31 closed"' in state_file.read_bytes()


@pytest.mark.parametrize(
    ("night", "at_night", "rests"),
    [("00:00-23:59", False, True), ("00:00-23:59", True, False), ("", False, False)],
)
def test_the_led_rests_at_night_unless_it_shall_not(state_file, night, at_night, rests):
    deciding = replace(
        SIMULATED.deciding, **({"night": night} if night else {"night": "03:00-03:01"})
    )
    pins = replace(SIMULATED.pins, led_at_night=at_night)
    lamp = Lamp(state_file, replace(SIMULATED, deciding=deciding, pins=pins))
    assert lamp.service._led_rests() is rests
    lamp.end()
