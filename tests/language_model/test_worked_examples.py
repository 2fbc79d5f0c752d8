"""Every file of the language model opens with an example that is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import lamp.language_model

FILES = [module.name for module in pkgutil.iter_modules(lamp.language_model.__path__)]


@pytest.mark.parametrize("name", [name for name in FILES if name != "errors"])
def test_the_worked_example_at_the_head_of_a_file_is_true(name: str) -> None:
    module = importlib.import_module(f"lamp.language_model.{name}")
    assert ">>> " in (module.__doc__ or "")
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
