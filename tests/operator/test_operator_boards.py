import csv
import io

import pytest

from lamp.errors import PinForbidden, PinMissing
from lamp.operator.boards import BOARDS, Line, detect, find_board

# Header pin, chip and offset, as the Linux device tree of the board has them.
POTATO = """
3,aobus-banks,5
5,aobus-banks,4
7,periphs-banks,98
8,periphs-banks,91
10,periphs-banks,92
12,aobus-banks,6
13,aobus-banks,9
16,periphs-banks,93
18,periphs-banks,94
19,periphs-banks,87
21,periphs-banks,88
22,periphs-banks,79
23,periphs-banks,90
24,periphs-banks,89
26,periphs-banks,80
27,periphs-banks,75
28,periphs-banks,76
29,periphs-banks,96
31,periphs-banks,97
32,periphs-banks,95
33,periphs-banks,85
35,periphs-banks,86
36,periphs-banks,81
37,periphs-banks,84
38,periphs-banks,82
40,periphs-banks,83
"""


def device_tree(folder, compatible, model=""):
    (folder / "compatible").write_bytes(b"".join(c.encode() + b"\0" for c in compatible))
    if model:
        (folder / "model").write_bytes(model.encode() + b"\0")
    return folder


@pytest.mark.parametrize(
    ("compatible", "name"),
    [
        (["raspberrypi,3-model-b", "brcm,bcm2837"], "raspberry-pi-3"),
        (["raspberrypi,3-model-b-plus", "brcm,bcm2837"], "raspberry-pi-3"),
        (["raspberrypi,model-zero-2-w", "brcm,bcm2837"], "raspberry-pi-zero-2-w"),
        (["raspberrypi,4-model-b", "brcm,bcm2711"], "raspberry-pi-4"),
        (["raspberrypi,5-model-b", "brcm,bcm2712"], "raspberry-pi-5"),
        (["libretech,aml-s905x-cc", "amlogic,s905x", "amlogic,meson-gxl"], "le-potato"),
        (["libretech,aml-s905x-cc-v2", "amlogic,s905x", "amlogic,meson-gxl"], "le-potato-v2"),
    ],
)
def test_a_board_is_recognised_by_its_device_tree(tmp_path, compatible, name):
    assert find_board("auto", device_tree(tmp_path, compatible)).name == name


def test_an_unknown_board_is_named_in_the_message(tmp_path):
    with pytest.raises(PinMissing, match="'Banana Pi M2' is unknown"):
        detect(device_tree(tmp_path, ["sinovoip,bpi-m2"], "Banana Pi M2"))


def test_an_unknown_board_without_a_model_is_named_by_its_kind(tmp_path):
    with pytest.raises(PinMissing, match="'sinovoip,bpi-m2' is unknown"):
        detect(device_tree(tmp_path, ["sinovoip,bpi-m2"]))


def test_a_machine_without_a_device_tree_is_told_to_simulate(tmp_path):
    with pytest.raises(PinMissing, match="--simulate"):
        detect(tmp_path)


def test_a_board_can_be_named_in_the_configuration():
    assert find_board("le-potato") is BOARDS["le-potato"]


def test_a_misspelt_board_is_refused_with_the_known_ones():
    with pytest.raises(PinMissing, match=r"'potato' is unknown.*le-potato"):
        find_board("potato")


@pytest.mark.parametrize("name", ["le-potato", "le-potato-v2"])
def test_the_le_potato_has_the_lines_of_its_device_tree(name):
    rows = list(csv.reader(io.StringIO(POTATO.strip())))
    assert BOARDS[name].lines == {int(pin): Line(chip, int(at)) for pin, chip, at in rows}


@pytest.mark.parametrize(
    ("name", "chip"),
    [
        ("raspberry-pi-3", "pinctrl-bcm2835"),
        ("raspberry-pi-zero-2-w", "pinctrl-bcm2835"),
        ("raspberry-pi-4", "pinctrl-bcm2711"),
        ("raspberry-pi-5", "pinctrl-rp1"),
    ],
)
def test_a_raspberry_pi_has_gpiozeros_lines(name, chip):
    from gpiozero.pins.data import PLUS_J8

    header = {
        pin: Line(chip, int(functions["gpio"].removeprefix("GPIO")))
        for pin, functions in PLUS_J8[2].items()
        if "gpio" in functions and pin not in (27, 28)
    }
    assert BOARDS[name].lines == header


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.name)
def test_every_pin_of_every_header_is_a_line_or_forbidden_and_not_both(board):
    assert set(board.lines) | set(board.forbidden) == set(range(1, 41))
    assert not set(board.lines) & set(board.forbidden)


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.name)
def test_the_one_wiring_fits_every_board(board):
    assert board.line(36)
    assert board.line(31)
    assert {34, 39} <= set(board.forbidden)


@pytest.mark.parametrize("pin", [1, 2, 4, 6, 9, 11, 15, 17, 39])
def test_a_dangerous_pin_of_the_le_potato_is_forbidden_with_a_reason(pin):
    with pytest.raises(PinForbidden, match=f"header pin {pin} of the Le Potato (is|belongs)"):
        BOARDS["le-potato"].line(pin)


def test_a_pin_beyond_the_header_is_missing():
    with pytest.raises(PinMissing, match="no GPIO on header pin 41"):
        BOARDS["raspberry-pi-4"].line(41)
