"""The table of variants of the laboratory, and the tests of their pairs, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from textual.content import Content

from recipe_tui.core.evaluation.laboratory.ranking import MEASURES
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from recipe_tui.core.evaluation.laboratory.ranking import Ranking
    from recipe_tui.core.evaluation.scores import Measure
    from recipe_tui.core.evaluation.statistics import Difference

NARROW = ("score", "coverage", "extras", "overlap_13")
WIDE = (*NARROW, "swapped_coverage", "order_tau", "repetition_4gram", "parsed", "tokens_per_second")
"""The measures that are shown where there is little room, and where there is more."""

ROOM = 100
"""Cells from which more measures are shown."""

AGAINST = "vs best"


def header(width: int) -> Content:
    """Return the titles of the columns."""
    shown = _measures(width)
    cells = "".join(one.title.rjust(_cell(one.title)) for one in shown)
    return Content.styled(set_cell_size("variant", _room(width)) + cells + AGAINST.rjust(_cell(AGAINST)), "bold")


def row(ranking: Ranking, index: int, width: int) -> Content:
    """Return the line of a variant: its measures, and its score minus the best one's, marked where it is significant.

    The number of its texts is shown while others have more.
    """
    one = ranking.ranked[index]
    cells = ""
    for measure in _measures(width):
        value = one.measures[measure.name].value
        cells += ("-" if value is None else f"{value:.{measure.digits}f}").rjust(_cell(measure.title))
    found = ranking.between(ranking.ranked[0].variant, one.variant).get(MEASURES[0].name) if index else None
    is_whole = one.texts == max(other.texts for other in ranking.ranked)
    name = one.variant if is_whole else f"{one.variant} ({one.texts})"
    label = set_cell_size(sanitize_line(name, 200), _room(width))
    return Content(f"{label}{cells}{_difference(found, 2).rjust(_cell(AGAINST))}")


def pairs(ranking: Ranking) -> Content:
    """Return the tests of all pairs, a line for each measure that differs."""
    lines: list[Content] = []
    for pair in ranking.pairs:
        names = f"{pair.second} minus {pair.first}"
        lines.append(Content.styled(f"{sanitize_line(names, 200)}, {pair.prompts} prompts", "bold"))
        for measure in MEASURES:
            found = pair.differences.get(measure.name)
            if found is None or found.difference.value is None:
                continue
            low, high = found.difference.low, found.difference.high
            span = (
                "" if low is None or high is None else f"from {low:+.{measure.digits}f} to {high:+.{measure.digits}f}"
            )
            p = "" if found.p is None else f"p = {found.p:.3f}"
            lines.append(Content(f"  {measure.title:10}{_difference(found, measure.digits):>10}  {span:26}{p}"))
    note = "No pair is tested: that takes two variants and two prompts." if not lines else ""
    hint = "* significant: the 95 % interval leaves out 0, and p is at most 0.05. Of 20 equal pairs, one is by chance."
    return Content("\n").join([*lines, Content.styled(note or hint, "$text-muted")])


def _measures(width: int) -> list[Measure]:
    names = WIDE if width >= ROOM else NARROW
    return [one for one in MEASURES if one.name in names]


def _cell(title: str) -> int:
    return max(7, len(title) + 1)


def _room(width: int) -> int:
    """Return the cells of a variant's name."""
    return max(width - sum(_cell(one.title) for one in _measures(width)) - _cell(AGAINST), 1)


def _difference(found: Difference | None, digits: int) -> str:
    if found is None or found.difference.value is None:
        return ""
    return f"{found.difference.value:+.{digits}f}{'*' if found.significant else ' '}"
