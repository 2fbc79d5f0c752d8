"""What the worst neighbour in the network can do to the page: make it refuse him."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable

import pytest

from lamp.page import server
from tests.page.conftest import Site

MALFORMED = (
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    b"GET /\xff\xfe%00%ff%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET //style.css/../../app.py HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    b"POST /mute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + b"lamp=x; " * 500 + b"\r\n\r\n",
    b"GET /" + b"a" * 600 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"X" * 10_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS, politely
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA:" + b"b" * 9000 + b"\r\n\r\n",
)


def shout(site: Site, said: bytes, patience: float = 5.0) -> bytes:
    """What comes back until the connection ends; nothing where it is cut."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=patience) as line:
        try:
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(4096), b""))
        except OSError:  # cut, perhaps already
            return b""


@pytest.mark.parametrize("said", MALFORMED)
def test_a_malformed_request_is_refused_and_the_next_is_served(site: Site, said: bytes) -> None:
    answer = shout(site, said)
    assert not answer or answer.split()[1] in (
        b"400",
        b"403",
        b"413",
        b"414",
        b"421",
        b"431",
        b"303",
    )
    assert site.get("/pair").status == 200
    assert site.sent == []


@pytest.mark.slow
def test_ten_thousand_malformed_requests_change_nothing(site: Site) -> None:
    rng = random.Random(0)
    for number in range(10_000):
        said = bytearray(rng.choice(MALFORMED)[:200])
        for _ in range(rng.randrange(4)):
            said[rng.randrange(len(said))] = rng.randrange(256)
        with socket.create_connection(("127.0.0.1", site.port), timeout=5) as line:
            try:
                line.sendall(bytes(said))
                if number % 100 == 0:
                    line.shutdown(socket.SHUT_WR)
                    line.recv(4096)
            except (ConnectionError, TimeoutError):
                continue
    assert site.sent == []
    assert len(site.page._sessions) == 0
    time.sleep(1.0)  # until it has hung up on the last of them
    assert site.get("/pair").status == 200


def test_a_form_that_is_too_large_is_not_read(site: Site) -> None:
    site.pair()
    answer = site.ask("POST", "/mute", None, Content_Length="1000000000", Origin=site.origin)
    assert answer.status == 413


@pytest.mark.parametrize(
    "body", ["%ff", "a" * 4000, "&".join(["a=1"] * 50), "%00=%00", "token=%E0%A4%A"]
)
def test_a_form_of_nonsense_changes_nothing(site: Site, body: str) -> None:
    site.pair()
    assert site.ask("POST", "/mute", body).status in (400, 403)
    assert site.sent == []


def test_forms_are_taken_so_often_and_no_more(site: Site) -> None:
    token = site.pair().token()
    statuses = [site.post("/mute", token=token, on="yes").status for _ in range(30)]
    assert statuses[:10] == [303] * 10
    assert statuses[-1] == 429
    assert len(site.sent) < 30


def test_one_peer_has_so_many_connections_and_no_more(site: Site) -> None:
    lines = [
        socket.create_connection(("127.0.0.1", site.port), timeout=5)
        for _ in range(server.MOST_OF_ONE_PEER + 20)
    ]
    time.sleep(0.2)
    cut = 0
    for line in lines:
        line.settimeout(0.05)
        try:
            cut += line.recv(1) == b""
        except ConnectionError:
            cut += 1
        except TimeoutError:
            pass
    assert cut == 20
    for line in lines:
        line.close()
    time.sleep(0.2)
    assert site.get("/pair").status == 200


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nOrigin: http://127.0.0.1\r\n\r\nab",
    ],
)
def test_who_keeps_it_waiting_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, make_site: Callable[..., Site], said: bytes
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.2)
    site = make_site()
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as line:
        line.sendall(said)
        with contextlib.suppress(ConnectionError):
            assert line.recv(1) == b""


def test_a_stranger_from_the_wide_world_is_not_even_listened_to(
    monkeypatch: pytest.MonkeyPatch, make_site: Callable[..., Site]
) -> None:
    monkeypatch.setattr(server, "is_of_this_network", lambda address, own: address != "127.0.0.1")
    site = make_site()
    assert shout(site, b"GET /pair HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == b""


def test_only_so_many_pages_are_kept_as_the_lamp_is(site: Site) -> None:
    site.pair()
    head = f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {site.cookie}\r\n\r\n".encode()
    lines = []
    for _ in range(9):
        line = socket.create_connection(("127.0.0.1", site.port), timeout=5)
        line.sendall(head)
        lines.append(line)
        first = line.recv(12)
    assert first == b"HTTP/1.1 503"
    for line in lines:
        line.close()
