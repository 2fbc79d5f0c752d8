"""Nobody sees or moves anything without a code, and no other page does it for who has one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lamp.clock import LiveClock
from lamp.messages import Muted
from lamp.page.doorkeeper import is_from_here, is_of_this_network, is_own_host, own_names
from lamp.page.pairing import ALPHABET, LIFE, accept, offer
from lamp.page.rate import Rate
from lamp.page.sessions import MOST, Sessions, forget_all
from tests.page.conftest import Site

CHANGING = ("/mute", "/freeze", "/told", "/unpair")
SEEING = ("/events", "/diary.jsonl", "/live.js", "/no/such/place")


def test_a_code_lets_one_browser_in_once(tmp_path: Path) -> None:
    code = offer(tmp_path)
    assert accept(tmp_path, code.lower().replace("-", " "))
    assert not accept(tmp_path, code)


def test_a_code_is_of_letters_that_look_like_nothing_else(tmp_path: Path) -> None:
    code = offer(tmp_path)
    assert len(code) == 9
    assert set(code) <= {*ALPHABET, "-"}
    assert not {*"0O1IL"} & {*ALPHABET}


@pytest.mark.parametrize("later", [LIFE + 1, -1.0])
def test_a_code_is_no_good_when_it_is_old_or_of_before_the_last_start(
    tmp_path: Path, later: float
) -> None:
    code = offer(tmp_path, lambda: 100.0)
    assert not accept(tmp_path, code, lambda: 100.0 + later)
    assert accept(tmp_path, code, lambda: 100.0 + LIFE - 1)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'{"digest": 1}', b"\xff", b'{"until": "x"}']
)
def test_a_damaged_offer_lets_nobody_in(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pairing.json").write_bytes(content)
    assert not accept(tmp_path, "")


def test_the_disk_has_no_code_and_no_token(site: Site) -> None:
    site.pair()
    code = offer(site.runtime).replace("-", "")
    kept = [
        path.read_text()
        for path in (*site.state.rglob("*"), *site.runtime.rglob("*"))
        if path.is_file()
    ]
    token = site.cookie.partition("=")[2]
    assert not any(code in each or token in each for each in kept)


def test_who_is_paired_outlives_a_restart_and_who_is_unpaired_does_not(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, LiveClock())
    one, other = sessions.begin(), sessions.begin()
    sessions.end(one)
    again = Sessions(tmp_path, LiveClock())
    assert [again.known(each) for each in (one, other, "", "x")] == [False, True, False, False]
    forget_all(tmp_path)  # by another process
    assert not again.known(other)
    assert not sessions.known(other)
    assert len(sessions) == 0


def test_the_browser_that_was_paired_first_goes_when_there_are_too_many(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, LiveClock())
    tokens = [sessions.begin() for _ in range(MOST + 1)]
    assert [sessions.known(token) for token in tokens] == [False] + [True] * MOST


def test_a_disk_that_refuses_costs_only_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("no directory")
    sessions = Sessions(tmp_path, LiveClock())
    assert sessions.known(sessions.begin())


@pytest.mark.parametrize("content", ["", "[]", '{"x": 5}', "\x00"])
def test_a_damaged_list_of_browsers_lets_nobody_in(tmp_path: Path, content: str) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page/sessions.json").write_text(content)
    assert len(Sessions(tmp_path, LiveClock())) == 0


def test_whoever_is_not_paired_is_shown_the_door(site: Site) -> None:
    answer = site.get("/")
    assert (answer.status, answer.headers["location"]) == (303, "/pair")
    assert "Code" in site.get("/pair").text
    assert [site.get(target).status for target in SEEING] == [403] * len(SEEING)


@pytest.mark.parametrize(
    "cookie", ["", "lamp=", "lamp=nobody", "lamp=\x7f", "other=1; lamp=x; lamp=y", "=;;=", "lamp"]
)
def test_a_made_up_cookie_opens_nothing(site: Site, cookie: str) -> None:
    site.cookie = cookie
    assert site.get("/diary.jsonl").status == 403
    assert site.post("/mute", on="yes", token="").status == 403
    assert site.sent == []


def test_the_wrong_code_lets_nobody_in_and_tries_are_counted(site: Site) -> None:
    code = offer(site.runtime)
    answers = [site.post("/pair", code="WRNG-CDE2").status for _ in range(8)]
    assert set(answers[:5]) == {403}
    assert answers[-1] == 429
    assert "set-cookie" not in site.post("/pair", code=code).headers


def test_paired_it_shows_and_does(site: Site) -> None:
    site.pair()
    assert "Mute" in site.get("/").text
    answer = site.post("/mute", token=site.token(), on="yes")
    assert (answer.status, answer.headers["location"]) == (303, "/?said=muted")
    assert site.sent == [("recorder", Muted(True))]


def test_the_cookie_is_for_this_site_and_for_no_script(site: Site) -> None:
    answer = site.post("/pair", code=offer(site.runtime))
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=lax", "path=/"} <= parts


def test_unpaired_it_is_out(site: Site) -> None:
    site.pair()
    assert site.post("/unpair", token=site.token()).status == 303
    assert site.get("/diary.jsonl").status == 403


@pytest.mark.parametrize("target", CHANGING)
@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:1", ""]
)
def test_a_form_of_another_site_changes_nothing(
    site: Site, target: str, origin: str | None
) -> None:
    site.pair()
    answer = site.post(target, {"Origin": origin}, token=site.token(), on="yes")
    assert answer.status == 403
    assert site.sent == []
    assert site.get("/").status == 200


@pytest.mark.parametrize("target", CHANGING)
@pytest.mark.parametrize("token", ["", "0" * 64, "wrong"])
def test_a_form_without_its_token_changes_nothing(site: Site, target: str, token: str) -> None:
    site.pair()
    assert site.post(target, token=token, on="yes").status == 403
    assert site.sent == []
    assert site.get("/").status == 200


def test_the_token_of_one_browser_is_no_good_for_another(site: Site) -> None:
    other = site.pair().token()
    site.pair()
    assert site.post("/mute", token=other, on="yes").status == 403


def test_looking_changes_nothing(site: Site) -> None:
    site.pair()
    for target in CHANGING:
        assert site.get(target).status == 405
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"):
        assert site.ask(method, "/mute").status == 405
    assert site.sent == []


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "",
        None,
        "lamp.local.evil.example",
        "[::1",
        "localhost:80x",
        "a b",
    ],
)
def test_a_name_that_is_not_the_machines_is_not_answered(site: Site, host: str | None) -> None:
    site.pair()
    assert site.get("/diary.jsonl", Host=host).status in (400, 421)
    assert site.post("/mute", {"Host": host, "Origin": f"http://{host}"}, on="yes").status in (
        400,
        421,
    )
    assert site.sent == []


def test_it_answers_to_its_own_names() -> None:
    names = own_names("licht.home", "Lampe.fritz.box")
    hosts = [
        "lampe.local:8080",
        "LAMPE",
        "lampe.fritz.box",
        "licht.home",
        "localhost:1",
        "192.168.1.7",
        "[fd00::1]:80",
    ]
    assert all(is_own_host(host, names) for host in hosts)
    assert not is_own_host("lampe.evil.example", names)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("192.168.1.5", True),
        ("10.1.2.3", True),
        ("127.0.0.1", True),
        ("fe80::1%eth0", True),
        ("fd12::1", True),
        ("::ffff:192.168.0.9", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("2a00:1450::1", False),
        ("", False),
    ],
)
def test_only_this_network_is_let_in(address: str, ours: bool) -> None:
    assert is_of_this_network(address) is ours


@pytest.mark.parametrize(
    ("own", "ours"), [("2a00:1450::1", True), ("2a00:1450:0:1::1", False), ("192.168.0.1", False)]
)
def test_a_neighbour_may_have_an_address_of_the_wide_world(own: str, ours: bool) -> None:
    assert is_of_this_network("2a00:1450::42", own) is ours


def test_a_form_may_come_by_either_scheme() -> None:
    assert is_from_here("https://lamp.local", "lamp.local")
    assert not is_from_here("https://lamp.local.evil", "lamp.local")


def test_a_rate_is_kept_and_recovers() -> None:
    now = 0.0
    rate = Rate(0.5, 2, lambda: now)
    assert [rate.allows("a") for _ in range(3)] == [True, True, False]
    assert rate.allows("b")
    now = 2.0
    assert [rate.allows("a"), rate.allows("a")] == [True, False]


def test_it_does_not_remember_everybody_who_tries() -> None:
    rate = Rate(1, 1, lambda: 0.0)
    for number in range(5000):
        rate.allows(str(number))
    assert len(rate._left) <= 1024


def test_nothing_of_the_page_comes_from_elsewhere_or_stands_in_a_frame(site: Site) -> None:
    answer = site.pair().get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    for forbidden in ("http://", "https://", "//", "<style", "style=", "onclick", "<script>"):
        assert forbidden not in answer.text, forbidden


def test_a_fault_in_the_page_costs_one_answer(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.pair()
    site.page._reading.see = lambda count: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    assert site.get("/").status == 500
    assert site.get("/pair").status == 303
