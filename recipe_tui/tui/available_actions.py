"""The actions that are available on a screen now, for the help and the command palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from recipe_tui.tui.actions import ACTIONS, Action

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

_BY_ID = {action.id: action for action in ACTIONS}


def available_actions(screen: Screen[object]) -> dict[Action, DOMNode]:
    """Return the actions that are available on a screen now, each with the node that has its method.

    They are ordered from the focused widget outwards. Keys that a focused field would take as text are included.
    """
    found: dict[Action, DOMNode] = {}
    inside = screen.focused if screen.focused is not None else screen
    for node in inside.ancestors_with_self:
        for binding in _bindings(node):
            action = _BY_ID.get(binding.id or "")
            if action is None or action in found or not hasattr(node, f"action_{action.name}"):
                continue
            if node.check_action(action.name, ()):
                found[action] = node
    return found


def _bindings(node: DOMNode) -> list[Binding]:
    return [
        binding
        for kind in type(node).__mro__
        for binding in vars(kind).get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]
