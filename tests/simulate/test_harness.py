from __future__ import annotations

import subprocess
import sys

from lamp.simulate.harness import make_lamp, make_learner


def an_hour_of_evenings(seed: int) -> list[str | None]:
    """The owner says one thing for light and one for dark, and flips when not obeyed."""
    lamp = make_lamp(seed)
    answers: list[str | None] = []
    lit = False
    for number in range(24):
        t = 60.0 * number
        wanted = not lit
        answer = lamp.hear(t, "lumos maxima" if wanted else "nox nox nox", lit)
        answers.append(answer)
        if answer is None:
            lamp.flipped(t + 4, wanted)
        lit = wanted
        lamp.hear(t + 30, f"the weather on day {number} was fine", lit)
    return answers


def test_a_lamp_in_the_harness_learns_two_words_within_a_few_flips() -> None:
    answers = an_hour_of_evenings(seed=0)
    assert answers[0] is None
    assert answers[-12:] == ["lit", "dark"] * 6


def test_the_same_seed_gives_the_same_evening() -> None:
    assert an_hour_of_evenings(seed=3) == an_hour_of_evenings(seed=3)


def test_flips_are_attributed_to_what_was_said_before_them() -> None:
    lamp = make_lamp(0)
    lamp.hear(10.0, "lumos", False)
    lamp.flipped(13.0, True)
    lamp.flipped(500.0, False)
    assert lamp.attributed() == [(13.0, 10.0), (500.0, None)]


def test_the_learner_answers_a_distribution() -> None:
    learner = make_learner(0)
    said = [("lumos", 1, 1.0), ("dinner", 0, 1.0)] * 3
    learner.observe(*said[0])
    learner.fit(said)
    none, lit, dark = learner.predict("lumos")
    assert abs(none + lit + dark - 1) < 1e-9
    assert lit > 0.3 > dark


def test_who_weighs_the_transcriber_does_not_weigh_the_learner() -> None:
    weigh = (
        "import sys\n"
        "from lamp.simulate.harness import make_transcriber\n"
        "make_transcriber()\n"
        "print([name for name in sys.modules if name.startswith(('lamp.language', 'lamp.tr'))])"
    )
    done = subprocess.run([sys.executable, "-c", weigh], capture_output=True, check=True, text=True)
    assert "lamp.transcriber.engine" in done.stdout
    assert "lamp.language_model" not in done.stdout
    assert "lamp.trainer" not in done.stdout
