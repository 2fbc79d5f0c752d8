import errno
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from fake_gpiod import Direction, FakeChip, FakeGpiod
from gpiozero import GPIOPinInUse, OutputDevice

from lamp.config import Pins
from lamp.errors import PinBusy, PinError, PinForbidden, PinMissing
from lamp.operator import chips
from lamp.operator.boards import BOARDS, SIMULATED
from lamp.operator.chips import Chips, chip_devices, import_gpiod
from lamp.operator.devices import Devices, open_devices
from lamp.operator.gpio import without_metadata
from lamp.operator.pins import HeaderFactory

POTATO = BOARDS["le-potato"]
RELAY, SWITCH = 81, 97


class Machine:
    """A Le Potato: two chips, a relay on header pin 36, a switch on 31 that shows high."""

    def __init__(self, no_edges=errno.ENXIO):
        self.always_on = FakeChip("aobus-banks", 11)
        self.chip = FakeChip("periphs-banks", 120, no_edges)
        self.gpiod = FakeGpiod({"/dev/gpiochip0": self.always_on, "/dev/gpiochip1": self.chip})
        self.relay = self.chip.lines[RELAY]
        self.switch = self.chip.lines[SWITCH]
        self.switch.level = True
        self.chip.lines[96].level = True  # the mute button, where there is one
        self.reports = []
        self.opened = []

    def open(self, **pins):
        devices = open_devices(
            Pins(board="le-potato", **pins),
            POTATO,
            self.reports.append,
            lambda: self.gpiod,
            lambda: [Path(path) for path in self.gpiod.chips],
            patience=0.0,
        )
        self.opened.append(devices)
        return devices


@pytest.fixture(params=[0, errno.ENXIO, errno.EINVAL], ids=["edges", "ENXIO", "EINVAL"])
def machine(request):
    """With edges, and without them as mainline and as patched kernels refuse them."""
    machine = Machine(request.param)
    yield machine
    for devices in machine.opened:
        devices.close()


@pytest.fixture
def potato():
    machine = Machine()
    yield machine
    for devices in machine.opened:
        devices.close()


def wait_for(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen"
        time.sleep(0.002)


def test_the_relay_is_in_its_state_from_the_first_moment(machine):
    lamp = machine.open().take_relay("lit")
    assert machine.relay.levels == [True]
    lamp.off()
    lamp.on()
    assert machine.relay.levels == [True, False, True]
    assert lamp.is_active


def test_an_inverted_relay_is_low_when_lit(machine):
    lamp = machine.open(relay_inverted=True).take_relay("dark")
    lamp.on()
    assert machine.relay.levels == [True, False]


@pytest.mark.parametrize("inverted", [False, True])
def test_a_restart_never_twitches_the_relay(potato, inverted):
    devices = potato.open(relay_inverted=inverted)
    lamp = devices.take_relay("dark")
    lamp.on()
    lamp.close()
    devices.close()
    potato.chip.let_go()
    before = list(potato.relay.levels)
    devices = potato.open(relay_inverted=inverted)
    assert devices.found() == "lit"
    devices.take_relay("lit")
    assert set(potato.relay.levels[len(before) :]) == {before[-1]}


def test_where_the_kernel_let_go_of_the_relay_nothing_is_made_of_its_level(potato):
    potato.open().take_relay("lit")
    potato.chip.let_go(keeps_outputs=False)
    assert potato.open().found() is None


def test_stopping_leaves_the_relay_as_it_is(machine):
    devices = machine.open()
    lamp = devices.take_relay("lit")
    devices.listen(lambda _: None)
    levels = list(machine.relay.levels)
    lamp.close()
    devices.close()
    assert machine.relay.levels == levels
    assert machine.relay.level is True
    assert machine.relay.direction is Direction.OUTPUT


def test_each_change_of_a_latching_switch_is_a_flip(machine):
    flips = []
    machine.open().listen(lambda _: flips.append(1))
    for number, level in enumerate([False, True, False], start=1):
        machine.switch.show(level)
        wait_for(lambda number=number: len(flips) == number)
        time.sleep(0.04)
    assert len(flips) == 3


def test_each_press_of_a_momentary_switch_is_a_flip(machine):
    flips = []
    machine.open(switch_kind="momentary").listen(lambda _: flips.append(1))
    for number in (1, 2):
        machine.switch.show(False)
        wait_for(lambda number=number: len(flips) == number)
        time.sleep(0.04)
        machine.switch.show(True)
        time.sleep(0.06)
    assert len(flips) == 2


def test_a_bouncing_switch_flips_once(machine):
    flips = []
    machine.open(debounce=0.3).listen(lambda _: flips.append(1))
    for level in (False, True, False, True, False):
        machine.switch.show(level)
        time.sleep(0.001)
    wait_for(lambda: flips)
    time.sleep(0.5)
    assert len(flips) == 1


def test_a_button_that_is_stuck_at_the_start_does_nothing_until_it_is_pressed_anew(machine):
    machine.switch.level = False
    flips = []
    machine.open(switch_kind="momentary").listen(lambda _: flips.append(1))
    time.sleep(0.1)
    assert not flips
    machine.switch.show(True)
    time.sleep(0.1)
    machine.switch.show(False)
    wait_for(lambda: flips)


def test_a_flip_between_the_reference_and_the_first_look_is_not_lost(potato, monkeypatch):
    watch = HeaderFactory.watch

    def late(self):
        potato.switch.show(False)
        watch(self)

    monkeypatch.setattr(HeaderFactory, "watch", late)
    flips = []
    potato.open().listen(lambda _: flips.append(1))
    wait_for(lambda: flips)


def test_a_switch_that_cannot_be_read_is_reported_and_read_again(potato, monkeypatch):
    monkeypatch.setattr("lamp.operator.watch.RETRY", 0.01)
    flips = []
    potato.open().listen(lambda _: flips.append(1))
    potato.switch.broken = True
    wait_for(lambda: potato.reports)
    assert "the switch could not be read" in potato.reports[0]
    potato.switch.broken = False
    potato.switch.show(False)
    wait_for(lambda: flips)


def test_stopping_does_not_wait_for_a_switch_that_cannot_be_read(potato, monkeypatch):
    monkeypatch.setattr("lamp.operator.watch.RETRY", 60.0)
    devices = potato.open()
    devices.listen(lambda _: None)
    potato.switch.broken = True
    wait_for(lambda: potato.reports)
    began = time.monotonic()
    devices.close()
    assert time.monotonic() - began < 5


def test_a_forgotten_handler_is_not_called(potato):
    pin = potato.open()._factory.pin(31)
    called = []

    def handler(ticks, level):
        called.append(level)

    pin.when_changed = handler
    pin._change(False)
    assert called == [False]
    del handler
    assert pin.when_changed is None
    pin._change(True)
    assert called == [False]
    pin.when_changed = None


def test_a_pin_taken_by_another_program_names_it(potato):
    potato.relay.consumer = "fan-control"
    with pytest.raises(PinBusy, match=r"header pin 36 is in use by 'fan-control'. Stop that"):
        potato.open()


@pytest.mark.parametrize("pins", [{"relay": 11}, {"switch": 15}, {"relay": 39}])
def test_dangerous_pins_are_not_touched(potato, pins):
    with pytest.raises(PinForbidden):
        potato.open(**pins)
    assert not any(line.consumer for line in potato.chip.lines + potato.always_on.lines)


def test_a_line_beyond_the_chip_is_missing(potato):
    del potato.chip.lines[RELAY:]
    with pytest.raises(PinMissing, match="line 81 of chip 'periphs-banks', which has fewer lines"):
        potato.open()


def test_a_machine_without_the_chip_is_told_what_it_has(potato):
    del potato.gpiod.chips["/dev/gpiochip1"]
    with pytest.raises(PinMissing, match=r"no GPIO chip 'periphs-banks' \(it has: aobus-banks\)"):
        potato.open()
    assert potato.always_on.closed == 1


def test_chips_that_may_not_be_opened_are_named_with_the_remedy(potato):
    potato.chip.error = errno.EACCES
    with pytest.raises(PinError, match=r"no permission to open /dev/gpiochip1.*group 'gpio'"):
        potato.open()


def test_a_chip_that_vanishes_is_passed_over(potato):
    potato.always_on.error = errno.ENODEV
    assert potato.open().found() is None


def test_a_kernel_that_refuses_a_line_is_quoted(potato):
    potato.chip.refuses_everything = True
    with pytest.raises(PinError, match="header pin 36 cannot be used: Input/output error"):
        potato.open()


def test_a_kernel_that_refuses_a_setting_is_quoted(potato):
    devices = potato.open()
    devices._factory.pin(31)
    potato.chip.refuses_everything = True
    with pytest.raises(PinError, match="header pin 36 cannot be used"):
        devices.take_relay("lit")
    with pytest.raises(PinError, match="header pin 31 cannot be used"):
        devices.listen(lambda _: None)


def test_chips_are_closed_and_found_again(potato):
    found = Chips(potato.gpiod, [Path("/dev/gpiochip0"), Path("/dev/gpiochip1")])
    assert found.find("periphs-banks") is found.find("periphs-banks")
    found.close()
    assert potato.chip.closed == 1


@pytest.mark.parametrize("looks", [0, 3])
def test_permission_that_udev_is_about_to_give_is_waited_for(potato, looks):
    potato.chip.error = errno.EACCES
    naps = []

    def sleep(seconds):
        naps.append(seconds)
        if len(naps) == looks:
            potato.chip.error = 0

    devices = [Path("/dev/gpiochip0"), Path("/dev/gpiochip1")]
    found = Chips(potato.gpiod, devices, 1.0, lambda: sum(naps), sleep)
    if looks:
        assert found.find("periphs-banks") is potato.chip
        assert len(naps) == looks
    else:
        with pytest.raises(PinError, match="no permission to open /dev/gpiochip1"):
            found.find("periphs-banks")
        assert sum(naps) == pytest.approx(1.0, abs=0.1)


def test_a_chip_that_is_not_there_is_not_waited_for(potato):
    found = Chips(potato.gpiod, [Path("/dev/gpiochip0")], 1.0, sleep=pytest.fail)
    with pytest.raises(PinMissing, match="no GPIO chip 'periphs-banks'"):
        found.find("periphs-banks")


def test_two_devices_cannot_have_one_pin(potato):
    devices = potato.open()
    devices.take_relay("dark")
    with pytest.raises(GPIOPinInUse, match="header pin 36"):
        devices.take_relay("dark")


def test_a_pin_is_free_again_when_its_device_is_closed(potato):
    devices = potato.open()
    devices.take_relay("dark").close()
    factory = devices._factory
    factory.release_pins(object(), 36)
    assert devices.take_relay("lit").is_active


def test_a_device_that_asks_for_no_level_gets_the_one_that_is_there(potato):
    potato.relay.level = True
    potato.relay.direction = Direction.OUTPUT
    devices = potato.open()
    led = OutputDevice(36, initial_value=None, pin_factory=devices._factory)
    assert potato.relay.levels == [True]
    assert repr(led.pin) == "header pin 36"
    assert led.pin.function == "output"
    assert led.pin.pull == "floating"


def test_the_switch_pin_tells_gpiozero_what_it_is(potato):
    devices = potato.open(debounce=0.03)
    devices.listen(lambda _: None)
    pin = devices._switch.pin
    assert (pin.function, pin.pull, pin.edges, pin.bounce) == ("input", "up", "both", 0.03)
    assert pin.state is True
    assert devices._factory.board_info is POTATO
    assert devices._switch.inactive_time >= 0


def test_without_debouncing_a_switch_still_flips(potato):
    flips = []
    potato.open(debounce=0).listen(lambda _: flips.append(1))
    potato.switch.show(False)
    wait_for(lambda: flips)


def test_closing_before_listening_does_nothing(potato):
    potato.open().close()
    assert potato.relay.levels == []


def test_gpiod_missing_on_this_machine_says_to_simulate(monkeypatch):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(chips.importlib, "import_module", missing)
    with pytest.raises(PinMissing, match=r"No module named 'gpiod'.*--simulate"):
        import_gpiod()


def test_gpiod_and_its_chips_are_looked_for_where_they_are():
    gpiod = pytest.importorskip("gpiod")
    assert import_gpiod() is gpiod
    assert all(device.name.startswith("gpiochip") for device in chip_devices())


@pytest.mark.parametrize("kind", ["latching", "momentary"])
def test_a_simulated_hand_goes_through_gpiozero(kind):
    flips = []
    devices = open_devices(Pins(switch_kind=kind), BOARDS[SIMULATED], print)
    assert devices.found() is None
    lamp = devices.take_relay("dark")
    devices.listen(lambda _: flips.append(lamp.toggle()))
    for number in (1, 2, 3):
        devices.move()
        assert len(flips) == number
        assert lamp.is_active == bool(number % 2)
    devices.close()


def test_a_board_may_call_a_pin_dangerous_that_the_factory_would_give(potato):
    safe = replace(POTATO, forbidden={31: "is wired to the siren"})
    with pytest.raises(PinForbidden, match="pin 31 of the Le Potato is wired to the siren"):
        Devices(Pins(), safe, None)


@pytest.mark.parametrize("loaded", ["importlib.metadata", "importlib_metadata"])
def test_a_loaded_importlib_metadata_is_left_alone(loaded):
    modules = {loaded: ModuleType(loaded)}
    with without_metadata(modules):
        assert list(modules) == [loaded]
    assert list(modules) == [loaded]


def test_an_empty_importlib_metadata_is_found_only_while_it_is_wanted():
    modules = {}
    with without_metadata(modules):
        assert modules["importlib_metadata"].entry_points(group="gpiozero_pin_factories") == ()
    assert modules == {}


def test_a_switch_that_is_not_where_it_was_is_flipped_before_anything_else(machine):
    flips = []
    machine.switch.level = False
    devices = machine.open()
    assert devices.contact() == "31 closed"
    devices.listen(flips.append, "31 open")
    assert flips == ["31 closed"]
    machine.switch.show(True)
    wait_for(lambda: len(flips) == 2)
    assert flips == ["31 closed", "31 open"]


def test_the_position_of_a_button_means_nothing(machine):
    devices = machine.open(switch_kind="momentary")
    assert devices.contact() == ""


def test_each_press_of_the_mute_button_is_told_and_is_no_flip(machine):
    flips, presses = [], []
    devices = machine.open(mute=29)
    devices.listen_to_button(lambda: presses.append(1))
    devices.listen(flips.append)
    button = machine.chip.lines[96]
    for number in (1, 2):
        button.show(False)
        wait_for(lambda number=number: len(presses) == number)
        time.sleep(0.04)
        button.show(True)
        time.sleep(0.06)
    assert flips == []


@pytest.mark.parametrize("inverted", [False, True])
def test_the_led_is_dark_at_first_and_lit_when_told(machine, inverted):
    devices = machine.open(led=33, led_inverted=inverted)
    devices.led.on()
    assert machine.chip.lines[85].levels == [inverted, not inverted]


@pytest.mark.parametrize(
    ("pins", "line"),
    [({"led": 11}, "pins.led: header pin 11"), ({"mute": 34}, "pins.mute: header pin 34")],
)
def test_a_wrong_pin_for_led_or_button_does_not_cost_the_switch(machine, caplog, pins, line):
    flips = []
    devices = machine.open(**pins)
    devices.listen_to_button(lambda: None)
    devices.listen(flips.append)
    assert devices.led is None
    assert line in caplog.text
    machine.switch.show(False)
    wait_for(lambda: flips)


def test_a_flapping_button_is_not_called_the_switch(machine):
    devices = machine.open(mute=29)
    devices.listen_to_button(lambda: None)
    devices.listen(lambda _: None)
    machine.chip.lines[96].broken = True
    machine.chip.lines[96].show(False)
    wait_for(lambda: machine.reports)
    assert "the mute button could not be read" in machine.reports[0]
