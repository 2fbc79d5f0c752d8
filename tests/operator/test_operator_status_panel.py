import json
import os
import time

import pytest

from lamp.messages import Muted
from lamp.operator import status_led
from lamp.operator.health_summary import WAKING, summarise
from lamp.operator.status_led import RHYTHMS, StatusLed
from lamp.operator.status_panel import ANSWERED, StatusPanel
from lamp.runtime.heartbeat import Health
from lamp.runtime.processes import LEARNING_SIDE, hung_after

NOW = 1000.0


def wait_for(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen"
        time.sleep(0.002)


def health(name, beat=NOW, pid=None, **facts):
    return Health(name, pid or os.getpid(), "", beat, beat, facts)


def house(**changed):
    """All four at work, but for what is ``changed``; None: absent."""
    healths = {
        "recorder": health("recorder", state="listening", muted=False),
        "transcriber": health("transcriber", state="listening"),
        "anticipator": health("anticipator", state="listening", trouble=""),
        "trainer": health("trainer", state="waiting", trouble=""),
    } | changed
    return {name: one for name, one in healths.items() if one is not None}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "listening"),
        ({"trainer": health("trainer", state="learning")}, "learning"),
        ({"recorder": health("recorder", state="muted", muted=True)}, "muted"),
        (
            {
                "recorder": health("recorder", state="muted", muted=True),
                "trainer": health("trainer", state="learning"),
            },
            "muted",
        ),
        ({"recorder": health("recorder", state="starting")}, "asleep"),
        ({"recorder": None}, "asleep"),
        ({"recorder": health("recorder", state="failed", pid=2**22 - 1)}, "trouble"),
        ({"anticipator": health("anticipator", trouble="the disk is full")}, "trouble"),
        ({"transcriber": health("transcriber", beat=NOW - hung_after("transcriber"))}, "asleep"),
        ({"transcriber": health("transcriber", beat=NOW + 5)}, "asleep"),
    ],
)
def test_the_mood_soon_after_the_start(changed, expected):
    assert summarise(house(**changed), NOW, started=NOW - 5) == expected


@pytest.mark.parametrize("name", LEARNING_SIDE)
def test_whoever_is_missing_later_is_trouble(name):
    assert summarise(house(**{name: None}), NOW, started=NOW - WAKING - 1) == "trouble"


class Led:
    def __init__(self, breaks=False):
        self.levels = []
        self.breaks = breaks

    def on(self):
        if self.breaks:
            raise OSError("Input/output error")
        self.levels.append(True)

    def off(self):
        self.levels.append(False)


def test_every_mood_looks_different():
    assert len(set(RHYTHMS.values())) == len(RHYTHMS)


def test_the_light_plays_what_it_is_shown_and_goes_dark_at_the_end(monkeypatch):
    monkeypatch.setattr(status_led, "RHYTHMS", {**RHYTHMS, "trouble": (0.01, 0.01)})
    led = Led()
    shown = StatusLed(led, print)
    wait_for(lambda: led.levels == [False])
    shown.show("listening")
    wait_for(lambda: led.levels == [False, True])
    shown.show("trouble")
    wait_for(lambda: len(led.levels) > 8)
    assert led.levels[2:8] == [True, False] * 3
    shown.close()
    assert led.levels[-1] is False


def test_a_wink_is_seen_and_then_the_mood_goes_on():
    led = Led()
    shown = StatusLed(led, print)
    shown.show("listening")
    wait_for(lambda: led.levels[-1:] == [True])
    before = len(led.levels)
    shown.wink()
    wait_for(lambda: len(led.levels) == before + 4)
    assert led.levels[before:] == [False, True, False, True]
    shown.close()


def test_a_second_press_during_the_wink_begins_it_again(monkeypatch):
    monkeypatch.setattr(status_led, "WINK", (0.0, 3600.0))
    led = Led()
    shown = StatusLed(led, print)
    shown.show("listening")
    wait_for(lambda: led.levels[-1:] == [True])
    for winks in (1, 2):
        shown.wink()
        wait_for(lambda winks=winks: led.levels[-winks:] == [False] * winks)
    shown.close()


def test_the_same_mood_again_disturbs_nothing():
    led = Led()
    shown = StatusLed(led, print)
    shown.show("listening")
    wait_for(lambda: led.levels == [False, True])
    shown.show("listening")
    shown.wink()
    wait_for(lambda: len(led.levels) == 6)
    assert led.levels == [False, True, False, True, False, True]
    shown.close()


def test_an_led_that_breaks_is_reported_and_let_be():
    reports = []
    shown = StatusLed(Led(breaks=True), reports.append)
    shown.show("listening")
    wait_for(lambda: reports)
    assert "the LED cannot be lit: Input/output error" in reports[0]
    shown.close()


class Rig:
    def __init__(self, folder):
        self.runtime = folder / "runtime"
        self.note = folder / "state" / "muted"
        self.sent = []
        self.reports = []
        self.now = NOW

    def panel(self, led=None):
        return StatusPanel(
            led, self.runtime, self.note, self.send, self.reports.append, lambda: self.now
        )

    def send(self, recipient, message):
        self.sent.append((recipient, message))

    def recorder_says(self, muted):
        self.says("recorder", muted=muted)

    def says(self, name, **facts):
        place = self.runtime / "health"
        place.mkdir(parents=True, exist_ok=True)
        report = {"name": name, "pid": os.getpid(), "since": "", "beat": self.now}
        report |= {"at": self.now, "facts": facts}
        (place / f"{name}.json").write_text(json.dumps(report))


def test_each_press_mutes_or_ends_that(tmp_path):
    rig = Rig(tmp_path)
    panel = rig.panel()
    for _ in range(3):
        panel.press()
    assert rig.sent == [("recorder", Muted(state)) for state in (True, False, True)]


def test_the_led_shows_the_mood_answers_a_press_and_is_dark_at_the_end(tmp_path):
    rig, led = Rig(tmp_path), Led()
    panel = rig.panel(led)
    wait_for(lambda: led.levels == [False])
    panel.press()
    wait_for(lambda: led.levels == [False, False, True, False, False])
    for name in ("recorder", *LEARNING_SIDE):
        rig.says(name, state="muted", muted=True)
    panel.look()
    wait_for(lambda: led.levels[5:7] == [True, False])
    panel.close()
    assert led.levels[-1] is False


def test_a_press_undoes_what_was_said_on_the_command_line(tmp_path):
    rig = Rig(tmp_path)
    panel = rig.panel()
    rig.recorder_says(muted=True)
    panel.look()
    panel.press()
    assert rig.sent == [("recorder", Muted(False))]


def test_a_recorder_that_has_not_yet_heard_of_a_press_does_not_undo_it(tmp_path):
    rig = Rig(tmp_path)
    panel = rig.panel()
    rig.recorder_says(muted=False)
    panel.press()
    rig.now += ANSWERED / 2
    panel.look()
    panel.press()
    assert [message.muted for _, message in rig.sent] == [True, False]


def test_being_muted_outlives_a_power_cut(tmp_path):
    rig = Rig(tmp_path)
    panel = rig.panel()
    panel.press()
    for _ in range(2):
        panel.look()
        assert rig.note.exists()
    panel.close()
    panel = rig.panel()
    assert (rig.runtime / "muted").exists(), "where the recorder looks when it starts"
    rig.now += ANSWERED + 1
    rig.recorder_says(muted=False)
    panel.look()
    assert not rig.note.exists()


def test_a_recorder_that_cannot_be_told_is_reported(tmp_path):
    rig = Rig(tmp_path)
    rig.note.parent.mkdir()
    rig.note.touch()
    rig.runtime.write_text("a file, not a directory")
    rig.panel()
    assert "lamp mute on" in rig.reports[0]


def test_a_disk_that_cannot_be_written_costs_no_press(tmp_path):
    rig = Rig(tmp_path)
    rig.note.parent.write_text("a file, not a directory")
    panel = rig.panel()
    panel.press()
    panel.look()
    assert rig.sent


def panel_of(tmp_path, monkeypatch, told, led, night=False):
    monkeypatch.setattr(
        "lamp.operator.status_panel.read_health",
        lambda _: house(anticipator=health("anticipator", state="listening", **told)),
    )
    return StatusPanel(
        led, tmp_path, tmp_path / "note", lambda *_: None, print, lambda: NOW, lambda: night
    )


def test_a_lesson_is_seen_even_while_refits_come_and_go(tmp_path, monkeypatch):
    """A refit takes 20 to 220 ms, and its wink came 0.9 s into the rhythm."""
    told, led = {"lessons": 4}, Led()
    panel = panel_of(tmp_path, monkeypatch, told, led)
    panel.look()
    wait_for(lambda: led.levels[-1:] == [True])  # listening; lessons of before are no news
    led.levels.clear()
    told["lessons"] = 5
    panel.look()
    for summary in ("learning", "listening"):
        time.sleep(0.02)
        panel._led.show(summary)
    wait_for(lambda: len(led.levels) >= 6)
    panel.close()
    assert led.levels[:6] == [False, True, False, True, False, True]


def test_a_restarted_anticipator_is_no_lesson(tmp_path, monkeypatch):
    told, led = {"lessons": 4}, Led()
    panel = panel_of(tmp_path, monkeypatch, told, led)
    winks = []
    panel._led.wink = winks.append
    for lessons in (4, 0, 0, None, 3, "nonsense", True):
        told["lessons"] = lessons
        panel.look()
    panel.close()
    assert winks == []


def test_at_night_the_light_rests_but_for_trouble(tmp_path, monkeypatch):
    told, led = {"lessons": 1}, Led()
    panel = panel_of(tmp_path, monkeypatch, told, led, night=True)
    panel.look()
    told["lessons"] = 2
    panel.look()
    time.sleep(0.05)
    assert True not in led.levels
    told["trouble"] = "the disk is full"
    panel.look()
    wait_for(lambda: True in led.levels)
    panel.close()
