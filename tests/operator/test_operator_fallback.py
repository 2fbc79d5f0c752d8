import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lamp.config import Pins, parse
from lamp.errors import ConfigError
from lamp.operator import fallback
from lamp.operator.fallback import load_tolerantly, right_sections
from lamp.operator.state import recall
from lamp.runtime.entry_point import SUPERVISED
from lamp.runtime.paths import resolved


@pytest.fixture
def elsewhere():
    """The state directory of a lamp whose lamp.yaml names none."""
    return Path(os.environ["XDG_STATE_HOME"])


@pytest.fixture
def house(tmp_path):
    """A state directory and a lamp.yaml in order, loaded once."""

    class House:
        state = tmp_path / "state"
        yaml = tmp_path / "lamp.yaml"

        def write(self, text):
            self.yaml.write_text(f"places: {{state: {self.state}}}\n{text}")
            return self.yaml

    return House()


def test_a_lamp_yaml_in_order_is_taken_as_it_is_and_its_pins_are_copied(house):
    config = load_tolerantly(house.write("pins: {relay: 37}\naudio: {pre_roll: 0.1}\n"))
    assert (config.pins.relay, config.audio.pre_roll) == (37, 0.1)
    (copy,) = house.state.glob("last-good-*.json")
    assert parse(copy.read_text()) == config
    before = copy.stat().st_mtime_ns
    load_tolerantly(house.yaml)
    assert copy.stat().st_mtime_ns == before


def test_a_mistake_in_the_learning_parts_does_not_cost_the_switch(house, caplog):
    config = load_tolerantly(house.write("pins: {relay: 37}\naudio: {pre_rol: 0.1}\n"))
    assert config.pins == Pins(relay=37)
    assert config.places.state == str(house.state)
    assert "unknown key 'audio.pre_rol'" in caplog.text
    assert "only the switch works" in caplog.text


@pytest.mark.parametrize(
    "mistake", ["pins: {relay: thirty}\n", "pins: {relay: 31, switch: 31}\n", "pins: 7\n"]
)
def test_a_mistake_in_the_pins_takes_those_of_last_time(house, mistake):
    load_tolerantly(house.write("pins: {relay: 37}\n"))
    assert load_tolerantly(house.write(mistake)).pins.relay == 37


def test_a_lamp_yaml_that_cannot_be_read_takes_the_pins_of_last_time(house, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(house.state.parent))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    house.yaml.write_text("pins: {relay: 37}\n")
    load_tolerantly(house.yaml)
    for text in (b"pins: [", b"\xff\xfe\x00"):
        house.yaml.write_bytes(text)
        assert load_tolerantly(house.yaml).pins.relay == 37
    house.yaml.unlink()
    assert load_tolerantly(house.yaml).pins.relay == 37


def test_without_a_copy_no_pins_are_guessed(house):
    with pytest.raises(ConfigError, match="relay"):
        load_tolerantly(house.write("pins: {relay: thirty}\n"))


def test_the_supervisors_own_file_is_not_kept_as_the_owners(house, elsewhere, monkeypatch):
    """It lies in the runtime directory, is made anew at every start, and always in order."""
    monkeypatch.setenv(SUPERVISED, "1")
    assert load_tolerantly(house.write("pins: {relay: 37}\n")).pins.relay == 37
    assert not [*house.state.rglob("last-good-*"), *elsewhere.rglob("last-good-*")]


def test_a_damaged_copy_is_no_copy(house, elsewhere):
    load_tolerantly(house.write(""))
    copies = [*house.state.glob("last-good-*"), *elsewhere.rglob("last-good-*")]
    assert len(copies) == 2
    for copy in copies:
        copy.write_text("{")
    with pytest.raises(ConfigError):
        load_tolerantly(house.write("pins: {relay: thirty}\n"))


def test_a_disk_that_takes_no_copy_is_warned_of(house, caplog):
    house.state.write_text("not a directory")
    assert load_tolerantly(house.write("pins: {relay: 37}\n")).pins.relay == 37
    assert "could not keep a copy" in caplog.text


def test_without_a_lamp_yaml_there_are_the_defaults(house, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr(fallback.configuration, "CONFIG_PLACES", (house.yaml,))
    assert load_tolerantly(None).pins == Pins()
    house.write("audio: {pre_rol: 1}\n")
    assert load_tolerantly(None).places.state == str(house.state)


def test_pins_that_were_taken_out_of_lamp_yaml_are_the_default_ones(house):
    load_tolerantly(house.write("pins: {relay: 37}\n"))
    assert load_tolerantly(house.write("audio: {pre_rol: 1}\n")).pins == Pins()


def test_only_the_operators_sections_are_looked_at():
    sections = right_sections("pins: {relay: 37}\nnames: {thing: fan}\nseed: 3\nclock: 7")
    assert sections == {"places": {}, "pins": {"relay": "37"}, "deciding": {}}
    assert right_sections("- 1") == {}


@pytest.mark.parametrize(
    "pins", ["relay: 2", "relay: 99", "board: toaster", "{board: le-potato, switch: 15}", "led: 9"]
)
def test_pins_that_no_board_has_take_those_of_last_time(house, pins):
    load_tolerantly(house.write("pins: {relay: 37}\n"))
    assert load_tolerantly(house.write(f"pins:\n  {pins}\n")).pins == Pins(relay=37)


def test_a_copy_is_found_when_the_file_does_not_say_where_it_lies_any_more(house):
    load_tolerantly(house.write("pins: {relay: 37}\naudio: {device: USB}\n"))
    house.yaml.write_bytes(b"\x00\xff")
    config = load_tolerantly(house.yaml)
    assert (config.pins.relay, config.audio.device) == (37, "USB")
    assert config.places.state == str(house.state)


def test_the_copy_of_another_lamp_is_not_taken(house, tmp_path):
    load_tolerantly(house.write("pins: {relay: 37}\n"))
    other = tmp_path / "other.yaml"
    other.write_text("pins: [")
    with pytest.raises(ConfigError):
        load_tolerantly(other)


def test_a_fault_in_reading_takes_the_copy(house, monkeypatch):
    load_tolerantly(house.write("pins: {relay: 37}\n"))

    def broken(*_):
        raise KeyError("a fault of ours")

    monkeypatch.setattr(fallback.configuration, "load", broken)
    assert load_tolerantly(house.yaml).pins.relay == 37
    monkeypatch.setattr(fallback, "right_sections", broken)
    assert load_tolerantly(house.yaml).pins.relay == 37


KILLED_IT_BEFORE = [
    b"hearing: {model: 2026-02-30}",
    b"names: {thing: 2026-13-01}",
    b"seed: 0x_",
    b"hearing: {threads: 0b_}",
    b"pins: {relay: !!int x}",
    b"[" * 3000,
    b"{a: " * 3000,
    b'{"places":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'places: {state: "a\\0b"}',
    b"places: {state: ~nobody-of-that-name/lamp}",
    b"places: {state: " + b"x" * 300 + b"}",
    b"seed: " + b"9" * 5000,
    b"deciding: {correction_window: " + b"9" * 400 + b"}",
    b"deciding: {correction_window: .inf}",
    b"pins: {debounce: nan}",
    b"pins: {relay: 36}\npins: {relay: 12}",
    b"&a [*a]",
    b"a: &a [x,x]\nb: &b [*a,*a]\n",
]


def pieces():
    """Bytes, text, and lines that look like a lamp.yaml."""
    key = st.sampled_from(["pins", "places", "state", "relay", "board", "clock", "deciding", "zz"])
    value = st.text(max_size=12) | st.sampled_from(["36", "off", "2", "~", "simulated", "replay"])
    line = st.builds("{}: {}".format, key, value)
    section = st.builds("{}: {{{}}}".format, key, st.lists(line, max_size=3).map(", ".join))
    text = st.lists(line | section, max_size=5).map("\n".join) | st.text(max_size=60)
    return st.binary(max_size=60) | text.map(lambda lines: lines.encode(errors="surrogatepass"))


def with_examples(test):
    for each in KILLED_IT_BEFORE:
        test = example(each)(test)
    return test


@pytest.mark.slow
@with_examples
@settings(max_examples=60)
@given(pieces())
def test_an_operator_with_a_copy_starts_whatever_lamp_yaml_is(bytes_):
    folder = Path(os.environ["XDG_STATE_HOME"]) / "whatever"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lamp.yaml"
    path.write_text(f"places: {{state: {folder}}}\npins: {{board: simulated, relay: 37}}\n")
    load_tolerantly(path)
    copy = next(Path(os.environ["XDG_STATE_HOME"]).rglob("last-good-*.json"))
    kept = copy.read_bytes()
    path.write_bytes(bytes_)
    config = load_tolerantly(path)
    state = resolved(config).places.state
    assert "\0" not in state
    fallback.check_header_pins(config.pins)
    copy.write_bytes(kept)


@given(
    st.binary(max_size=80)
    | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(
        lambda tree: json.dumps(tree).encode()
    )
)
@example(b"[" * 100_000)
@example(
    b'{"state": "lit", "boot": "", "flipped": 1' + b"0" * 400 + b', "directive": "", "obeyed": 1}'
)
@example(b'{"state": ["lit"], "boot": "", "flipped": 1, "directive": "", "obeyed": 1}')
def test_an_operator_starts_whatever_its_last_state_is(bytes_):
    path = Path(os.environ["XDG_STATE_HOME"]) / "operator.json"
    path.write_bytes(bytes_)
    last = recall(path)
    assert last is None or last.state in ("lit", "dark")
