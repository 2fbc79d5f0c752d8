import pytest

from lamp.config import Pins
from lamp.errors import ConfigError
from lamp.operator import fallback
from lamp.operator.fallback import load_tolerantly, right_sections


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
    copy = house.state / "operator-config.json"
    assert "37" in copy.read_text()
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


def test_a_damaged_copy_is_no_copy(house):
    load_tolerantly(house.write(""))
    (house.state / "operator-config.json").write_text("{")
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
    assert sections == {"places": {}, "pins": {"relay": 37}, "deciding": {}}
    assert right_sections("- 1") == {}
