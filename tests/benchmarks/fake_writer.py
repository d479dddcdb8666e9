"""Stands for the process that writes: 200 tokens a second, until it is stopped or has written 20,000."""

from __future__ import annotations

import sys
import threading
import time

from recipe_tui.workers.lines import line_of
from recipe_tui.workers.protocol import (
    Cancel,
    Generate,
    Load,
    Loaded,
    Reply,
    Text,
    Written,
    Wrote,
    read_request,
)

RATE = 200
TOKENS = 20_000
WORDS = (" stir", " the", " soup", " and", " add", " two", " cups", " of", " cream", ",", " then", " simmer", ".\n")


def say(reply: Reply) -> None:
    sys.stdout.write(line_of(reply))
    sys.stdout.flush()


def write(request: Generate, stop: threading.Event) -> None:
    began = time.monotonic()
    written = []
    for number in range(TOKENS):
        stop.wait(max(0.0, began + number / RATE - time.monotonic()))
        if stop.is_set():
            break
        written.append(WORDS[number % len(WORDS)])
        say(Wrote(request.id, 0, written[-1], number % 400, (number % 100) / 100))
    text = Text("".join(written), "", (), (), "cancelled", len(written), float(RATE), 1)
    say(Written(request.id, (text,)))


def main() -> None:
    stop = threading.Event()
    for line in sys.stdin:
        request = read_request(line)
        if isinstance(request, Load):
            say(Loaded(request.id, request.model, request.model, 1, 10**6, "sections", "fake", request.precision))
        elif isinstance(request, Generate):
            stop.clear()
            threading.Thread(target=write, args=(request, stop), daemon=True).start()
        elif isinstance(request, Cancel):
            stop.set()


if __name__ == "__main__":
    main()
