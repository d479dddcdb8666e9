"""The command palette's commands: the actions that work on the present screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from recipe_tui.tui.actions import AREAS
from recipe_tui.tui.available_actions import available_actions
from recipe_tui.tui.keymap import keys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ActionCommands(Provider):
    """Offers every action of the table that can be done now, with its keys and what it does."""

    async def discover(self) -> Hits:
        """Yield all of them, in the order of the table."""
        for name, help_text, run in self._commands():
            yield DiscoveryHit(name, run, help=help_text)

    async def search(self, query: str) -> Hits:
        """Yield those whose name or help matches what was typed."""
        matcher = self.matcher(query)
        for name, help_text, run in self._commands():
            score = max(matcher.match(name), matcher.match(help_text) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=help_text)

    def _commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        for action, node in available_actions(self.screen).items():
            if action.name == "command_palette":
                continue
            keys = ", ".join(self.app.get_key_display(binding) for binding in keys_of(action, self._keymap))
            yield (
                f"{AREAS[action.area]}: {action.label}  ({keys})",
                action.help,
                partial(self.app.run_action, action.name, node),
            )

    @property
    def _keymap(self) -> dict[str, str]:
        keymap: dict[str, str] = getattr(self.app, "keymap", {})
        return keymap
