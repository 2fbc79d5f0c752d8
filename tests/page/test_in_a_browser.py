"""The page in Chromium: with and without scripts, by keyboard, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lamp.diary.exchange import Label
from lamp.diary.writer import Diary
from lamp.messages import Muted
from lamp.owner.frozen import is_frozen
from lamp.page.pairing import offer
from lamp.runtime.paths import diary_path
from tests.page.browser import CHROMIUM, DESK, PHONE, Browser
from tests.page.conftest import Site
from tests.page.home import Home

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]


@pytest.fixture
def home(site: Site) -> Home:
    home = Home(site.state, site.runtime)
    home.evening()
    home.beat("dark")
    return home


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Browser]:
    one = Browser(tmp_path / "profile", scripts=request.param)
    yield one
    one.close()


def paired(browser: Browser, site: Site) -> None:
    browser.open(site.origin)
    browser.value("document.getElementById('code').focus()")
    browser.write(offer(site.runtime))
    browser.key("Enter", 13)
    browser.wait("location.pathname === '/' && document.readyState === 'complete'")


def faults(browser: Browser) -> list[object]:
    bad = ("Log.entryAdded", "Runtime.exceptionThrown")
    return [event["params"] for event in browser.events if event.get("method") in bad]


@pytest.mark.timeout(180)
def test_every_button_does_what_it_says(site: Site, home: Home, browser: Browser) -> None:
    paired(browser, site)
    row = "#x-u3"
    browser.press("Mute")
    assert "It no longer listens." in browser.text()
    browser.press("Freeze")
    browser.press("Wrong", row)
    assert "That was talk, then" in browser.text()
    browser.value("document.querySelector('#x-u8 details').open = true")
    browser.press("This was for the lamp", "#x-u8")
    browser.value("document.querySelector('#x-u7 details').open = true")
    browser.press("Forget", "#x-u7")
    assert site.sent == [("recorder", Muted(True))]
    assert is_frozen(site.config)
    with closing(Diary.open(diary_path(site.config), read_only=True)) as diary:
        assert diary.exchange("u3").label == Label("none", 1.0, "correction", "told")
        assert diary.exchange("u8").label == Label("lit", 1.0, "flip", "told")
        assert diary.exchange("u7") is None
    assert faults(browser) == []
    browser.press("Unpair")
    assert "not paired yet" in browser.text()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("browser", [True], indirect=True)
def test_what_is_heard_appears_by_itself_and_takes_no_focus(
    site: Site, home: Home, browser: Browser
) -> None:
    paired(browser, site)
    browser.value("document.querySelector('#x-u7 summary').focus()")
    home.hear("THISISNEW", "lit")
    home.beat("lit")
    browser.wait("document.querySelector('ol.heard li').innerText.includes('THISISNEW')")
    browser.wait("document.querySelector('#now').innerText.includes('The lamp: lit')")
    assert browser.value("document.activeElement.closest('li').id") == "x-u7"
    browser.press("Wrong", "#x-u9")
    with closing(Diary.open(diary_path(site.config), read_only=True)) as diary:
        assert diary.exchange("u9").label.source == "correction"


@pytest.mark.timeout(180)
@pytest.mark.parametrize("size", [PHONE, DESK])
@pytest.mark.parametrize("browser", [True], indirect=True)
def test_it_fits_the_window_and_can_be_touched_and_read_out(
    site: Site, home: Home, browser: Browser, size: tuple[int, int], tmp_path: Path
) -> None:
    paired(browser, site)
    picture = tmp_path / "page.png"
    browser.picture(picture, size)
    assert picture.stat().st_size > 10_000
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    small = browser.value(
        "[...document.querySelectorAll('button, .button, summary')]"
        ".filter(each => each.offsetParent && each.offsetHeight < 44).map(each => each.innerText)"
    )
    assert small == []
    nodes = browser.do("Accessibility.getFullAXTree")["nodes"]
    needs_a_name = {"button", "link", "textbox", "image", "region", "DisclosureTriangle"}
    nameless = [
        node
        for node in nodes
        if node.get("role", {}).get("value") in needs_a_name
        and not node["ignored"]
        and not node.get("name", {}).get("value", "").strip()
    ]
    assert nameless == []
    names = [
        node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "button"
    ]
    assert "Wrong “BENEND'” was talk" in names


@pytest.mark.timeout(180)
@pytest.mark.parametrize("browser", [True], indirect=True)
def test_all_of_it_is_reached_by_keyboard_and_the_focus_is_seen(
    site: Site, home: Home, browser: Browser
) -> None:
    paired(browser, site)
    reached = []
    for _ in range(40):
        browser.key("Tab", 9)
        reached.append(browser.value("document.activeElement.innerText.trim().split('\\n')[0]"))
        if reached[-1].startswith("To the content"):
            continue
        outline = browser.value("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or not reached[-1], reached[-1]
    for label in ("To the content", "Mute", "Freeze", "Why", "Wrong", "Export", "Unpair"):
        assert any(each.startswith(label) for each in reached), (label, reached)
