"""The actions that are available on a screen now, for the help and the command palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding

from recipe_tui.tui.actions import ACTIONS, Action

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

_BY_ID = {action.id: action for action in ACTIONS}


@dataclass(frozen=True, slots=True)
class AvailableAction:
    """An action, and who does it.

    Attributes:
        action: The action.
        node: The widget, screen or application that has its method.
    """

    action: Action
    node: DOMNode


def available_actions(screen: Screen[object]) -> list[AvailableAction]:
    """Return what can be done on a screen now, from what has the focus outwards.

    Bindings that a field would take as text are offered too: it is the field, not the action, that stands in their way.
    """
    found: dict[str, AvailableAction] = {}
    inside = screen.focused if screen.focused is not None else screen
    for node in inside.ancestors_with_self:
        for binding in _bindings(node):
            action = _BY_ID.get(binding.id or "")
            if action is None or action.id in found or not hasattr(node, f"action_{action.name}"):
                continue
            if node.check_action(action.name, ()):
                found[action.id] = AvailableAction(action, node)
    return list(found.values())


def _bindings(node: DOMNode) -> list[Binding]:
    return [
        binding
        for kind in type(node).__mro__
        for binding in vars(kind).get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]
