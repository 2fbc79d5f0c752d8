"""The discovery messages against what Home Assistant documents of each kind of entity."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lamp.config import Config, Mqtt, Names, parse
from lamp.errors import ConfigError
from lamp.mqtt.discovery import messages, topics_of

#: From home-assistant.io, "MQTT" and the pages of the entities: key, and the type it must have.
COMMON: dict[str, tuple[type, ...]] = {
    "availability_topic": (str,),
    "device": (dict,),
    "icon": (str,),
    "name": (str, type(None)),
    "origin": (dict,),
    "qos": (int,),
    "unique_id": (str,),
}
OF_ENTITY: dict[str, dict[str, tuple[type, ...]]] = {
    "light": {"state_topic": (str,), "command_topic": (str,)},
    "switch": {"state_topic": (str,), "command_topic": (str,)},
    "sensor": {"state_topic": (str,)},
    "event": {"state_topic": (str,), "event_types": (list,)},
}
REQUIRED = {
    "light": {"command_topic"},
    "switch": {"command_topic"},
    "sensor": {"state_topic"},
    "event": {"state_topic", "event_types"},
}
OF_DEVICE = {
    "configuration_url",
    "connections",
    "hw_version",
    "identifiers",
    "manufacturer",
    "model",
    "model_id",
    "name",
    "serial_number",
    "suggested_area",
    "sw_version",
    "via_device",
}
OF_ORIGIN = {"name", "sw_version", "support_url"}


def announced(config: Mqtt | None = None) -> dict[str, dict[str, Any]]:
    told = messages(config or Mqtt(), Names())
    return {topic: json.loads(content) for topic, content in told.items() if content}


def test_every_message_is_of_the_documented_form() -> None:
    for topic, entity in announced().items():
        prefix, component, node, key, last = topic.split("/")
        assert (prefix, node, last) == ("homeassistant", "lamp-lamp", "config")
        assert all(part.replace("_", "").replace("-", "").isalnum() for part in (node, key))
        allowed = COMMON | OF_ENTITY[component]
        assert set(entity) <= set(allowed), topic
        assert set(entity) >= REQUIRED[component] | {"unique_id", "device", "origin"}
        for name, value in entity.items():
            assert isinstance(value, allowed[name]), (topic, name)
        assert set(entity["device"]) <= OF_DEVICE
        assert entity["device"]["identifiers"]
        assert set(entity["origin"]) <= OF_ORIGIN
        assert entity["origin"]["name"]
        assert entity["qos"] in (0, 1, 2)


def test_there_is_a_light_a_switch_two_sensors_and_an_event_of_one_device() -> None:
    told = announced()
    assert sorted(topic.split("/")[1] for topic in told) == [
        "event",
        "light",
        "sensor",
        "sensor",
        "switch",
    ]
    assert len({entity["unique_id"] for entity in told.values()}) == 5
    assert len({json.dumps(entity["device"]) for entity in told.values()}) == 1


def test_where_no_words_are_told_their_sensor_is_taken_back() -> None:
    told = messages(Mqtt(words=False), Names())
    assert told["homeassistant/sensor/lamp-lamp/heard/config"] == ""
    assert sum(not content for content in told.values()) == 1


def test_two_lamps_have_nothing_in_common() -> None:
    one, other = messages(Mqtt(id="one"), Names()), messages(Mqtt(id="other"), Names())
    assert not set(one) & set(other)
    assert topics_of(Mqtt(id="one")).command != topics_of(Mqtt(id="other")).command


def test_no_topic_is_listened_to_that_is_told() -> None:
    topics = topics_of(Mqtt())
    told = {topics.availability, topics.state, topics.muted, topics.heard, topics.why}
    assert not {topics.command, topics.mute} & told


@pytest.mark.parametrize("text", ["{enabled: yes}", "{id: a/b}", "{id: 'a#'}", "{discovery: ''}"])
def test_impossible_settings_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"mqtt\."):
        parse(f"mqtt: {text}")
    assert Config().mqtt.enabled is False
