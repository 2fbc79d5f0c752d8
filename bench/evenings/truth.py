"""Puts what people meant beside what the lamp's diary says it heard and did."""

from __future__ import annotations

from bench.evenings.record import Record
from bench.household.log import Flip, Heard, Log
from lamp.diary.exchange import Exchange
from lamp.diary.reader import FlipEntry
from lamp.simulate.household import Household, MoveSwitch, Say

SAME_TIME = 0.01  # s; the switch is felt at the very moment it is moved
SILENCE = "(nothing)"  # of what the lamp heard though nobody spoke


def log_of(household: Household, record: Record, minutes: float) -> Log:
    """The evening as the household bench measures it."""
    log = Log(minutes, household.habits)
    events: list[tuple[float, Exchange | MoveSwitch]] = [
        (exchange.ended, exchange) for exchange in record.exchanges
    ]
    events += [(move.at, move) for move in household.switched]
    asked: set[float] = set()  # when commands were said whose first piece was heard already
    for _, event in sorted(events, key=lambda one: one[0]):
        if isinstance(event, MoveSwitch):
            log.flips.append(_flip(event, log, record))
        else:
            say = said_then(household.said, event)
            first = say is not None and not say.repeat and say.at not in asked
            if say is not None:
                asked.add(say.at)
            log.heard.append(_heard(event, say, first))
    return log


def said_then(said: list[Say], exchange: Exchange) -> Say | None:
    """What was being said while the lamp heard ``exchange``: whatever sounded longest in it."""
    together = [(_overlap(say, exchange), say) for say in said]
    longest, say = max(together, key=lambda one: one[0], default=(0.0, None))
    return say if longest > 0 else None


def _overlap(say: Say, exchange: Exchange) -> float:
    ended = say.at + say.saying.seconds
    return min(ended, exchange.ended) - max(say.at, exchange.started)


def _heard(exchange: Exchange, say: Say | None, first: bool) -> Heard:
    clip = say.saying.clip if say else None
    wanted = say.wanted if say else None
    return Heard(
        ended=exchange.ended,
        speaker=clip.speaker if clip else SILENCE,
        words=clip.words if clip else SILENCE,
        text=exchange.text,
        wanted=wanted,
        before=exchange.state_before,
        after=exchange.state_before if exchange.action == "none" else exchange.action,
        first=first and wanted is not None,
        probabilities=exchange.probabilities,
    )


def _flip(move: MoveSwitch, log: Log, record: Record) -> Flip:
    entry = _entry(move, record)
    if entry is None:
        return Flip(move, log.causes_of(move))
    at_once = [one.ended for one in record.exchanges if one.id == entry.exchange]
    in_the_end = [
        one.ended
        for one in record.exchanges
        if one.label is not None and one.label.flip == entry.id
    ]
    return Flip(move, log.causes_of(move), at_once, in_the_end)


def _entry(move: MoveSwitch, record: Record) -> FlipEntry | None:
    """The flip as the lamp noted it down."""
    return next((one for one in record.flips if abs(one.at - move.at) <= SAME_TIME), None)
