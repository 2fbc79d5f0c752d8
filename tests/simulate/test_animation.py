"""The moving picture of a demo: every line at its time, well-formed, and nothing from elsewhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from lamp.simulate.animation import ROWS, SECONDS, animate
from lamp.simulate.live_view import RIGHT, Line

SVG = "{http://www.w3.org/2000/svg}"


def evening(count: int) -> list[Line]:
    return [
        Line(60.0 * number, f"Ada: <word> & {number}", RIGHT, "lit" if number % 2 else "dark")
        for number in range(1, count + 1)
    ]


def test_every_line_comes_when_it_came() -> None:
    picture = animate(evening(20), "A & B", "in the end")
    root = ElementTree.fromstring(picture)
    rows = [text for text in root.iter(f"{SVG}text") if text.get("class") == "l"]
    assert [" ".join(row.itertext()).split() for row in rows][4] == [
        "5:00", "Ada:", "<word>", "&", "5", "(*)", RIGHT,
    ]  # fmt: skip
    times = [float(at) for at in re.findall(r"@keyframes a\d+\{0%,([\d.]+)%", picture)]
    assert times == sorted(times)
    assert times[9] * 2 - times[19] < 0.02
    assert picture.count("translateY") == 2 + 2 * (20 - ROWS)


def test_it_moves_by_itself_and_asks_nobody_for_anything() -> None:
    picture = animate(evening(3), "t", "e")
    assert "<script" not in picture
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]
    assert f"{SECONDS + 4:g}s" in picture
    assert max(float(at) for at in re.findall(r"([\d.]+)%", picture)) <= 100


def test_an_evening_in_which_nothing_was_said_is_a_picture_too() -> None:
    ElementTree.fromstring(animate([], "t", "e"))
