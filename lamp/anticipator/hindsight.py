"""Words that prove to be a command may show whom an earlier flip belonged to.

The first flips are blamed when no words are known, by how soon after them and how things were
said. Once the same wording is taught by a later flip, or acted on and kept, the earlier flips to
that state are judged again: where it was said before one of them and overlooked, the blame moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lamp.anticipator.attribution import Manner, causes, same_words
from lamp.anticipator.outcomes import KEPT_WEIGHT
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader, FlipEntry

LOOKED_AT = 12  # flips, newest last: the first ones are the doubtful ones, and soon looked at
PROVEN = 0.8  # belief in words that asked for the same at another time


def hindsight(
    proven: Exchange, lesson: Label, diary: DiaryReader, window: float, manner: Manner
) -> list[tuple[Exchange, Label]]:
    """New labels for earlier exchanges, now that ``proven`` is known to ask for something.

    Args:
        proven: an exchange about to be labelled by a flip, or because nobody undid what
            the lamp did about it.
        lesson: that label.
        diary: without that label yet.
        window: seconds in which a flip may be the label of an utterance.
        manner: what the way an utterance was said tells, whatever its words.
    """
    return [
        moved
        for flip in diary.flips(LOOKED_AT)
        if flip.exchange and flip.state == lesson.action and flip.id != lesson.flip
        for moved in _judge_again(
            flip, diary.said_before(flip.at, window, flip.exchange), proven, window, manner
        )
    ]


def _judge_again(
    flip: FlipEntry, said: Sequence[Exchange], proven: Exchange, window: float, manner: Manner
) -> list[tuple[Exchange, Label]]:
    """The labels that change if ``flip`` belongs to words like those of ``proven``."""
    blamed = [one for one in said if one.label is not None and one.label.flip == flip.id]
    overlooked = [one for one in said if _overlooked(one, proven)]
    if not blamed or not overlooked:
        return []
    judged = [*(one for one in said if one not in overlooked), *_believed(overlooked, flip)]
    judged = [one for one in judged if one in blamed or not (one.label and one.label.flip)]
    guilty = causes(judged, flip.at, flip.state, window, manner)[0].exchange.id
    if guilty not in [one.id for one in overlooked]:
        return []
    return [
        *((one, _freed(one)) for one in blamed),
        *(
            (one, Label(flip.state, 1.0, "flip" if one.id == guilty else "repeat", flip.id))
            for one in overlooked
        ),
    ]


def _overlooked(one: Exchange, proven: Exchange) -> bool:
    """Said like ``proven``, and no flip was ever put down to it."""
    unblamed = one.label is None or not one.label.flip
    return unblamed and not one.acted and same_words(one.text, proven.text)


def _believed(overlooked: Sequence[Exchange], flip: FlipEntry) -> list[Exchange]:
    lit, dark = (PROVEN, 0.0) if flip.state == "lit" else (0.0, PROVEN)
    return [replace(one, probabilities=(1 - PROVEN, lit, dark)) for one in overlooked]


def _freed(one: Exchange) -> Label:
    """What silence would have made of it."""
    if one.action != "none":
        return Label(one.action, KEPT_WEIGHT, "kept")
    return Label("none", 1.0, "silence")
