"""The trainer's loop: labels in, models out, and nothing blocks."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from lamp.clock import ReplayClock
from lamp.config import Config, Places, Training
from lamp.diary.exchange import Exchange, Label
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.language_model import LanguageModel
from lamp.messages import Erase, Message, ModelReady, NewLabels, Refitted, Watermark
from lamp.model_store import ModelStore
from lamp.trainer.process import serve
from lamp.trainer.promotion import Verdict
from tests.anticipator.conftest import NOON
from tests.anticipator.test_process import Heart
from tests.fake_mailbox import FakeMailbox


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        places=Places(state=str(tmp_path / "state"), runtime=str(tmp_path / "run")),
        training=Training(budget=0.2),
    )


def write_labels(config: Config, count: int) -> None:
    diary = Diary.open(Path(config.places.state) / "diary.sqlite")
    for number in range(count):
        action = "lit" if number % 2 else "none"
        exchange = Exchange(
            id=f"u{number}",
            text="lumos" if number % 2 else "what a day",
            confidence=1.0,
            started=number,
            ended=number + 0.5,
            state_before="dark",
        )
        diary.write_exchange(exchange, NOON)
        diary.write_labels([(exchange.id, Label(action, 1.0, "flip"))])  # type: ignore[arg-type]
    diary.close()


def run(config: Config, *messages: Message | None) -> tuple[FakeMailbox, dict[str, object]]:
    mailbox, heart = FakeMailbox.with_messages(*messages), Heart()
    serve(config, mailbox, ReplayClock(NOON), heart)  # type: ignore[arg-type]
    return mailbox, heart.facts


def test_with_no_diary_there_is_nothing_to_do(config: Config) -> None:
    mailbox, facts = run(config, NewLabels(1, 5.0), None)
    assert mailbox.sent == []
    assert facts["refits"] == 0


def test_at_the_start_it_catches_up_with_the_diary(config: Config) -> None:
    write_labels(config, 6)
    mailbox, _ = run(config)
    (ready,) = [message for message in mailbox.to("anticipator") if isinstance(message, ModelReady)]
    assert ready.trained_to == 6
    assert Path(ready.path).is_file()


def test_a_model_that_knows_the_diary_is_not_made_again(config: Config) -> None:
    write_labels(config, 6)
    run(config)
    mailbox, facts = run(config)
    assert facts["refits"] == 0
    assert mailbox.to("anticipator") == []


@pytest.mark.parametrize("content", [b"", b"of another make", b"LAMPLM\r\n cut off"])
def test_a_model_that_cannot_be_read_is_made_again(
    config: Config, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_labels(config, 6)
    mailbox, _ = run(config)
    (ready,) = [message for message in mailbox.to("anticipator") if isinstance(message, ModelReady)]
    Path(ready.path).write_bytes(content)
    worse = Verdict(promoted=False, old=0.1, new=0.2, held_out=12)
    monkeypatch.setattr("lamp.trainer.trainer.judge", lambda *_: worse)
    mailbox, facts = run(config)
    (again,) = [message for message in mailbox.to("anticipator") if isinstance(message, ModelReady)]
    assert facts["refits"] == 1
    assert LanguageModel.load(again.path).predict("lumos", ("<dark>",)).argmax() == 1


def test_a_model_that_cannot_be_stored_is_not_said_to_be_promoted(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    write_labels(config, 6)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ModelStore, "put", full)
    mailbox, facts = run(config)
    assert mailbox.to("anticipator") == []
    (report,) = [message for message in mailbox.to("observer") if isinstance(message, Refitted)]
    assert not report.promoted
    assert "kept" in caplog.text
    assert "Make room on the disk" in str(facts["trouble"])


def test_labels_that_come_together_are_learned_together(config: Config) -> None:
    write_labels(config, 6)
    run(config)
    write_labels_later = [NewLabels(position, 5.0) for position in (7, 8, 9)]
    _, facts = run(config, *write_labels_later, None, None)
    assert facts["refits"] == 1


def test_in_a_replay_every_notice_is_answered_before_time_goes_on(config: Config) -> None:
    write_labels(config, 6)
    mailbox, _ = run(replace(config, clock="replay"), NewLabels(6, 5.0), Watermark(6.0))
    told = [type(message) for _, message in mailbox.sent]
    assert told[-1] is Watermark
    assert told.count(ModelReady) == told.count(Refitted) == 2  # at the start, and when told
    assert mailbox.sent[-1][0] == "observer"


def test_a_full_disk_is_said_and_the_old_model_stays(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_labels(config, 6)
    run(config)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ModelStore, "put", full)
    mailbox, facts = run(config, NewLabels(7, 5.0), None)
    assert "No space left on device. Make room" in str(facts["trouble"])
    assert mailbox.to("anticipator") == []
    assert any(isinstance(message, Refitted) for message in mailbox.to("observer"))


def test_it_gives_signs_of_life_within_a_refit(config: Config) -> None:
    """Else nobody could tell a long one from a process that hangs."""
    write_labels(config, 40)
    beats: list[object] = []

    class Counting(Heart):
        def beat(self, **facts: object) -> None:
            beats.append(facts.get("state"))

    serve(config, FakeMailbox(), ReplayClock(NOON), Counting())  # type: ignore[arg-type]
    within = beats[: beats.index("waiting")]
    assert len(within) > 40  # one for each exchange that was read, and those of the fits' steps


def test_asked_to_forget_it_erases_its_models_and_starts_anew(config: Config) -> None:
    write_labels(config, 4)
    run(config, NewLabels(4, 1.0), None)
    models = Path(config.places.state) / "models"
    assert any(models.iterdir())
    with pytest.raises(StateError, match="forgotten"):
        run(config, Erase())
    assert list(models.iterdir()) == []
