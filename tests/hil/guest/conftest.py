"""Debian guests with a lamp in them, for all tests here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hil.guest import cache, installed, tools
from tests.hil.guest.machine import Guest
from tests.hil.machine import kernels

Boot = Callable[..., Guest]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))  # the first one makes the guest


@pytest.fixture(scope="session")
def kernel() -> Path:
    return kernels()[0]


@pytest.fixture(scope="session")
def installed_image() -> Path:
    """Debian with the lamp in it.

    LAMP_HIL_INSTALLED points to one that is there already, for working on the tests.
    """
    if os.environ.get("LAMP_HIL_INSTALLED"):
        return Path(os.environ["LAMP_HIL_INSTALLED"])
    if why := tools.why_not():
        pytest.skip(why)
    return installed.installed_image()


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
