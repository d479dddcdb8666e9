"""The dialog of an export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.filesize import decimal
from textual.content import Content
from textual.widgets import Input

from recipe_tui.core import paths
from recipe_tui.core.cookbook.formats import free_path
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.field_row import ChoiceLine
from recipe_tui.tui.train.job_dialog import JobDialog
from recipe_tui.workers.export import ExportRequest
from recipe_tui.workers.reports import ExportAt, ExportDone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType

    from recipe_tui.tui.train.export_job import ExportJob

FORMS = ("huggingface", "adapter", "gguf-f16", "gguf-q8_0")
"""The forms of an export; those of GGUF with the type of the weights."""

EXPLANATIONS = {
    "huggingface": "A folder that transformers opens, an adapter merged into the weights.",
    "adapter": "The adapter alone, for PEFT; its base is not copied.",
    "gguf-f16": "For llama.cpp and Ollama, 16 bits a weight.",
    "gguf-q8_0": "For llama.cpp and Ollama, 8 bits a weight.",
}


class ExportDialog(JobDialog[None, ExportRequest, ExportAt, ExportDone]):
    """Asks for form and folder, and shows how the export compares with the model.

    Args:
        export: The export.
    """

    AUTO_FOCUS = "#form"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("export")]
    HELP = (
        "The arrows choose the form. The export is opened again and compared with the model. Closing this leaves it "
        "running."
    )

    def __init__(self, export: ExportJob) -> None:
        super().__init__(f"Export {export.subject.name}", export)
        has_adapter = (export.subject / paths.FINISHED_ADAPTER / paths.ADAPTER_CONFIG).is_file()
        self.forms = tuple(form for form in FORMS if form != "adapter" or has_adapter)

    def fields(self) -> Iterable[tuple[str, Input | ChoiceLine]]:
        """Return the fields with their labels."""
        asked = self.job.request
        form = self.forms[0] if asked is None else f"gguf-{asked.gguf_type}" if asked.form == "gguf" else asked.form
        yield "Form", ChoiceLine(self.forms, form, id="form")
        yield "Folder", Input(asked.folder if asked else self._new_folder(form), compact=True, id="folder")

    def on_choice_line_changed(self, event: ChoiceLine.Changed) -> None:
        """Explain the form, and name a folder after it unless another one was written."""
        self._say("complaint", "")
        self._say("help", EXPLANATIONS[event.value])
        folder = self.query_one("#folder", Input)
        names = {f"{self.job.subject.name}-{form}" for form in self.forms}
        if any(Path(folder.value).name.startswith(name) for name in names):
            folder.value = self._new_folder(event.value)

    def request(self) -> ExportRequest | str:
        """Return what the fields ask for, or what is wrong with them."""
        form = self.query_one("#form", ChoiceLine).value
        written = self.query_one("#folder", Input).value.strip()
        if not written:
            return "Folder: write where the export goes."
        folder = Path(written).expanduser()
        if folder.exists():
            return f"{folder.name} exists already: name another folder."
        kind, _, gguf_type = form.partition("-")
        model = str(self.job.subject)
        if kind == "gguf":
            return ExportRequest(model, str(folder), "gguf", "q8_0" if gguf_type == "q8_0" else "f16")
        return ExportRequest(model, str(folder), "adapter" if kind == "adapter" else "huggingface")

    def progress_text(self, at: ExportAt) -> str:
        """Return the stage."""
        return at.stage

    def result_text(self, done: ExportDone) -> Content:
        """Return the verdict, the comparison and the folder."""
        return export_text(done)

    def show(self) -> None:
        """Show the export; the folder of the next one is named anew."""
        super().show()
        folder, done = self.query_one("#folder", Input), self.job.done
        if done is not None and folder.value == done.folder:
            folder.value = self._new_folder(self.query_one("#form", ChoiceLine).value)

    def _new_folder(self, form: str) -> str:
        run = self.job.subject
        return sanitize_line(str(free_path(run.parent / paths.EXPORTS, f"{run.name}-{form}", "")), 400)


def export_text(done: ExportDone) -> Content:
    """Return the verdict, the comparison and the folder, in lines."""
    failed = done.standing == "different"
    verdict = f"{done.standing}: do not use it" if failed else f"{done.standing} to the model"
    if done.standing == "equal within rounding":
        verdict = "equal to the model within rounding"
    lines = [Content.styled(verdict, "bold $error" if failed else "bold $success")]
    rows = [row for row in done.rows if row[0] != "verdict"]
    width = max((len(name) for name, _ in rows), default=0)
    lines += [Content(sanitize_line(f"{name:<{width}}  {value}")) for name, value in rows]
    lines.append(Content(sanitize_line(f"{done.weights}, {decimal(done.size)}, in {done.folder}", 400)))
    return Content("\n").join(lines)
