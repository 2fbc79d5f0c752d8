"""The guided lesson of ``lamp teach``: who says what, and when to press the space bar.

A pure state machine: it is told what time it is, what the lamp is and what it heard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamp.messages import State
from lamp.simulate.repertoire import Clip, load_clips
from lamp.simulate.room import Saying

PAUSE = 2.5  # s between two things said
ANSWER = 4.0  # s to wait until what was said has been heard
HAND = 12.0  # s to wait for the space bar
MOST_TIMES = 2  # that a thing is said which was not heard

#: Words and take, in the order they are said. Both words twice more than they are taught.
SCRIPT = (
    ("lumos", 1), ("nox", 1), ("lumos", 2), ("nox", 2), ("did you feed the cat this morning", 1),
    ("lumos", 1), ("my sister called about the weekend", 1), ("nox", 1), ("lumos", 2), ("nox", 2),
)  # fmt: skip
SPEAKER = "Ada"


@dataclass(frozen=True)
class Score:
    """commands: said so far, of which ``obeyed`` at once; ``flips`` were needed."""

    commands: int = 0
    obeyed: int = 0
    flips: int = 0


def script() -> list[Clip]:
    """What is said, in this order."""
    clips = {(clip.words, clip.take): clip for clip in load_clips() if clip.speaker == SPEAKER}
    return [clips[each] for each in SCRIPT]


class Lesson:
    """Says what is in ``clips``, and asks for the space bar where the lamp does not know better.

    Args:
        clips: what is said.
        say: shows a line.
        speak: lets the lamp hear something from now on; how long that takes, in s.
        names: of the two states, for the owner.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        say: Callable[[str], None],
        speak: Callable[[Saying], float],
        names: dict[State, str],
    ) -> None:
        self.score = Score()
        self._left = list(clips)
        self._say = say
        self._speak = speak
        self._names = names
        self._clip: Clip | None = None
        self._before: State = "dark"  # the lamp, when it was said
        self._times = 0
        self._heard = False
        self._asked = False  # for the space bar
        self._next_at = 0.0  # s

    @property
    def over(self) -> bool:
        """Everything was said and settled."""
        return self._clip is None and not self._left

    def heard(self) -> None:
        """The lamp has dealt with what was said."""
        self._heard = True

    def tick(self, now: float, lamp: State) -> None:
        """It is ``now`` (s), and the lamp is in that state."""
        if self._clip is None:
            if self._left and now >= self._next_at:
                self._begin(now, lamp)
            return
        wanted = self._clip.state or self._before
        if self._asked:
            if lamp == wanted:
                self._settle(now, "That was the lesson.")
            elif now >= self._next_at:
                self._settle(now, "Never mind.")
        elif self._heard:
            self._judge(now, lamp, wanted)
        elif now >= self._next_at:
            if self._times < MOST_TIMES:
                self._utter(now)
            else:
                self._settle(now, "It did not hear that.")

    def _begin(self, now: float, lamp: State) -> None:
        self._clip, self._before, self._times = self._left.pop(0), lamp, 0
        meant = f"wants it {self._names[self._clip.state]}" if self._clip.state else "only talks"
        self._say("")
        self._say(f"{self._clip.speaker} {meant}: “{self._clip.words}”")
        self._utter(now)

    def _utter(self, now: float) -> None:
        assert self._clip is not None
        self._times += 1
        self._heard = self._asked = False
        self._next_at = now + self._speak(Saying(self._clip)) + ANSWER

    def _judge(self, now: float, lamp: State, wanted: State) -> None:
        assert self._clip is not None
        is_command = self._clip.state is not None
        score = self.score
        if lamp == wanted:
            self.score = Score(score.commands + is_command, score.obeyed + is_command, score.flips)
            self._settle(now, "✓ It did that by itself." if is_command else "✓ It let that be.")
            return
        self.score = Score(score.commands + is_command, score.obeyed, score.flips + 1)
        self._asked = True
        self._next_at = now + HAND
        what = "It does not know that yet" if is_command else "✗ Nobody had asked for that"
        self._say(f"{what}. Press the space bar: that is the lesson.")

    def _settle(self, now: float, line: str) -> None:
        self._say(line)
        self._clip = None
        self._next_at = now + PAUSE


def told(score: Score) -> list[str]:
    """What the lesson came to, and what to do next."""
    return [
        "",
        f"{score.commands} commands: it obeyed {score.obeyed} by itself, after {score.flips} flips"
        " of yours.",
        "",
        "Now with your own voice and your own two words: lamp teach --microphone",
        "A lamp in this terminal that remembers:         lamp run --simulate",
        "A real one, on a board with a relay:            docs/wiring.md",
    ]
