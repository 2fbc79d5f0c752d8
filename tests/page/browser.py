"""Chromium without a window, spoken to through two pipes (the DevTools protocol)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
PATIENCE = 20.0  # s
PHONE, DESK = (390, 844), (1280, 900)


class Browser:
    """One tab.

    Args:
        home: a folder for its profile.
        scripts: whether pages may run theirs.
    """

    def __init__(self, home: Path, scripts: bool = True) -> None:
        assert CHROMIUM is not None
        here, there = os.pipe(), os.pipe()

        def three_and_four() -> None:  # where Chromium reads and answers
            read, write = os.dup(here[0]), os.dup(there[1])
            os.dup2(read, 3)
            os.dup2(write, 4)

        self._process = subprocess.Popen(
            [
                CHROMIUM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--hide-scrollbars",
                f"--user-data-dir={home}",
                "--remote-debugging-pipe",
                "about:blank",
            ],
            pass_fds=(3, 4),
            preexec_fn=three_and_four,  # noqa: PLW1509  nothing is locked yet
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(here[0])
        os.close(there[1])
        self._to, self._from = here[1], os.fdopen(there[0], "rb", buffering=0)
        self._number = 0
        self._waiting = b""
        self.events: list[dict[str, Any]] = []
        self._session = ""
        tabs = self.do("Target.getTargets")["targetInfos"]
        tab = next(each["targetId"] for each in tabs if each["type"] == "page")
        self._session = self.do("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility"):
            self.do(f"{domain}.enable")
        self.do("Emulation.setScriptExecutionDisabled", value=not scripts)

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        call = {"id": self._number, "method": method, "params": params}
        if self._session:
            call["sessionId"] = self._session
        os.write(self._to, json.dumps(call).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            more = self._from.read(1 << 16)
            assert more, "the browser has ended"
            self._waiting += more
        one, _, self._waiting = self._waiting.partition(b"\0")
        said: dict[str, Any] = json.loads(one)
        return said

    def open(self, address: str) -> None:
        self.do("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, script: str) -> Any:
        found = self.do("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, script: str) -> None:
        until = time.monotonic() + PATIENCE
        while not self._value_between_pages(script):
            assert time.monotonic() < until, f"{script} never came true: {self.text()}"
            time.sleep(0.05)

    def _value_between_pages(self, script: str) -> Any:
        """Its value, or None while one page goes and the next comes."""
        try:
            return self.value(script)
        except AssertionError as error:
            if "navigated" not in str(error):
                raise
            return None

    def text(self) -> str:
        return str(self.value("document.body.innerText"))

    def press(self, label: str, within: str = "body") -> None:
        """The button or link that says ``label``, and wait for the page behind it."""
        self.value("window.left = true")
        pressed = f"{within} button, {within} a, {within} summary"
        self.value(
            f"[...document.querySelectorAll({json.dumps(pressed)})]"
            f".find(each => each.innerText.trim().startsWith({json.dumps(label)})).click()"
        )
        self.wait("!window.left && document.readyState === 'complete'")

    def key(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.do(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text
            )

    def write(self, text: str) -> None:
        self.do("Input.insertText", text=text)

    def picture(self, path: Path, size: tuple[int, int], dark: bool = False) -> None:
        """All of the page, as a window of this width shows it."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])
        width, height = size
        metrics = {"deviceScaleFactor": 1, "mobile": width < 600}
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height, **metrics)
        self.wait("document.readyState === 'complete' && innerWidth > 0")
        shot = self.do("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        self._from.close()
