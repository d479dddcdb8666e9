"""Textual's style sheet, which parses every source once and computes the style of widgets that are alike once.

Textual 8.2.8 computes all styles of a screen again when it is shown, resized, covered by a dialog or loses the focus,
and parses all sheets again with every new screen: more than half of the time until a screen is drawn. What is private
to that version is used here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.css.model import SelectorType
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Hashable

    from textual.css.model import RuleSet
    from textual.css.styles import RulesMap
    from textual.css.types import CSSLocation


@dataclass(slots=True, eq=False)
class _Style:
    """The computed style of all widgets with the same key.

    Attributes:
        selectors: The names by which rules can select such a widget and its component classes.
        rules: The rules in force; None when no rule matches.
        has_hover: Whether a rule depends on the mouse being over it.
    """

    selectors: set[str]
    rules: RulesMap | None
    has_hover: bool


_parsed: dict[Hashable, list[RuleSet]] = {}
"""The rules of a source, by the source and the variables it was parsed with."""

_computed: dict[tuple[int, ...], dict[int, _Style]] = {}
"""The styles by key, by the identity of the rules they were computed from; `_parsed` keeps those alive."""

_ids: set[str] = set()
"""The ids that any rule names."""

_keys: dict[Hashable, int] = {}
"""A number for everything about a widget, and the widgets that contain it, that rules can select by."""


class CachedStylesheet(Stylesheet):
    """A style sheet for a whole application; what it computes is the same as Textual's."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._variables_key = frozenset(self._variables.items())
        self._styles: dict[int, _Style] = {}
        self._applied: WeakKeyDictionary[DOMNode, _Style] = WeakKeyDictionary()
        self._batch: object = None
        self._batch_keys: dict[DOMNode, int] = {}
        self._position_dependent = 0

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the variables, unless they are the same."""
        if variables != self._variables:
            super().set_variables(variables)
            self._variables_key = frozenset(variables.items())

    def reparse(self) -> None:
        """Parse the sources with the variables as they are."""
        self.parse()

    def parse(self) -> None:
        """Parse what was added, and forget the styles that the new rules may change."""
        before = set(self._rules)
        super().parse()
        identity = tuple(map(id, self._rules))
        if identity not in _computed:
            selectors = {name for rule in self._rules if rule not in before for name in rule.selector_names}
            kept = {key: style for key, style in self._styles.items() if style.selectors.isdisjoint(selectors)}
            _computed[identity] = kept
        self._styles = _computed[identity]

    def _parse_rules(
        self,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        key = (css, read_from, is_default_rules, tie_breaker, scope, self._variables_key)
        if key not in _parsed:
            _parsed[key] = rules = super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
            selectors = [one for rule in rules for path in rule.selector_set for one in path.selectors]
            _ids.update(one.name for one in selectors if one.type is SelectorType.ID)
        return _parsed[key]

    def apply(
        self, node: DOMNode, *, animate: bool = False, cache: dict[tuple[Any, ...], RulesMap] | None = None
    ) -> None:
        """Apply the rules to a widget, unless they are in force already, or it is not mounted yet: mounting does it."""
        if node._parent is None and isinstance(node, Widget):
            return
        if self._require_parse:
            self.parse()
        if type(node) is not DOMNode and (cache is None or cache is not self._batch):  # not for a component class
            self._batch, self._batch_keys = cache, {}
        key = self._key(node)
        style = self._styles.get(key)
        if style is None:
            style = self._compute(node, animate)
            if style is None:
                self._applied.pop(node, None)
                return
            self._styles[key] = style
        elif style is self._applied.get(node):
            node.notify_style_update()
            return
        else:
            node._has_hover_style = style.has_hover
            node._has_focus_within = node._has_order_style = node._has_odd_or_even = False
            if style.rules is not None:
                self.replace_rules(node, style.rules, animate=animate)
            self._process_component_classes(node)
        if isinstance(node, Widget):
            self._applied[node] = style

    def _compute(self, node: DOMNode, animate: bool) -> _Style | None:
        """Compute and apply a style; return None where it depends on a widget's siblings or contents."""
        position_dependent = self._position_dependent
        computed: dict[tuple[Any, ...], RulesMap] = {}
        super().apply(node, animate=animate, cache=computed)
        if node._has_focus_within or node._has_order_style or node._has_odd_or_even:
            self._position_dependent += 1
        if self._position_dependent != position_dependent:  # the node itself, or one of its component classes
            return None
        selectors = node._selector_names | DOMNode._css_type_names
        selectors |= {f".{name}" for name in node._get_component_classes()}
        return _Style(selectors, next(iter(computed.values()), None), node._has_hover_style)

    def _key(self, node: DOMNode) -> int:
        """Return a number that is the same for widgets with the same style, their order and contents aside."""
        if node not in self._batch_keys:
            parent = node._parent
            above = self._key(parent) if isinstance(parent, DOMNode) else -1
            state: Hashable = None
            if isinstance(node, Widget):
                state = node.mouse_hover, node.has_focus, node.disabled, node.allow_focus()
            elif isinstance(node, App):
                state = node.app_focus, node.current_theme.dark, node.is_inline, node.native_ansi_color, node.no_color
            key = (above, type(node), node._id if node._id in _ids else None, frozenset(node._classes), state)
            self._batch_keys[node] = _keys.setdefault(key, len(_keys))
        return self._batch_keys[node]
