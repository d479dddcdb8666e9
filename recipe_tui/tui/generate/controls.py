"""The decoding controls, made from the configuration's own schema: every control with its range and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Static

from recipe_tui.core.config import UNSET, GenerationConfig
from recipe_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

LABELS = {
    "max_new_tokens": "longest, tokens",
    "guidance": "guidance",
    "contrast": "contrast, base",
    "verbatim_guard": "verbatim guard",
    "ingredient_bonus": "ingredient bonus",
    "repetition_penalty": "repetition pen.",
    "no_repeat_ngram_size": "no-repeat n-gram",
    "dry_multiplier": "DRY",
    "dry_base": "DRY base",
    "dry_allowed_length": "DRY from length",
    "dry_range": "DRY range",
    "section_automaton": "sections in order",
    "temperature": "temperature",
    "top_n_sigma": "top-n-sigma",
    "top_k": "top-k",
    "typical_p": "typical-p",
    "top_p": "top-p",
    "min_p": "min-p",
    "num_beams": "beams",
    "length_penalty": "length penalty",
    "num_return_sequences": "texts at once",
    "best_of": "best of",
    "seed": "seed",
}
"""What the controls are called on the screen, where that is not their name."""

_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def range_of(name: str) -> str:
    """Return the range of a control in words, from the schema: ``> 0, ≤ 1``; empty when any number will do."""
    found = [
        f"{sign} {getattr(one, bound):g}"
        for one in GenerationConfig.model_fields[name].metadata
        for bound, sign in _SIGNS.items()
        if hasattr(one, bound)
    ]
    return ", ".join(found)


def explain(name: str) -> str:
    """Return what a control means and which values it takes."""
    field = GenerationConfig.model_fields[name]
    limits = f" ({range_of(name)})" if range_of(name) else ""
    return f"{name}: {field.description}{limits}"


def shown(value: object) -> str:
    """Return a control's value as it is typed; unset is empty."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def typed(name: str, text: str) -> tuple[object, str]:
    """Check a value that was typed.

    Returns:
        The value, and what is wrong with it; empty when nothing is.
    """
    try:
        config = GenerationConfig.model_validate({name: text.strip() or UNSET})
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        return None, problem.removeprefix("Input should be ").removeprefix("Value error, ")
    return getattr(config, name), ""


def summary(config: GenerationConfig) -> str:
    """Return the controls in one line, those that are off left out."""
    parts = [f"T {config.temperature:g}"] if config.num_beams == 1 else [f"{config.num_beams} beams"]
    if config.num_beams == 1:
        parts += [f"{config.top_n_sigma:g} sigma"] if config.top_n_sigma else []
        parts += [f"k {config.top_k}"] if config.top_k else []
        parts += [f"typical {config.typical_p:g}"] if config.typical_p < 1 else []
        parts += [f"p {config.top_p:g}"] if config.top_p < 1 else []
        parts += [f"min-p {config.min_p:g}"] if config.min_p else []
    parts += [f"guidance {config.guidance:g}"] if config.guidance > 1 else []
    parts += [f"contrast {config.contrast:g}"] if config.contrast else []
    parts += [f"guard {config.verbatim_guard}"] if config.verbatim_guard else []
    parts += ["sections in order"] if config.section_automaton else []
    parts += [f"ingredients {config.ingredient_bonus:g}"] if config.ingredient_bonus else []
    parts += [f"rep {config.repetition_penalty:g}"] if config.repetition_penalty != 1 else []
    parts += [f"DRY {config.dry_multiplier:g}"] if config.dry_multiplier else []
    parts += [f"max {config.max_new_tokens}", f"seed {shown(config.seed) or 'random'}"]
    parts += [f"{config.num_return_sequences} texts"] if config.num_return_sequences > 1 else []
    parts += [f"best of {config.best_of}"] if config.best_of > 1 else []
    return " · ".join(parts)


class Control(Input):
    """The field of one control."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(
            shown(value), name=name, compact=True, select_on_focus=True, max_length=12, placeholder="random"
        )
        self.tooltip = Content(explain(name))


class Controls(Vertical):
    """All controls in the order in which they act, and what the focused one means."""

    DEFAULT_CSS = """
    Controls {
        height: 1fr;

        & #fields { height: 1fr; }
        & Horizontal { height: 1; }
        & Label { width: 18; }
        & Control { width: 1fr; }
        & Control.-wrong { color: $error; text-style: underline; }
        & #meaning { height: 3; color: $text-muted; }
        & #meaning.-wrong { color: $error; }
    }
    """

    @dataclass
    class Changed(Message):
        """The controls have other values, all of which are right."""

        config: GenerationConfig

    def __init__(self, config: GenerationConfig) -> None:
        super().__init__()
        self._config = config

    def compose(self) -> ComposeResult:
        """Make a field of each control."""
        with VerticalScroll(id="fields", can_focus=False):
            for name in GenerationConfig.model_fields:
                with Horizontal():
                    yield Label(LABELS.get(name, name))
                    yield Control(name, getattr(self._config, name))
        yield Static(id="meaning", markup=False)

    @property
    def config(self) -> GenerationConfig:
        """The latest values that were all right."""
        return self._config

    @config.setter
    def config(self, config: GenerationConfig) -> None:
        self._config = config
        for control in self.query(Control):
            value = getattr(config, str(control.name))
            if typed(str(control.name), control.value) != (value, ""):
                control.value = shown(value)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the control means."""
        if isinstance(event.widget, Control):
            self._show_meaning(event.widget)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take the value, if it is one."""
        event.stop()
        control = event.input
        name = str(control.name)
        value, problem = typed(name, control.value)
        control.set_class(bool(problem), "-wrong")
        if control.has_focus:
            self._show_meaning(control)
        if not problem and value != getattr(self._config, name):
            self._config = self._config.model_copy(update={name: value})
            self.post_message(self.Changed(self._config))

    def _show_meaning(self, control: Widget) -> None:
        name = str(control.name)
        problem = typed(name, control.value)[1] if isinstance(control, Input) else ""
        meaning = self.query_one("#meaning", Static)
        meaning.set_class(bool(problem), "-wrong")
        meaning.update(f"{name} must be {problem}" if problem else explain(name))


class ControlsDialog(Dialog[GenerationConfig | None]):
    """The controls in a dialog, for narrow screens. Returns their values however it is left."""

    DEFAULT_CSS = "ControlsDialog Controls { height: 18; }"

    def __init__(self, config: GenerationConfig) -> None:
        super().__init__("Decoding")
        self._config = config

    def body(self) -> ComposeResult:
        """Return the controls."""
        yield Controls(self._config)

    def on_input_submitted(self) -> None:
        """Enter leaves as well."""
        self.action_cancel()

    def action_cancel(self) -> None:
        """Leave with the values as they are."""
        self.dismiss(self.query_one(Controls).config)
