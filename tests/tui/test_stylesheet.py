"""Styles that are remembered are the same as those that Textual computes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.widgets import Input, Label

from recipe_tui.tui.stylesheet import CachedStylesheet


class Cells(Label):
    """A widget with a component class."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"cells--head"}
    DEFAULT_CSS = """
    Cells { width: 10; & .cells--head { color: red; } }
    Cells:hover { width: 12; & .cells--head { color: green; } }
    """


class Late(Label):
    """A widget whose sheet comes when the screen is there already."""

    DEFAULT_CSS = "Late { width: 7; } Label { margin: 1; } Cells .cells--head { text-style: bold; }"


class Page(App[None]):
    CSS = """
    Input:focus { border: round red; }
    .loud Label { color: $error; }
    Vertical:disabled > Label { color: blue; }
    #second { height: 3; }
    Vertical:focus-within { background: $primary; }
    #rows Label:first-child { color: yellow; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.stylesheet = CachedStylesheet(variables=self.get_css_variables())

    def compose(self) -> ComposeResult:
        with Vertical(id="rows"):
            yield Label("one")
            yield Label("two", id="second")
            yield Cells("three")
            yield Cells("four")
        with Vertical():
            yield Input()
            yield Input()


def styles_of(node: DOMNode) -> tuple[object, ...]:
    """The rules of a node and of its component classes, and what has it styled again."""
    components = {name: styles.base.get_rules() for name, styles in node._component_styles.items()}
    flags = (node._has_hover_style, node._has_focus_within, node._has_order_style, node._has_odd_or_even)
    return node.styles.base.get_rules(), components, flags


def differences(app: App[None]) -> Iterator[tuple[DOMNode, object, object]]:
    """Yield every node whose styles are others once Textual's own style sheet has computed them."""
    plain = Stylesheet(variables=app.get_css_variables())
    plain.source = dict(app.stylesheet.source)
    plain.parse()
    for node in app.screen.walk_children(with_self=True):
        cached = styles_of(node)
        plain.apply(node)
        if cached != styles_of(node):
            yield node, cached, styles_of(node)


async def focus_the_other(pilot: Pilot[None]) -> None:
    await pilot.press("tab")


async def change_classes(pilot: Pilot[None]) -> None:
    pilot.app.screen.set_class(True, "loud")
    pilot.app.screen.query_one("#second").remove_class("none")


async def disable(pilot: Pilot[None]) -> None:
    pilot.app.query_one("#rows").disabled = True


async def hover(pilot: Pilot[None]) -> None:
    await pilot.hover(Cells)


async def change_the_theme(pilot: Pilot[None]) -> None:
    pilot.app.theme = "textual-light"


async def add_a_sheet(pilot: Pilot[None]) -> None:
    await pilot.app.query_one("#rows").mount(Late("five"), before=0)
    pilot.app.stylesheet.update(pilot.app.screen)


async def nothing(pilot: Pilot[None]) -> None:
    pilot.app.stylesheet.update(pilot.app.screen)


@pytest.mark.parametrize(
    "change", [nothing, focus_the_other, change_classes, disable, hover, change_the_theme, add_a_sheet]
)
def test_styles_are_those_that_textual_computes(change: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    async def main() -> None:
        app = Page()
        async with app.run_test() as pilot:
            await change(pilot)
            await pilot.pause()
            assert list(differences(app)) == []

    asyncio.run(main())


def test_what_is_in_force_already_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[DOMNode] = []
    parsed: list[str] = []
    apply, parse = Stylesheet.apply, Stylesheet._parse_rules
    monkeypatch.setattr(
        Stylesheet, "apply", lambda sheet, node, **how: (computed.append(node), apply(sheet, node, **how))
    )
    monkeypatch.setattr(
        Stylesheet, "_parse_rules", lambda sheet, css, *how: (parsed.append(css), parse(sheet, css, *how))[1]
    )

    async def main() -> None:
        app = Page()
        async with app.run_test() as pilot:
            await pilot.pause()
            computed.clear()
            parsed.clear()
            app.stylesheet.update(app.screen)
            app.refresh_css()
            # "Vertical:focus-within" and "#rows Label:first-child" depend on more than can be remembered
            assert {type(node) for node in computed} == {Vertical, Label, Cells}
            assert parsed == []

    asyncio.run(main())
