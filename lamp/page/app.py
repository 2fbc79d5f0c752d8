"""The page itself: what it shows, and what its buttons do."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from lamp.clock import Clock
from lamp.config import Config
from lamp.errors import StateError
from lamp.messages import Erase, Message, Muted
from lamp.owner import Forget, Freeze, Meant, ask
from lamp.owner import Request as OwnersRequest
from lamp.page import boldness, curve
from lamp.page.doorkeeper import COOKIE, own_names
from lamp.page.gate import Gate
from lamp.page.notes import NOTES
from lamp.page.now import Now, now
from lamp.page.pairing import accept
from lamp.page.reading import Reading
from lamp.page.requests import PATIENCE, Requests
from lamp.page.rows import Row
from lamp.page.sessions import Sessions, form_token
from lamp.runtime.heartbeat import read_health
from lamp.runtime.paths import diary_path, runtime_directory

LOOK_EVERY = 1.0  # s, while somebody looks
MOST_WATCHING = 8  # open pages that are kept as the lamp is
WATCH_FOR = 600.0  # s; then the browser asks again
ROWS, MOST_ROWS = 20, 100
A_YEAR = 365 * 86400  # s
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
STATIC = {
    path.name: (path.read_bytes(), TYPES[path.suffix])
    for path in (Path(__file__).parent / "static").iterdir()
}


#: What the buttons of a row say: what is asked for, and the note for it.
MEANT: dict[str, tuple[Callable[[str], OwnersRequest], str]] = {
    "talk": (lambda exchange: Meant(exchange, "none"), "talk"),
    "lit": (lambda exchange: Meant(exchange, "lit"), "for-it"),
    "dark": (lambda exchange: Meant(exchange, "dark"), "for-it"),
    "forget": (Forget, "forgotten"),
}


class Page:
    """Answers browsers.

    Args:
        config: of the lamp.
        requests: the way to its processes.
        sessions: who is paired.
        clock: the lamp's.
    """

    def __init__(
        self, config: Config, requests: Requests, sessions: Sessions, clock: Clock
    ) -> None:
        self._config = config
        self._clock = clock
        self._requests = requests
        self._sessions = sessions
        self._runtime = runtime_directory(config)
        self._reading = Reading(diary_path(config), config.names)
        self._templates = Environment(
            loader=PackageLoader("lamp.page"), autoescape=True, auto_reload=False,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        for name in self._templates.list_templates():
            self._templates.get_template(name)  # compiled now, and not while somebody waits
        self._templates.globals |= {"names": config.names, "deciding": config.deciding}
        self.watching = 0
        routes = [
            Route("/", self.show),
            Route("/events", self.events),
            Route("/pair", self.pair, methods=["GET", "POST"]),
            Route("/unpair", self.unpair, methods=["POST"]),
            Route("/mute", self.mute, methods=["POST"]),
            Route("/freeze", self.freeze, methods=["POST"]),
            Route("/told", self.told, methods=["POST"]),
            Route("/diary.jsonl", self.export),
            Route("/erase", self.erase, methods=["GET", "POST"]),
            *(Route(f"/{name}", self.static) for name in STATIC),
        ]
        self.app: ASGIApp = Gate(Router(routes), sessions, own_names(config.page.name))

    async def show(self, request: Request) -> Response:
        """All of the page."""
        count = _number(request.query_params.get("rows"), ROWS, MOST_ROWS)
        seen = self._reading.see(count)
        drawn = curve.draw(seen.tallies, self._config.names.thing)
        more = MOST_ROWS if count < MOST_ROWS and len(seen.rows) == count else None
        return self._html(
            "page.html",
            now=self._now(),
            rows=seen.rows,
            more=more,
            trouble=seen.trouble,
            curve=drawn,
            curve_size=(curve.WIDTH, curve.HEIGHT),
            label=curve.label,
            rightly=curve.rightly,
            boldness=boldness.in_words(self._config.deciding.boldness),
            token=form_token(request.state.session),
            note=NOTES.get(request.query_params.get("said", "")),
        )

    async def events(self, request: Request) -> Response:
        """What changes, as it changes (server-sent events)."""
        if self.watching >= MOST_WATCHING:
            return PlainTextResponse("Too many pages are open.\n", 503)
        return StreamingResponse(
            self._changes(request.state.session), media_type="text/event-stream"
        )

    async def pair(self, request: Request) -> Response:
        """Let a browser in that has the code."""
        if request.state.session:
            return RedirectResponse("/", 303)
        if request.method != "POST":
            return self._html("pair.html", note=None)
        if not accept(self._runtime, request.state.form.get("code", "")):
            return self._html("pair.html", status_code=403, note=NOTES["no-such-code"])
        answer = RedirectResponse("/?said=paired", 303)
        token = self._sessions.begin()
        answer.set_cookie(COOKIE, token, max_age=A_YEAR, httponly=True, samesite="lax")
        return answer

    async def unpair(self, request: Request) -> Response:
        """Forget this browser."""
        self._sessions.end(request.state.session)
        answer = RedirectResponse("/pair", 303)
        answer.delete_cookie(COOKIE)
        return answer

    async def mute(self, request: Request) -> Response:
        """Listen no more, or again."""
        on = request.state.form.get("on") == "yes"
        return await self._ask("recorder", Muted(on), "muted" if on else "listens")

    async def freeze(self, request: Request) -> Response:
        """Learn no more from the switch, or again."""
        on = request.state.form.get("on") == "yes"
        return await self._ask_the_owners_way(Freeze(on), "frozen" if on else "learns")

    async def told(self, request: Request) -> Response:
        """What an utterance meant, by the owner's word."""
        form = request.state.form
        exchange, meant = form.get("exchange", ""), MEANT.get(form.get("meant", ""))
        if meant is None or not exchange:
            return PlainTextResponse("That is no form of this page.\n", 400)
        make, said = meant
        return await self._ask_the_owners_way(make(exchange), said)

    async def export(self, request: Request) -> Response:
        """The diary, one JSON object a line."""
        del request
        headers = {"Content-Disposition": 'attachment; filename="diary.jsonl"'}

        async def lines() -> AsyncIterator[str]:  # and not in a thread: SQLite is of this one
            for line in self._reading.export():
                yield line

        return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)

    async def erase(self, request: Request) -> Response:
        """Forget everything, if that is meant."""
        if request.method == "POST" and request.state.form.get("sure") == "yes":
            return await self._ask("anticipator", Erase(), "erased")
        return self._html("erase.html", token=form_token(request.state.session), note=None)

    async def static(self, request: Request) -> Response:
        """A file of the folder ``static``."""
        content, kind = STATIC[request.url.path.removeprefix("/")]
        return Response(content, media_type=kind)

    async def _ask_the_owners_way(self, request: OwnersRequest, said: str) -> Response:
        """See :mod:`lamp.owner`: what is asked for is written down, and outlives this process."""
        try:
            done = await asyncio.to_thread(ask, self._config, request, PATIENCE)
        except StateError:
            done = False
        return RedirectResponse(f"/?said={said if done else 'no-answer'}", 303)

    async def _ask(self, recipient: str, message: Message, said: str) -> Response:
        done = await self._requests.ask(recipient, message)
        return RedirectResponse(f"/?said={said if done else 'no-answer'}", 303)

    async def _changes(self, session: str) -> AsyncIterator[str]:
        self.watching += 1
        token, until = form_token(session), time.monotonic() + WATCH_FOR
        told: dict[str, str] = {}
        last: Sequence[Row] | None = None
        try:
            while time.monotonic() < until:
                if not self._sessions.known(session):
                    yield "event: over\ndata:\n\n"
                    return
                rows = self._reading.rows(ROWS)  # the same ones, unless something was written
                for name, key, html in self._parts(() if rows is last else rows, token):
                    if told.get(key) != html:
                        data = html if name == "now" else {"id": key, "html": html}
                        yield f"event: {name}\ndata: {json.dumps(data)}\n\n"
                    told[key] = html
                last = rows
                await asyncio.sleep(LOOK_EVERY)
        finally:
            self.watching -= 1

    def _parts(self, rows: Sequence[Row], token: str) -> Iterator[tuple[str, str, str]]:
        """What is kept as the lamp is: kind, element and its content; rows oldest first."""
        yield "now", "now", self._render("now.html", now=self._now(), token=token)
        for row in reversed(rows):
            yield "row", f"x-{row.key}", self._render("row.html", row=row, token=token)

    def _now(self) -> Now:
        return now(read_health(self._runtime), time.monotonic(), self._config.names)

    def _html(self, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._render(template, **values), status_code)

    def _render(self, template: str, **values: Any) -> str:
        return self._templates.get_template(template).render(values)


def _number(text: str | None, usual: int, most: int) -> int:
    """A number of a query, within bounds."""
    digits = text is not None and text.isascii() and text.isdigit() and len(text) < 6
    return min(most, max(1, int(text))) if digits and text else usual
