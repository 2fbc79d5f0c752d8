"""What the page shows of a diary, and what its buttons ask of the lamp."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lamp.config import Names
from lamp.diary.exchange import Label
from lamp.diary.reader import Tally
from lamp.diary.writer import Diary
from lamp.messages import Erase, Muted
from lamp.owner import Meant
from lamp.owner.frozen import is_frozen
from lamp.owner.waiting import Waiting
from lamp.page import boldness, curve
from lamp.runtime.paths import diary_path, lock_state
from tests.page.conftest import Site
from tests.page.home import Home

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def home(site: Site) -> Iterator[Home]:
    home = Home(site.state, site.runtime)
    yield home
    home.diary.close()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_it_shows_how_the_lamp_is(site: Site, home: Home) -> None:
    home.beat("lit")
    shown = words(site.pair().get("/").text)
    assert "The lamp: lit It listens." in shown
    home.beat("dark", muted=True, state="muted")
    shown = words(site.get("/").text)
    assert "The lamp: dark It is muted: it does not listen." in shown
    assert "Listen again" in shown


def test_without_a_lamp_it_says_so(site: Site) -> None:
    shown = words(site.pair().get("/").text)
    assert "It is just a switch for now" in shown
    assert "Nothing was heard yet." in shown


def test_it_tells_what_was_heard_what_happened_and_which_lesson_made_it(
    site: Site, home: Home
) -> None:
    home.evening()
    rows = site.pair().get("/").text.partition("</ol>")[0].split('<li id="x-')[1:]
    told = [words(row.partition(">")[2]) for row in rows]
    assert len(told) == 8
    obeyed = next(row for row in told if "96% sure" in row)
    assert obeyed.startswith("26 Nov 18:55:00 PITEDOL The lamp went dark by itself.")
    assert "It sounds like “P&#39;ITEDOL” of 18:52:00, when you made it dark." in obeyed
    assert "It was 96% sure that dark was wanted, and 70% is enough." in obeyed
    assert "By its words it asked for: nothing 2%, lit 2%, dark 96%." in obeyed
    undone = next(row for row in told if "79% sure" in row)
    assert "You undid that at 18:54:04, so it counts as talk now." in undone
    assert "Wrong" not in undone
    like_it = next(row for row in told if "HWATHISFORDIN&#39;TON " in row)
    assert "which was talk, as you showed it." in like_it


def test_what_was_said_is_text_and_no_markup(site: Site, home: Home) -> None:
    home.evening()
    html = site.pair().get("/").text
    assert "&lt;b&gt;&amp;&#34;&#39;script" in html
    assert "<b>&" not in html


def test_any_binary_thing_is_called_what_its_owner_calls_it(make_site: Callable[..., Site]) -> None:
    site = make_site(names=Names("fan", "on", "off"))
    home = Home(site.state, site.runtime)
    home.evening()
    home.beat("lit")
    shown = words(site.pair().get("/").text)
    assert "The fan: on" in shown
    assert "The fan went off by itself." in shown
    assert " lit" not in shown.replace("lit is", "")


def test_its_buttons_ask_the_right_process_for_the_right_thing(site: Site, home: Home) -> None:
    home.evening()
    token = site.pair().token()
    forms: list[tuple[str, dict[str, str]]] = [
        ("/mute", {"on": "no"}),
        ("/freeze", {"on": "yes"}),
        ("/told", {"exchange": "u5", "meant": "talk"}),
        ("/told", {"exchange": "u8", "meant": "lit"}),
        ("/told", {"exchange": "u1", "meant": "forget"}),
    ]
    for target, form in forms:
        assert site.post(target, token=token, **form).status == 303
    assert site.sent == [("recorder", Muted(False))]
    assert is_frozen(site.config)
    with closing(Diary.open(diary_path(site.config), read_only=True)) as diary:
        assert diary.exchange("u5").label == Label("none", 1.0, "correction", "told")
        assert diary.exchange("u8").label == Label("lit", 1.0, "flip", "told")
        assert diary.exchange("u1") is None


def test_what_an_anticipator_has_not_done_yet_is_said_to_wait(
    site: Site, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamp.page.app.PATIENCE", 0.2)
    home.evening()
    token = site.pair().token()
    with lock_state(site.state, "anticipator"):
        answer = site.post("/told", token=token, exchange="u5", meant="talk")
        assert "has not answered" in site.get(answer.headers["location"]).text
    assert list(Waiting(site.config).all().values()) == [Meant("u5", "none")]


def test_erasing_is_asked_twice(site: Site) -> None:
    token = site.pair().token()
    assert "There is no way back" in site.get("/erase").text
    assert "There is no way back" in site.post("/erase", token=token).text
    assert site.sent == []
    assert site.post("/erase", token=token, sure="yes").status == 303
    assert site.sent == [("anticipator", Erase())]


@pytest.mark.parametrize(
    "form", [{"meant": "talk"}, {"exchange": "u1"}, {"exchange": "u1", "meant": "x"}]
)
def test_half_a_form_asks_for_nothing(site: Site, form: dict[str, str]) -> None:
    token = site.pair().token()
    assert site.post("/told", token=token, **form).status == 400
    assert site.sent == []


def test_a_lamp_that_does_not_answer_is_said_not_to(site: Site) -> None:
    token = site.pair().token()
    site.answering = False
    answer = site.post("/mute", token=token, on="yes")
    assert "has not answered" in site.get(answer.headers["location"]).text


def test_the_diary_can_be_taken_along(site: Site, home: Home) -> None:
    home.evening()
    answer = site.pair().get("/diary.jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["text"] for line in lines][:2] == ["BENEND'", "P'ITEDOL"]
    assert "attachment" in answer.headers["content-disposition"]


def test_a_damaged_diary_is_said_to_be_one(site: Site) -> None:
    (site.state / "diary.sqlite").write_bytes(b"no diary" * 1000)
    answer = site.pair().get("/")
    assert answer.status == 200
    assert "damaged" in answer.text


def test_more_can_be_shown_and_no_more_than_that(site: Site, home: Home) -> None:
    for number in range(120):
        home.hear(f"W{number}")
    site.pair()
    for target, shown in (("/", 20), ("/?rows=50", 50), ("/?rows=99999", 100), ("/?rows=x", 20)):
        assert site.get(target).text.count('<li id="x-') == shown
    assert "Show 100" in site.get("/").text


def test_what_changes_is_sent_as_it_changes(site: Site, home: Home) -> None:
    home.beat("dark")
    home.hear("FIRST")
    site.pair()
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as line:
        line.sendall(
            f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {site.cookie}\r\n\r\n".encode()
        )
        lines = line.makefile("r")
        until_event(lines, "now", "dark")
        until_event(lines, "row", "FIRST")
        home.beat("lit")
        home.hear("SECOND")
        until_event(lines, "now", "The lamp: lit")
        until_event(lines, "row", "SECOND")
        assert site.page.watching == 1
        site.post("/unpair", token=site.token())
        until_event(lines, "over", "")


def until_event(lines: Iterator[str], name: str, content: str) -> None:
    for line in lines:
        if line == f"event: {name}\n":
            data = next(lines)
            assert data.startswith("data:")
            if content in data:
                return
    raise AssertionError(f"no {name} with {content}")


def test_the_curve_counts_who_changed_the_light() -> None:
    drawn = curve.draw([Tally("2026-11-26", 9, 3, 1, 2), Tally("2026-11-27", 5, 0, 0, 0)], "lamp")
    heights = {bar.kind: bar.height for bar in drawn.bars}
    assert heights["rightly"] == pytest.approx(2 * heights["undone"], abs=0.2)
    assert heights["by-hand"] == heights["rightly"]
    assert drawn.summary.startswith("26 Nov: 2 times the lamp changed by itself and was left so")


def test_a_curve_of_nothing_says_so() -> None:
    assert curve.draw([], "lamp").summary == "Nothing has changed the light yet."


def test_the_price_of_boldness_is_what_the_docs_say() -> None:
    table = re.findall(
        r"^\| \**([\d.]+)\** \| ([\d.]+) \| \d+[^|]*\| ([\d.]+) \|",
        (DOCS / "configuration.md").read_text(),
        re.M,
    )
    assert [tuple(map(float, row)) for row in table] == [tuple(price) for price in boldness.PRICES]


def test_boldness_is_told_in_words() -> None:
    assert "more than 70% sure" in boldness.in_words(0.3)
    assert "12 flips" in boldness.in_words(0.05)
    assert boldness.in_words(0) == "It never acts by itself."


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_everything_can_be_read_by_weak_eyes(scheme: int) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for what is drawn."""
    css = (DOCS.parent / "lamp/page/static/style.css").read_text()
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in css.split("@media", 1)
    )
    colours = light | (dark if scheme else {})
    for ground in ("ground", "card"):
        for text in ("ink", "soft", "accent", "good", "bad"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for drawn in ("rightly", "by-hand", "undone"):
            assert contrast(colours[drawn], colours[ground]) >= 3, (drawn, ground)
    for name in ("accent", "lit", "dark"):
        assert contrast(colours[name], colours[f"on-{name}"]) >= 4.5, name
