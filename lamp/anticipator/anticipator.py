"""The anticipator: hears transcripts, decides, and learns what they meant from the switch.

A pure object: time, storage, the model and the way out are passed in, so that it is the
same in a process, in a test, and a thousand times faster than life in a bench.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from lamp.anticipator import outcomes
from lamp.anticipator.decision import HESITATION, decide, threshold
from lamp.anticipator.experience import Experience
from lamp.anticipator.hindsight import hindsight
from lamp.anticipator.lessons import Lessons, Model, catch_up
from lamp.anticipator.second_thoughts import second_thoughts
from lamp.clock import Clock
from lamp.config import Deciding
from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label, Moment
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.messages import (
    Decided,
    Directive,
    Message,
    NewLabels,
    State,
    Transcript,
)

LABELS_BY_SILENCE = 20  # that make a refit worth while; a flip always does
QUICK = 2.0  # s between two flips that mean: never mind
LONG_AGO = 3600.0  # s, for what happened before the lamp began to listen

log = logging.getLogger(__name__)


@dataclass
class _FlipSeen:
    at: float  # s
    taught: list[Exchange] = field(default_factory=list)


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
    ) -> None:
        self.trouble = ""  # what keeps the diary from being written, if anything
        self._diary = diary
        self._deciding = deciding
        self._clock = clock
        self._send = send
        self._state = state
        self._timer = timer
        self._pending = self._still_open(clock.now())
        self._silent_labels = 0
        self._experience = Experience(diary.labelled())
        self._lessons = Lessons(model, self._experience, lambda told: send("observer", told))
        self._heard_until = clock.now() - LONG_AGO
        self._changed_at = clock.now() - LONG_AGO
        self._last_flip = _FlipSeen(clock.now() - LONG_AGO)

    @property
    def pending(self) -> tuple[Exchange, ...]:
        """Exchanges that a flip may still label, oldest first."""
        return tuple(self._pending)

    def hear(self, transcript: Transcript) -> Exchange | None:
        """Answer an utterance; None if it was answered before."""
        self.advance(transcript.ended)
        if self._diary.exchange(transcript.id) is not None:
            return None
        exchange = self._answer(transcript)
        if exchange.action != "none":
            self._direct(exchange)
        self._send("observer", self._decided(exchange))
        self._pending.append(exchange)
        self._write(lambda: self._diary.write_exchange(exchange, self._clock.wall()))
        return exchange

    def flipped(self, flip: str, state: State, at: float, directive: str = "") -> str | None:
        """Learn from a flip; the id of the exchange blamed, if any.

        Args:
            flip: its id; a second time changes nothing.
            state: what it moved the lamp to.
            at: seconds.
            directive: id of the directive it undid, if it did.
        """
        self.advance(at)
        self._state = state
        self._changed_at = at
        if self._diary.knows_flip(flip):
            return None
        if at - self._last_flip.at <= QUICK:
            labels, blamed = self._never_mind(), ""
        else:
            window, manner = self._deciding.flip_window, self._experience.manner
            labels = outcomes.of_flip(flip, state, at, self._pending, window, manner)
            blamed = labels[0][0].id if labels else ""
        self._last_flip = _FlipSeen(at, [exchange for exchange, _ in labels if blamed])
        labels += self._second_thoughts(labels)
        labels += self._hindsight(labels)
        for exchange, label in labels:
            self._learn(exchange, label, at)
        entry = FlipEntry(flip, state, at, self._clock.wall().isoformat(), directive, blamed)
        rows = [(exchange.id, label) for exchange, label in labels]
        self._write(lambda: self._diary.write_flip(entry, rows))
        if labels:
            self._ask_for_refit(at)
        return blamed or None

    def lamp_changed(self, state: State) -> None:
        """The operator says what state the lamp is in."""
        self._state = state

    def advance(self, until: float) -> None:
        """Time has passed: exchanges no flip can belong to any more are labelled by silence."""
        settled = outcomes.settled(self._pending, until, self._deciding.flip_window)
        if not settled:
            return
        around = tuple(self._pending)
        self._pending = [one for one in self._pending if one not in settled]
        silent = [(one, outcomes.of_silence(one, around)) for one in settled]
        labels = [(one, label) for one, label in silent if label is not None]
        if not labels:
            return
        labels += self._hindsight(labels)
        for exchange, label in labels:
            self._learn(exchange, label, until)
        rows = [(exchange.id, label) for exchange, label in labels]
        self._write(lambda: self._diary.write_labels(rows))
        self._silent_labels += len(rows)
        if self._silent_labels >= LABELS_BY_SILENCE:
            self._ask_for_refit(until)

    def adopt(self, model: Model, trained_to: int) -> None:
        """Swap in a newer model and tell it the labels that came after ``trained_to``."""
        catch_up(model, self._diary, trained_to)
        self._lessons.model = model

    def _answer(self, transcript: Transcript) -> Exchange:
        began = self._timer()
        predicted = self._lessons.model.predict(transcript.text, conversation.before(self._state))
        none, lit, dark = (float(value) for value in predicted)
        moment = self._moment(transcript)
        again = outcomes.repeats(transcript.text, transcript.ended, self._pending)
        beliefs = self._experience.beliefs((none, lit, dark), self._state, moment, again)
        age = max(0.0, self._clock.now() - transcript.ended)
        recent = [one for one in self._pending if transcript.ended - one.ended < HESITATION]
        just_acted = sum(one.acted for one in recent)
        needed = threshold(self._deciding, self._clock.wall(), just_acted)
        decision = decide(transcript.text, beliefs, self._state, age, needed, self._deciding)
        return Exchange(
            id=transcript.id,
            text=transcript.text,
            confidence=transcript.confidence,
            started=transcript.started,
            ended=transcript.ended,
            state_before=self._state,
            probabilities=beliefs,
            words=(none, lit, dark),
            action=decision.action,
            reason=decision.reason,
            stages=transcript.stages
            | {
                "mail": max(0.0, self._clock.now() - transcript.heard),
                "decide": self._timer() - began,
            },
            level_db=transcript.level_db,
            moment=moment,
        )

    def _moment(self, transcript: Transcript) -> Moment:
        """The circumstances of an utterance; the next one's pause is counted from its end."""
        pause = transcript.started - self._heard_until
        self._heard_until = transcript.ended
        return Moment(
            pause=max(0.0, pause),
            since_change=max(0.0, transcript.started - self._changed_at),
            letters=len(transcript.text),
            level_db=transcript.level_db,
        )

    def _direct(self, exchange: Exchange) -> None:
        assert exchange.action != "none"
        now = self._clock.now()
        expires = exchange.ended + self._deciding.oldest_action
        self._send(
            "operator",
            Directive(
                # The same utterance always gives the same id, so that an answer repeated
                # after a crash is recognised.
                id=f"directive-{exchange.id}",
                state=exchange.action,
                exchange=exchange.id,
                cause=exchange.reason,
                issued=now,
                expires=expires,
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

    def _learn(self, exchange: Exchange, label: Label, at: float) -> None:
        self._pending = [one for one in self._pending if one is not exchange]
        self._lessons.teach(exchange, label, at)

    def _never_mind(self) -> list[tuple[Exchange, Label]]:
        """The switch was moved there and back: what the first flip taught is taken back."""
        taught = [(one, one.label) for one in self._last_flip.taught if one.label is not None]
        return [(one, Label("none", 0.0, "withdrawn", label.flip)) for one, label in taught]

    def _second_thoughts(
        self, labels: list[tuple[Exchange, Label]]
    ) -> list[tuple[Exchange, Label]]:
        """Earlier lessons that a correction contradicts."""
        corrected = [
            one for one, label in labels if (label.source, label.action) == ("correction", "none")
        ]
        window, manner = self._deciding.flip_window, self._experience.manner
        return [
            new for one in corrected for new in second_thoughts(one, self._diary, window, manner)
        ]

    def _hindsight(self, labels: list[tuple[Exchange, Label]]) -> list[tuple[Exchange, Label]]:
        """Earlier flips that a lesson shows in another light."""
        window, manner = self._deciding.flip_window, self._experience.manner
        proven = [(one, label) for one, label in labels if label.source in ("flip", "kept")]
        moved = (hindsight(one, label, self._diary, window, manner) for one, label in proven)
        return next(filter(None, moved), [])  # one lesson moves a flip; a second could move it back

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
