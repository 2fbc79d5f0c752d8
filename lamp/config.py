"""lamp.yaml as frozen dataclasses: read, checked, and refused in one clear line.

Every key has a default, so an empty file (or none) is a lamp. Unknown keys are refused
with the nearest known name, wrong types with the place where they stand.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_type_hints

import msgspec

from lamp.errors import ConfigError
from lamp.messages import Action

CONFIG_PLACES = (Path("lamp.yaml"), Path("~/.config/lamp/lamp.yaml"), Path("/etc/lamp/lamp.yaml"))

_LONGEST_VALUE = 1000  # characters
_LONGEST_NAME = 255  # bytes of a file's name
_YES_AND_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Within(NamedTuple):
    """The numbers that a key may have, both ends among them."""

    least: float
    most: float


@dataclass(frozen=True)
class Places:
    """Where things lie. Empty: chosen by :mod:`lamp.runtime.paths` for this machine."""

    state: str = ""  # diary, language models, last state: kept for ever
    runtime: str = ""  # inboxes and health: gone after a reboot
    models: str = ""  # acoustic models, besides those that ship


@dataclass(frozen=True)
class Audio:
    """How the recorder listens and where an utterance begins and ends."""

    source: str = "microphone"  # microphone, house (a simulated one), or a WAV file or folder
    device: str = ""  # part of the microphone's name; empty: the system's default
    pacing: Literal["real-time", "as-fast-as-consumed"] = "real-time"  # of WAV files
    endpoint_silence: Annotated[float, Within(0.05, 10)] = 0.5  # s of silence that end an utterance
    pre_roll: Annotated[float, Within(0, 5)] = 0.3  # s kept from before speech was noticed
    shortest_utterance: Annotated[float, Within(0, 5)] = 0.15  # s of speech; less is a click
    longest_utterance: Annotated[float, Within(0.5, 60)] = (
        6.0  # s, then it is cut (3 on an A53 board)
    )
    speech_threshold: Annotated[float, Within(0, 1)] = 0.5  # of the voice activity detector, 0..1
    partial_every: Annotated[float, Within(0, 60)] = 0.25  # s between partial transcripts; 0: none


@dataclass(frozen=True)
class Hearing:
    """The acoustic model."""

    model: str = "potato-wav2vec2"  # a name in models/ or a directory
    threads: Annotated[int, Within(1, 64)] = 1
    # Without effect; kept so that older files are not refused.
    alternatives: Annotated[int, Within(1, 100)] = 5
    oldest: Annotated[float, Within(0.1, 1e9)] = 5.0  # s, older utterances are dropped unheard


@dataclass(frozen=True)
class Deciding:
    """When the lamp acts, and which utterance a flip belongs to."""

    boldness: Annotated[float, Within(0, 1)] = (
        0.3  # 0 (never) .. 1 (at the slightest hint): it acts above 1 - boldness
    )
    boldness_at_night: Annotated[float, Within(0, 1)] = 0.15
    night: str = "22:30-06:30"
    oldest_action: Annotated[float, Within(0.1, 3600)] = (
        3.0  # s after the end of an utterance in which it may still act
    )
    flip_window: Annotated[float, Within(0.1, 3600)] = (
        12.0  # s after an utterance in which a flip may be its label
    )
    correction_window: Annotated[float, Within(0.1, 3600)] = (
        12.0  # s after a directive in which a flip undoes it
    )


@dataclass(frozen=True)
class Training:
    """How long and how often the trainer works."""

    budget: Annotated[float, Within(0.01, 3600)] = (
        20.0  # s that a refit may take at most; it ends sooner where it is done
    )
    patience: Annotated[float, Within(0, 3600)] = 0.5  # s to wait for more labels before a refit
    keep_models: Annotated[int, Within(1, 1000)] = 3  # earlier models kept for rollback
    preset: Literal["potato", "micro", "small", "big"] = "potato"


@dataclass(frozen=True)
class Pins:
    """Header pins and what hangs on them."""

    board: str = "auto"  # auto, simulated, or a name from lamp/operator/boards.py
    relay: Annotated[int, Within(1, 40)] = 36
    relay_inverted: bool = False
    switch: Annotated[int, Within(1, 40)] = 31
    switch_kind: Literal["latching", "momentary"] = "latching"
    debounce: Annotated[float, Within(0, 0.5)] = 0.02  # s
    led: Annotated[int | None, Within(1, 40)] = None  # shows how the lamp is: see docs/operator.md
    led_inverted: bool = False
    led_at_night: bool = False  # else it shows nothing but trouble in deciding.night
    mute: Annotated[int | None, Within(1, 40)] = (
        None  # a button to ground: each press mutes the lamp, or ends that
    )
    after_power_loss: Literal["previous", "on", "off"] = "previous"


@dataclass(frozen=True)
class Names:
    """What the thing and its two states are called when the lamp speaks of them."""

    thing: str = "lamp"
    lit: str = "lit"
    dark: str = "dark"

    def of(self, action: Action) -> str:
        """What the owner calls it."""
        return {"none": "nothing", "lit": self.lit, "dark": self.dark}[action]


@dataclass(frozen=True)
class Memory:
    """How much is remembered."""

    most_exchanges: Annotated[int, Within(1, 10_000_000)] = (
        50_000  # unlabelled background goes first, labels last
    )


@dataclass(frozen=True)
class Page:
    """A page for the browsers of the same network: docs/page.md."""

    enabled: bool = False
    port: Annotated[int, Within(1, 65535)] = 8080
    address: str = ""  # of the one network card to listen on; empty: all of them
    name: str = ""  # that browsers call this machine by, besides its host name and its addresses


@dataclass(frozen=True)
class Mqtt:
    """Home Assistant, by way of an MQTT broker: docs/home-assistant.md."""

    enabled: bool = False
    broker: str = ""  # host name or address
    port: Annotated[int, Within(0, 65535)] = 0  # 0: 1883, or 8883 with TLS
    tls: bool = False
    ca_file: str = ""  # certificates to trust; empty: the system's
    user: str = ""
    password_file: str = ""  # that nobody else may read (mode 600)
    id: str = "lamp"  # in topics and entities; two lamps at one broker need two
    discovery: str = "homeassistant"  # Home Assistant's prefix of discovery topics
    words: bool = True  # whether what was heard is told, too
    teaches: bool = False  # whether a command from there is a lesson, as a flip by hand is


@dataclass(frozen=True)
class Config:
    """All of lamp.yaml."""

    places: Places = field(default_factory=Places)
    audio: Audio = field(default_factory=Audio)
    hearing: Hearing = field(default_factory=Hearing)
    deciding: Deciding = field(default_factory=Deciding)
    training: Training = field(default_factory=Training)
    pins: Pins = field(default_factory=Pins)
    names: Names = field(default_factory=Names)
    memory: Memory = field(default_factory=Memory)
    page: Page = field(default_factory=Page)
    mqtt: Mqtt = field(default_factory=Mqtt)
    clock: Literal["live", "replay"] = "live"
    seed: Annotated[int, Within(0, 4_294_967_295)] = 0


def load(path: Path | None = None) -> Config:
    """The configuration in ``path``, else in the first of CONFIG_PLACES, else defaults.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or says something impossible.
    """
    path = found(path)
    if path is None:
        return Config()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {error}. Check the name and permissions") from error
    return parse(text, str(path))


def found(path: Path | None = None) -> Path | None:
    """``path``, else the first of CONFIG_PLACES with a file; None if there is none."""
    if path is not None:
        return path
    candidates = (path.expanduser() for path in CONFIG_PLACES)
    return next((path for path in candidates if path.is_file()), None)


def parse(text: str, name: str = "lamp.yaml") -> Config:
    """The configuration that YAML ``text`` (or JSON, its subset) describes.

    Raises:
        ConfigError: see :func:`load`. ``name`` is the file the message speaks of.
    """
    tree = _tree(text, name)
    tree = {} if tree is None else tree
    _refuse_unknown_keys(tree, Config, "", name)
    try:
        config = msgspec.convert(_as_declared(tree, Config), Config)
    except msgspec.ValidationError as error:
        hint = "Correct the value or leave the key out"
        raise ConfigError(f"{name}: {_plain(error)}. {hint}") from error
    except Exception as error:  # numbers of a thousand digits and the like
        raise ConfigError(f"{name} has a value that nobody understands: {error}") from error
    _refuse_impossible_values(config, name)
    return config


def dump(config: Config) -> str:
    """``config`` as JSON, which :func:`parse` reads back."""
    return msgspec.json.format(msgspec.json.encode(config)).decode()


def night_hours(text: str) -> tuple[int, int]:
    """Minutes after midnight at which the night of "HH:MM-HH:MM" begins and ends.

    Raises:
        ValueError: the text is not of that form.
    """
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError(f"{text!r} is not of the form 22:30-06:30")
    begin_hour, begin_minute, end_hour, end_minute = (int(group) for group in match.groups())
    return begin_hour * 60 + begin_minute, end_hour * 60 + end_minute


def is_night(hours: str, wall: datetime) -> bool:
    """Whether ``wall`` lies in the night of :func:`night_hours`."""
    begin, end = night_hours(hours)
    minute = wall.hour * 60 + wall.minute
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def _tree(text: str, name: str) -> Any:
    try:
        # What the supervisor hands on is JSON: spare the five processes a YAML parser.
        return msgspec.json.decode(text) if name.endswith(".json") else read_plainly(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name} is not YAML: {error}. Mend that") from error


def read_plainly(text: str) -> Any:
    """See :func:`lamp.plain_yaml.read_tree`.

    Raises:
        ValueError: it is no such YAML.
    """
    from lamp.plain_yaml import read_tree  # noqa: PLC0415  see above

    return read_tree(text)


def _as_declared(tree: Any, kind: Any) -> Any:
    """``tree`` with its texts as what ``kind`` declares, where they can be that."""
    if not isinstance(tree, dict):
        return tree
    hints = get_type_hints(kind)
    return {
        key: _as_declared(value, hints[key]) if is_dataclass(hints[key]) else _as(value, hints[key])
        for key, value in tree.items()
    }


def _as(value: Any, hint: Any) -> Any:
    if not isinstance(value, str):
        return value
    kinds = get_args(hint) or (hint,)
    with contextlib.suppress(ValueError):
        if int in kinds and value.strip("+-").isdecimal():
            return int(value)
        if int in kinds or float in kinds:
            return float(value)
    return _YES_AND_NO.get(value.lower(), value) if bool in kinds else value


def _refuse_unknown_keys(tree: Any, kind: Any, place: str, name: str) -> None:
    if not isinstance(tree, dict):
        where = place.rstrip(".") or "the file"
        raise ConfigError(f"{name}: {where} must hold 'key: value' lines. Write them so")
    known = {entry.name: entry.default_factory for entry in fields(kind)}
    for key, value in tree.items():
        if key not in known:
            sections = [section for section, has in _keys_of_sections(kind) if key in has]
            if sections:
                raise ConfigError(
                    f"{name}: unknown key {place + str(key)!r}. It belongs under {sections[0]}:"
                )
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(known)}"
            raise ConfigError(f"{name}: unknown key {place + str(key)!r}. {hint}")
        if is_dataclass(known[key]):
            _refuse_unknown_keys({} if value is None else value, known[key], f"{key}.", name)


def _keys_of_sections(kind: Any) -> Iterator[tuple[str, set[str]]]:
    for section in fields(kind):
        if is_dataclass(section.default_factory):
            yield section.name, {entry.name for entry in fields(section.default_factory)}


def _allowed(text: str, place: str) -> str:
    """What may stand at ``place`` ("pins.switch_kind"), for a value of a list that is not in it."""
    if not text.startswith("Invalid enum value"):
        return ""
    kind: Any = Config
    for part in place.split("."):
        kind = get_type_hints(kind).get(part)
    return f" (one of: {', '.join(map(str, get_args(kind)))})"


def _plain(error: msgspec.ValidationError) -> str:
    """msgspec's message with the key in front: "audio.pre_roll: expected `float`, got `str`"."""
    text, _, place = str(error).partition(" - at `$.")
    place = place.rstrip("`")
    return f"{place}: {text[:1].lower()}{text[1:]}{_allowed(text, place)}" if place else text


def _refuse_impossible_values(config: Config, name: str) -> None:
    try:
        night_hours(config.deciding.night)
    except ValueError as error:
        raise ConfigError(f"{name}: deciding.night: {error}") from error
    for key, value, bounds in _leaves(config):
        if bounds is not None and value is not None and not bounds.least <= value <= bounds.most:
            least, most = (f"{end:.10g}" for end in bounds)
            raise ConfigError(f"{name}: {key} is {value}, but must lie between {least} and {most}")
        if isinstance(value, str):
            _refuse_impossible_text(key, value, name)
    for key in ("state", "runtime", "models"):
        try:
            Path(getattr(config.places, key)).expanduser()
        except RuntimeError as error:
            raise ConfigError(f"{name}: places.{key}: there is no such user") from error
    if config.mqtt.enabled and not config.mqtt.broker:
        raise ConfigError(f"{name}: mqtt.enabled is true, but mqtt.broker names no broker")
    for key in ("id", "discovery"):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", getattr(config.mqtt, key)):
            raise ConfigError(f"{name}: mqtt.{key} must be made of letters, digits, _ and -")
    pins = config.pins
    users: dict[int, str] = {}
    for user, pin in (
        ("relay", pins.relay),
        ("switch", pins.switch),
        ("led", pins.led),
        ("mute", pins.mute),
    ):
        if pin in users:
            raise ConfigError(f"{name}: pins.{users[pin]} and pins.{user} are both {pin}")
        if pin is not None:
            users[pin] = user


def _leaves(config: Any, place: str = "") -> Iterator[tuple[str, Any, Within | None]]:
    """Every key with its value, and the bounds of numbers."""
    hints = get_type_hints(type(config), include_extras=True)
    for entry in fields(config):
        value = getattr(config, entry.name)
        if is_dataclass(value):
            yield from _leaves(value, f"{place}{entry.name}.")
        else:
            bounds = (each for each in get_args(hints[entry.name]) if isinstance(each, Within))
            yield place + entry.name, value, next(bounds, None)


def _refuse_impossible_text(key: str, value: str, name: str) -> None:
    if len(value) > _LONGEST_VALUE or not value.isprintable():
        raise ConfigError(f"{name}: {key} has unprintable characters, or too many. Mend it")
    if any(len(part.encode()) > _LONGEST_NAME for part in value.split("/")):
        raise ConfigError(f"{name}: {key} is longer than a file's name may be. Shorten it")
