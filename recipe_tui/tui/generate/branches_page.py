"""The branches of a text as a tree, and two of them side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dialogs.dialog import DIALOG_CSS, Dialog
from recipe_tui.tui.generate.alternatives import token_label
from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.tui.generate.branches import Branch, BranchTree
    from recipe_tui.tui.generate.generation_session import GenerationSession


class BranchesPage(Dialog["GenerationSession | None"]):
    """Shows the branches; the result is the session of the one that is to be shown on the screen.

    Args:
        tree: The branches, of which there is one at least.
        present: The session that is shown on the screen.
    """

    AUTO_FOCUS = "#branches"
    CSS_PATH = [DIALOG_CSS, Path(__file__).with_name("branches_page.tcss")]  # noqa: RUF012 - declared by Textual
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("branches")]

    def __init__(self, tree: BranchTree, present: GenerationSession | None) -> None:
        super().__init__("Branches")
        self.branch_tree = tree
        self.rows = tree.in_order()
        self.beside: Branch | None = None
        self._present = present

    def body(self) -> ComposeResult:
        """Return the tree and two texts."""
        yield VirtualList(self._row, 0, id="branches")
        with Container(id="sides"):
            for name in ("chosen", "beside"):
                with VerticalScroll(classes="side", id=name):
                    yield Static(id=f"{name}-text", markup=False)

    def on_mount(self) -> None:
        """Select the branch that is on the screen."""
        super().on_mount()
        self.query_one(VirtualList).show(len(self.rows), self.branch_tree.index_of(self._present))
        self._show_texts()

    def on_virtual_list_highlighted(self) -> None:
        """Show another branch."""
        self._show_texts()

    def action_go(self) -> None:
        """Close, and show the branch on the screen."""
        self.dismiss(self.branch.session)

    def action_keep_beside(self) -> None:
        """Keep the branch on the right while others are selected, or no longer."""
        self.beside = None if self.beside is self.branch else self.branch
        self._show_texts()

    @property
    def branch(self) -> Branch:
        """The selected branch."""
        return self.rows[self.query_one(VirtualList).selected][0]

    def _row(self, index: int, width: int) -> Content:
        branch, depth = self.rows[index]
        mark = glyphs_of(self).arrow if branch.session is self._present else " "
        if branch.parent is None:
            name = "the text that was written first"
        else:
            token = branch.tokens[branch.place]
            after = "".join(one.text for one in branch.tokens[branch.place + 1 : branch.place + 20])
            name = f"token {branch.place + 1}: {token_label(token.text, glyphs_of(self))} {sanitize_line(after)}"
        return Content(sanitize_line(f"{mark} {'  ' * depth}{name}", width))

    def _show_texts(self) -> None:
        """Show the selected branch, and beside it the one that is kept, or else the one that it was continued from."""
        branch = self.branch
        other = self.beside or self.branch_tree.parent_of(branch)
        for name, one in (("chosen", branch), ("beside", other)):
            self.query_one(f"#{name}-text", Static).update(Content("") if one is None else self._text(one, branch))

    def _text(self, one: Branch, branch: Branch) -> Content:
        """Return the text of a branch; what follows the place where the selected one differs stands out."""
        drafts = one.session.drafts
        is_parent = one is self.branch_tree.parent_of(branch)
        own = drafts[min(branch.of, len(drafts) - 1)] if is_parent else one.session.draft
        place = branch.place if branch.parent is not None else len(own.tokens)
        same, differs = ("".join(token.text for token in part) for part in (own.tokens[:place], own.tokens[place:]))
        lead = sanitize(f"{one.session.request.lead}{same}")
        result = own.result
        head = "" if result is None else f"{result.tokens:,} tokens, seed {result.seed}\n"
        return Content.assemble((head, "$text-muted"), lead, (sanitize(differs), "bold"))
