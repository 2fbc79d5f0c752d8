"""lamp.yaml as frozen dataclasses: read, checked, and refused in one clear line.

Every key has a default, so an empty file (or none) is a lamp. Unknown keys are refused
with the nearest known name, wrong types with the place where they stand.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from lamp.errors import ConfigError
from lamp.messages import Action

CONFIG_PLACES = (Path("lamp.yaml"), Path("~/.config/lamp/lamp.yaml"), Path("/etc/lamp/lamp.yaml"))


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
    endpoint_silence: float = 0.5  # s of silence that end an utterance
    pre_roll: float = 0.3  # s kept from before speech was noticed
    shortest_utterance: float = 0.15  # s of speech; less is a click
    longest_utterance: float = 6.0  # s, then it is cut (3 on an A53 board)
    speech_threshold: float = 0.5  # of the voice activity detector, 0..1
    partial_every: float = 0.25  # s between partial transcripts; 0: none


@dataclass(frozen=True)
class Hearing:
    """The acoustic model."""

    model: str = "potato-wav2vec2"  # a name in models/ or a directory
    threads: int = 1
    alternatives: int = 5  # without effect; kept so that older files are not refused
    oldest: float = 5.0  # s, older utterances are dropped unheard


@dataclass(frozen=True)
class Deciding:
    """When the lamp acts, and which utterance a flip belongs to."""

    boldness: float = 0.3  # 0 (never) .. 1 (at the slightest hint): it acts above 1 - boldness
    boldness_at_night: float = 0.15
    night: str = "22:30-06:30"
    oldest_action: float = 3.0  # s after the end of an utterance in which it may still act
    shortest_text: int = 2  # letters; less is noise
    flip_window: float = 12.0  # s after an utterance in which a flip may be its label
    correction_window: float = 12.0  # s after a directive in which a flip undoes it


@dataclass(frozen=True)
class Training:
    """How long and how often the trainer works."""

    budget: float = 20.0  # s that a refit may take at most; it ends sooner where it is done
    patience: float = 0.5  # s to wait for more labels before a refit
    keep_models: int = 3  # earlier models kept for rollback
    preset: Literal["potato", "micro", "small", "big"] = "potato"


@dataclass(frozen=True)
class Pins:
    """Header pins and what hangs on them."""

    board: str = "auto"  # auto, simulated, or a name from lamp/operator/boards.py
    relay: int = 36
    relay_inverted: bool = False
    switch: int = 31
    switch_kind: Literal["latching", "momentary"] = "latching"
    debounce: float = 0.02  # s
    led: int | None = None  # shows how the lamp is: see docs/operator.md
    led_inverted: bool = False
    mute: int | None = None  # a button to ground: each press mutes the lamp, or ends that
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

    most_exchanges: int = 50_000  # unlabelled background goes first, labels last


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
    clock: Literal["live", "replay"] = "live"
    seed: int = 0


def load(path: Path | None = None) -> Config:
    """The configuration in ``path``, else in the first of CONFIG_PLACES, else defaults.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or says something impossible.
    """
    if path is None:
        candidates = (path.expanduser() for path in CONFIG_PLACES)
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}. Check the name and permissions") from error
    return parse(text, str(path))


def parse(text: str, name: str = "lamp.yaml") -> Config:
    """The configuration that YAML ``text`` (or JSON, its subset) describes.

    Raises:
        ConfigError: see :func:`load`. ``name`` is the file the message speaks of.
    """
    tree = _tree(text, name)
    tree = {} if tree is None else tree
    _refuse_unknown_keys(tree, Config, "", name)
    try:
        config = msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        hint = "Correct the value or leave the key out"
        raise ConfigError(f"{name}: {_plain(error)}. {hint}") from error
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


def _tree(text: str, name: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        # What the supervisor hands on is JSON: spare the five processes a YAML parser.
        import yaml  # noqa: PLC0415
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = " ".join(str(error).split())
        raise ConfigError(f"{name} is not YAML: {line}. Mend that line") from error


def _refuse_unknown_keys(tree: Any, kind: Any, place: str, name: str) -> None:
    if not isinstance(tree, dict):
        where = place.rstrip(".") or "the file"
        raise ConfigError(f"{name}: {where} must hold 'key: value' lines. Write them so")
    known = {entry.name: entry.default_factory for entry in fields(kind)}
    for key, value in tree.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(known)}"
            raise ConfigError(f"{name}: unknown key {place + str(key)!r}. {hint}")
        if is_dataclass(known[key]):
            _refuse_unknown_keys({} if value is None else value, known[key], f"{key}.", name)


def _plain(error: msgspec.ValidationError) -> str:
    """msgspec's message with the key in front: "audio.pre_roll: expected `float`, got `str`"."""
    text, _, place = str(error).partition(" - at `$.")
    return f"{place.rstrip('`')}: {text[:1].lower()}{text[1:]}" if place else text


def _refuse_impossible_values(config: Config, name: str) -> None:
    try:
        night_hours(config.deciding.night)
    except ValueError as error:
        raise ConfigError(f"{name}: deciding.night: {error}") from error
    zero_to_one = {
        "audio.speech_threshold": config.audio.speech_threshold,
        "deciding.boldness": config.deciding.boldness,
        "deciding.boldness_at_night": config.deciding.boldness_at_night,
    }
    for key, value in zero_to_one.items():
        if not 0 <= value <= 1:
            raise ConfigError(f"{name}: {key} is {value}, but must lie between 0 and 1")
    above_zero = {
        "audio.endpoint_silence": config.audio.endpoint_silence,
        "audio.longest_utterance": config.audio.longest_utterance,
        "hearing.threads": config.hearing.threads,
        "hearing.oldest": config.hearing.oldest,
        "deciding.oldest_action": config.deciding.oldest_action,
        "deciding.flip_window": config.deciding.flip_window,
        "deciding.correction_window": config.deciding.correction_window,
        "training.budget": config.training.budget,
        "memory.most_exchanges": config.memory.most_exchanges,
    }
    for key, value in above_zero.items():
        if not value > 0:
            raise ConfigError(f"{name}: {key} is {value}, but must be above 0")
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
