"""The anticipator: hears transcripts, decides, and learns what they meant from the switch.

A pure object: time, storage, the model and the way out are passed in, so that it is the
same in a process, in a test, and a thousand times faster than life in a bench.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from time import perf_counter

from lamp.anticipator.behaviour import Behaviour
from lamp.anticipator.decision import decide, threshold
from lamp.anticipator.lessons import REPLAYED, CatchingUp, Lessons, remember, replay
from lamp.anticipator.manner import Manner
from lamp.anticipator.outcome import REPEAT_WITHIN, Outcomes
from lamp.anticipator.wanted import Circumstances, wanted
from lamp.anticipator.words import BY_HAND, Model, Words
from lamp.clock import Clock
from lamp.config import Deciding
from lamp.diary.exchange import Exchange, Label, Moment
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.messages import Decided, Directive, Message, NewLabels, State, Transcript
from lamp.owner.requests import Meant
from lamp.similarity import Calibration
from lamp.soft_text import SoftText

LESSONS_TOLD = 3  # earlier ones, of each exchange
LABELS_BY_SILENCE = 20  # that make a refit worth while; a flip always does
LONG_AGO = 3600.0  # s, for what happened before the lamp began to listen

log = logging.getLogger(__name__)

Labels = list[tuple[Exchange, Label]]


class Anticipator:
    """Everything between a transcript and a directive, and between a flip and a label.

    Args:
        model: the live language model; labels are added to it at once.
        diary: where everything is written down.
        deciding: thresholds and windows.
        clock: ``now`` for staleness, ``wall`` for the night.
        send: takes (recipient, message); called before anything slow happens.
        state: of the lamp, until the operator says otherwise.
        timer: s, measures how long a decision takes.
        calibration: what is known of the acoustic model's spelling.
        trained_to: position in the label log up to which ``model`` knows the labels; None: all.
        meanwhile: called again and again while the diary is read, which may take long.
    """

    def __init__(
        self,
        model: Model,
        diary: Diary,
        deciding: Deciding,
        clock: Clock,
        send: Callable[[str, Message], None],
        state: State = "dark",
        timer: Callable[[], float] = perf_counter,
        calibration: Calibration | None = None,
        trained_to: int | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self.trouble = ""  # what keeps the diary from being written, if anything
        self.frozen = False  # the switch teaches nothing
        self.lessons = 0  # by hand, in this life
        self._diary = diary
        self._deciding = deciding
        self._clock = clock
        self._send = send
        self._state = state
        self._timer = timer
        self._words = Words(model, calibration or Calibration())
        self._manner = Manner()
        self._behaviour = Behaviour()
        remember(self._words, self._manner, _each(diary.labelled_as_taught(), meanwhile))
        self._catching_up = CatchingUp(
            model, diary, diary.position() if trained_to is None else trained_to
        )
        self._lessons = Lessons(self._words, self._manner, lambda told: send("observer", told))
        self._outcomes = Outcomes(
            diary, self._words, self._manner, self._behaviour, deciding.flip_window
        )
        self._pending = self._still_open(clock.now())
        said = _each(diary.newest_exchanges(REPLAYED), meanwhile)
        settled = (each for each in said if each not in self._pending)
        replay(self._behaviour, diary, settled, deciding.flip_window)
        self._silent_labels = 0
        self._heard_until = clock.now() - LONG_AGO
        self._changed_at = clock.now() - LONG_AGO

    @property
    def pending(self) -> tuple[Exchange, ...]:
        """Exchanges that a flip may still label, oldest first."""
        return tuple(self._pending)

    def hear(self, transcript: Transcript) -> Exchange | None:
        """Answer an utterance; None if it was answered before."""
        if self._diary.exchange(transcript.id) is not None:
            return None
        exchange = self._answer(transcript)
        if exchange.action != "none":
            self._direct(exchange)
        self._send("observer", self._decided(exchange))
        self._pending.append(exchange)
        self._write(lambda: self._diary.write_exchange(exchange, self._clock.wall()))
        self.advance(transcript.ended)
        return exchange

    def flipped(self, flip: str, state: State, at: float, directive: str = "") -> str | None:
        """Learn from a flip; the id of the exchange blamed, if any.

        Args:
            flip: its id; a second time changes nothing.
            state: what it moved the lamp to.
            at: s.
            directive: id of the directive it undid, if it did.
        """
        self.advance(at)
        self._state = state
        self._changed_at = at
        if self._diary.knows_flip(flip):
            return None
        undone = directive.removeprefix("directive-")
        labels: Labels = []
        again: Labels = []
        blamed = ""
        from_outside = undone == directive != ""  # what it undid was no answer to words
        if not (self.frozen or from_outside):
            labels, blamed = self._outcomes.of_flip(flip, state, at, self._pending, undone)
            self._teach(labels, at)
            # The lesson may show earlier flips in another light: today's words judge them again.
            again = self._outcomes.look_again(but=flip) if labels else []
            self._teach(again, at)
        wall = self._clock.wall().isoformat()
        entry = FlipEntry(flip, state, at, wall, directive, blamed, self._diary.boot)
        rows = [(exchange.id, label) for exchange, label in labels + again]
        self._write(lambda: self._diary.write_flip(entry, rows))
        if labels:
            self._ask_for_refit(at)
        return blamed or None

    def told(self, meant: Meant, at: float) -> None:
        """Learn what an utterance meant from the owner's own word, ``at`` in s.

        Of one that is not in the diary nothing is learned.
        """
        exchange = self._diary.exchange(meant.exchange)
        if exchange is None:
            return
        label = meant.label(exchange)
        if exchange.label == label:
            return  # carried out in an earlier life
        self._teach([(exchange, label)], at)
        self._write(lambda: self._diary.write_labels([(exchange.id, label)]))
        self._ask_for_refit(at)

    def forget(self, exchange: str) -> None:
        """Leave nothing of an utterance, by its id, in the diary and in what was learned."""
        self._pending = [each for each in self._pending if each.id != exchange]
        found = self._diary.exchange(exchange)
        if found is not None:
            self._lessons.take_back(found)
        self._write(lambda: self._diary.forget(exchange))

    def lamp_changed(self, state: State) -> None:
        """The operator says what state the lamp is in."""
        self._state = state

    def advance(self, until: float) -> None:
        """Time has passed: exchanges no flip can belong to any more are labelled by silence."""
        settled = [each for each in self._pending if self._is_settled(each, until)]
        if not settled:
            return
        if self.frozen:
            self._pending = [each for each in self._pending if each not in settled]
            return
        labels = self._outcomes.of_silence(settled, self._pending, until)
        self._pending = [each for each in self._pending if each not in settled]
        if not labels:
            return
        self._teach(labels, until)
        rows = [(exchange.id, label) for exchange, label in labels]
        self._write(lambda: self._diary.write_labels(rows))
        self._silent_labels += len(rows)
        if self._silent_labels >= LABELS_BY_SILENCE:
            self._ask_for_refit(until)

    def adopt(self, model: Model, trained_to: int) -> None:
        """Swap in a newer model and tell it the labels that came after ``trained_to``."""
        self._catching_up = CatchingUp(model, self._diary, trained_to)
        self.catch_up()
        self._words.model = model

    def catch_up(self) -> int:
        """Tell the model a few of the labels it does not know yet; how many are left."""
        self._catching_up.go_on()
        return self._catching_up.left

    def _answer(self, transcript: Transcript) -> Exchange:
        began = self._timer()
        soft = _soft(transcript)
        moment = self._moment(transcript, soft)
        reading = self._words.read(soft, self._state)
        around = Circumstances(
            self._manner.odds(moment), self._said_again(soft, transcript), self._words.lessons
        )
        belief = wanted(reading.probabilities, self._state, around, self._behaviour)
        decision = decide(
            reading,
            belief,
            self._words.lessons > 0,
            self._state,
            age=max(0.0, self._clock.now() - transcript.ended),
            needed=threshold(self._deciding, self._clock.wall()),
            oldest=self._deciding.oldest_action,
        )
        mailed = max(0.0, self._clock.now() - transcript.heard)
        return Exchange(
            id=transcript.id,
            text=transcript.text,
            soft=soft,
            confidence=transcript.confidence,
            started=transcript.started,
            ended=transcript.ended,
            state_before=self._state,
            probabilities=belief,
            words=reading.probabilities,
            memory=reading.memory,
            lessons=reading.lessons[:LESSONS_TOLD],
            action=decision.action,
            reason=decision.reason,
            stages=transcript.stages | {"mail": mailed, "decide": self._timer() - began},
            level_db=transcript.level_db,
            moment=moment,
        )

    def _said_again(self, soft: SoftText, transcript: Transcript) -> bool:
        """Whether it repeats what the lamp did not act on a moment ago."""
        return any(
            not each.acted
            and 0 < transcript.ended - each.ended <= REPEAT_WITHIN
            and self._words.same(soft, each.soft)
            for each in self._pending
        )

    def _is_settled(self, exchange: Exchange, until: float) -> bool:
        """No flip will label it any more; what was said twice is settled together."""
        window = self._deciding.flip_window
        if until - exchange.ended <= window:
            return False
        return not any(
            until - later.ended <= window
            and 0 < later.ended - exchange.ended <= REPEAT_WITHIN
            and self._words.same(exchange.soft, later.soft)
            for later in self._pending
        )

    def _moment(self, transcript: Transcript, soft: SoftText) -> Moment:
        """The circumstances of an utterance; the next one's pause is counted from its end."""
        pause = transcript.started - self._heard_until
        self._heard_until = transcript.ended
        return Moment(
            pause=max(0.0, pause),
            since_change=max(0.0, transcript.started - self._changed_at),
            letters=len(soft.slots),
            level_db=transcript.level_db,
        )

    def _direct(self, exchange: Exchange) -> None:
        assert exchange.action != "none"
        self._send(
            "operator",
            Directive(
                # The same utterance always gives the same id, so that an answer repeated
                # after a crash is recognised.
                id=f"directive-{exchange.id}",
                state=exchange.action,
                exchange=exchange.id,
                cause=exchange.reason,
                issued=self._clock.now(),
                expires=exchange.ended + self._deciding.oldest_action,
            ),
        )
        self._state = exchange.action
        self._changed_at = exchange.ended

    def _decided(self, exchange: Exchange) -> Decided:
        return Decided(
            exchange=exchange.id,
            text=exchange.text,
            probabilities=exchange.probabilities,
            action=exchange.action,
            reason=exchange.reason,
            at=exchange.ended,
            stages=exchange.stages,
        )

    def _teach(self, labels: Labels, at: float) -> None:
        for exchange, label in labels:
            self._pending = [each for each in self._pending if each is not exchange]
            self._lessons.teach(exchange, label, at)
            self.lessons += label.source in BY_HAND and label.weight > 0

    def _ask_for_refit(self, at: float) -> None:
        self._silent_labels = 0
        self._send("trainer", NewLabels(self._diary.position(), at))

    def _still_open(self, now: float) -> list[Exchange]:
        """After a restart: what was waiting for a label. A clock that began anew has none."""
        recent = self._diary.unlabelled(since=now - self._deciding.flip_window)
        return [exchange for exchange in recent if exchange.ended <= now]

    def _write(self, write: Callable[[], object]) -> None:
        """Write to the diary; a disk that refuses must not stop the lamp."""
        try:
            write()
        except StateError as error:
            if str(error) != self.trouble:
                log.warning("%s", error)
            self.trouble = str(error)
        else:
            self.trouble = ""


def _soft(transcript: Transcript) -> SoftText:
    """What may have been heard; every letter is certain where the engine tells nothing else."""
    return (
        SoftText.decode(transcript.soft) if transcript.soft else SoftText.of_text(transcript.text)
    )


def _each(exchanges: Iterator[Exchange], meanwhile: Callable[[], None]) -> Iterator[Exchange]:
    for exchange in exchanges:
        meanwhile()
        yield exchange
