"""The dialog of a run's evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Input

from recipe_tui.core.cookbook.formats import free_path
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.glyphs import Glyphs, glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.job_dialog import JobDialog
from recipe_tui.workers.evaluation import EvaluationRequest
from recipe_tui.workers.reports import EvaluationAt, EvaluationDone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType

    from recipe_tui.tui.train.evaluation import Evaluation

SYSTEMS = {"model": "model", "base": "base", "human": "human", "bm25": "BM25"}
"""The systems of the table, and the titles of their columns."""

LARGEST = 1_000_000


class EvaluationDialog(JobDialog[None, EvaluationRequest, EvaluationAt, EvaluationDone]):
    """Asks for prompts, length and report, and shows the verdict with the main measures.

    Args:
        evaluation: The evaluation.
    """

    AUTO_FOCUS = "#prompts"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("evaluation")]
    HELP = (
        "F5 starts. Closing this leaves it running; leaving the workbench stops it. What is written is kept: the same "
        "evaluation continues where it was stopped."
    )
    STOPPED = "Stopped; F5 continues."

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(f"Evaluate {evaluation.subject.name}", evaluation)
        self.output = evaluation.output

    def fields(self) -> Iterable[tuple[str, Input]]:
        """Return the fields with their labels."""
        asked = self.job.request
        page = asked.report if asked else self._new_page()
        yield "Prompts", Input(str(asked.prompts if asked else 200), compact=True, id="prompts", max_length=7)
        tokens = str(asked.max_new_tokens if asked else 400)
        yield "Tokens a text", Input(tokens, compact=True, id="tokens", max_length=7)
        yield "Report (HTML)", Input(page, placeholder="none is written", compact=True, id="report")

    def request(self) -> EvaluationRequest | str:
        """Return what the fields ask for, or what is wrong with them."""
        prompts, tokens = self.number_in("prompts", "Prompts", LARGEST), self.number_in("tokens", "Tokens", LARGEST)
        for number in (prompts, tokens):
            if isinstance(number, str):
                return number
        report = self.query_one("#report", Input).value.strip()
        page = Path(report).expanduser()
        if report and page.exists():
            return f"{page.name} exists already: name another file."
        if report and not page.parent.is_dir():
            return f"{page.parent}: there is no such folder."
        return EvaluationRequest(
            str(self.job.subject), str(self.output), int(prompts), int(tokens), str(page) if report else ""
        )

    def progress_text(self, at: EvaluationAt) -> str:
        """Return the stage, with what is counted."""
        counted = f": {at.done:,} of {at.total:,}" if at.total else ""
        return f"{at.stage}{counted}" + (f", {at.tokens:,} tokens" if at.tokens else "")

    def bar_of(self, at: EvaluationAt) -> tuple[int, int] | None:
        """Return the texts or recipes done, and their number."""
        return (at.done, at.total) if at.total else None

    def result_text(self, done: EvaluationDone) -> Content:
        """Return the verdict and the measures."""
        return result_text(done, glyphs_of(self))

    def show(self) -> None:
        """Show the evaluation; the page of the next one is named anew."""
        super().show()
        page, done = self.query_one("#report", Input), self.job.done
        if done is not None and page.value == done.report:
            page.value = self._new_page()

    def _new_page(self) -> str:
        return sanitize_line(str(free_path(self.job.subject, "evaluation", ".html")), 400)


def result_text(done: EvaluationDone, glyphs: Glyphs) -> Content:
    """Return the verdict, the measures, the conditions, the notes and the files."""
    fulfilled = all(passed for passed, _, _ in done.conditions)
    verdict = sanitize_line(f"{done.verdict} ({done.prompts:,} prompts)")
    lines = [Content.styled(verdict, "bold $success" if fulfilled else "bold $warning")]
    lines += [Content(sanitize_line(f"report: {done.report}", 400))] if done.report else []
    names = [name for name in SYSTEMS if any(name in row.values for row in done.rows)]
    width = max((len(row.measure) for row in done.rows), default=0)
    lines.append(Content.styled(" " * width + "".join(f"{SYSTEMS[name]:>9}" for name in names), "$text-muted"))
    for row in done.rows:
        cells = "".join(f"{row.values.get(name, ''):>9}" for name in names)
        lines.append(Content(sanitize_line(f"{row.measure:<{width}}{cells}")))
    for passed, name, measured in done.conditions:
        mark, colour = (glyphs.done, "$success") if passed else (glyphs.failed, "$error")
        what = Content.styled(sanitize_line(f": {measured}"), "$text-muted")
        lines.append(Content.assemble(Content.styled(mark, colour), " ", sanitize_line(name), what))
    lines += [Content.styled(sanitize_line(f"note: {note}", 400), "$text-muted") for note in done.notes]
    lines.append(Content(sanitize_line(f"texts: {done.texts}", 400)))
    return Content("\n").join(lines)
