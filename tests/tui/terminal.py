"""A program in a terminal, for tests that must see what a person sees: a pseudo-terminal, with pyte as its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

KEYS = {
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "backspace": b"\x7f",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    "f5": b"\x1b[15~",
    "f8": b"\x1b[19~",
    "f9": b"\x1b[20~",
    "ctrl+b": b"\x02",
    "ctrl+c": b"\x03",
    "ctrl+j": b"\n",
    "ctrl+p": b"\x10",
    "ctrl+q": b"\x11",
}


class Terminal:
    """A program that runs in a terminal.

    Args:
        command: The program and its arguments.
        folder: Where it starts.
        size: Columns and lines.
        environment: Variables besides those of this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.received = bytearray()
        self._outside, self._inside = pty.openpty()
        self._set_size(size)
        self.settings = termios.tcgetattr(self._inside)
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})},
            stdin=self._inside,
            stdout=self._inside,
            stderr=self._inside,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that a new size is told to it
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was: its settings, its own screen, its cursor."""
        same = termios.tcgetattr(self._inside)[:4] == self.settings[:4]
        return same and self.received.rfind(b"\x1b[?1049l") > self.received.rfind(b"\x1b[?1049h")

    def press(self, *keys: str) -> None:
        """Press keys; what is no name of a key is typed."""
        for key in keys:
            os.write(self._outside, KEYS.get(key) or key.encode())

    def press_at_once(self, *keys: str) -> None:
        """Press keys so that the program reads all of them at once, as a slow connection brings them."""
        os.write(self._outside, b"".join(KEYS.get(key) or key.encode() for key in keys))

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self.screen.resize(lines, columns)
        self._set_size((columns, lines))

    def wait_for(self, shown: str | Callable[[str], bool], seconds: float = 90) -> None:
        """Return as soon as the screen shows something; fail with what it shows when it takes too long."""
        deadline = time.monotonic() + seconds
        while not (shown in self.text if isinstance(shown, str) else shown(self.text)):
            left = deadline - time.monotonic()
            if left <= 0 or not self.read(left):
                raise AssertionError(f"{shown!r} is not shown:\n{self.text}")

    def wait(self, seconds: float = 90) -> int:
        """Return the exit code when the program has ended."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        code = self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        while self.read(0.05):
            pass
        return code

    def read(self, seconds: float) -> bool:
        """Take what the program writes, waiting so long for it; False when there was nothing."""
        ready, _, _ = select.select([self._outside], [], [], seconds)
        if not ready:
            return False
        written = os.read(self._outside, 65536)
        self.show(written)
        return bool(written)

    def take(self, seconds: float) -> list[tuple[float, bytes]]:
        """Return what the program writes in some seconds, with the time of each piece, without showing it."""
        taken = []
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._outside], [], [], left)[0]:
                taken.append((time.perf_counter(), os.read(self._outside, 65536)))
        return taken

    def show(self, written: bytes) -> None:
        """Show what the program has written."""
        self.received += written
        self._stream.feed(written)

    def close(self) -> None:
        """End the program, however far it is."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._outside)
        os.close(self._inside)

    def _set_size(self, size: tuple[int, int]) -> None:
        columns, lines = size
        fcntl.ioctl(self._outside, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
