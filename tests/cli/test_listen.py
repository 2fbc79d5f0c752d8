"""`lamp listen`: recordings through the shipped model, and a microphone of paper."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamp.cli import listen
from lamp.clock import LiveClock
from lamp.diary.exchange import Exchange, Label
from lamp.diary.writer import Diary
from lamp.errors import EXIT_AUDIO
from lamp.listen.meter import WIDTH
from lamp.recorder.microphone import BUSY
from lamp.recorder.wav import read_recording
from lamp.runtime.heartbeat import Heartbeat
from lamp.simulate.repertoire import CLIPS
from lamp.soft_text import SoftText
from tests.anticipator.conftest import NOON
from tests.cli.test_cli import Home
from tests.paper_mailbox import HandClock
from tests.recorder.sounds import Sound, hush, joined
from tests.recorder.test_microphone import FakeSounddevice, FakeStream, PortAudioError


def clips(*names: str) -> list[Path]:
    return [CLIPS / f"{name}.wav" for name in names]


SUNSHINE = ("ben-hey-sunshine-1", "ben-hey-sunshine-2", "ben-hey-sunshine-1")
GARDEN = ("ben-bye-bye-sunshine-1", "ben-time-to-go-to-sleep-1", "ada-nox-1")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def told(output: str, kind: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return [line[kind] for line in lines if kind in line]


def test_a_word_said_three_times_alike_is_a_good_one(home: Home) -> None:
    result = home.lamp("listen", *clips(*SUNSHINE))
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line[:9] for line in lines[:3]] == ["1  heard ", "2  heard ", "3  heard "]
    assert "HESSAN" in lines[0]
    assert "word      A good one." in lines
    assert "microphone Good." in lines


def test_three_different_things_are_not_a_word(home: Home) -> None:
    result = home.lamp("listen", *clips(*GARDEN))
    assert result.exit_code == 0
    assert "The takes are not alike" in result.output
    assert "A good one" not in result.output


def test_findings_as_json_and_a_second_word_is_held_against_the_first(home: Home) -> None:
    nox = ("ada-nox-1", "ada-nox-2", "ada-nox-1")
    result = home.lamp("listen", "--json", "--means", "lit", *clips(*SUNSHINE, *nox))
    first, second = told(result.output, "word")
    assert first["faults"] == second["faults"] == []
    assert first["neighbours"] == []
    (before,) = second["neighbours"]
    assert before["means"] == "before"
    assert before["nats"] < min(second["alike"]) - 3
    assert first["recognised"] > 0.9
    (microphone,) = told(result.output, "microphone")
    assert microphone["faults"] == []


def test_a_word_is_held_against_the_diary_which_stays_as_it_is(home: Home) -> None:
    heard = json.loads(home.lamp("transcribe", "--json", *clips("ada-nox-1")).output)["soft"]
    assert len(b64decode(heard["embedding"])) == 64
    soft = SoftText(
        tuple(tuple((symbol, p) for symbol, p in slot) for slot in heard["slots"]),
        heard["best"],
        b64decode(heard["embedding"]),
    )
    diary = Diary.open(home.state / "diary.sqlite")
    exchange = Exchange("u1", "NAKS", 0.9, 1.0, 2.0, "dark", soft=soft)
    diary.write_exchange(exchange, NOON)
    diary.write_labels([("u1", Label("lit", 1.0, "flip"))])
    diary.close()
    nox = clips("ada-nox-1", "ada-nox-2", "ada-nox-1")
    (word,) = told(home.lamp("listen", "--json", "--means", "dark", *nox).output, "word")
    assert word["faults"] == ["means both"]
    assert [(each["means"], each["text"]) for each in word["neighbours"]] == [("lit", "NAKS")]
    assert word["neighbours"][0]["nats"] > 3
    (word,) = told(home.lamp("listen", "--json", "--means", "lit", *nox).output, "word")
    assert word["faults"] == []
    diary = Diary.open(home.state / "diary.sqlite", read_only=True)
    assert diary.counts() == {"exchanges": 1, "flips": 0, "labels by flip": 1}
    diary.close()


def test_a_damaged_diary_is_said_and_gone_without(home: Home) -> None:
    home.state.mkdir()
    (home.state / "diary.sqlite").write_bytes(b"no diary" * 1000)
    result = home.lamp("listen", "--json", *clips(*SUNSHINE))
    assert "Going on without the diary" in result.stderr
    assert told(result.stdout, "word")[0]["faults"] == []


def test_what_cannot_be_read_or_has_no_voice_is_said(home: Home) -> None:
    missing = home.folder / "missing.wav"
    result = home.lamp("listen", missing, *clips("nobody-door-1", "ada-nox-1"))
    assert result.exit_code == EXIT_AUDIO
    assert "missing.wav" in result.stderr
    assert "nobody-door-1.wav: no voice was noticed" in result.stderr
    assert "ada-nox-1" not in result.stderr
    assert "It was heard once only" in result.stdout


def test_a_microphone_that_heard_nobody_is_not_called_good(home: Home) -> None:
    output = home.lamp("listen", home.folder / "missing.wav").stdout
    assert "Good." not in output
    assert "Nobody spoke" in output


def test_no_sound_and_no_word_is_written_anywhere(home: Home) -> None:
    before = sorted(home.folder.rglob("*"))
    home.lamp("listen", *clips(*SUNSHINE))
    assert sorted(home.folder.rglob("*")) == before


class NoonClock(HandClock):
    """Within the test it is noon, and 70 % are needed to act."""

    def wall(self) -> datetime:
        return NOON


class Played(FakeSounddevice):
    """A microphone that plays ``sound`` and then is told Ctrl-C."""

    def __init__(self, sound: Sound) -> None:
        super().__init__(NoonClock(1000.0))
        self._sound = sound

    def InputStream(self, **settings: Any) -> FakeStream:  # noqa: N802
        stream = super().InputStream(**settings)
        place = iter(range(0, len(self._sound) - 511, 512))

        def read(count: int) -> tuple[np.ndarray, bool]:
            try:
                at = next(place)
            except StopIteration:
                raise KeyboardInterrupt from None
            self.clock.time += count / 16_000
            return self._sound[at : at + count, None], False

        stream.read = read  # type: ignore[method-assign]
        return stream


@pytest.fixture
def plug_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeSounddevice], None]:
    def plugged(fake: FakeSounddevice) -> None:
        monkeypatch.setattr(listen, "load_sounddevice", lambda: fake)
        monkeypatch.setattr(listen, "LiveClock", lambda: fake.clock)

    return plugged


Plug = Callable[[FakeSounddevice], None]


def said(*names: str) -> Sound:
    pauses = [part for clip in clips(*names) for part in (read_recording(clip).samples, hush(1.5))]
    return joined(hush(2.5), *pauses)


def test_live_it_asks_shows_a_meter_judges_and_asks_again(home: Home, plug_in: Plug) -> None:
    plug_in(Played(said(*SUNSHINE)))
    result = home.lamp("listen")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "say a word three times" in lines[1]
    meters = [line for line in lines if "dB [" in line]
    assert 8 <= len(meters) <= 12, "one a second"
    assert all(len(line) <= WIDTH for line in meters)
    assert any(line.endswith("voice") for line in meters)
    assert lines.index("word      A good one.") < lines.index(listen.ASK_AGAIN)
    assert "microphone Good." in lines


def test_on_a_screen_the_meter_stays_on_one_line_of_its_own(
    home: Home, plug_in: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "on_a_screen", lambda: True)
    plug_in(Played(said(*SUNSHINE)))
    output = home.lamp("listen").output
    assert output.count("dB [") > 60, "ten a second"
    shown = [line.split("\r")[-1] for line in output.split("\n")]  # what is left on each line
    assert not any("dB [" in line for line in shown)
    assert "word      A good one." in shown
    assert all(len(frame) <= WIDTH for line in output.split("\n") for frame in line.split("\r")[1:])


def test_live_as_json_there_are_findings_alone(home: Home, plug_in: Plug) -> None:
    plug_in(Played(said(*SUNSHINE[:2])))
    output = home.lamp("listen", "--json").output
    (word,) = told(output, "word")
    assert len(word["texts"]) == 2
    assert len(told(output, "microphone")) == 1
    assert len(output.splitlines()) == 2


def test_a_microphone_of_zeros_is_said_to_be_dead(home: Home, plug_in: Plug) -> None:
    plug_in(Played(np.zeros(80_000, np.int16)))
    output = home.lamp("listen").output
    assert [line.endswith("no sound") for line in output.splitlines()[2:7]] == [False, False] + [
        True
    ] * 3
    assert "nothing but zeros: it is switched off" in output


def test_a_lamp_that_holds_the_microphone_is_named_in_one_line(home: Home, plug_in: Plug) -> None:
    fake = FakeSounddevice(HandClock(1000.0))
    fake.start_error = PortAudioError("Device unavailable", BUSY[0])
    plug_in(fake)
    result = home.lamp("listen")
    assert result.exit_code == EXIT_AUDIO
    assert "is busy" in result.stderr, "somebody else's program"
    Heartbeat(home.runtime, "recorder", LiveClock()).beat(state="listening")
    result = home.lamp("listen")
    assert result.exit_code == EXIT_AUDIO
    assert "a lamp is running and holds the microphone" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_lamp_that_shares_the_microphone_hears_it_too(home: Home, plug_in: Plug) -> None:
    Heartbeat(home.runtime, "recorder", LiveClock()).beat(state="listening")
    plug_in(Played(hush(1.0)))
    result = home.lamp("listen")
    assert result.exit_code == 0
    assert "it hears what you say now, too" in result.stderr
