from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lamp.clock import ReplayClock
from lamp.config import Audio, Config
from lamp.errors import EXIT_AUDIO, BadRecording, MicrophoneMissing
from lamp.mailbox import Mailbox
from lamp.messages import Message, Muted, Sound, Stop, Utterance, Watermark
from lamp.recorder import process
from lamp.recorder.block import Block
from lamp.recorder.process import RecorderLoop, serve, utterance_names
from lamp.recorder.recorder import Recorder
from tests.paper_mailbox import HandClock, PaperHeartbeat, PaperMailbox
from tests.recorder.sounds import LoudVoice, blocks, hush, joined, speech
from tests.recorder.test_microphone import FakeSounddevice
from tests.recorder.wav_files import encoded, wav

SENTENCE = joined(hush(2.0), speech(1.0), hush(1.5))
HOUSE = Config(audio=Audio(source="house", partial_every=0), clock="replay")


def loop(config: Config, mailbox: PaperMailbox, clock: HandClock | ReplayClock) -> RecorderLoop:
    recorder = Recorder(config.audio, LoudVoice(), utterance_names(config))
    return RecorderLoop(config, mailbox, clock, PaperHeartbeat(), recorder)


def sounds(sound: np.ndarray, piece: int = 8000) -> list[Message]:
    return [
        Sound(sound[place : place + piece].astype("<i2").tobytes(), place / 16_000)
        for place in range(0, len(sound), piece)
    ]


def utterances(mailbox: PaperMailbox) -> list[Utterance]:
    return [one for one in mailbox.to("transcriber") if isinstance(one, Utterance)]


def test_what_the_house_plays_becomes_utterances_and_time() -> None:
    mailbox = PaperMailbox([*sounds(SENTENCE), Watermark(4.5)])
    loop(HOUSE, mailbox, ReplayClock(datetime(2026, 1, 1, tzinfo=UTC))).from_house()
    (heard,) = utterances(mailbox)
    assert heard.ended == pytest.approx(3.0, abs=0.07)
    assert mailbox.to("transcriber")[-1] == Watermark(4.5)


def test_time_without_sound_ends_a_sentence_before_it_is_passed_on() -> None:
    mailbox = PaperMailbox([*sounds(joined(hush(2.0), speech(1.0))), Watermark(60.0)])
    loop(HOUSE, mailbox, ReplayClock(datetime(2026, 1, 1, tzinfo=UTC))).from_house()
    *_, heard, _, mark = mailbox.to("transcriber")
    assert isinstance(heard, Utterance)
    assert mark == Watermark(60.0)


def test_a_replay_names_its_utterances_alike_every_time() -> None:
    assert utterance_names(HOUSE)(1.5) == utterance_names(HOUSE)(1.5)
    assert utterance_names(HOUSE)(1.5) != utterance_names(HOUSE)(2.5)


def test_two_lives_never_give_the_same_name() -> None:
    assert utterance_names(Config())(1.5) != utterance_names(Config())(1.5)


def test_muting_by_mail_works_while_sound_comes() -> None:
    config = Config(audio=Audio(partial_every=0))
    mailbox = PaperMailbox([Muted(True)], go_on=True)
    loop(config, mailbox, HandClock()).play(blocks(SENTENCE))
    assert utterances(mailbox) == []
    assert mailbox.to("transcriber")


def test_a_stop_ends_listening() -> None:
    mailbox = PaperMailbox()  # stops as soon as it is asked for mail
    endless = iter(lambda: Block(np.zeros(512, np.int16), 0.0), None)
    loop(Config(), mailbox, HandClock()).play(endless)
    assert mailbox.stopped


def test_mail_for_others_is_logged_and_left(caplog: pytest.LogCaptureFixture) -> None:
    mailbox = PaperMailbox([Stop()])
    loop(HOUSE, mailbox, HandClock()).from_house()
    assert "a Stop is not for the recorder" in caplog.text


def test_a_file_is_read_no_further_than_the_transcriber_keeps_up() -> None:
    config = Config(audio=Audio(source="x.wav", pacing="as-fast-as-consumed"))
    mailbox = PaperMailbox(go_on=True)
    running = loop(config, mailbox, HandClock())
    asked: list[float] = []

    def answer(timeout: float | None = None) -> None:
        asked.append(timeout or 0.0)
        running._act(Watermark(process.AHEAD * len(asked)))

    mailbox.get = answer  # type: ignore[method-assign]
    taken = list(running.keep_pace(blocks(np.zeros(16_000 * 45, np.int16), started=0.0)))
    assert len(taken) == 45 * 16_000 // 512
    assert len(asked) == 4, "once for every ten seconds after the first ten"


def test_a_transcriber_that_does_not_answer_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process, "PATIENCE", 0.0)
    config = Config(audio=Audio(source="x.wav", pacing="as-fast-as-consumed"))
    running = loop(config, PaperMailbox(go_on=True), HandClock())
    assert len(list(running.keep_pace(blocks(np.zeros(16_000 * 25, np.int16))))) > 700
    assert "going on without it" in caplog.text


def written(tmp_path: Path, sound: np.ndarray) -> Path:
    path = tmp_path / "sentence.wav"
    path.write_bytes(wav(encoded(sound / 32768, 16)))
    return path


def test_a_file_is_played_and_then_there_is_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock(100.0)
    monkeypatch.setattr(process, "SileroVoice", LoudVoice)
    monkeypatch.setattr(process.time, "sleep", clock.sleep)
    source = str(written(tmp_path, joined(hush(2.0), speech(1.0))))
    mailbox = PaperMailbox(go_on=True)
    heartbeat = PaperHeartbeat()
    get = mailbox.get

    def stop_later(timeout: float | None = None) -> None:
        mailbox.stopped = clock.now() > 110.0
        get(timeout)

    mailbox.get = stop_later  # type: ignore[method-assign]
    serve(Config(audio=Audio(source=source, partial_every=0)), mailbox, clock, heartbeat)
    (heard,) = utterances(mailbox)
    assert heard.ended == pytest.approx(103.0, abs=0.07)
    assert mailbox.to("transcriber")[-1].until > 108.0, "time goes on after the last file"
    assert heartbeat.facts["state"] == "listening"


def test_a_microphone_is_heard_until_it_goes_and_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = HandClock(100.0)
    fake = FakeSounddevice(clock)
    fake.gone_after = 100
    monkeypatch.setattr(process, "SileroVoice", LoudVoice)
    monkeypatch.setattr(process, "load_sounddevice", lambda: fake)
    mailbox = PaperMailbox(go_on=True)
    with pytest.raises(MicrophoneMissing, match="has gone"):
        serve(Config(), mailbox, clock, PaperHeartbeat())
    told = utterances(mailbox)
    assert told
    assert not any(one.final for one in told), "half a sentence is no sentence"
    assert fake.streams[0].closed


def test_a_source_that_is_not_there_fails_in_one_line(tmp_path: Path) -> None:
    config = Config(audio=Audio(source=str(tmp_path / "none.wav")))
    with pytest.raises(BadRecording, match="there is no"):
        serve(config, PaperMailbox(), HandClock(), PaperHeartbeat())


@pytest.fixture
def lamp_yaml(tmp_path: Path) -> Path:
    places = {"state": str(tmp_path / "state"), "runtime": str(tmp_path / "run")}
    source = str(written(tmp_path, SENTENCE))
    audio = {"source": source, "pacing": "as-fast-as-consumed", "partial_every": 0}
    path = tmp_path / "lamp.yaml"
    path.write_text(json.dumps({"places": places, "audio": audio}))
    return path


def start(lamp_yaml: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lamp.recorder", str(lamp_yaml)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_the_real_process_reports_to_a_real_mailbox_and_ends_when_told(lamp_yaml: Path) -> None:
    mailbox = Mailbox(lamp_yaml.parent / "run", "transcriber")
    running = start(lamp_yaml)
    try:
        delivery = mailbox.get(timeout=20.0)
        assert delivery is not None
        assert isinstance(delivery.message, (Watermark, Utterance))
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10.0) == 0
        written = [path for path in lamp_yaml.parent.rglob("*") if path.is_file()]
        sizes = {path.name: path.stat().st_size for path in written if path.suffix != ".wav"}
        assert sum(sizes.values()) < 4000, f"sound must never touch the disk: {sizes}"
    finally:
        running.kill()
        running.communicate()
        mailbox.close()


def test_the_real_process_says_in_one_line_why_it_cannot_hear(lamp_yaml: Path) -> None:
    os.truncate(lamp_yaml.parent / "sentence.wav", 0)
    running = start(lamp_yaml)
    _, told = running.communicate(timeout=20.0)
    assert running.returncode == EXIT_AUDIO
    assert "sentence.wav holds no sound: it is empty. Record it again" in told
    assert "Traceback" not in told


def test_being_muted_outlives_the_recorder(tmp_path: Path) -> None:
    config, note = Config(audio=Audio(partial_every=0)), tmp_path / "muted"

    def run(*mail: Message) -> list[Utterance]:
        mailbox = PaperMailbox(list(mail), go_on=True)
        recorder = Recorder(config.audio, LoudVoice(), utterance_names(config))
        heard = RecorderLoop(config, mailbox, HandClock(), PaperHeartbeat(), recorder, note)
        heard.play(blocks(SENTENCE))
        return utterances(mailbox)

    assert run(Muted(True)) == []
    assert run() == []
    assert len(run(Muted(False))) == 1
    assert len(run()) == 1


def test_a_disk_that_cannot_note_it_mutes_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(audio=Audio(partial_every=0))
    mailbox = PaperMailbox([Muted(True)], go_on=True)
    recorder = Recorder(config.audio, LoudVoice(), utterance_names(config))
    nowhere = tmp_path / "nowhere" / "muted"
    heard = RecorderLoop(config, mailbox, HandClock(), PaperHeartbeat(), recorder, nowhere)
    heard.play(blocks(SENTENCE))
    assert utterances(mailbox) == []
    assert "started again it listens" in caplog.text
