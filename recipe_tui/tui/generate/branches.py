"""The branches of a text: what was written after other tokens at places of it, as a tree. Knows nothing of widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.tui.generate.generation_session import Draft, GenerationSession, Token


@dataclass(frozen=True, slots=True)
class Branch:
    """A text of the tree.

    Attributes:
        session: Its session.
        parent: Index of the branch that it was continued from; None for the text that was written first.
        place: Number of the token that differs from the parent's.
        of: Which text of the parent's session it was continued from.
    """

    session: GenerationSession
    parent: int | None = None
    place: int = 0
    of: int = 0

    @property
    def tokens(self) -> list[Token]:
        """The tokens of the text."""
        return self.session.draft.tokens


@dataclass(slots=True)
class BranchTree:
    """The texts that were continued from one another; a text from another prompt, or from none of them, begins anew."""

    branches: list[Branch] = field(default_factory=list)

    def add(self, session: GenerationSession) -> None:
        """Add a session, unless it is there."""
        if any(one.session is session for one in self.branches):
            return
        branch = self._child(session)
        if branch is None:
            self.branches.clear()
        self.branches.append(branch or Branch(session))

    def index_of(self, session: GenerationSession | None) -> int:
        """Return the index of a session in `in_order`; 0 if it is not there."""
        found = (place for place, (one, _) in enumerate(self.in_order()) if one.session is session)
        return next(found, 0)

    def in_order(self) -> list[tuple[Branch, int]]:
        """Return the branches depth first, each with its depth; those of a text in the order of their places."""
        found: list[tuple[Branch, int]] = []

        def visit(number: int, depth: int) -> None:
            found.append((self.branches[number], depth))
            children = [place for place, one in enumerate(self.branches) if one.parent == number]
            for child in sorted(children, key=lambda place: (self.branches[place].place, place)):
                visit(child, depth + 1)

        if self.branches:
            visit(0, 0)
        return found

    def parent_of(self, branch: Branch) -> Branch | None:
        """Return the branch that a branch was continued from."""
        return None if branch.parent is None else self.branches[branch.parent]

    def _child(self, session: GenerationSession) -> Branch | None:
        """Return a session as a child of the first text with all tokens before its own; None if there is none."""
        begun = [token.id for token in session.request.begun]
        if not begun:
            return None
        place = len(begun) - 1
        for parent, branch in enumerate(self.branches):
            other = branch.session
            if other.request.prompt == session.request.prompt:
                for number, draft in enumerate(other.drafts):
                    if _ids(draft, place) == begun[:place]:
                        return Branch(session, parent, place, number)
        return None


def _ids(draft: Draft, count: int) -> list[int]:
    return [token.id for token in draft.tokens[:count]]
