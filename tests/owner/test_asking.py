"""What the owner asks for is never lost, and is done whether the lamp is on or off."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lamp.anticipator.process import serve
from lamp.clock import ReplayClock
from lamp.config import Config, Places
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import FlipEntry
from lamp.diary.schema import keep_copy
from lamp.diary.writer import Diary
from lamp.errors import StateError, StateReadOnly
from lamp.language_model import LanguageModel
from lamp.messages import Flip, Forgotten, NewLabels, Transcript
from lamp.model_store import ModelStore
from lamp.owner import Forget, Freeze, Meant, Request, ask, last_action, wrong
from lamp.owner.frozen import is_frozen
from lamp.owner.waiting import Waiting
from lamp.runtime.paths import diary_path, lock_state, models_path, state_directory
from lamp.trainer import process as trainer
from tests.fake_mailbox import FakeMailbox

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET = "XYLOPHONESECRET"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(places=Places(state=str(tmp_path / "state"), runtime=str(tmp_path / "run")))


def lived(config: Config, most: int = 30) -> None:
    """A lamp that heard a few things: u3 is the secret one, and was taught by a flip."""
    with closing(Diary.open(diary_path(config))) as diary:
        for number in range(1, most):
            text = SECRET if number == 3 else f"OTHERTALK{number}"
            acted = "lit" if number == 5 else "none"
            heard = Exchange(
                f"u{number}", text, 0.9, number, number + 1, "dark", action=acted,
                lessons=("u3", "u2") if number == 5 else (),
            )  # fmt: skip
            diary.write_exchange(heard, NOON)
        label = Label("lit", 1.0, "flip", "f1")
        diary.write_flip(FlipEntry("f1", "lit", 4.0, "", "", "u3"), [("u3", label)])
        diary.write_labels([("u4", Label("dark", 1.0, "flip", "f2")), ("u5", label)])


class Heart:
    def __init__(self) -> None:
        self.facts: dict[str, object] = {}

    def beat(self, **facts: object) -> None:
        self.facts |= facts


def live(config: Config, *messages: object, now: float = 100.0) -> FakeMailbox:
    """A life of the anticipator."""
    mailbox = FakeMailbox.with_messages(*messages)  # type: ignore[arg-type]
    serve(config, mailbox, ReplayClock(NOON, now), Heart())  # type: ignore[arg-type]
    return mailbox


def train(config: Config, *messages: object) -> FakeMailbox:
    mailbox = FakeMailbox.with_messages(*messages)  # type: ignore[arg-type]
    trainer.serve(config, mailbox, ReplayClock(NOON), Heart())  # type: ignore[arg-type]
    return mailbox


def exchange(config: Config, name: str) -> Exchange | None:
    with closing(Diary.open(diary_path(config), read_only=True)) as diary:
        return diary.exchange(name)


def words_anywhere(config: Config, words: str = SECRET) -> list[str]:
    files = (path for path in state_directory(config).rglob("*") if path.is_file())
    return [path.name for path in files if words.encode() in path.read_bytes()]


def test_while_the_lamp_is_off_it_is_done_in_the_diary(config: Config) -> None:
    lived(config)
    assert ask(config, wrong("u3"))
    assert exchange(config, "u3").label == Label("none", 1.0, "correction", "told")
    assert ask(config, Meant("u7", "dark"))
    assert exchange(config, "u7").label == Label("dark", 1.0, "flip", "told")
    assert ask(config, Freeze(True))
    assert is_frozen(config)
    assert ask(config, Freeze(False))
    assert not is_frozen(config)
    assert Waiting(config).all() == {}


def test_while_the_lamp_is_on_it_waits_for_it_and_survives_its_end(config: Config) -> None:
    lived(config)
    with lock_state(state_directory(config), "anticipator"):
        assert not ask(config, Meant("u7", "lit"), patience=0.1)
        assert not ask(config, Forget("u8"), patience=0.1)
    ran = live(config, None)
    assert exchange(config, "u7").label.action == "lit"
    assert exchange(config, "u8") is None
    assert any(isinstance(one, NewLabels) for one in ran.to("trainer"))
    assert Waiting(config).all() == {}


def test_an_anticipator_that_lives_answers_who_waits(config: Config) -> None:
    lived(config)
    with lock_state(state_directory(config), "anticipator"):
        assert ask(config, Meant("u7", "lit"), sleep=lambda _: live(config, None) and None)


@pytest.mark.parametrize("on", [False, True])
def test_of_what_is_forgotten_nothing_is_left_on_the_disk(config: Config, on: bool) -> None:
    lived(config)
    train(config, NewLabels(3, 1.0), None)
    train(config, NewLabels(3, 1.0), None)
    keep_copy(diary_path(config))
    aside = diary_path(config).with_name("diary.sqlite.damaged-1")
    aside.write_bytes(SECRET.encode())
    assert len(words_anywhere(config)) >= 3
    if on:
        Waiting(config).put(Forget("u3"))
        for message in live(config, None).to("trainer"):
            train(config, message, None)
    else:
        assert ask(config, Forget("u3"))
        train(config, None)
    assert words_anywhere(config) == []
    with closing(Diary.open(diary_path(config), read_only=True)) as diary:
        assert diary.counts() == {
            "exchanges": 28, "flips": 1, "labels by flip": 2,
        }  # fmt: skip
        assert diary.flips(1)[0].exchange == ""
        assert diary.exchange("u5").lessons == ("u2",)
    model = ModelStore(models_path(config), 3).load()
    assert isinstance(model, LanguageModel)
    assert len(list(models_path(config).glob("model-*"))) == 1
    assert model.trained_to == 3


def test_a_big_diary_and_one_that_was_written_by_an_older_lamp_forget_as_well(
    config: Config,
) -> None:
    lived(config, most=600)
    with closing(Diary.open(diary_path(config))) as diary:
        diary._db.execute("PRAGMA secure_delete = OFF")
        diary.forget_oldest(500)
        diary._db.execute("PRAGMA user_version = 3")
        for column in (
            *("exchanges.lessons", "exchanges.boot", "exchanges.checksum"),
            *("flips.boot", "flips.checksum", "labels.checksum"),
        ):
            table, _, name = column.partition(".")
            diary._db.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        diary._db.commit()
    gone = "OTHERTALK99"
    Diary.open(diary_path(config)).close()
    assert words_anywhere(config, gone) == []
    for name in ("u3", "u595"):
        assert ask(config, Forget(name))
    assert words_anywhere(config) == words_anywhere(config, "OTHERTALK595") == []


def test_what_the_disk_has_not_taken_yet_is_forgotten_with_the_rest(config: Config) -> None:
    diary = Diary.in_memory()
    diary._db.execute("PRAGMA query_only = ON")
    heard = Exchange("u1", SECRET, 0.9, 1, 2, "dark")
    for write in (
        lambda: diary.write_exchange(heard, NOON),
        lambda: diary.write_labels([("u1", Label("lit", 1.0, "flip", "f1"))]),
        lambda: diary.forget("u1"),
    ):
        with pytest.raises(StateError):
            write()
    assert not any(SECRET in str(entry) for entry in diary._unwritten._entries)
    diary._db.execute("PRAGMA query_only = OFF")
    assert diary.flush()
    assert diary.exchange("u1") is None
    assert diary._count("labels") == 0


def test_a_forgotten_utterance_that_is_delivered_again_is_not_heard_again(config: Config) -> None:
    said = Transcript("u1", SECRET, 0.9, 9, 10, 10)
    live(config, said, Flip("f1", "lit", 13.0), now=10)
    Waiting(config).put(Forget("u1"))
    mailbox = FakeMailbox.with_messages(said, None)
    acknowledge_nothing = lambda *sent: mailbox.sent.append(sent[:2])  # noqa: E731
    mailbox.send = acknowledge_nothing  # type: ignore[method-assign, assignment]
    serve(config, mailbox, ReplayClock(NOON, 20), Heart())  # type: ignore[arg-type]
    assert exchange(config, "u1") is None
    # The trainer has not said that it has a new model, so the next life asks again.
    assert Forgotten() in mailbox.to("trainer")
    assert list(Waiting(config).all().values()) == [Forget("u1")]
    assert Forgotten() in live(config, said, None).to("trainer")
    assert exchange(config, "u1") is None
    assert Waiting(config).all() == {}


def test_while_another_program_reads_the_diary_forgetting_goes_on_later(config: Config) -> None:
    lived(config)
    Waiting(config).put(Forget("u3"))
    with closing(Diary.open(diary_path(config), read_only=True)) as reader:
        reader._db.execute("BEGIN")
        reader.counts()
        assert live(config, None).to("trainer") == []
        reader._db.rollback()
    assert Forgotten() in live(config, None).to("trainer")
    assert words_anywhere(config) == []


def test_learning_stays_frozen_until_it_is_not(config: Config) -> None:
    Waiting(config).put(Freeze(True))
    said = (Transcript("u1", "lumos", 0.9, 9, 10, 10), Flip("f1", "lit", 13.0))
    live(config, *said, now=10)
    assert exchange(config, "u1").label is None
    Waiting(config).put(Freeze(False))
    live(config, Transcript("u2", "lumos", 0.9, 19, 20, 20), Flip("f2", "lit", 22.0), now=20)
    assert exchange(config, "u2").label.action == "lit"


def test_requests_are_carried_out_in_their_order(config: Config) -> None:
    wanted: list[Request] = [Freeze(number % 2 == 0) for number in range(12)]
    for request in wanted:
        Waiting(config).put(request)
    assert list(Waiting(config).all().values()) == wanted


def test_what_is_no_request_is_left_out_and_links_are_not_followed(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Waiting(config).put(Freeze(True))
    directory = state_directory(config) / "requests"
    (directory / "00000002-x.json").write_text('{"type": "Forget"}')
    (tmp_path / "elsewhere").write_text('{"type": "Freeze", "frozen": false}')
    os.symlink(tmp_path / "elsewhere", directory / "00000003-x.json")
    (directory / "00000004-x.json").write_text("x" * 10_000)
    assert list(Waiting(config).all().values()) == [Freeze(True)]
    assert len(list(directory.iterdir())) == 1
    assert "nobody understands" in caplog.text


def test_a_directory_that_cannot_be_written_is_said_to_be_one(config: Config) -> None:
    Path(config.places.state).write_text("no directory")
    with pytest.raises(StateReadOnly, match="cannot be written"):
        ask(config, Freeze(True))


def test_the_last_action_is_the_last_that_the_lamp_did_by_itself(config: Config) -> None:
    lived(config)
    with closing(Diary.open(diary_path(config))) as diary:
        assert last_action(diary).id == "u5"
        assert last_action(replace_diary()) is None


def replace_diary() -> Diary:
    diary = Diary.in_memory()
    diary.write_exchange(replace(Exchange("u1", "x", 1, 0, 1, "dark")), NOON)
    return diary
