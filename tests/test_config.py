from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.config import Config, dump, load, night_hours, parse
from lamp.errors import ConfigError


def test_an_empty_file_is_a_lamp() -> None:
    assert parse("") == parse("{}") == Config()


def test_what_is_dumped_is_parsed_back() -> None:
    config = parse("deciding: {boldness: 0.8}\npins: {relay: 12, switch_kind: momentary}\nseed: 7")
    assert config.deciding.boldness == 0.8
    assert config.pins.switch_kind == "momentary"
    assert parse(dump(config)) == config


def test_every_documented_value_can_be_written_as_it_is_documented() -> None:
    assert parse("pins: {after_power_loss: off}").pins.after_power_loss == "off"
    assert parse("pins: {after_power_loss: on}").pins.after_power_loss == "on"
    assert parse("names: {lit: on, dark: off}").names.of("lit") == "on"
    assert parse("deciding: {night: 22:30-06:30}").deciding.night == "22:30-06:30"
    assert parse("audio: {device: 1}").audio.device == "1"
    for yes in ("yes", "true", "on", "True"):
        assert parse(f"pins: {{relay_inverted: {yes}}}").pins.relay_inverted is True
    assert parse("pins: {relay_inverted: off, led: 33}").pins.relay_inverted is False


def test_sections_and_values_left_empty_are_the_defaults() -> None:
    assert parse("pins:\n#  relay: 36\n\naudio:\n  device:\n") == Config()
    assert parse("pins: {led: ~, mute: null}") == Config()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pins: {relay: 0x24}", "pins.relay: expected `int`, got `str`"),
        ("pins: {relay_inverted: maybe}", "pins.relay_inverted: expected `bool`, got `str`"),
        ('places: {state: "a\\0b"}', "places.state has unprintable characters"),
        ("places: {state: ~no-such-user/x}", "places.state: there is no such user"),
        ("names: {thing: " + "x" * 300 + "}", "longer than a file's name"),
        ("seed: " + "9" * 400, "seed is 999"),
        ("training: {keep_models: -5}", "must lie between 1 and 1000"),
        ("audoi: {}", "unknown key 'audoi'. Did you mean 'audio'?"),
        ("audio: {endpoint_silense: 1}", "'audio.endpoint_silense'. Did you mean 'endpoint_s"),
        ("zzz: 1", "unknown key 'zzz'. Known are: places, audio"),
        ("audio: {pre_roll: long}", "audio.pre_roll: expected `float`, got `str`"),
        ("pins: {switch: 3.5}", "pins.switch: expected `int`, got `float`"),
        ("pins: {switch_kind: rocker}", "pins.switch_kind: invalid enum value 'rocker'"),
        ("pins: 36", "pins must hold 'key: value' lines"),
        ("- 1", "the file must hold 'key: value' lines"),
        ("audio: [", "is not YAML"),
        ("deciding: {night: late}", "deciding.night: 'late' is not of the form 22:30-06:30"),
        ("deciding: {boldness: 1.5}", "deciding.boldness is 1.5, but must lie between 0 and 1"),
        ("hearing: {threads: 0}", "hearing.threads is 0, but must lie between 1 and 64"),
        ("pins: {relay: 31}", "pins.relay and pins.switch are both 31"),
        ("pins: {led: 33, mute: 33}", "pins.led and pins.mute are both 33"),
        ("audio: {device: !!python/object:os.system x}", "is not YAML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_that_has_lost_its_effect_is_not_refused() -> None:
    assert parse("hearing: {alternatives: 3, threads: 2}").hearing.threads == 2


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path / "lamp.yaml")


def test_the_first_place_with_a_file_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load() == Config()
    (tmp_path / ".config/lamp").mkdir(parents=True)
    (tmp_path / ".config/lamp/lamp.yaml").write_text("seed: 2")
    assert load().seed == 2
    (tmp_path / "lamp.yaml").write_text("seed: 1")
    assert load().seed == 1


@given(st.text(max_size=80))
def test_no_text_does_more_than_raise_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse(text), Config)


@given(st.integers(0, 23), st.integers(0, 59))
def test_night_hours_are_minutes_after_midnight(hour: int, minute: int) -> None:
    assert night_hours(f"{hour}:{minute:02}-06:30") == (hour * 60 + minute, 390)
