"""A lamp.yaml with a mistake in it must not cost the switch.

The learning side refuses a broken lamp.yaml. The operator says the same, loudly, and then
takes those of its own sections that are right by themselves, for the others the copy it
made when the file was last in order. It never guesses pins: where lamp.yaml cannot be read
at all and there is no copy, it refuses too, because the default pins may be wired otherwise.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from lamp import config as configuration
from lamp.config import Config
from lamp.errors import ConfigError
from lamp.runtime.files import write_whole
from lamp.runtime.paths import operator_config_path

log = logging.getLogger(__name__)

#: What the operator reads, and what stands for a section that is left out.
SECTIONS: dict[str, Any] = {"places": {}, "pins": {}, "deciding": {}, "clock": "live"}


def load_tolerantly(path: Path | None) -> Config:
    """The configuration, or as much of it as the switch needs.

    Raises:
        ConfigError: nothing says which pins to use.
    """
    try:
        config = configuration.load(path)
    except ConfigError as error:
        config = _make_do(path, error)
        said = str(error).rstrip(".")
        log.error("%s%s Until then only the switch works", said, "" if said[-1] == "?" else ".")
        return config
    _keep_copy(config)
    return config


def right_sections(text: str) -> dict[str, Any]:
    """Those of the operator's sections of YAML ``text`` that are right by themselves.

    One that is left out is right: it means the defaults.
    """
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    if not isinstance(tree, dict):
        return {}
    sections = {key: tree.get(key, default) for key, default in SECTIONS.items()}
    return {key: value for key, value in sections.items() if _is_right({key: value})}


def _is_right(tree: dict[str, Any]) -> bool:
    try:
        configuration.parse(yaml.safe_dump(tree))
    except ConfigError:
        return False
    return True


def _make_do(path: Path | None, error: ConfigError) -> Config:
    text = _read(path)
    good = right_sections(text)
    place = configuration.parse(yaml.safe_dump({k: v for k, v in good.items() if k == "places"}))
    copy = right_sections(_read(operator_config_path(place)))
    if "pins" not in good and "pins" not in copy:
        raise error
    return configuration.parse(yaml.safe_dump({**copy, **good}))


def _read(path: Path | None) -> str:
    if path is None:
        candidates = (path.expanduser() for path in configuration.CONFIG_PLACES)
        path = next((path for path in candidates if path.is_file()), Path())
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _keep_copy(config: Config) -> None:
    tree = asdict(config)
    text = json.dumps({key: tree[key] for key in SECTIONS})
    copy = operator_config_path(config)
    if _read(copy) == text:
        return
    try:
        write_whole(copy, text)
    except OSError as error:
        log.warning("could not keep a copy of the pins' configuration: %s", error)
