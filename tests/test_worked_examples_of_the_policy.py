"""Every worked example of the anticipator and of the similarity is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import lamp.anticipator
import lamp.similarity

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (lamp.anticipator, lamp.similarity)
    for module in pkgutil.iter_modules(package.__path__)
    if module.name != "__main__"
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_a_file_are_true(name: str) -> None:
    assert not doctest.testmod(importlib.import_module(name)).failed


def test_there_are_examples() -> None:
    modules = [importlib.import_module(name) for name in MODULES]
    shown = {module.__name__ for module in modules if doctest.testmod(module).attempted}
    for name in ("behaviour", "posterior", "wanted", "manner"):
        assert f"lamp.anticipator.{name}" in shown
    for name in ("features", "alignment", "examples"):
        assert f"lamp.similarity.{name}" in shown
