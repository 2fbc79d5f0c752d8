"""Who says what in a household of text: people with favourite wordings, and a television."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench.household import talk, words
from bench.household.channel import Channel
from bench.household.scenarios import Scenario
from bench.household.talk import Sentence
from bench.household.words import Pair
from lamp.messages import State, opposite
from lamp.simulate.clip_words import Kind
from lamp.simulate.habits import Habits
from lamp.simulate.repertoire import Clip
from lamp.simulate.room import Saying
from lamp.simulate.voices import favourites

FAVOURITES = 4  # wordings that a person usually takes
LETTERS_A_SECOND = 14.0
SHORTEST = 0.4  # s
PET_SENTENCES, PET_SHARE = 10, 0.3  # what a household says again and again, of its chatter
DEVICE_REQUESTS, LIGHT_WORDS = 0.06, 0.05  # of all talk
SETS = ("television", "radio", "newsreader")
MIXED = ("plain", "elliptical", "nickname", "elliptical")  # of one person's favourites


@dataclass(frozen=True)
class Written(Saying):
    """A saying that is text, as a recogniser wrote it down; nobody can hear it."""

    transcript: str = ""

    @property
    def seconds(self) -> float:
        """How long it takes to say."""
        return max(SHORTEST, len(self.clip.words) / LETTERS_A_SECOND)


class Speaker:
    """Somebody with a few favourite wordings.

    Args:
        name: whose ways the channel knows.
        family: plain, elliptical, nickname, whistle, foreign or mixed.
        rng: of all that is drawn here.
    """

    def __init__(self, name: str, family: str, rng: random.Random) -> None:
        self.name = name
        self.family = family
        self._language = rng.choice(sorted(words.FOREIGN))
        families = MIXED if family == "mixed" else (family,) * FAVOURITES
        self.favourites: list[Pair] = []
        for each in families:
            # In the order of the table: a set's order changes from one process to the next.
            fresh = [pair for pair in self._pairs(each) if pair not in self.favourites]
            self.favourites.append(rng.choice(fresh))

    def says(self, wanted: State, habits: Habits, rng: random.Random) -> str:
        """A favourite wording for ``wanted``, a variation of one, or a new one."""
        shares = favourites(habits.first_choice, FAVOURITES)
        pair = rng.choices(self.favourites, shares)[0]
        novel = rng.choice(self._pairs("foreign" if self.family == "foreign" else "plain"))
        polite = rng.choice(words.POLITE)
        chance = rng.random()
        if chance < habits.p_novel:
            pair, polite = novel, "{}"
        elif chance > habits.p_novel + habits.p_variation or self.family in ("foreign", "whistle"):
            polite = "{}"
        return polite.format(pair.lit if wanted == "lit" else pair.dark)

    def _pairs(self, family: str) -> tuple[Pair, ...]:
        if family == "foreign":
            return words.FOREIGN[self._language]
        return {
            "plain": words.PLAIN,
            "elliptical": words.ELLIPTICAL,
            "nickname": words.NICKNAME,
            "whistle": words.WHISTLE,
        }[family]


class WrittenVoices:
    """All that is said in a household of ``scenario``; see :class:`lamp.simulate.voices.Voices`."""

    def __init__(self, scenario: Scenario, habits: Habits, seed: int) -> None:
        rng = random.Random(f"speakers {seed}")
        self._scenario = scenario
        self._habits = habits
        self._channel = Channel(scenario.rate, seed)
        self.people = [
            Speaker(f"person {place}", family, rng)
            for place, family in enumerate(scenario.families)
        ]
        self._pets = [talk.chatter(rng) for _ in range(PET_SENTENCES)]

    def command(self, wanted: State, part: float, rng: random.Random) -> Saying:  # noqa: ARG002
        """One of the people asks for ``wanted``."""
        speaker = rng.choices(self.people, self._scenario.shares)[0]
        text = speaker.says(wanted, self._habits, rng)
        return self._say(speaker.name, text, wanted, speaker.family, rng)

    def again(self, said: Saying, rng: random.Random) -> Saying:
        """The same request, mostly in the same words, heard anew."""
        clip = said.clip
        assert clip.state is not None
        speaker = next(one for one in self.people if one.name == clip.speaker)
        text = clip.words
        if rng.random() >= self._habits.p_same_again:
            text = speaker.says(clip.state, self._habits, rng)
        return self._say(speaker.name, text, clip.state, clip.family, rng)

    def show(self, first: State, rng: random.Random) -> tuple[Saying, Saying]:
        """The favourite pair of one of them."""
        speaker = rng.choice(self.people)
        pair = speaker.favourites[0]
        texts = {"lit": pair.lit, "dark": pair.dark}
        one, other = (
            self._say(speaker.name, texts[state], state, speaker.family, rng)
            for state in (first, opposite(first))
        )
        return one, other

    def talk(self, part: float, rng: random.Random) -> list[Saying]:  # noqa: ARG002
        """One broadcast, or people among themselves; here and there a request or light words."""
        if rng.random() < self._scenario.broadcasts:
            who, sentence = [rng.choice(SETS)], talk.broadcast
        else:
            who, sentence = [one.name for one in self.people] + ["guest"], self._chatter
        return [self._remark(rng.choice(who), sentence, rng) for _ in range(rng.randint(1, 4))]

    def noise(self, rng: random.Random) -> Saying | None:  # noqa: ARG002
        """Nothing: a recogniser writes nothing down for a door."""
        return None

    def _chatter(self, rng: random.Random) -> str:
        return rng.choice(self._pets) if rng.random() < PET_SHARE else talk.chatter(rng)

    def _remark(self, speaker: str, sentence: Sentence, rng: random.Random) -> Saying:
        chance = rng.random()
        if chance < DEVICE_REQUESTS and speaker not in SETS:
            sentence = talk.device_request
        elif chance < DEVICE_REQUESTS + LIGHT_WORDS:
            sentence = talk.light_words
        return self._say(speaker, sentence(rng), None, "talk", rng)

    def _say(
        self, speaker: str, text: str, state: State | None, family: str, rng: random.Random
    ) -> Saying:
        kind: Kind = "command" if state else "chatter"
        clip = Clip("", text, kind, family, state, speaker, 1, 0.0, "", "")
        noise = random.Random(rng.random())
        return Written(clip, transcript=self._channel.heard(speaker, text, noise))
