"""Keys that arrive faster than they are handled, as on a slow connection: each waits until the one before has settled.

Textual (8.2.8) sends a key to the focused widget's queue at once, or runs a priority binding at once. A key that moves
the focus or opens a screen is handled later, when it has passed the queues of the widget and its parents, so that keys
behind it would go to the wrong field, and a priority binding would overtake text that was typed before it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.command import CommandPalette

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.screen import Screen
    from textual.widget import Widget

OPENING = frozenset({"default", "dialog"})
"""Groups of the workers of a screen that answer a key by another screen or focus: the next key waits until they have.

Work that takes longer has a group of its own.
"""

LONGEST_WAIT = 5.0
"""Seconds that a key waits for work at most: longer work does not lock the keyboard, and Escape stops it."""

IN_ORDER = (events.Key, events.Paste, events.MouseDown, events.MouseUp)
"""Input that is handled in the order of its arrival."""

_PALETTE_SEARCH = CommandPalette._GATHER_COMMANDS_GROUP  # private to Textual 8.2.8


class TypedAhead(App[None]):
    """An application that handles a key only after everything that the key before it caused."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waiting: deque[events.Event] = deque()
        self._settling: asyncio.Task[None] | None = None

    @property
    def has_settled(self) -> bool:
        """Whether every key that has come was handled, with all that it caused."""
        return self._settling is None and not self._waiting and not self.message_queue_size

    async def on_event(self, event: events.Event) -> None:
        """Queue keys, pastes and clicks; handle everything else at once."""
        if not isinstance(event, IN_ORDER) or event.is_forwarded:
            await super().on_event(event)
            return
        self._waiting.append(event)
        if self._settling is None:
            if self._is_mounted_screen:
                await self._handle_next()
            else:
                self._settling = asyncio.create_task(self._settle())

    async def _handle_next(self) -> None:
        if not self._waiting:
            self._settling = None
            return
        try:
            await super().on_event(self._waiting.popleft())
        finally:
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        """Wait until the last key has no further effect, then handle the next."""
        began, place, settled = time.monotonic(), self._place(), 0
        while settled < 2:  # what a handler posts follows in the next pass
            with suppress(TimeoutError):
                await asyncio.wait_for(self._pass_queues(), LONGEST_WAIT)
            before, place = place, self._place()
            settled = settled + 1 if place == before and not self._is_busy() else 0
            if self._is_mounted_screen and time.monotonic() - began > LONGEST_WAIT:
                break  # but a screen that is being mounted is waited for: keys would be lost
        self.call_later(self._handle_next)

    @property
    def _is_mounted_screen(self) -> bool:
        return bool(self.screen_stack) and self.screen.is_mounted

    def _place(self) -> tuple[Screen[Any] | None, Widget | None]:
        return (self.screen, self.focused) if self.screen_stack else (None, None)

    async def _pass_queues(self) -> None:
        """Wait for a callback in the queue of each node that a key passes: from the focused widget to the application.

        Messages bubble the same way, so whatever was in the queues before, and bubbled, has been handled, too.
        """
        screen, focused = self._place()
        if screen is None or not self._is_mounted_screen:
            await asyncio.sleep(0.005)
            return
        for node in (focused or screen).ancestors_with_self:
            await _pass_queue(node)

    def _is_busy(self) -> bool:
        screen, focused = self._place()
        if screen is None or not self._is_mounted_screen:
            return True
        if any(node.message_queue_size for node in (focused or screen).ancestors_with_self):
            return True
        types_text = not self._waiting or getattr(self._waiting[0], "is_printable", False)
        groups = OPENING if types_text else OPENING | {_PALETTE_SEARCH}
        opening = (worker for worker in self.workers if worker.group in groups and worker.node in (self, screen))
        return any(not worker.is_finished for worker in opening)


async def _pass_queue(node: MessagePump) -> None:
    passed = asyncio.Event()
    if node.call_later(passed.set):
        await passed.wait()
