"""The anticipator's loop: mail, an ill state directory, and models that come and go."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lamp.anticipator import process
from lamp.anticipator.lessons import AT_ONCE
from lamp.anticipator.process import AnticipatorLoop, serve
from lamp.clock import LiveClock, ReplayClock
from lamp.config import Config, Memory, Places
from lamp.diary import conversation, erasure
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.language_model import PRESETS, Example, LanguageModel
from lamp.messages import (
    Correction,
    Decided,
    EarlierFlip,
    Erase,
    Flip,
    LampChanged,
    Message,
    ModelReady,
    Muted,
    NewLabels,
    PartialTranscript,
    Transcript,
    Watermark,
)
from lamp.model_store import ModelStore
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import diary_path
from tests.anticipator.conftest import NOON
from tests.diary.big import make_big_diary
from tests.fake_mailbox import FakeMailbox

SAID = Transcript("u1", "lumos", 0.9, 9, 10, 10)


#: A home that was taught something: one that never was does nothing, whatever its model says.
TAUGHT = (
    LampChanged("lit", 1.0, "start"),
    Transcript("u0", "open sesame", 0.9, 1, 2, 2),
    Flip("f0", "dark", 5.0),
)


class Heart:
    """A heartbeat that remembers its facts."""

    def __init__(self) -> None:
        self.facts: dict[str, object] = {}

    def beat(self, **facts: object) -> None:
        self.facts |= facts


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(places=Places(state=str(tmp_path / "state"), runtime=str(tmp_path / "run")))


def run(config: Config, *messages: Message | None, now: float = 20.0) -> SimpleNamespace:
    mailbox, heart = FakeMailbox.with_messages(*messages), Heart()
    deliveries = [delivery for delivery in mailbox.deliveries if delivery is not None]
    serve(config, mailbox, ReplayClock(NOON, now), heart)  # type: ignore[arg-type]
    return SimpleNamespace(mailbox=mailbox, facts=heart.facts, deliveries=deliveries)


@pytest.mark.parametrize("state", ["lit", "dark"])
def test_an_anticipator_that_is_started_again_knows_how_the_lamp_is(
    config: Config, state: str
) -> None:
    """It took it for dark until the next change, which its predecessor had been told of."""
    heartbeat = Heartbeat(Path(config.places.runtime), "operator", LiveClock())
    heartbeat.beat(state="working", lamp=state)
    run(config, SAID, None)
    (said,) = diary_of(config).all_exchanges()
    assert said.state_before == state


def diary_of(config: Config) -> Diary:
    return Diary.open(Path(config.places.state) / "diary.sqlite", read_only=True)


def knowing_model(trained_to: int = 0, text: str = "lumos") -> LanguageModel:
    model = LanguageModel.fresh(conversation.TOKENS, PRESETS["potato"])
    for _ in range(20):
        model.observe(Example(text, 1, 1.0, ("<dark>",)))
    model.trained_to = trained_to
    return model


def ready(model: LanguageModel, path: Path) -> ModelReady:
    model.save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return ModelReady(str(path), digest, model.trained_to, 0.1)


def test_speech_then_flip_ends_as_a_label_in_the_diary(config: Config) -> None:
    ran = run(config, SAID, Flip("f1", "lit", 13.0), now=10)
    diary = diary_of(config)
    (exchange,) = diary.labelled()
    diary.close()
    assert (exchange.text, exchange.label.action) == ("lumos", "lit")
    assert isinstance(ran.mailbox.to("trainer")[0], NewLabels)
    assert all(delivery.acknowledged for delivery in ran.deliveries)


def test_a_correction_is_a_flip_that_undid_something(config: Config) -> None:
    run(config, SAID, Correction("f1", "lit", 13.0, "directive-u0"), now=10)
    diary = diary_of(config)
    assert diary.flips(1)[0].directive == "directive-u0"
    diary.close()


def test_time_goes_down_the_chain_and_turns_silence_into_a_label(config: Config) -> None:
    ran = run(config, SAID, Watermark(30.0), now=10)
    assert ran.mailbox.to("operator")[-1] == ran.mailbox.to("trainer")[-1] == Watermark(30.0)
    diary = diary_of(config)
    assert next(diary.labelled()).label.action == "none"
    diary.close()


def test_live_time_passes_without_any_mail_too(config: Config) -> None:
    run(config, Transcript("u1", "lumos", 0.9, 1, 2, 2), None, now=20)
    diary = diary_of(config)
    assert next(diary.labelled()).label.source == "silence"
    diary.close()


def apart(config: Config, tmp_path: Path) -> Config:
    """The same in another home."""
    places = Places(state=str(tmp_path / "state apart"), runtime=str(tmp_path / "run"))
    return replace(config, places=places)


def lit_after(ran: SimpleNamespace) -> float:
    """How likely light was believed to be asked for at last."""
    decided = [one for one in ran.mailbox.to("observer") if isinstance(one, Decided)]
    return float(decided[-1].probabilities[1])


def test_a_new_model_is_put_to_use_at_once(config: Config, tmp_path: Path) -> None:
    ran = run(config, *TAUGHT, ready(knowing_model(1), tmp_path / "m"), SAID, now=10)
    assert lit_after(ran) > 0.2 > lit_after(run(apart(config, tmp_path), *TAUGHT, SAID, now=10))


def test_a_model_that_is_not_what_the_trainer_wrote_is_not_used(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = ready(knowing_model(), tmp_path / "m")
    gone = replace(good, path=str(tmp_path / "gone"))
    run(config, replace(good, sha256="0" * 64), gone, SAID, now=10)
    assert "is not the file the trainer wrote" in caplog.text
    assert "cannot use the new model" in caplog.text


def test_an_older_model_delivered_late_does_not_replace_a_newer(
    config: Config, tmp_path: Path
) -> None:
    newer = ready(knowing_model(trained_to=5), tmp_path / "newer")
    older = ready(knowing_model(trained_to=3, text="something else"), tmp_path / "older")
    ran = run(config, *TAUGHT, newer, older, SAID, now=10)
    assert ran.facts["trained_to"] == 5
    only = run(apart(config, tmp_path), *TAUGHT, newer, SAID, now=10)
    assert lit_after(ran) == pytest.approx(lit_after(only))
    assert lit_after(ran) > 0.2


def test_after_a_restart_the_stored_model_and_later_labels_are_there(config: Config) -> None:
    run(config, SAID, Flip("f1", "lit", 13.0), now=10)
    store = ModelStore(Path(config.places.state) / "models", keep=1)
    store.put(LanguageModel.fresh(conversation.TOKENS, PRESETS["potato"]))
    loop = AnticipatorLoop(
        config,
        FakeMailbox(),  # type: ignore[arg-type]
        ReplayClock(NOON, 500),
        Heart(),  # type: ignore[arg-type]
    )
    before = conversation.before("dark")
    fresh = LanguageModel.fresh(conversation.TOKENS, PRESETS["potato"])
    heard = loop._anticipator._words.model.predict("lumos", before)
    assert heard[1] > fresh.predict("lumos", before)[1]


def test_a_damaged_model_file_is_replaced_by_the_diary(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    store = ModelStore(Path(config.places.state) / "models", keep=1)
    store.path(store.put(knowing_model())).write_bytes(b"nonsense")
    assert "The diary is read instead" in str(run(config, SAID, now=10).facts["trouble"])


def test_a_model_of_another_diary_is_not_used(config: Config) -> None:
    store = ModelStore(Path(config.places.state) / "models", keep=1)
    store.put(knowing_model(trained_to=99))
    ran = run(config, SAID, now=10)
    assert "belongs to another diary" in str(ran.facts["trouble"])
    assert ran.mailbox.to("operator") == []


def test_a_damaged_diary_is_set_aside_and_life_goes_on(config: Config) -> None:
    state = Path(config.places.state)
    state.mkdir()
    (state / "diary.sqlite").write_text("not a diary" * 100)
    ran = run(config, SAID, now=10)
    assert "set aside" in str(ran.facts["trouble"])
    diary = diary_of(config)
    assert diary.counts()["exchanges"] == 1
    diary.close()


def test_a_read_only_state_directory_leaves_a_lamp_that_learns_until_it_is_switched_off(
    folder_of_a_mere_user: Path,
) -> None:
    state = folder_of_a_mere_user / "state"
    config = Config(places=Places(state=str(state)))
    run(config, SAID, now=10)
    before = (state / "diary.sqlite").read_bytes()
    for path in (*state.iterdir(), state):
        path.chmod(path.stat().st_mode & ~0o222)
    ran = run(config, replace(SAID, id="u2"), Flip("f1", "lit", 13.0), now=10)
    assert (state / "diary.sqlite").read_bytes() == before
    assert "forgotten at the next start" in str(ran.facts["trouble"])
    assert isinstance(ran.mailbox.to("trainer")[0], NewLabels)


def test_other_mail_is_put_up_with(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    ran = run(
        config,
        LampChanged("lit", 9.0, "start"),
        PartialTranscript("u1", "lu", 9.5),
        Muted(True),
        SAID,
        now=10,
    )
    assert ran.facts["heard"] == 1
    assert ran.facts["letters_so_far"] == 2  # and not which: words live in the diary only
    assert "Muted" in caplog.text


def test_no_word_reaches_the_log(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    run(config, SAID, Flip("f1", "lit", 13.0), now=10)
    assert "u1 -> " in caplog.text
    assert "lumos" not in caplog.text


def test_nothing_is_acknowledged_before_it_is_written(config: Config) -> None:
    """It was acknowledged and forgotten: the operator keeps a flip until the disk has it."""
    disk = None

    class Mail(FakeMailbox):
        def get(self, timeout: float | None = None):  # type: ignore[no-untyped-def]
            nonlocal disk
            if disk is None:
                loop._diary._db.execute("PRAGMA query_only = ON")
                disk = "full"
            elif not self.deliveries and disk == "full":
                assert not any(one.acknowledged for one in kept)
                assert "Kept until then: 3 entries" in heart.facts["trouble"]
                loop._diary._db.execute("PRAGMA query_only = OFF")
                disk = "well"
                return None
            return super().get(timeout)

    earlier = EarlierFlip("f0", "dark", 3.0, "", NOON.isoformat())
    mailbox = Mail.with_messages(earlier, SAID, Flip("f1", "lit", 13.0), None)
    kept = [delivery for delivery in mailbox.deliveries if delivery is not None]
    heart = Heart()
    loop = AnticipatorLoop(config, mailbox, ReplayClock(NOON, 10), heart)  # type: ignore[arg-type]
    loop.serve()
    assert disk == "well"
    assert all(delivery.acknowledged for delivery in kept)
    assert heart.facts["trouble"] == ""
    diary = diary_of(config)
    assert [(flip.id, flip.exchange) for flip in diary.flips(9)] == [("f0", ""), ("f1", "u1")]
    assert next(diary.labelled()).label.flip == "f1"
    diary.close()


def test_what_waited_is_taken_as_it_happened_whoever_sent_it(config: Config) -> None:
    """All the words before all the flips would make every word one that nobody meant."""
    said = [replace(SAID, id=f"u{n}", ended=100.0 * n, heard=100.0 * n) for n in (1, 2, 3)]
    flips = [Flip(f"f{n}", state, 100.0 * n + 2) for n, state in ((1, "lit"), (2, "dark"))]
    run(config, *said, *flips, now=1000)
    diary = diary_of(config)
    assert [(flip.id, flip.exchange) for flip in diary.flips(9)] == [("f1", "u1"), ("f2", "u2")]
    diary.close()


def test_with_a_diary_in_memory_nothing_is_acknowledged_and_a_disk_is_looked_for(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = Diary.open

    def refuse(*_: object, **__: object) -> Diary:
        raise StateError("the disk gives errors")

    monkeypatch.setattr(Diary, "open", refuse)
    mailbox = FakeMailbox.with_messages(SAID, Flip("f1", "lit", 13.0), None, None, None)
    kept = [delivery for delivery in mailbox.deliveries if delivery is not None]
    heart = Heart()
    loop = AnticipatorLoop(config, mailbox, ReplayClock(NOON, 10), heart)  # type: ignore[arg-type]
    assert "the disk gives errors" in " ".join(loop._notes)
    loop._look_for_disk_at = 0.0
    loop._look_for_disk()
    monkeypatch.setattr(Diary, "open", really_open)
    monkeypatch.setattr(process, "DISK_EVERY", 0.0)
    loop._look_for_disk_at = 0.0
    with pytest.raises(StateError, match="starts anew"):
        loop.serve()
    assert not any(delivery.acknowledged for delivery in kept)
    assert all(run(config, *(delivery.message for delivery in kept), now=10).deliveries)
    diary = diary_of(config)
    assert diary.flips(1)[0].exchange == "u1"
    diary.close()


def test_a_diary_of_a_newer_lamp_is_not_replaced_by_a_memory(config: Config) -> None:
    run(config, SAID, now=10)
    with sqlite3.connect(Path(config.places.state) / "diary.sqlite") as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="newer version"):
        run(config, SAID, now=10)


def test_a_damaged_diary_costs_neither_its_rows_nor_the_model(config: Config) -> None:
    """279 of 400 faults ended in total amnesia, though rows and model were there."""
    run(config, SAID, Flip("f1", "lit", 13.0), now=10)
    path = Path(config.places.state) / "diary.sqlite"
    ModelStore(Path(config.places.state) / "models", keep=1).put(knowing_model(trained_to=40))
    whole = path.read_bytes()
    path.write_bytes(bytes(4096) + whole[4096:])
    ran = run(config, replace(SAID, id="u2", started=109, ended=110, heard=110), now=110)
    assert "1 exchanges, 1 flips, 1 labels were saved" in str(ran.facts["trouble"])
    assert "another diary" not in str(ran.facts["trouble"])
    assert [message.state for message in ran.mailbox.to("operator")] == ["lit"]
    diary = diary_of(config)
    assert [one.id for one in diary.all_exchanges()] == ["u1", "u2"]
    assert diary.position() == 40
    diary.close()
    again = run(config, replace(SAID, id="u3", started=209, ended=210, heard=210), now=210)
    assert again.facts["trouble"] == ""  # the model is this diary's from now on


def test_the_limit_of_exchanges_holds_across_short_lives(config: Config) -> None:
    """A lamp that started anew before it had heard a thousand of them never forgot any."""
    small = replace(config, memory=Memory(most_exchanges=3))
    for number in range(1, 8):
        at = 100.0 * number
        said = replace(SAID, id=f"u{number}", started=at - 1, ended=at, heard=at)
        run(small, said, now=at)
    diary = diary_of(config)
    assert [one.id for one in diary.all_exchanges()] == ["u5", "u6", "u7"]
    diary.close()


def test_a_model_that_lacks_many_labels_is_told_them_between_two_messages(config: Config) -> None:
    """It took 26 s for 50,000, in which nobody was heard, and the lamp was taken for dead."""
    make_big_diary(diary_path(config), 3 * AT_ONCE + 10)
    loop = AnticipatorLoop(config, FakeMailbox(), ReplayClock(NOON), Heart())  # type: ignore[arg-type]
    model = loop._anticipator._words.model
    told = [model.counts.seen().sum()]
    turns = 0
    while loop._behind:
        loop.handle(replace(SAID, id=f"v{turns}", started=1e6 + turns, ended=1e6 + turns))
        loop._behind = loop._anticipator.catch_up()
        told.append(model.counts.seen().sum())
        turns += 1
    assert turns == 3
    assert told == [AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE, 3 * AT_ONCE + 10]
    loop._diary.close()


def test_labels_given_while_a_model_is_told_older_ones_count_once(config: Config) -> None:
    make_big_diary(diary_path(config), 2 * AT_ONCE)
    loop = AnticipatorLoop(config, FakeMailbox(), ReplayClock(NOON), Heart())  # type: ignore[arg-type]
    loop.handle(replace(SAID, text="TURNONTHELIGHT", started=1e6 - 1, ended=1e6))
    loop.handle(Flip("f1", "lit", 1e6 + 3))
    (given,) = loop._diary.labels_after(2 * AT_ONCE)
    while loop._behind:
        loop._behind = loop._anticipator.catch_up()
    counted = loop._anticipator._words.model.counts.seen()
    assert counted.sum() == pytest.approx(2 * AT_ONCE + given.label.weight)
    loop._diary.close()


def test_a_new_model_waits_for_what_the_disk_has_not_taken(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told what the diary has, and would never know the lessons that waited."""
    loop = AnticipatorLoop(config, FakeMailbox(), ReplayClock(NOON), Heart())  # type: ignore[arg-type]
    other = sqlite3.connect(diary_path(config))
    other.execute("BEGIN EXCLUSIVE")
    for message in TAUGHT:
        loop.handle(message)
    assert loop._diary.waiting
    before = loop._anticipator._words.model
    newer = LanguageModel.fresh(conversation.TOKENS, PRESETS["potato"])
    loop.handle(ready(newer, tmp_path / "newer.lamp"))
    assert loop._anticipator._words.model is before
    assert "has to wait" in caplog.text
    other.rollback()
    other.close()
    loop._diary._unwritten._not_before = 0.0
    assert loop._diary.flush()
    loop.handle(ready(newer, tmp_path / "newer.lamp"))
    assert loop._anticipator._words.model is not before
    assert loop._anticipator._words.model.counts.seen()[2] > 0
    loop._diary.close()


def test_erasing_starts_anew_and_the_next_life_knows_nothing(config: Config) -> None:
    run(config, *TAUGHT, SAID, now=10)
    with pytest.raises(StateError, match="forgotten"):
        run(config, Erase())
    state = Path(config.places.state)
    assert (state / "diary.sqlite").exists()  # this life has it open
    ran = run(config, None)
    diary = diary_of(config)
    assert diary.counts() == {"exchanges": 0, "flips": 0}
    diary.close()
    assert ran.mailbox.to("trainer") == [Erase()]
    assert not erasure.note(config).exists()
    assert run(config, None).mailbox.to("trainer") == []


def test_until_the_trainer_has_erased_its_models_too_none_of_them_is_taken(
    config: Config, tmp_path: Path
) -> None:
    run(config, *TAUGHT, now=10)
    erasure.order(config)
    mailbox = FakeMailbox.with_messages(ready(knowing_model(9), tmp_path / "m"), None)
    mailbox.send = lambda *sent: None  # type: ignore[method-assign, assignment]
    heart = Heart()
    serve(config, mailbox, ReplayClock(NOON, 20), heart)  # type: ignore[arg-type]
    assert heart.facts["trained_to"] == 0
    assert erasure.note(config).exists()


def test_a_disk_that_refuses_is_said_to_keep_everything(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(config: Config) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(erasure, "order", refuse)
    assert "cannot be erased" in str(run(config, *TAUGHT, Erase(), None).facts["trouble"])
    monkeypatch.undo()
    erasure.order(config)
    monkeypatch.setattr(erasure, "erase_diary", refuse)
    assert "cannot be erased" in str(run(config, None).facts["trouble"])


@pytest.mark.parametrize("lamp", ["lit", "dark"])
def test_after_a_restart_it_knows_what_the_lamp_is(config: Config, lamp: str) -> None:
    Heartbeat(Path(config.places.runtime), "operator", ReplayClock(NOON)).last("working", lamp=lamp)
    run(config, SAID, now=10)
    diary = diary_of(config)
    assert diary.last_exchanges(1)[0].state_before == lamp
    diary.close()
