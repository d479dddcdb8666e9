"""Remapped keys: which of the saved ones are valid, and which keys are in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from recipe_tui.tui.actions import ACTIONS, AREAS, Action, Area, types_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_ID = {action.id: action for action in ACTIONS}

_BESIDE: dict[Area, frozenset[Area]] = {area: frozenset() for area in AREAS}
_BESIDE["everywhere"] = frozenset(AREAS) - {"dialog"}
_BESIDE["dataset"] = frozenset({"list", "block"})
_BESIDE["train"] = frozenset({"list"})
_BESIDE["queue"] = _BESIDE["disk"] = frozenset({"dialog"})
"""Areas whose actions are offered together with those of another."""


def check_keys(keys: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Validate the saved keys.

    Args:
        keys: Keys, separated by commas, by the id of the action.

    Returns:
        The keymap for Textual, and what is wrong with the rest of them, a line each.
    """
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for identity, wanted in keys.items():
        action = _BY_ID.get(identity)
        if action is None:
            problems.append(f"{identity}: no such action")
            continue
        names = ",".join(_long_names(wanted))
        problem = _problem(action, names, keymap)
        if problem:
            problems.append(f"{identity}: {problem}")
        else:
            keymap[identity] = names
    return keymap, problems


def keys_of(action: Action, keymap: Mapping[str, str]) -> list[Binding]:
    """Return an action's keys as they are in force, a binding each."""
    keys = keymap.get(action.id, action.keys)
    return [Binding(key, action.name, action.label) for key in keys.split(",")]


def _problem(action: Action, names: str, keymap: Mapping[str, str]) -> str | None:
    if not names:
        return "no key is given"
    keys = names.split(",")
    if any(map(types_text, keys)) and not any(map(types_text, action.keys.split(","))):
        return "works while one writes, so its key may not be a letter"
    for other in ACTIONS:
        if other.id == action.id or not _meet(action, other):
            continue
        taken = set(keymap.get(other.id, other.keys).split(","))
        if shared := taken.intersection(keys):
            return f"{', '.join(sorted(shared))} is the key of {other.id}"
    return None


def _meet(one: Action, other: Action) -> bool:
    """Return whether two actions can be available at once."""
    return one.area == other.area or other.area in _BESIDE[one.area] or one.area in _BESIDE[other.area]


def _long_names(keys: str) -> list[str]:
    """Return Textual's names of keys: ``question_mark`` for ``?``."""
    names = [(key.strip(), "noop") for key in keys.split(",") if key.strip()]
    return [binding.key for binding in Binding.make_bindings(names)]
