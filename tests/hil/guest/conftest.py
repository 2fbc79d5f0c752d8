"""A Debian guest with a lamp in it, installed as docs/install.md says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hil.guest import cache, tools
from tests.hil.guest.machine import Guest
from tests.hil.machine import kernels

SETTINGS = "pins: {board: le-potato}"  # a guest has no device tree to tell it
INSTALL = "/root/lamp/deploy/install.sh --wheelhouse /root/wheelhouse"

Boot = Callable[..., Guest]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))  # the first one makes the guest


@pytest.fixture(scope="session")
def kernel() -> Path:
    return kernels()[0]


@pytest.fixture(scope="session")
def base_image() -> Path:
    if why := tools.why_not():
        pytest.skip(why)
    return cache.base_image()


@pytest.fixture(scope="session")
def installed_image(
    kernel: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The root file system after the documented command; the command's words are in /root/said.

    LAMP_HIL_INSTALLED points to one that is there already, for working on the tests.
    """
    if os.environ.get("LAMP_HIL_INSTALLED"):
        return Path(os.environ["LAMP_HIL_INSTALLED"])
    base_image: Path = request.getfixturevalue("base_image")
    release = cache.release()
    folder = tmp_path_factory.mktemp("install")

    def make(new: Path) -> None:
        cache.copy_of(base_image, new)
        disk = cache.empty_disk(folder / "state")
        with Guest(kernel, new, folder / "console", disk, keep=True) as guest:
            guest.check(f"mount -t hostfs -o hostfs={release} none /mnt && cp -r /mnt/. /root")
            guest.check(f"umount /mnt; mkdir -p /etc/lamp; echo '{SETTINGS}' >/etc/lamp/lamp.yaml")
            guest.check(f"set -o pipefail; {INSTALL} 2>&1 | tee /root/said", timeout=300.0)
            guest.off()

    return cache.made("installed", f"{base_image.name[-12:]}-{release.name[-12:]}", make)


@pytest.fixture(scope="session")
def boot(kernel: Path, installed_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Boot:
    """Start an installed guest, on a state disk of its own if none is given."""

    def start(
        state: Path | None = None,
        *,
        keep: bool = False,
        arguments: tuple[str, ...] = (),
    ) -> Guest:
        folder = tmp_path_factory.mktemp("guest")
        if state is None:
            state = cache.empty_disk(folder / "state")
        root = cache.copy_of(installed_image, folder / "root") if keep else installed_image
        return Guest(kernel, root, folder / "console", state, keep, arguments)

    return start


@pytest.fixture(scope="session")
def shared_guest(boot: Boot) -> Iterator[Guest]:
    with boot() as guest:
        yield guest


@pytest.fixture
def guest(shared_guest: Guest) -> Guest:
    """One for all tests, with all five processes running."""
    shared_guest.well("operator", "recorder", "transcriber", "anticipator", "trainer")
    return shared_guest
