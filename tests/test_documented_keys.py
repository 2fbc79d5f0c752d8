"""docs/configuration.md has every key of lamp.yaml, with its default and bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from lamp.config import Config, Within, parse

PAGE = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text()
ROW = re.compile(r"^\| `([\w.]+)` \| (.*?) \| (.*?) \| (.+?) \|$", re.M)


def keys(config: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Key, default and bounds, as the page writes them."""
    bounded = get_type_hints(type(config), include_extras=True)
    for entry in fields(config):
        value = getattr(config, entry.name)
        if is_dataclass(value):
            yield from keys(value, f"{place}{entry.name}.")
            continue
        hints = get_args(bounded[entry.name])
        within = [one for one in hints if isinstance(one, Within)]
        bounds = [f"{one.least:.10g} to {one.most:.10g}" for one in within]
        choices = [", ".join(hints)] if hints and all(isinstance(one, str) for one in hints) else []
        yield place + entry.name, shown(value), (bounds + choices + [""])[0]


def shown(value: Any) -> str:
    if value == "":
        return ""
    plain = {None: "(none)", True: "on", False: "off"}
    text = plain[value] if value is None or isinstance(value, bool) else json.dumps(value)
    return "`" + text.strip('"') + "`"


def test_every_key_is_documented_with_its_default_and_bounds() -> None:
    documented = {key: (default, bounds) for key, default, bounds, _ in ROW.findall(PAGE)}
    assert documented == {key: (default, bounds) for key, default, bounds in keys(Config())}


def test_the_examples_of_the_page_are_good() -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
    assert len(examples) >= 2
    for example in examples:
        assert parse(example) is not None
