"""Findings as a person would say them, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from lamp.config import Names
from lamp.listen.microphone_findings import Fault as MicrophoneFault
from lamp.listen.microphone_findings import MicrophoneFindings
from lamp.listen.word_findings import Fault, Neighbour, Take, WordFindings, probability

_WORD: dict[Fault, str] = {
    "said once": "It was heard once only: say it three times.",
    "unheard": "Not every take was heard as anything: speak up, or take a longer word.",
    "means both": "It is too like the word for the other state. Take one that sounds different.",
    "unlike": "The takes are not alike to the lamp. Say it the same way, or take another word.",
    "short": "It is short: words of two syllables or more are known again more surely.",
    "unsure": "One flip would not be enough to know it again. Take a longer word.",
}
_MICROPHONE: dict[MicrophoneFault, str] = {
    "dead": "It gives nothing but zeros: it is switched off, or the system forbids it.",
    "too quiet": "It is too quiet: raise its gain (alsamixer, F4), or go nearer.",
    "noisy": "The room is nearly as loud as the voice: go nearer, or away from what is loud.",
    "clips": "It clips: lower its gain, or stand further away.",
    "hums": "It hums: another cable, supply or socket, or a shielded lead.",
}
LEAST_HUM = 0.02  # share of the quiet parts that is worth a word
FAR = -10.0  # nats; that far there is no more to tell


def of_take(number: int, take: Take) -> str:
    """One take, as soon as it was heard."""
    heard = f"{take.text!r} ({take.confidence:.0%} sure)" if take.soft else "nothing it can spell"
    return f"{number}  heard {heard}, {take.seconds:.1f} s"


def of_word(found: WordFindings, names: Names) -> Iterator[str]:
    """The findings on a word, verdict last."""
    if found.alike:
        pairs = ", ".join(f"{nats:.1f}" for nats in found.alike)
        least = min(found.alike)
        yield f"alike     {pairs} nats a pair; by the least the same words: {_share(least)}"
    for neighbour in found.neighbours:
        yield f"unlike    {_neighbour(neighbour, found.alike, names)}"
    if found.recognised is not None and found.confused is not None:
        yield (
            f"one flip  then known again: {found.recognised:.0%}, taken for the other state: "
            f"{found.confused:.0%} ({found.needed:.0%} to act)"
        )
    if not found.calibrated:
        yield "          how this engine misspells is not known: likeness is a guess"
    verdict = " ".join(_WORD[fault] for fault in found.faults)
    yield f"word      {verdict or 'A good one.'}"


def of_microphone(found: MicrophoneFindings) -> Iterator[str]:
    """The findings on a microphone, verdict last."""
    facts = []
    if found.voice_db is not None:
        facts.append(f"voice {found.voice_db:.0f} dB")
    if found.room_db is not None:
        facts.append(f"room {found.room_db:.0f} dB")
    facts.append(f"clipped {found.clipped:.1%}")
    if found.hum is not None:
        hum = found.hum
        share = f"hum of {hum.mains} Hz {hum.share:.0%} of the quiet ({hum.level_db:.0f} dB)"
        facts.append(share if hum.share >= LEAST_HUM else "no hum")
    yield f"sound     {', '.join(facts)}"
    verdict = " ".join(_MICROPHONE[fault] for fault in found.faults)
    good = "Good." if found.voice_db is not None else "Nobody spoke: say something to judge it by."
    yield f"microphone {verdict or good}"


def _neighbour(neighbour: Neighbour, alike: Sequence[float], names: Names) -> str:
    if neighbour.means == "before":
        what = f"{neighbour.text!r}, the word before"
    else:
        what = f"{neighbour.text!r} ({names.of(neighbour.means)}), likest in the diary"
    if neighbour.nats < FAR:
        return f"{what}: nothing alike"
    nats = f"{what}: {neighbour.nats:.1f} nats"
    if not alike:
        return nats
    return f"{nats}, {fmean(alike) - neighbour.nats:.1f} fewer than the takes"


def _share(nats: float) -> str:
    """Never said to be certain."""
    share = probability(nats)
    return f"{share:.0%}" if 0.01 <= share <= 0.99 else "over 99%" if share > 0.99 else "under 1%"
