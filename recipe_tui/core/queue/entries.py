"""What waits in the queue and what became of it, and the operations on it; none of them touches a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import Field

from recipe_tui.core.errors import UsageError
from recipe_tui.core.runs.events import Time  # noqa: TC001 - pydantic reads it
from recipe_tui.core.runs.folder import PathText  # noqa: TC001
from recipe_tui.core.runs.process import Process  # noqa: TC001

EntryState = Literal["waiting", "held", "running", "finished", "stopped", "failed"]
"""``held`` until it is released; ``running`` from the launch to the end, also while it is paused."""

RETRIES = 2
"""How often a run that crashed is resumed, unless something else is asked for."""

Small = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A training in the queue.

    Attributes:
        number: Its number, which no other entry gets.
        config: Its configuration, as TOML.
        folder: Where relative paths of the configuration begin.
        added: When it was added, seconds since 1970.
        state: How it stands.
        settings: What distinguishes it from others that were added with it, such as ``learning_rate=1e-4``.
        device: Index of the GPU that it must run on; empty for any device.
        used_device: The device that it was launched on.
        run: Its run folder; empty until it is launched.
        retries: How often it is resumed when it crashes.
        attempts: How often it has been launched.
        not_before: It is not launched before this time.
        problem: Why it failed, or could not be launched.
    """

    number: Small
    config: str
    folder: PathText
    added: Time
    state: EntryState = "waiting"
    settings: str = ""
    device: str = ""
    used_device: str = ""
    run: PathText = ""
    retries: Small = RETRIES
    attempts: Small = 0
    not_before: Time = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """The whole queue.

    Attributes:
        entries: In the order in which they are launched.
        next_number: Of the next entry.
        supervisor: The process that launches them; None if there is none.
    """

    entries: tuple[Entry, ...] = ()
    next_number: Small = 1
    supervisor: Process | None = field(default=None)

    def entry(self, number: int) -> Entry:
        """Return an entry.

        Raises:
            UsageError: There is none of that number.
        """
        for entry in self.entries:
            if entry.number == number:
                return entry
        raise UsageError(f"no entry {number} in the queue", "recipe-tui queue lists them")

    @property
    def has_work(self) -> bool:
        """Whether something runs or waits."""
        return any(entry.state in ("waiting", "running") for entry in self.entries)

    def add(self, entry: Entry) -> Queue:
        """Return the queue with an entry at its end, which gets the next number."""
        numbered = replace(entry, number=self.next_number)
        return replace(self, entries=(*self.entries, numbered), next_number=self.next_number + 1)

    def put(self, entry: Entry) -> Queue:
        """Return the queue with an entry in the place of the one of its number."""
        entries = tuple(entry if entry.number == old.number else old for old in self.entries)
        return replace(self, entries=entries)

    def hold(self, number: int) -> Queue:
        """Return the queue with a waiting entry held."""
        return self._change(number, ("waiting",), "held", "only a waiting entry is held; a run is paused or stopped")

    def release(self, number: int) -> Queue:
        """Return the queue with a held entry waiting again."""
        return self._change(number, ("held",), "waiting", "only a held entry is released")

    def retry(self, number: int) -> Queue:
        """Return the queue with an ended entry waiting again, to be resumed from its latest checkpoint."""
        ended: tuple[EntryState, ...] = ("stopped", "failed")
        queue = self._change(number, ended, "waiting", "only one that was stopped or has failed is tried again")
        return queue.put(replace(queue.entry(number), attempts=0, not_before=0.0, problem=""))

    def remove(self, number: int) -> Queue:
        """Return the queue without an entry; its run stays.

        Raises:
            UsageError: It runs.
        """
        if self.entry(number).state == "running":
            raise UsageError(f"entry {number} is running", "stop its run first; the queue continues with the next")
        return replace(self, entries=tuple(entry for entry in self.entries if entry.number != number))

    def move(self, number: int, place: int) -> Queue:
        """Return the queue with an entry at another place.

        Args:
            number: Of the entry.
            place: From 0, among the entries that wait or are held; beyond them is the end.

        Raises:
            UsageError: The entry is none that waits or is held.
        """
        entry = self.entry(number)
        if entry.state not in ("waiting", "held"):
            raise UsageError(f"entry {number} is {entry.state}", "only a waiting or held entry is moved")
        others = [one for one in self.entries if one is not entry]
        pending = [index for index, one in enumerate(others) if one.state in ("waiting", "held")]
        at = pending[max(0, place)] if max(0, place) < len(pending) else len(others)
        return replace(self, entries=(*others[:at], entry, *others[at:]))

    def place(self, number: int) -> int:
        """Return the place of an entry among those that wait or are held, from 0."""
        pending = [entry.number for entry in self.entries if entry.state in ("waiting", "held")]
        return pending.index(number) if number in pending else 0

    def _change(self, number: int, before: tuple[EntryState, ...], after: EntryState, rule: str) -> Queue:
        entry = self.entry(number)
        if entry.state not in before:
            raise UsageError(f"entry {number} is {entry.state}", rule)
        return self.put(replace(entry, state=after))
