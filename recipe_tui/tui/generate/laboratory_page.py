"""The laboratory: a grid of decoding settings or models on the same prompts, the texts side by side, and a ranking."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import Container, Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Static

from recipe_tui.core.config.decoding_presets import check_preset_name
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.evaluation.laboratory.ranking import TextReader, rank
from recipe_tui.core.evaluation.laboratory.winner import save_preset
from recipe_tui.core.evaluation.records import EVALUATIONS
from recipe_tui.core.registry.catalog import short_name
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dataset.page import Page
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.dialog import DIALOG_CSS, Dialog
from recipe_tui.tui.generate import laboratory_table
from recipe_tui.tui.generate.model_picker import pick_model
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.tui.train.worker_process import stream_reports
from recipe_tui.tui.widgets.virtual_list import VirtualList
from recipe_tui.workers.laboratory import LaboratoryRequest
from recipe_tui.workers.reports import ExperimentAt, ExperimentEstimated, Failed

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.worker import Worker

    from recipe_tui.core.evaluation.laboratory.experiment import Experiment
    from recipe_tui.core.evaluation.laboratory.ranking import LaboratoryText, Ranking
    from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest
    from recipe_tui.tui.train.worker_process import StreamReports

FILE = "laboratory.jsonl"
"""The file of all texts of the laboratory, in the folder of the evaluations."""

EMPTY = "Write a grid such as top_p=0.8,0.95 x best_of=1,4. Prompts are held-out recipes; 0: the prompt of the screen."

REST = 0.3
"""Seconds without a key until the grid is read."""

EVERY = 0.5
"""Seconds between two readings of the texts while they are written."""


@dataclass(frozen=True, slots=True)
class Results:
    """The texts of an experiment so far, by variant and number of the prompt, and their ranking."""

    texts: dict[tuple[str, int], LaboratoryText]
    ranking: Ranking


class LaboratoryPage(Dialog[None]):
    """Compares variants. Texts are kept in a file, so that the same experiment is shown at once the next time.

    Args:
        request: The models, the settings that all variants have in common, and a prompt.
        output: Folder of the runs, whose models can be compared and where the texts are kept.
        stream: Writes texts; in a process of its own when None.
    """

    AUTO_FOCUS = "#grid"
    CSS_PATH = [DIALOG_CSS, Path(__file__).with_name("laboratory_page.tcss")]  # noqa: RUF012 - declared by Textual
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("laboratory")]

    def __init__(self, request: ExperimentRequest, output: Path, stream: StreamReports | None = None) -> None:
        super().__init__("Laboratory")
        self.request = request
        self.path = output / EVALUATIONS / FILE
        self.experiment: Experiment | None = None
        self.results: Results | None = None
        self.prompt = 0
        self._output = output
        self._stream = stream or stream_reports
        self._reader: TextReader | None = None
        self._writing: Worker[None] | None = None
        self._confirmed: ExperimentRequest | None = None
        self._kept: str | None = None

    def body(self) -> ComposeResult:
        """Return the grid, the ranking, and two texts side by side."""
        with Horizontal(id="grid-line"):
            yield Label("Grid")
            yield Input(
                " × ".join(self.request.grids),
                placeholder="top_p=0.8,0.95 x ingredient_bonus=0,2",
                compact=True,
                id="grid",
            )
            yield Label("Prompts")
            yield Input(str(self.request.prompts), compact=True, id="prompts", type="integer", placeholder="0: mine")
        yield Static(id="standing", markup=False)
        yield Static(id="header", markup=False)
        yield VirtualList(self._row, 0, EMPTY, id="variants")
        with Container(id="sides"):
            for name in ("chosen", "other"):
                with VerticalScroll(classes="side", id=name):
                    yield Static(id=f"{name}-text", markup=False)

    def on_mount(self) -> None:
        """Read the grid as it stands."""
        super().on_mount()
        self._plan(0.0)

    def on_resize(self) -> None:
        """Fit the columns."""
        self._show_ranking()

    @on(Input.Changed)
    def _on_changed(self) -> None:
        """Read the grid anew; what is written now goes on only for the one that was started."""
        text = self.query_one("#prompts", Input).value
        grid = self.query_one("#grid", Input).value.strip()
        request = replace(self.request, grids=(grid,) if grid else (), prompts=int(text) if text.isdecimal() else 0)
        if request != self.request:
            self._stop()
            self.request = request
            self._plan(REST)

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        self.query_one(VirtualList).focus()

    def on_virtual_list_highlighted(self) -> None:
        """Show the texts of another variant; one that the user has gone to stays selected in later rankings."""
        if self.query_one(VirtualList).has_focus:
            self._kept = self._selected
        self._show_texts()

    def action_start(self) -> None:
        """Write the texts that are missing, or stop."""
        if self._writing is not None:
            self._stop()
            self._say("Stopped; F5 writes the rest.")
        elif self._reader is not None:
            self._writing = self._write(self._reader)

    def action_next_prompt(self) -> None:
        """Show the texts of the next prompt."""
        self._move(1)

    def action_previous_prompt(self) -> None:
        """Show the texts of the prompt before."""
        self._move(-1)

    def action_pairs(self) -> None:
        """Show the tests of all pairs."""
        if self.results is not None:
            content = laboratory_table.pairs(self.results.ranking)
            self.app.push_screen(Page("Pairs of variants", lambda _: content))

    @work
    async def action_model(self) -> None:
        """Add a model, or take it out."""
        model = await pick_model(self.app, self._output, self.request.models[-1])
        if model is not None:
            kept = tuple(one for one in self.request.models if one != model)
            models = kept if len(kept) < len(self.request.models) else (*self.request.models, model)
            self._stop()
            self.request = replace(self.request, models=models or self.request.models)
            self._plan(0.0)

    @work
    async def action_preset(self) -> None:
        """Save the settings of the selected variant as a preset."""
        variant = self._selected
        if variant is None or self.experiment is None:
            self.notify("There is no variant yet.", markup=False)
            return
        config = next(one.config for one in self.experiment.variants if one.name == variant)

        def complaint(name: str) -> str | None:
            try:
                check_preset_name(name)
            except RecipeTuiError as error:
                return str(error)
            return None

        name = await self.app.push_screen_wait(AskDialog("Preset", "", f"A name for {variant}.", complaint))
        if name is not None:
            try:
                save_preset(name, config, f"from the laboratory: {variant}")
            except RecipeTuiError as error:
                self.notify(sanitize(str(error)), severity="error", markup=False)
            else:
                self.notify(sanitize(f"{name}: F8 of the generation screen offers it."), title="Saved", markup=False)

    @work(group="plan", exclusive=True)
    async def _plan(self, rest: float) -> None:
        await asyncio.sleep(rest)
        try:
            self.experiment = await asyncio.to_thread(self.request.experiment)
        except RecipeTuiError as error:
            self.experiment = self.results = self._reader = None
            self._say(str(error), wrong=True)
            self._show_ranking()
            return
        self._reader = TextReader(self.experiment)
        self.prompt = min(self.prompt, len(self.experiment.prompts) - 1)
        await self._read(self._reader, test=True)
        self._say(self._plan_line)

    @work(group="laboratory", exclusive=True)
    async def _write(self, reader: TextReader) -> None:
        """Have the texts written that are missing, and show them as they come."""
        confirmed = self._confirmed == self.request
        request = LaboratoryRequest(self.request, str(self.path.absolute()), confirmed)
        self._say("Starting the process…")
        read, clock = 0.0, asyncio.get_running_loop().time
        refused = failed = False
        async for report in self._stream("laboratory", request):
            if isinstance(report, ExperimentEstimated):
                refused = report.needs_confirmation and not confirmed
                self._say(f"{report.text}{'; F5 once more writes them' if refused else ''}", wrong=refused)
            elif isinstance(report, ExperimentAt):
                done = f": {report.done:,} of {report.total:,}" if report.total else ""
                self._say(f"{report.stage}{done}; F5 stops")
                if clock() - read >= EVERY:
                    await self._read(reader)
                    read = clock()
            elif isinstance(report, Failed):
                failed = True
                if refused:
                    self._confirmed = self.request
                else:
                    self._say(f"{report.message}; {report.hint}" if report.hint else report.message, wrong=True)
        self._writing = None
        await self._read(reader, test=True)
        if not failed:
            self._say(self._plan_line)

    def _stop(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    async def _read(self, reader: TextReader, test: bool = False) -> None:
        """Read the texts that have come, and rank the variants; with tests, which take longer."""
        try:
            results = await asyncio.to_thread(_results, reader, self.path, test)
        except RecipeTuiError as error:
            self._say(str(error), wrong=True)
            return
        if reader is self._reader:
            self.results = results
            self._show_ranking()

    @property
    def _plan_line(self) -> str:
        experiment = self.experiment
        if experiment is None:
            return ""
        models = ", ".join(dict.fromkeys(short_name(name) for name in self.request.models))
        written = len(self.results.texts) if self.results else 0
        sides = f"{len(experiment.variants):,} variants × {len(experiment.prompts):,} prompts"
        sides += " (no more are held out)" if experiment.shortage else ""
        if written == experiment.texts:
            return f"{models} · {sides}: all {written:,} texts are written"
        return f"{models} · {sides}: {written:,} of {experiment.texts:,} texts, at most {experiment.tokens:,} tokens"

    @property
    def _selected(self) -> str | None:
        ranked = self.results.ranking.ranked if self.results else ()
        place = self.query_one(VirtualList).selected
        return ranked[place].variant if place < len(ranked) else None

    def _say(self, text: str, wrong: bool = False) -> None:
        standing = self.query_one("#standing", Static)
        standing.set_class(wrong, "-wrong")
        standing.update(Content(sanitize_line(text, 400)))

    def _move(self, step: int) -> None:
        if self.experiment is not None:
            self.prompt = (self.prompt + step) % len(self.experiment.prompts)
            self._show_texts()

    def _show_ranking(self) -> None:
        """Show the ranking anew, the best variant or the one that the user has gone to selected."""
        variants = self.query_one(VirtualList)
        self.query_one("#header", Static).update(laboratory_table.header(variants.size.width - 1))
        ranked = self.results.ranking.ranked if self.results else ()
        names = [one.variant for one in ranked]
        place = names.index(self._kept) if self._kept in names else 0
        variants.show(len(ranked), place)
        self._show_texts()

    def _row(self, index: int, width: int) -> Content:
        assert self.results is not None
        return laboratory_table.row(self.results.ranking, index, width)

    def _show_texts(self) -> None:
        """Show the selected variant's text, and beside it the best other one's, for the same prompt."""
        chosen = self._selected
        ranked = [one.variant for one in self.results.ranking.ranked] if self.results else []
        others = [name for name in ranked if name != chosen]
        for name, variant in (("chosen", chosen), ("other", others[0] if others else None)):
            self.query_one(f"#{name}-text", Static).update(self._text(variant))

    def _text(self, variant: str | None) -> Content:
        if variant is None or self.results is None or self.experiment is None:
            return Content("")
        prompt = self.experiment.prompts[self.prompt]
        which = f"{self.prompt + 1}/{len(self.experiment.prompts)} {prompt.title}"
        head = Content.styled(f"{sanitize_line(variant, 60)}\n", "bold") + Content.styled(
            f"{sanitize_line(which, 60)}\n", "$text-muted"
        )
        text = self.results.texts.get((variant, self.prompt))
        if text is None:
            return head + Content.styled("not written yet", "$text-muted")
        score = Content.styled(f"score {text.scores.score:.2f}\n", "$text-muted")
        return head + score + Content(sanitize(text.text))


def _results(reader: TextReader, path: Path, test: bool) -> Results:
    texts = reader.read_file(path)
    seed = reader.experiment.variants[0].config.seed or 0
    return Results({(one.variant, one.prompt): one for one in texts}, rank(texts, reader.variants, seed, test))
