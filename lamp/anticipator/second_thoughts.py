"""A correction may show that an earlier flip was blamed on the wrong words.

The lamp acted on some words and was undone, though it had been taught those very words. One
such contradiction may be a slip of the ear ("on" and "off" sound much alike); but once more
speaks against a lesson than for it, the lesson is withdrawn, and the flip it came from goes
to the next suspect.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from lamp.anticipator.attribution import Manner, causes
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader

SAME = 0.8  # difflib ratio: stricter than for repeats, which come within seconds
LOOKED_AT = 300  # exchanges about commands, newest first


def second_thoughts(
    corrected: Exchange, diary: DiaryReader, window: float, manner: Manner
) -> list[tuple[Exchange, Label]]:
    """New labels for earlier exchanges, now that acting on ``corrected`` was undone.

    Args:
        corrected: what the lamp acted on, now about to be labelled *none*.
        diary: without that label yet.
        window: seconds in which a flip may be the label of an utterance.
        manner: what the way an utterance was said tells, whatever its words.
    """
    against, alike = 1.0, []
    for one in diary.about_commands(LOOKED_AT):
        if one.label is None or not _same(one.text, corrected.text):
            continue
        if one.label.action != "none":
            alike.append((one, one.label))
        elif one.label.source == "correction":
            against += one.label.weight
    if sum(label.weight for _, label in alike) >= against:
        return []
    withdrawn = [(one, Label("none", 0.0, "withdrawn", label.flip)) for one, label in alike]
    blamed_anew = [
        other
        for one, label in alike
        if label.source == "flip"
        and (other := _next_suspect(one, label.flip, diary, window, manner))
    ]
    return withdrawn + blamed_anew


def _next_suspect(
    wrongly_blamed: Exchange, flip: str, diary: DiaryReader, window: float, manner: Manner
) -> tuple[Exchange, Label] | None:
    """Who else the flip may belong to, if that is likelier than that it belongs to nothing."""
    entry = diary.flip(flip)
    if entry is None:
        return None
    said = diary.said_before(entry.at, window, wrongly_blamed.id)
    others = [one for one in said if one.id != wrongly_blamed.id and not one.acted]
    suspects = causes(others, entry.at, entry.state, window, manner)
    if not suspects or suspects[0].probability < 1 - sum(one.probability for one in suspects):
        return None
    return suspects[0].exchange, Label(entry.state, 1.0, "flip", flip)


def _same(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() > SAME and matcher.ratio() > SAME
