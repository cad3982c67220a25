"""A person who runs ``duebell connect freshbooks`` and agrees, or does not, in the browser."""

from __future__ import annotations

import os
import pty
import re
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.flows.commands import start

SECONDS = 40.0


def decide(url: str, decision: str = "allow") -> str:
    """Open the address and press a button; gives where the browser is sent then."""
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(url)
        assert 200 == page.status_code, page.text
        form = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        pressed = browser.post(url.partition("?")[0], data={**form, "decision": decision})
        assert 302 == pressed.status_code, pressed.text
        return pressed.headers["location"]


def come_back(address: str) -> httpx.Response:
    """Go where FreshBooks sent the browser, whatever the certificate is."""
    return httpx.get(address, verify=False, trust_env=False)  # noqa: S501


class Command:
    """The running command, at a terminal or without one."""

    def __init__(
        self,
        place: Path,
        environment: Mapping[str, str],
        *options: str,
        at_terminal: bool = False,
    ) -> None:
        self._said = b""
        arguments = ("duebell", "connect", "freshbooks", "--no-browser", *options)
        self._screen, theirs = pty.openpty() if at_terminal else os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            given = theirs if at_terminal else nothing.fileno()
            self._process = start(place, environment, arguments, (given, theirs, theirs))
        os.close(theirs)
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        while True:
            try:
                data = os.read(self._screen, 65_536)
            except OSError:  # a terminal that nobody writes to any more
                return
            if not data:
                return
            self._said += data

    @property
    def said(self) -> str:
        """What stands on the screen."""
        return self._said.decode(errors="replace").replace("\r\n", "\n")

    def wait_for(self, text: str) -> None:
        """Wait until it says this."""
        deadline = time.monotonic() + SECONDS
        while text not in self.said:
            assert self._process.poll() is None or text in self.said, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def address(self, number: int = 1) -> str:
        """The address that it shows for the so-manieth time."""
        deadline = time.monotonic() + SECONDS
        while len(found := re.findall(r"^  (http\S+)\n", self.said, re.MULTILINE)) < number:
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)
        return str(found[number - 1])

    def type(self, line: str) -> None:
        """Type a line at the terminal."""
        os.write(self._screen, f"{line}\n".encode())

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.send_signal(signal.SIGKILL)
        self.wait()

    def interrupt(self) -> int:
        """Press Ctrl-C; gives the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; gives the exit code."""
        code = self._process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code

    def end(self) -> None:
        """Make sure that it has ended, and switch the screen off."""
        self.kill()
        os.close(self._screen)
