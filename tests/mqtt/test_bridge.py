"""What is told of the lamp, and what commands do; with a broker of paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from lamp.clock import LiveClock
from lamp.config import Config, Mqtt, Places
from lamp.messages import Directive, Flip, Message, Muted
from lamp.mqtt.bridge import Bridge
from tests.page.home import Home


@dataclass
class Paper:
    connected: bool = True
    fresh: bool = True
    told: list[tuple[str, str, bool]] = field(default_factory=list)

    def is_fresh(self) -> bool:
        fresh, self.fresh = self.fresh, False
        return fresh

    def renew(self) -> None:
        self.fresh = True

    def publish(self, topic: str, content: str, retain: bool = True) -> bool:
        self.told.append((topic, content, retain))
        return True

    def states(self) -> dict[str, str]:
        return {
            topic.removeprefix("lamp/lamp/"): said
            for topic, said, _ in self.told
            if topic.startswith("lamp/")
        }


class World:
    def __init__(self, folder: Path, **settings: bool) -> None:
        state, runtime = folder / "state", folder / "run"
        for each in (state, runtime):
            each.mkdir(mode=0o700)
        self.home = Home(state, runtime)
        mqtt = replace(Mqtt(enabled=True, broker="nobody"), **settings)  # type: ignore[arg-type]
        config = Config(places=Places(str(state), str(runtime)), mqtt=mqtt)
        self.sent: list[tuple[str, Message]] = []
        self.bridge = Bridge(
            config, LiveClock(), lambda to, message: self.sent.append((to, message))
        )
        self.paper = Paper()
        self.bridge.publisher = self.paper

    def look(self) -> dict[str, str]:
        self.paper.told = []
        self.bridge.look()
        return self.paper.states()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.home.diary.close()


def test_at_first_everything_is_told_and_then_what_changes(world: World) -> None:
    world.home.beat("dark")
    world.home.hear("LUMOS", "lit", sure=0.96)
    states = world.look()
    assert len([topic for topic, *_ in world.paper.told if topic.endswith("/config")]) == 5
    assert states["availability"] == "online"
    assert (states["state"], states["muted"], states["heard"]) == ("OFF", "OFF", "LUMOS")
    assert states["why"].startswith("The lamp went lit by itself.")
    assert all(retained for _, _, retained in world.paper.told)
    assert world.look() == {}
    world.home.beat("lit", muted=True)
    assert world.look() == {"state": "ON", "muted": "ON"}
    world.bridge.received("homeassistant/status", "online", False)
    assert len(world.look()) == 5


def test_without_a_lamp_it_is_offline(world: World) -> None:
    assert world.look() == {"availability": "offline", "muted": "OFF"}


def test_nothing_is_told_to_a_broker_that_is_not_there(world: World) -> None:
    world.paper.connected = False
    world.home.beat("lit")
    assert world.look() == {}


def test_a_lesson_is_an_event_of_now(world: World) -> None:
    world.home.evening()
    assert "lesson" not in world.look()
    world.home.flip("lit", world.home.hear("ALOHOMORA"))
    said = world.look()
    assert json.loads(said["lesson"]) == {
        "event_type": "lesson",
        "meant": "lit",
        "heard": "ALOHOMORA",
    }
    assert [kept for topic, _, kept in world.paper.told if topic.endswith("/lesson")] == [False]
    assert "lesson" not in world.look()


def test_words_stay_at_home_where_they_shall(tmp_path: Path) -> None:
    world = World(tmp_path, words=False)
    world.home.beat("dark")
    world.home.evening()
    world.look()
    world.home.flip("lit", world.home.hear("SECRET", lessons=("u1",)))
    said = world.look()
    assert "lesson" in said
    told = json.dumps(world.paper.told)
    assert "SECRET" not in told
    assert "BENEND" not in told
    world.home.diary.close()


def test_a_sensor_says_no_more_than_home_assistant_takes(world: World) -> None:
    world.home.hear("A" * 400)
    assert len(world.look()["heard"]) == 255


def test_a_command_moves_the_lamp_and_is_no_lesson(world: World) -> None:
    world.home.beat("dark")
    world.look()
    world.bridge.received("lamp/lamp/set", "ON", False)
    world.bridge.received("lamp/lamp/muted/set", "ON", False)
    (operator, directive), (recorder, muted) = world.sent
    assert operator == "operator"
    assert isinstance(directive, Directive)
    assert (directive.state, directive.exchange) == ("lit", "")
    assert directive.id.startswith("outside-")
    assert 0 < directive.expires - directive.issued < 10
    assert (recorder, muted) == ("recorder", Muted(True))


def test_where_it_teaches_a_command_is_a_flip_if_it_changes_anything(tmp_path: Path) -> None:
    world = World(tmp_path, teaches=True)
    world.home.beat("dark")
    world.look()
    world.bridge.received("lamp/lamp/set", "OFF", False)
    world.bridge.received("lamp/lamp/set", "ON", False)
    flips = [
        message for to, message in world.sent if isinstance(message, Flip) and to == "anticipator"
    ]
    assert [flip.state for flip in flips] == ["lit"]
    world.home.diary.close()


@pytest.mark.parametrize(
    ("topic", "content", "kept"),
    [
        ("lamp/lamp/set", "ON", True),
        ("lamp/lamp/set", "TOGGLE", False),
        ("lamp/lamp/set", "", False),
        ("lamp/other/set", "ON", False),
        ("homeassistant/status", "offline", False),
    ],
)
def test_what_is_no_command_of_now_moves_nothing(
    world: World, topic: str, content: str, kept: bool
) -> None:
    world.bridge.received(topic, content, kept)
    assert world.sent == []


def test_commands_are_followed_so_often_and_no_more(world: World) -> None:
    for _ in range(1000):
        world.bridge.received("lamp/lamp/set", "ON", False)
    assert 10 <= len(world.sent) < 30


def test_a_damaged_diary_costs_the_words_and_no_more(world: World, tmp_path: Path) -> None:
    world.home.beat("lit")
    world.home.diary.close()
    (tmp_path / "state/diary.sqlite").write_bytes(b"no diary" * 1000)
    assert world.look()["state"] == "ON"
