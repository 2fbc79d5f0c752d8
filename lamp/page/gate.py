"""What every request passes before the page sees it: see :mod:`lamp.page.doorkeeper`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lamp.page.doorkeeper import HEADERS, is_from_here, is_own_host, session_token
from lamp.page.rate import Rate
from lamp.page.sessions import Sessions, form_token

MOST_OF_A_FORM = 4096  # bytes
MOST_OF_A_TARGET = 512  # bytes, of path and query
OPEN_TO_ALL = frozenset({"/pair", "/style.css", "/icon.svg"})
FORMS_A_SECOND, FORMS_AT_ONCE = 2.0, 20.0
TRIES_A_SECOND, TRIES_AT_ONCE = 0.5, 5.0  # of pairing codes, by one peer

log = logging.getLogger(__name__)


class Gate:
    """Lets requests through to ``app``, or answers them itself.

    Those let through have ``session`` (the token; empty: not paired) and ``form`` (dict) in
    their scope's state.

    Args:
        app: the page.
        sessions: who is paired.
        names: this machine's, as browsers may call it.
        now: s, a monotonic clock.
    """

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        names: Collection[str],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._names = names
        self._forms = Rate(FORMS_A_SECOND, FORMS_AT_ONCE, now)
        self._tries = Rate(TRIES_A_SECOND, TRIES_AT_ONCE, now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = await self._refusal(scope, receive)
        try:
            await (answer or self._app)(scope, receive, with_headers)
        except Exception:  # whatever it was, the next request is served
            log.exception("a fault in the page, please report it")
            raise

    async def _refusal(self, scope: Scope, receive: Receive) -> Response | None:
        """What a request is answered that must not get further; None: it may."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not is_own_host(host, self._names):
            return _refuse(421, "This is the lamp, and it is not called that.")
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_OF_A_TARGET:
            return _refuse(414, "That is too long to be anything here.")
        token = session_token(headers.get("cookie"))
        paired = bool(token) and self._sessions.known(token)
        scope["state"] |= {"session": token if paired else "", "form": {}}
        if scope["method"] in ("GET", "HEAD"):
            if not paired and scope["path"] not in OPEN_TO_ALL:
                to_pair = scope["path"] == "/"
                return RedirectResponse("/pair", 303) if to_pair else _refuse(403, "Not paired.")
            return None
        if scope["method"] != "POST":
            return _refuse(405, "Not that way.")
        return await self._form_refusal(scope, receive, headers, host)

    async def _form_refusal(
        self, scope: Scope, receive: Receive, headers: Headers, host: str
    ) -> Response | None:
        if not is_from_here(headers.get("origin"), host):
            return _refuse(403, "That did not come from this page.")
        token, peer = scope["state"]["session"], (scope.get("client") or ("",))[0]
        if scope["path"] != "/pair" and not token:
            return _refuse(403, "Not paired.")
        allowed = self._forms.allows(token) if token else self._tries.allows(peer)
        if not allowed:
            return _refuse(429, "Too often. Wait a little, and try again.")
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()) or int(length[:9]) > MOST_OF_A_FORM:
            return _refuse(413, "That is no form of this page.")
        try:
            sent = (await Request(scope, receive).body()).decode()
            fields = parse_qs(sent, max_num_fields=10, errors="strict")
        except ValueError:
            return _refuse(400, "That is no form of this page.")
        form = {name: values[-1] for name, values in fields.items()}
        if token and form.get("token") != form_token(token):
            return _refuse(403, "That form is too old. Load the page again.")
        scope["state"]["form"] = form
        return None


def _refuse(status: int, why: str) -> Response:
    return PlainTextResponse(why + "\n", status, {"Connection": "close"})
