from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lamp.clock import ReplayClock
from lamp.config import Audio, Config, Hearing
from lamp.errors import AcousticModelError
from lamp.mailbox import Mailbox
from lamp.messages import (
    Message,
    Muted,
    PartialTranscript,
    Transcript,
    Utterance,
    Watermark,
)
from lamp.runtime.journal import Journal
from lamp.soft_text import NOTHING_HEARD, SoftText
from lamp.transcriber.partial import PartialHearing
from lamp.transcriber.process import TranscriberLoop, serve
from lamp.transcriber.transcriber import Transcriber, Transcription
from lamp.transcriber.unread import UnreadTranscripts
from tests.paper_mailbox import HandClock, PaperHeartbeat, PaperMailbox
from tests.transcriber.beeps import say

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def utterance(name: str, text: str, ended: float, final: bool = True) -> Utterance:
    pcm = (say(text) * 32767).astype("<i2").tobytes()
    return Utterance(name, pcm, ended - 1, ended, ended + 0.5, -20.0, 0.0, final)


def run(
    transcriber: Transcriber,
    incoming: list[Message],
    clock: HandClock | ReplayClock | None = None,
    config: Config | None = None,
    unread: UnreadTranscripts | None = None,
) -> tuple[PaperMailbox, PaperHeartbeat]:
    clock = clock or HandClock(10.0)
    seen = (lambda message: clock.advance(99.0)) if isinstance(clock, ReplayClock) else None
    mailbox = PaperMailbox(incoming, seen) if seen else PaperMailbox(incoming)
    heartbeat = PaperHeartbeat()
    TranscriberLoop(
        config or Config(),
        mailbox,
        clock,
        heartbeat,
        transcriber,
        timer=clock.now,
        unread=unread,
    ).serve()
    return mailbox, heartbeat


def test_an_utterance_becomes_a_transcript(transcriber: Transcriber) -> None:
    mailbox, _ = run(transcriber, [utterance("u1", "fade", ended=9.0)])
    (told,) = mailbox.to("anticipator")
    assert isinstance(told, Transcript)
    assert (told.id, told.text) == ("u1", "fade")
    assert (told.started, told.ended, told.heard, told.level_db) == (8.0, 9.0, 10.0, -20.0)
    assert SoftText.decode(told.soft).grams(4)["fade"] > 0.8
    assert told.stages["endpoint"] == pytest.approx(0.5)
    assert set(told.stages) == {"endpoint", "wait", "model", "decode"}


def test_a_transcript_that_nobody_took_is_told_by_the_next_transcriber(
    transcriber: Transcriber, tmp_path: Path
) -> None:
    def unread() -> UnreadTranscripts:
        return UnreadTranscripts(Journal(tmp_path / "transcripts", None))

    first, _ = run(transcriber, [utterance("u1", "fade", ended=9.0)], unread=unread())
    second, _ = run(transcriber, [utterance("u2", "bad", ended=9.9)], unread=unread())
    told = second.to("anticipator")
    assert told[0] == first.to("anticipator")[0]
    assert [message.id for message in told] == ["u1", "u2"]
    for dealt_with in second.acknowledgements:
        dealt_with()
    third, _ = run(transcriber, [], unread=unread())
    assert third.to("anticipator") == []


def test_no_word_reaches_the_log(
    transcriber: Transcriber, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    run(transcriber, [utterance("u1", "fade", ended=9.0)])
    assert "heard u1: 4 letters" in caplog.text
    assert "fade" not in caplog.text


def test_watermarks_follow_the_speech_before_them(transcriber: Transcriber) -> None:
    incoming = [utterance("u1", "a", 9.0), Watermark(9.5), utterance("u2", "b", 9.9)]
    mailbox, _ = run(transcriber, [*incoming, Watermark(10.4)])
    told = [getattr(message, "text", None) for message in mailbox.to("anticipator")]
    assert told == ["a", None, "b", None]


def test_speech_under_way_is_told_in_parts(transcriber: Transcriber) -> None:
    parts: list[Message] = [
        utterance("u1", "fa", 9.0, final=False),
        lambda: None,
        utterance("u1", "fade", 9.3, final=False),
        lambda: None,
        utterance("u1", "faded", 9.5),
    ]
    mailbox, _ = run(transcriber, parts)
    told = mailbox.to("anticipator")
    assert [type(message) for message in told] == [PartialTranscript, PartialTranscript, Transcript]
    assert [message.text for message in told] == ["fa", "fade", "faded"]
    assert told[0].until == 9.5


def test_parts_that_a_newer_one_overtook_are_not_worked_on(transcriber: Transcriber) -> None:
    waiting = [utterance("u1", "fa", 9.0, final=False), utterance("u1", "fade", 9.3)]
    mailbox, _ = run(transcriber, waiting)
    assert [type(message) for message in mailbox.to("anticipator")] == [Transcript]


def test_a_slow_model_leaves_partial_transcripts_out(
    transcriber: Transcriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock(10.0)
    hear = PartialHearing.hear

    def slowly(self: PartialHearing, samples: np.ndarray) -> str:
        clock.time += 0.2
        return hear(self, samples)

    monkeypatch.setattr(PartialHearing, "hear", slowly)
    parts: list[Message] = []
    for number in range(9):
        parts += [utterance("u1", "fade", 9.0 + 0.25 * number, final=False), lambda: None]
    mailbox, _ = run(transcriber, parts, clock)
    told = [message.until for message in mailbox.to("anticipator")]
    assert told == [9.5, 10.25, 11.0], "a quarter of the time: one every 0.8 s"


def test_late_speech_is_dropped_and_counted(transcriber: Transcriber) -> None:
    mailbox, heartbeat = run(
        transcriber,
        [utterance("old", "a", 4.0), Watermark(4.5), utterance("new", "b", 9.0)],
        HandClock(10.0),
        Config(hearing=Hearing(oldest=5.0)),
    )
    assert [getattr(one, "text", "mark") for one in mailbox.to("anticipator")] == ["mark", "b"]
    assert heartbeat.facts["dropped"] == 1
    assert heartbeat.facts["transcripts"] == 1


def test_nothing_is_late_in_a_replay(transcriber: Transcriber) -> None:
    clock = ReplayClock(NOON)
    mailbox, _ = run(transcriber, [utterance("u1", "a", 4.0)], clock, Config(clock="replay"))
    (told,) = mailbox.to("anticipator")
    assert told.text == "a"
    assert told.heard == 4.5, "the audio's own time, so that every replay is the same"


def test_noise_is_told_as_an_empty_text(transcriber: Transcriber) -> None:
    quiet = replace(utterance("u1", "a", 9.0), pcm=bytes(32_000))
    mailbox, heartbeat = run(transcriber, [quiet])
    (told,) = mailbox.to("anticipator")
    assert told.text == ""
    assert SoftText.decode(told.soft) == NOTHING_HEARD
    assert heartbeat.facts["empty"] == 1


def test_what_was_heard_without_a_likeliest_spelling_is_told(
    transcriber: Transcriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    faint = SoftText(((("o", 0.4), ("a", 0.1)),), best="")
    monkeypatch.setattr(transcriber, "transcribe", lambda samples: Transcription("", 0.0, faint))
    mailbox, heartbeat = run(transcriber, [utterance("u1", "a", 9.0)])
    (told,) = mailbox.to("anticipator")
    assert (told.text, SoftText.decode(told.soft)) == ("", faint)
    assert heartbeat.facts["empty"] == 0


def test_the_recorder_is_told_how_far_we_are_when_it_waits_for_us(
    transcriber: Transcriber,
) -> None:
    paced = Config(audio=Audio(source="x.wav", pacing="as-fast-as-consumed"))
    mailbox, _ = run(transcriber, [Watermark(3.0)], config=paced)
    assert mailbox.to("recorder") == [Watermark(3.0)]
    mailbox, _ = run(transcriber, [Watermark(3.0)])
    assert mailbox.to("recorder") == []


def test_mail_for_others_is_logged_and_left(
    transcriber: Transcriber, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox, _ = run(transcriber, [Muted(True)])
    assert mailbox.sent == []
    assert "a Muted is not for the transcriber" in caplog.text


def test_the_process_finds_its_model_and_ends_when_told(beep_directory: Path) -> None:
    config = Config(hearing=Hearing(model=str(beep_directory)))
    mailbox, heartbeat = PaperMailbox([utterance("u1", "cab", 9.0)]), PaperHeartbeat()
    serve(config, mailbox, HandClock(10.0), heartbeat)
    assert mailbox.to("anticipator")[0].text == "cab"
    assert heartbeat.facts["state"] == "listening"


def test_the_process_fails_in_one_line_without_a_model(tmp_path: Path) -> None:
    config = Config(hearing=Hearing(model=str(tmp_path / "none")))
    with pytest.raises(AcousticModelError, match="there is no directory"):
        serve(config, PaperMailbox(), HandClock(), PaperHeartbeat())


def test_the_real_process_writes_down_what_a_real_mailbox_brings(
    beep_directory: Path, tmp_path: Path
) -> None:
    runtime = tmp_path / "run"
    places = {"state": str(tmp_path / "state"), "runtime": str(runtime)}
    lamp_yaml = tmp_path / "lamp.yaml"
    hearing = {"model": str(beep_directory), "oldest": 1e9}
    lamp_yaml.write_text(json.dumps({"places": places, "hearing": hearing}))
    command = [sys.executable, "-m", "lamp.transcriber", str(lamp_yaml)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    recorder, anticipator = Mailbox(runtime, "recorder"), Mailbox(runtime, "anticipator")
    try:
        recorder.send("transcriber", utterance("u1", "facade", ended=9.0))
        delivery = anticipator.get(timeout=20.0)
        assert delivery is not None
        delivery.ack()
        assert isinstance(delivery.message, Transcript)
        assert delivery.message.text == "facade"
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10.0) == 0
    finally:
        running.kill()
        running.communicate()
        recorder.close()
        anticipator.close()


class SlowEngine:
    """Takes 3 s for every utterance."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock

    def transcribe(self, samples: np.ndarray) -> Transcription:
        self._clock.sleep(3.0)
        return Transcription("fade", 0.9, stages={"model": 3.0})


def test_a_board_that_cannot_keep_up_says_that_it_is_overloaded_and_beats() -> None:
    """Its backlog never was empty, and it was taken for one that hangs."""
    clock = HandClock(10.0)
    incoming: list[Message] = [utterance(f"u{n}", "fade", ended=9.0 + n) for n in range(9)]
    mailbox, heartbeat = PaperMailbox(incoming), PaperHeartbeat()
    loop = TranscriberLoop(Config(), mailbox, clock, heartbeat, SlowEngine(clock), timer=clock.now)
    loop.serve()
    heard = [message.id for message in mailbox.to("anticipator")]
    assert heard[-1] == "u8"
    assert len(heard) < 9
    assert heartbeat.facts["state"] == "overloaded"
    assert heartbeat.facts["dropped"] == 9 - len(heard)
    clock.sleep(100.0)
    loop.beat()
    assert heartbeat.facts["state"] == "listening"
