import errno
from pathlib import Path

import pytest

from lamp.config import Pins
from lamp.doctor.pins import check_pins
from lamp.doctor.system import check_swap
from lamp.errors import PinMissing
from tests.operator.fake_gpiod import FakeChip, FakeGpiod

GPIO = [Path("/dev/gpiochip0")]


def check(chip, nowhere, pins=None, modules=None, devices=GPIO):
    return list(
        check_pins(
            pins or Pins(board="raspberry-pi-4"),
            nowhere,
            lambda: FakeGpiod({"/dev/gpiochip0": chip}),
            lambda: devices,
            modules or nowhere,
        )
    )


@pytest.fixture
def chip():
    return FakeChip("pinctrl-bcm2711", 58)


def bad(findings):
    assert all(finding.mend for finding in findings if not finding.ok)
    return [finding for finding in findings if not finding.ok]


def test_a_board_in_order_has_nothing_to_mend(chip, tmp_path):
    findings = check(chip, tmp_path)
    assert not bad(findings)
    assert "board: Raspberry Pi 4" in [finding.what for finding in findings]
    assert any("relay on header pin 36 (line 16" in finding.what for finding in findings)
    assert not any(line.consumer for line in chip.lines)
    assert chip.closed == 1


def test_a_simulated_board_needs_no_more_checks(chip, tmp_path):
    findings = check(chip, tmp_path, Pins(board="simulated"))
    assert [finding.ok for finding in findings] == [True]


def test_no_board_at_all_is_told_to_simulate(chip, tmp_path):
    (finding,) = check(chip, tmp_path, Pins())
    assert not finding.ok
    assert "--simulate" in finding.mend


def test_gpiod_missing_is_told(tmp_path):
    def missing():
        raise PinMissing("GPIO needs gpiod. Install it")

    findings = list(check_pins(Pins(board="raspberry-pi-4"), tmp_path, missing))
    assert bad(findings)[0].mend == "GPIO needs gpiod. Install it"


def test_a_kernel_without_chips_is_told(chip, tmp_path):
    assert "CONFIG_GPIO_CDEV" in bad(check(chip, tmp_path, devices=[]))[0].mend


def test_a_user_without_permission_is_told_the_group(chip, tmp_path):
    chip.error = errno.EACCES
    assert {"group 'gpio'" in finding.mend for finding in bad(check(chip, tmp_path))} == {True}


def test_a_pin_held_by_the_running_lamp_is_well(chip, tmp_path):
    chip.lines[16].consumer = "lamp"
    findings = check(chip, tmp_path)
    assert not bad(findings)
    assert any("held by the running lamp" in finding.what for finding in findings)


def test_a_pin_held_by_another_is_told_with_its_name(chip, tmp_path):
    chip.lines[6].consumer = "gpio-keys"
    (finding,) = bad(check(chip, tmp_path))
    assert "switch on header pin 31 (line 6 of pinctrl-bcm2711) is held by 'gpio-keys'" in (
        finding.what
    )
    assert "pins.switch" in finding.mend


def test_a_forbidden_pin_is_told_with_the_reason(chip, tmp_path):
    (finding,) = bad(check(chip, tmp_path, Pins(board="raspberry-pi-4", relay=6)))
    assert "is ground" in finding.mend


@pytest.mark.parametrize(("value", "ok"), [("Y", True), ("N", False)])
def test_a_kernel_that_lets_go_of_the_relay_is_told(chip, tmp_path, value, ok):
    parameters = tmp_path / "pinctrl_bcm2835" / "parameters"
    parameters.mkdir(parents=True)
    (parameters / "persist_gpio_outputs").write_text(f"{value}\n")
    finding = check(chip, tmp_path, modules=tmp_path)[-1]
    assert finding.ok is ok
    assert ("pinctrl_bcm2835.persist_gpio_outputs=1" in finding.mend) is not ok


def test_what_a_raspberry_pis_module_does_is_not_told_on_another_board(chip, tmp_path):
    parameters = tmp_path / "pinctrl_bcm2835" / "parameters"
    parameters.mkdir(parents=True)
    (parameters / "persist_gpio_outputs").write_text("N\n")
    potato = check(chip, tmp_path, Pins(board="le-potato"), modules=tmp_path)
    assert not [finding for finding in potato if "the kernel" in finding.what]


def test_swap_on_a_disk_is_told_and_compressed_memory_is_not(tmp_path):
    table = tmp_path / "swaps"
    head = "Filename Type Size Used Priority\n"
    table.write_text(head + "/dev/zram0 partition 1 0 100\n")
    assert [finding.ok for finding in check_swap(table)] == [True]
    table.write_text(head + "/dev/zram0 partition 1 0 100\n/var/swap file 1 0 -2\n")
    (finding,) = check_swap(table)
    assert not finding.ok
    assert "/var/swap" in finding.what
    assert not list(check_swap(tmp_path / "none"))
