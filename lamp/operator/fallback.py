"""A lamp.yaml with a mistake in it must not cost the switch, whatever the mistake is.

The learning side refuses a broken lamp.yaml. The operator says the same, loudly, and then
takes those of its own sections that are right by themselves, for the others the copy of the
whole file that was made when it was last in order, and that copy alone if nothing else will do.
It never guesses pins: where lamp.yaml cannot be read at all and there is no copy, it refuses
too, because the default pins may be wired otherwise.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from lamp import config as configuration
from lamp.config import Config
from lamp.errors import ConfigError, PinError
from lamp.operator.boards import check_header_pins
from lamp.runtime.entry_point import SUPERVISED
from lamp.runtime.files import write_whole
from lamp.runtime.paths import good_config_paths

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
        check_header_pins(config.pins)
    except (ConfigError, PinError) as error:
        return _make_do(path, error)
    except Exception as error:  # a fault of ours in reading it is no reason to be no switch
        return _make_do(path, ConfigError(f"lamp.yaml cannot be read: {error!r}"))
    if SUPERVISED not in os.environ:  # the supervisor's own file is always in order
        keep_copy(path, config)
    return config


def keep_copy(path: Path | None, config: Config) -> None:
    """Keep ``config``, which was found in order at ``path``, for when that is not."""
    text = configuration.dump(config)
    for copy in good_config_paths(configuration.found(path), config):
        if _read(copy) == text:
            continue
        try:
            write_whole(copy, text)
        except OSError as error:
            log.warning("could not keep a copy of lamp.yaml: %s", error)


def right_sections(text: str) -> dict[str, Any]:
    """Those of the operator's sections of YAML ``text`` that are right by themselves.

    One that is left out is right: it means the defaults.
    """
    try:
        tree = configuration.read_plainly(text)
    except ValueError:
        return {}
    if not isinstance(tree, dict):
        return {}
    sections = {key: tree.get(key, default) for key, default in SECTIONS.items()}
    return {key: value for key, value in sections.items() if _is_right({key: value})}


def _is_right(tree: dict[str, Any]) -> bool:
    try:
        check_header_pins(configuration.parse(json.dumps(tree)).pins)
    except (ConfigError, PinError):
        return False
    return True


def _make_do(path: Path | None, error: ConfigError | PinError) -> Config:
    try:
        config = _best_of_file_and_copy(path)
    except Exception:  # the copy is the last resort, and nothing may come between
        log.exception("a fault in making do with lamp.yaml, please report it")
        config = _copy(path, Config())
    if config is None:
        raise error
    said = str(error).rstrip(".")
    log.error("%s%s Until then only the switch works", said, "" if said[-1] == "?" else ".")
    return config


def _best_of_file_and_copy(path: Path | None) -> Config | None:
    good = right_sections(_read(configuration.found(path)))
    place = configuration.parse(json.dumps({k: v for k, v in good.items() if k == "places"}))
    copy = _copy(path, place)
    if copy is None and "pins" not in good:
        return None
    tree = {} if copy is None else json.loads(configuration.dump(copy))
    return configuration.parse(json.dumps({**tree, **good}))


def _copy(path: Path | None, place: Config) -> Config | None:
    """The lamp.yaml of last time."""
    for copy in good_config_paths(configuration.found(path), place):
        text = _read(copy)
        if not text:
            continue
        try:
            config = configuration.parse(text)
            check_header_pins(config.pins)
        except (ConfigError, PinError):
            continue
        return config
    return None


def _read(path: Path | None) -> str:
    try:
        return "" if path is None else path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return ""
