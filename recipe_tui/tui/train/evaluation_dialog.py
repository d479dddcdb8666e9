"""The evaluation of a run: what is asked for, how far it is, and the verdict with the main measures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, ProgressBar, Static

from recipe_tui.core.cookbook.formats import free_path
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.glyphs import Glyphs, glyphs_of
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.workers.evaluation import EvaluationRequest

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.tui.train.evaluation import Evaluation
    from recipe_tui.workers.reports import EvaluationDone

SYSTEMS = {"model": "model", "base": "base", "human": "human", "bm25": "BM25"}
"""The systems of the table, and the titles of their columns."""

HELP = (
    "F5 starts. Closing this leaves it running; leaving the workbench stops it. What is written is kept: the same "
    "evaluation continues where it was stopped."
)

LARGEST = 1_000_000


class EvaluationDialog(Dialog[None]):
    """Shows an evaluation. Closing it leaves it running.

    Args:
        evaluation: The evaluation.
    """

    AUTO_FOCUS = "#prompts"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("evaluation")]
    DEFAULT_CSS = """
    EvaluationDialog {
        & #fields { height: auto; }
        & Horizontal { height: 1; }
        & Label { width: 16; }
        & Horizontal Input { width: 1fr; }
        & #progress { height: auto; }
        & #bar { width: 100%; }
        & #bar Bar { width: 1fr; }
        & #results { height: auto; max-height: 16; }
        & #result { height: auto; }
    }
    """

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(f"Evaluate {evaluation.model.name}")
        self.evaluation = evaluation

    def body(self) -> ComposeResult:
        """Return the fields, and room for the progress and the result."""
        asked = self.evaluation.request
        page = asked.report if asked else self._new_page()
        with Horizontal():
            yield Label("Prompts")
            yield Input(str(asked.prompts if asked else 200), compact=True, id="prompts", max_length=7)
        with Horizontal():
            yield Label("Tokens a text")
            yield Input(str(asked.max_new_tokens if asked else 400), compact=True, id="tokens", max_length=7)
        with Horizontal():
            yield Label("Report (HTML)")
            yield Input(page, placeholder="none is written", compact=True, id="report")
        yield Static(HELP, id="help", markup=False)
        yield Static(id="complaint", markup=False)
        yield ProgressBar(show_eta=False, show_percentage=False, id="bar")
        yield Static(id="progress", markup=False)
        with VerticalScroll(id="results"):
            yield Static(id="result", markup=False)

    def on_mount(self) -> None:
        """Show the evaluation, and follow it."""
        super().on_mount()
        self.evaluation.changed = self._show
        self._show()

    def on_unmount(self) -> None:
        """Follow it no longer."""
        self.evaluation.changed = None

    def on_input_changed(self) -> None:
        """Remove the message about the previous value."""
        self._say("complaint", "")

    def on_input_submitted(self) -> None:
        """Start it."""
        self.action_start()

    def action_start(self) -> None:
        """Start the evaluation, or continue a stopped one."""
        if self.evaluation.is_running:
            return
        request = self._request()
        if isinstance(request, str):
            self._say("complaint", sanitize(request))
            return
        self.evaluation.start(self.app, request)
        self._show()

    def action_stop(self) -> None:
        """Stop the evaluation; what is written is kept."""
        self.evaluation.stop()

    def action_copy(self) -> None:
        """Copy the result."""
        self.app.copy_to_clipboard(self._result().plain)

    def _new_page(self) -> str:
        return sanitize_line(str(free_path(self.evaluation.model, "evaluation", ".html")), 400)

    def _request(self) -> EvaluationRequest | str:
        """Return what the fields ask for, or what is wrong with them."""
        numbers = {}
        for name, title in (("prompts", "Prompts"), ("tokens", "Tokens")):
            text = self.query_one(f"#{name}", Input).value.strip().replace(",", "")
            if not text.isdecimal() or not 1 <= int(text) <= LARGEST:
                return f"{title}: write a number from 1 to {LARGEST:,}."
            numbers[name] = int(text)
        report = self.query_one("#report", Input).value.strip()
        page = Path(report).expanduser()
        if report and page.exists():
            return f"{page.name} exists already: name another file."
        if report and not page.parent.is_dir():
            return f"{page.parent}: there is no such folder."
        return EvaluationRequest(
            str(self.evaluation.model),
            str(self.evaluation.output),
            numbers["prompts"],
            numbers["tokens"],
            str(page) if report else "",
        )

    def _show(self) -> None:
        evaluation = self.evaluation
        for field in self.query(Input):
            field.disabled = evaluation.is_running
        at = evaluation.at
        bar = self.query_one("#bar", ProgressBar)
        bar.display = evaluation.is_running
        bar.update(total=at.total or None if at else None, progress=at.done if at else 0)
        page = self.query_one("#report", Input)
        if evaluation.done is not None and page.value == evaluation.done.report:
            page.value = self._new_page()  # that of another evaluation, should there be one
        self.query_one("#help", Static).display = evaluation.request is None
        self._say("progress", self._progress())
        self._say("result", self._result())
        if evaluation.done is not None and self.focused in (None, *self.query(Input)):
            self.query_one("#results").focus()

    def _say(self, name: str, text: str | Content) -> None:
        """Show a text; an empty one takes no line."""
        widget = self.query_one(f"#{name}", Static)
        widget.update(text)
        widget.display = bool(text)

    def _progress(self) -> str:
        evaluation, at = self.evaluation, self.evaluation.at
        if evaluation.request is None or evaluation.done is not None or evaluation.failed is not None:
            return ""
        if at is None:
            return "starting" if evaluation.is_running else "Stopped; F5 starts it again."
        counted = f": {at.done:,} of {at.total:,}" if at.total else ""
        tokens = f", {at.tokens:,} tokens" if at.tokens else ""
        return sanitize_line(f"{'' if evaluation.is_running else 'Stopped; F5 continues. '}{at.stage}{counted}{tokens}")

    def _result(self) -> Content:
        evaluation = self.evaluation
        if evaluation.failed is not None:
            lines = [Content.styled(sanitize_line(evaluation.failed.message, 400), "$error")]
            lines += [Content(sanitize_line(evaluation.failed.hint, 400))] if evaluation.failed.hint else []
            return Content("\n").join(lines)
        return Content("") if evaluation.done is None else result_text(evaluation.done, glyphs_of(self))


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
