"""The image for a card, booted by an emulated Le Potato with UEFI. Nightly: make hil-arm."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.hil.guest import cache
from tests.hil_arm import made
from tests.hil_arm.machine import Emulator

READY_LIMIT = 2.0  # s from the operator's start to READY=1; half on a board twice as fast
SETTINGS = "pins: {switch_kind: momentary}\naudio: {device: 'hw:0,0'}\n"

pytestmark = [pytest.mark.hil_arm, pytest.mark.timeout(14_000)]  # the first one makes the image


def _prepared(card: Path, folder: Path) -> Path:
    """A copy of it with other settings and the simulated pins on its FAT partition."""
    own = cache.copy_of(card, folder / "card")
    settings = folder / "lamp.yaml"
    settings.write_text(SETTINGS)
    for file, name in ((settings, "lamp.yaml"), (made.pins(own), "potato_pins.ko")):
        fat = f"{own}@@{made.PARTITIONS[0]}"
        subprocess.run(["mcopy", "-o", "-i", fat, file, f"::{name}"], check=True)
    return own


@pytest.fixture(scope="module")
def told(card: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What tests/hil_arm/overlay said during one boot, as each takes minutes."""
    folder = tmp_path_factory.mktemp("boot")
    emulator = Emulator(_prepared(card, folder), folder)
    began = time.monotonic()
    try:
        emulator.until("lamp ready")
        print(f"lamp ready {time.monotonic() - began:.0f} s after the start of the emulator")
        emulator.until("bench: done")
    finally:
        emulator.pull_the_plug()
    told = re.findall(r"bench: (.*?)\s*$", emulator.said(), re.MULTILINE)
    print("\n".join(told))
    return told


def test_it_knows_the_board_by_its_device_tree(told: list[str]) -> None:
    assert "model Libre Computer AML-S905X-CC" in told
    assert any(line.startswith("doctor:") and "board: Le Potato" in line for line in told)


def test_the_switch_moves_the_relay_as_the_settings_on_the_fat_partition_say(
    told: list[str],
) -> None:
    assert "relay lo" in told
    assert "first press: 1 changes, relay hi" in told  # a latching switch would flip twice
    assert "second press: 1 changes, relay lo" in told


def test_the_operator_starts_once_though_udev_is_still_busy(told: list[str]) -> None:
    assert "operator restarted 0 times" in told, told


def test_all_five_processes_are_well(told: list[str]) -> None:
    wells = {line.split()[0] for line in told if " well " in line}
    assert wells == {"operator", "recorder", "transcriber", "anticipator", "trainer"}
    assert any(re.match(r"recorder +well .* state listening", line) for line in told)
    assert not [line for line in told if line.startswith("failed ") or "Permission denied" in line]


def test_watching_the_switch_takes_a_hundredth_of_the_processor_at_most(told: list[str]) -> None:
    (line,) = (line for line in told if line.startswith("operator at rest: "))
    spent, of = re.findall(r"\d+", line)
    assert 0 < int(spent) <= int(of) / 100


def test_the_operator_is_soon_ready(told: list[str]) -> None:
    (line,) = (line for line in told if line.startswith("operator ready after "))
    assert int(line.split()[3]) / 1e6 <= READY_LIMIT


def test_only_the_state_can_be_written(told: list[str]) -> None:
    mounts = {line.split()[2]: line.split()[4] for line in told if line.startswith("mount ")}
    assert mounts["/"].startswith("ro,")
    assert mounts["/boot/lamp"].startswith("ro,")
    assert mounts["/var/lib/lamp"].startswith("rw,")
    assert "the root can be written" not in told


def test_there_is_no_network_and_no_password(told: list[str]) -> None:
    assert "network lo" in told
    assert any(re.fullmatch(r"root password [!*].*", line) for line in told)


def test_swap_is_in_compressed_memory(told: list[str]) -> None:
    assert any(re.fullmatch(r"zram [1-9]\d+", line) for line in told)
