"""The picture of the learning curve."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from lamp.simulate.learning_curve import HEIGHT, WIDTH, Curve, draw, running_share

SVG = "{http://www.w3.org/2000/svg}"


def curve(
    commands: list[tuple[float, bool]] | None = None, flips: list[float] | None = None
) -> Curve:
    if commands is None:
        commands = [(1.0, False), (2.0, False), (3.0, True), (4.0, True)]
    return Curve(
        "Words & <pictures>", 30.0, commands, [1.1, 2.1] if flips is None else flips, [5.0]
    )


def parsed(one: Curve) -> ElementTree.Element:
    return ElementTree.fromstring(draw(one))


def texts(one: Curve) -> list[str]:
    return [element.text or "" for element in parsed(one).iter(f"{SVG}text")]


def test_the_picture_is_an_svg_with_title_axes_and_legend() -> None:
    words = texts(curve())
    assert words[0] == "Words & <pictures>"
    for needed in ("commands obeyed", "minutes of the evening", "times so far", "100%", "0%"):
        assert needed in words
    for needed in ("flips needed (2)", "false actions (1)", "obeyed at once"):
        assert needed in words


def test_every_command_is_a_dot_above_or_below() -> None:
    dots = list(parsed(curve()).iter(f"{SVG}circle"))[2:]  # two are in the legend
    heights = {dot.get("fill"): dot.get("cy") for dot in dots}
    assert len(dots) == 4
    assert float(heights["white"] or 0) > float(heights["#1f6fb2"] or 0)


def test_the_running_share_is_of_the_last_ten() -> None:
    commands = [(float(minute), minute >= 10) for minute in range(20)]
    shares = running_share(commands)
    assert shares[0] == (0.0, 0.0)
    assert shares[9] == (9.0, 0.0)
    assert shares[14] == (14.0, 0.5)
    assert shares[19] == (19.0, 1.0)


def test_a_staircase_goes_up_once_for_every_flip() -> None:
    flat, steep = (draw(curve(flips=flips)) for flips in ([], [1.0, 2.0, 3.0]))
    assert steep.count("points") == flat.count("points")
    stairs = list(ElementTree.fromstring(steep).iter(f"{SVG}polyline"))[1].get("points", "")
    assert len({point.split(",")[1] for point in stairs.split()}) == 4


@pytest.mark.parametrize("flips", [0, 1, 7, 83, 999])
def test_everything_lies_within_the_picture(flips: int) -> None:
    one = curve(
        commands=[(minute / 40, minute % 3 == 0) for minute in range(flips)],
        flips=[29.0 * number / max(1, flips) for number in range(flips)],
    )
    for line in parsed(one).iter(f"{SVG}polyline"):
        for point in line.get("points", "").split():
            x, y = (float(value) for value in point.split(","))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


@pytest.mark.parametrize("minutes", [0.5, 3, 30, 600])
def test_short_and_long_evenings_have_a_handful_of_marks(minutes: float) -> None:
    marks = [word for word in texts(Curve("t", minutes, [], [], [])) if word.isdigit()]
    assert 6 <= len(marks) <= 5 + 9  # five of them stand at the lower panel
