"""The dialog of a new tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Input

from recipe_tui.core import paths
from recipe_tui.core.config import NEW_TOKENIZER
from recipe_tui.core.cookbook.formats import free_path
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.job_dialog import JobDialog
from recipe_tui.workers.reports import Building, TokenizerTrained
from recipe_tui.workers.tokenizer import TokenizerRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType

    from recipe_tui.core.config import DataConfig
    from recipe_tui.tui.train.tokenizer_job import TokenizerJob

VOCAB_SIZE = 8192
LARGEST = 1_000_000


class TokenizerDialog(JobDialog[str | None, TokenizerRequest, Building, TokenizerTrained]):
    """Asks for size and folder. Returns the folder of a tokenizer that was trained, or None.

    Args:
        job: The training of the tokenizer.
        data: The recipes, how they are split, and the layout.
    """

    AUTO_FOCUS = "#size"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("tokenizer")]
    HELP = (
        "F5 trains a byte-level BPE on the training split of the form's recipes. Few recipes support fewer tokens: "
        "then it has as many as they support. Closing this leaves it running; closing it afterwards puts the folder "
        "into the form."
    )

    def __init__(self, job: TokenizerJob, data: DataConfig) -> None:
        super().__init__("New tokenizer", job)
        self.data = data

    def fields(self) -> Iterable[tuple[str, Input]]:
        """Return the fields with their labels."""
        asked = self.job.request
        size = self.data.new_vocab_size or VOCAB_SIZE if asked is None else asked.data.new_vocab_size
        folder = asked.folder if asked else self._new_folder()
        yield "Tokens, at most", Input(str(size), compact=True, id="size", max_length=9)
        yield "Folder", Input(folder, compact=True, id="folder")

    def request(self) -> TokenizerRequest | str:
        """Return what the fields ask for, or what is wrong with them."""
        size = self.number_in("size", "Tokens", LARGEST)
        if isinstance(size, str):
            return size
        folder = Path(self.query_one("#folder", Input).value.strip()).expanduser()
        if folder.exists():  # so does "."
            return f"{folder.name or folder} exists already: name another folder."
        data = self.data.model_copy(update={"tokenizer": f"{NEW_TOKENIZER}{size}"})
        return TokenizerRequest(data, str(folder))

    def progress_text(self, at: Building) -> str:
        """Return the stage, with what is counted."""
        return at.summary

    def result_text(self, done: TokenizerTrained) -> Content:
        """Return size and folder."""
        asked = self.job.request.data.new_vocab_size if self.job.request else None
        few = ", as many as these recipes support" if asked and done.vocab_size < asked else ""
        text = sanitize_line(f"{done.vocab_size:,} tokens{few}, written to {done.folder}", 400)
        return Content.styled(text, "bold $success")

    def action_cancel(self) -> None:
        """Close, and answer with the folder once the tokenizer is written."""
        self.dismiss(self.job.done.folder if self.job.done else None)

    def _new_folder(self) -> str:
        return sanitize_line(str(free_path(self.job.subject / paths.TOKENIZERS, "tokenizer", "")), 400)
