"""The one table of actions: keys, footer, help, command palette and remapping are all made from it."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Tab = Literal["train", "generate", "dataset"]
"""The screens, in the order of the title bar."""

Area = Literal[
    "everywhere",
    "train",
    "new_run",
    "queue",
    "evaluation",
    "export",
    "tokenizer",
    "disk",
    "generate",
    "branches",
    "copies",
    "laboratory",
    "output",
    "dataset",
    "block",
    "losses",
    "list",
    "dialog",
]

AREAS: dict[Area, str] = {
    "everywhere": "Everywhere",
    "train": "Train",
    "new_run": "New run",
    "queue": "Queue",
    "evaluation": "Evaluation",
    "export": "Export",
    "tokenizer": "Tokenizer",
    "disk": "Disk used",
    "generate": "Generate",
    "branches": "Branches",
    "copies": "Copied spans",
    "laboratory": "Laboratory",
    "output": "Written text",
    "dataset": "Dataset",
    "block": "Block",
    "losses": "Loss per recipe",
    "list": "Long lists",
    "dialog": "Dialogs",
}
"""The name of each area in the help."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the workbench.

    Attributes:
        area: Where.
        name: The Textual action: `action_<name>` of the screen or application that offers it.
        keys: Textual's names of its keys, separated by commas; can be remapped by `id`.
        label: Its name in the footer.
        help: A sentence for the help and the palette.
        footer: Whether the footer has room for it.
    """

    area: Area
    name: str
    keys: str
    label: str
    help: str
    footer: bool = False

    @property
    def id(self) -> str:
        """Its name in settings and tests: ``train.start``."""
        return f"{self.area}.{self.name}"


ACTIONS: tuple[Action, ...] = (
    Action("everywhere", "show_train", "1,f2", "Train", "Show the training screen."),
    Action("everywhere", "show_generate", "2,f3", "Generate", "Show the generation screen."),
    Action("everywhere", "show_dataset", "3,f4", "Dataset", "Show the dataset screen."),
    Action("everywhere", "command_palette", "ctrl+p", "Palette", "Find any action by its name.", footer=True),
    Action("everywhere", "show_help", "question_mark,f1", "Help", "Show the keys of this screen.", footer=True),
    Action("everywhere", "show_settings", "f9", "Settings", "Change theme, keys, refresh rate and mouse."),
    Action("everywhere", "leave", "ctrl+q", "Quit", "Leave the workbench; training continues.", footer=True),
    Action("train", "new_run", "n", "New", "Fill in the form of a new run.", footer=True),
    Action("train", "pause", "p", "Pause", "Pause the run, or resume it.", footer=True),
    Action("train", "stop", "x", "Stop", "Stop the run and save a checkpoint.", footer=True),
    Action("train", "stop_now", "X", "Stop now", "Stop the run without saving; existing checkpoints stay."),
    Action("train", "resume", "r", "Resume", "Resume a stopped, failed or lost run.", footer=True),
    Action("train", "overlay", "space", "Overlay", "Draw this run's curves beside the others'."),
    Action("train", "filter", "slash", "Filter", "Show only the runs whose name, model or state matches."),
    Action("train", "difference", "d", "Diff", "Show how the configurations of the chosen runs differ."),
    Action("train", "chart", "c", "Chart", "Next chart: loss, overlap, learning rate, memory and others.", footer=True),
    Action("train", "smooth", "z", "Smooth", "Next smoothing of the training loss.", footer=True),
    Action("train", "log_axis", "y", "LogY", "Logarithmic or linear axis.", footer=True),
    Action("train", "follow", "f", "Follow", "Follow the run, or stay where the chart is."),
    Action("train", "zoom_in", "plus,equals_sign", "Zoom in", "Show fewer steps."),
    Action("train", "zoom_out", "minus", "Zoom out", "Show more steps."),
    Action("train", "pan_left", "comma", "Earlier", "Show earlier steps."),
    Action("train", "pan_right", "full_stop", "Later", "Show later steps."),
    Action("train", "search_log", "l", "Log", "Search the log of the run."),
    Action("train", "next_tab", "t", "Tab", "Show samples, log and configuration in turn."),
    Action("train", "maximize", "m", "Maximize", "Give the whole screen to the samples, log or configuration."),
    Action("train", "workspace", "o", "Folder", "Show the runs of another output folder, such as one used before."),
    Action("train", "runs", "left_square_bracket", "Runs", "Show or hide the list of runs."),
    Action("train", "write", "g", "Write", "Write recipes with this run's model."),
    Action("train", "queue", "q", "Queue", "Show the queue: trainings that wait for each other."),
    Action("train", "checkpoint", "s", "Save", "Have the run save a checkpoint after this step, without stopping it."),
    Action("train", "blocks", "b", "Blocks", "Show the blocks this run is trained on."),
    Action("train", "evaluate", "e", "Evaluate", "Evaluate this run's model on held-out recipes, with a verdict."),
    Action("train", "export", "E", "Export", "Write this run's model for other programs, with a verdict."),
    Action("train", "rename_run", "R", "Rename", "Give the run another name."),
    Action("train", "delete_run", "D,delete", "Delete", "Delete the run; what that frees is said before."),
    Action("train", "disk", "u", "Disk used", "List what runs, checkpoints, block stores and caches take."),
    Action("new_run", "start", "f5,ctrl+s", "Start", "Start the run.", footer=True),
    Action("new_run", "check", "f6", "Check", "Check what would fail, without starting.", footer=True),
    Action("new_run", "preview", "f7", "Preview", "Read the recipes and show the ledger.", footer=True),
    Action("new_run", "save", "f8", "Save", "Save the configuration as a TOML file.", footer=True),
    Action("new_run", "queue", "f10", "Queue", "Put the run into the queue, to start when its turn comes."),
    Action(
        "new_run",
        "tokenizer",
        "f11,ctrl+t",
        "Tokenizer",
        "Train a tokenizer on the recipes of this form.",
    ),
    Action("new_run", "close", "escape", "Back", "Back to the runs; what was filled in is kept.", footer=True),
    Action("queue", "earlier", "K", "Earlier", "Move the training one place up.", footer=True),
    Action("queue", "later", "J", "Later", "Move the training one place down.", footer=True),
    Action("queue", "hold", "h", "Hold", "Have the queue pass the training over, or no longer.", footer=True),
    Action("queue", "retry", "r", "Retry", "Resume a training that was stopped or has failed.", footer=True),
    Action("queue", "remove", "x", "Remove", "Remove the training from the queue; its run stays.", footer=True),
    Action("queue", "start", "s", "Start", "Start the queue, as after a reboot.", footer=True),
    Action("evaluation", "start", "f5", "Start", "Start the evaluation, or continue a stopped one.", footer=True),
    Action("evaluation", "stop", "f6", "Stop", "Stop the evaluation; what is written is kept.", footer=True),
    Action("export", "start", "f5", "Start", "Start the export.", footer=True),
    Action("export", "stop", "f6", "Stop", "Stop the export; nothing is left of it.", footer=True),
    Action("tokenizer", "start", "f5", "Start", "Start the training of the tokenizer.", footer=True),
    Action("tokenizer", "stop", "f6", "Stop", "Stop the training; nothing is left of it.", footer=True),
    Action("disk", "delete_cache", "D,delete", "Delete", "Delete the cache; it comes again when needed.", footer=True),
    Action("generate", "generate", "ctrl+j,f5", "Generate", "Write a recipe.", footer=True),
    Action(
        "generate",
        "stop",
        "escape",
        "Stop",
        "Stop writing or loading, or leave the field: its editing keys come first.",
        footer=True,
    ),
    Action("generate", "again", "ctrl+r", "Same seed", "Generate again with the same seed."),
    Action("generate", "editor", "ctrl+e", "$EDITOR", "Edit the prompt in your editor."),
    Action("generate", "raw", "f6", "Raw", "Title and ingredients in fields, or the prompt as one text."),
    Action("generate", "model", "ctrl+o", "Model", "Choose the model that writes.", footer=True),
    Action("generate", "adapter", "ctrl+g", "Adapter", "Choose the adapter that writes over the model, or none."),
    Action("generate", "weights", "ctrl+f", "Weights", "Choose the precision of the weights: 32, 16, 8 or 4 bits."),
    Action("generate", "checkpoint", "f11", "Newest", "Write with the weights that the running training has now."),
    Action("generate", "controls", "f7", "Controls", "Change the decoding controls.", footer=True),
    Action("generate", "preset", "f8", "Preset", "Choose a preset of the decoding controls."),
    Action("generate", "alternatives", "ctrl+n", "Next token", "See other tokens at a place, and continue from one."),
    Action("generate", "colours", "ctrl+t", "Colours", "Colour the text by probability.", footer=True),
    Action("generate", "history", "ctrl+y", "History", "Show what was written before.", footer=True),
    Action("generate", "copies", "ctrl+k", "Copied", "Show the copied spans beside the recipes they are from."),
    Action("generate", "copy", "ctrl+b", "Copy", "Copy the text by the terminal (OSC 52)."),
    Action("generate", "save", "ctrl+s", "Save", "Save the text as text, Markdown or JSON.", footer=True),
    Action("generate", "cook", "f10", "For a cook", "Scale, convert and write the recipe for a cook, with hints."),
    Action("generate", "next_text", "ctrl+l", "Next text", "Show the next of several texts."),
    Action("generate", "branches", "ctrl+u", "Branches", "Show the texts continued from other tokens, as a tree."),
    Action(
        "generate", "laboratory", "ctrl+d", "Laboratory", "Compare decoding settings or models on the same prompts."
    ),
    Action("branches", "go", "enter", "Show", "Show the branch on the screen.", footer=True),
    Action("branches", "keep_beside", "space", "Beside", "Keep the branch on the right, or no longer.", footer=True),
    Action("laboratory", "start", "f5", "Start", "Write the texts that are missing, or stop.", footer=True),
    Action("laboratory", "model", "f6", "Models", "Compare another model as well, or no longer.", footer=True),
    Action("laboratory", "pairs", "f7", "Pairs", "Show the tests of all pairs of variants.", footer=True),
    Action("laboratory", "preset", "f8", "Preset", "Save the selected settings as a preset.", footer=True),
    Action("laboratory", "previous_prompt", "left", "Previous prompt", "Show the texts of the prompt before."),
    Action("laboratory", "next_prompt", "right", "Next prompt", "Show the texts of the next prompt."),
    Action("copies", "go", "enter", "Recipe", "Show the recipe in the dataset browser.", footer=True),
    Action("output", "left", "left", "Token before", "Go to the token before."),
    Action("output", "right", "right", "Next token", "Go to the next token."),
    Action("output", "first", "home", "First", "Go to the first token."),
    Action("output", "last", "end", "Last", "Go to the place after the last token."),
    Action("output", "up", "up", "Up", "Highlight the alternative above."),
    Action("output", "down", "down", "Down", "Highlight the alternative below."),
    Action("output", "take", "enter", "Take", "Put the highlighted alternative here, and continue from it."),
    Action("dataset", "search", "slash", "Search", "Search by text, token or recipe title.", footer=True),
    Action("dataset", "search_next", "n", "Next hit", "Go to the next hit."),
    Action("dataset", "search_previous", "N", "Previous hit", "Go to the hit before."),
    Action("dataset", "go_to", "g", "Go to", "Go to a block by its number.", footer=True),
    Action("dataset", "filter", "f", "Filter", "Show all, cut, padded or mixed blocks.", footer=True),
    Action("dataset", "split", "s", "Split", "Next split: train, validation, test.", footer=True),
    Action("dataset", "open_block", "enter", "Open", "Open the block on the whole screen."),
    Action("dataset", "back", "escape", "Back", "Back to the list of blocks, or leave a search."),
    Action("dataset", "view", "v", "View", "Text, ids, or how inputs shift to labels.", footer=True),
    Action("dataset", "recipe", "r", "Recipe", "Show the recipe as cleaned.", footer=True),
    Action("dataset", "source", "l", "Source", "Show the line as read."),
    Action("dataset", "statistics", "t", "Statistics", "Lengths, padding and token statistics."),
    Action("dataset", "ledger", "e", "Ledger", "Show where every recipe and token went.", footer=True),
    Action("dataset", "clusters", "d", "Duplicates", "Show clusters of duplicates side by side."),
    Action("dataset", "losses", "m", "Losses", "List the recipes by their loss under a model."),
    Action("dataset", "text", "w", "Text", "Go back to the written text that is copied from the recipe."),
    Action("dataset", "open_store", "o", "Open", "Open another block store."),
    Action("block", "next_segment", "right_square_bracket", "Next recipe", "Go to the next recipe in the block."),
    Action("block", "previous_segment", "left_square_bracket", "Previous recipe", "Go to the recipe before."),
    Action("block", "token_left", "left", "Left", "Go to the token before."),
    Action("block", "token_right", "right", "Right", "Go to the next token."),
    Action("block", "token_up", "up", "Up", "Go to the token above."),
    Action("block", "token_down", "down", "Down", "Go to the token below."),
    Action("block", "token_page_up", "pageup", "Page up", "Go a page up."),
    Action("block", "token_page_down", "pagedown", "Page down", "Go a page down."),
    Action("block", "token_first", "home", "First", "Go to the first token."),
    Action("block", "token_last", "end", "Last", "Go to the last token."),
    Action("losses", "order", "s", "Order", "Highest or lowest loss first.", footer=True),
    Action("losses", "go", "enter", "Block", "Go to the block of the recipe.", footer=True),
    Action("losses", "source", "l", "Source", "Show the line that the recipe was read from.", footer=True),
    Action("losses", "model", "o", "Model", "Choose another model.", footer=True),
    Action("losses", "compute", "c", "Compute", "Stop computing the losses, or continue.", footer=True),
    Action("list", "up", "up,k", "Up", "Go a row up."),
    Action("list", "down", "down,j", "Down", "Go a row down."),
    Action("list", "page_up", "pageup", "Page up", "Go a page up."),
    Action("list", "page_down", "pagedown", "Page down", "Go a page down."),
    Action("list", "first", "home", "First", "Go to the first row."),
    Action("list", "last", "end", "Last", "Go to the last row."),
    Action("dialog", "yes", "y", "Yes", "Answer yes.", footer=True),
    Action("dialog", "copy", "ctrl+b", "Copy", "Copy what is shown by the terminal (OSC 52)."),
    Action("dialog", "save", "ctrl+s", "Save", "Save what is shown as a file."),
    Action("dialog", "cancel", "escape", "Close", "Close without doing anything.", footer=True),
)


EDITING = frozenset({"escape", *(f"ctrl+{letter}" for letter in "acdekuvwxyz")})
"""Keys that edit text in a field, as in a shell and in every editor, and Escape, which leaves it: where a field has the
focus they are the field's."""

_PRINTABLE = {"space", "comma"} | {
    binding.key for binding in Binding.make_bindings([(one, "noop") for one in string.punctuation if one != ","])
}
"""Textual's names of keys that type a character."""


def actions_of(area: Area) -> list[Action]:
    """Return the actions of an area, in the order of the table."""
    return [action for action in ACTIONS if action.area == area]


def bindings_of(area: Area) -> list[Binding]:
    """Return an area's actions as Textual bindings, one for each key, whose ids make them remappable."""
    return [
        Binding(
            key,
            action.name,
            action.label,
            show=action.footer,
            tooltip=action.help,
            id=action.id,
            priority=_comes_first(action, key),
        )
        for action in actions_of(area)
        for key in action.keys.split(",")
    ]


def _comes_first(action: Action, key: str) -> bool:
    """Return whether a key is the action's even where a focused field has it for something of its own."""
    if key in EDITING:
        return False
    is_written = any(map(types_text, action.keys.split(",")))
    return action.area == "generate" or (action.area == "everywhere" and not is_written)


def types_text(key: str) -> bool:
    """Return whether a key types a character, which a focused field must get first."""
    return key in _PRINTABLE or (len(key) == 1 and key.isprintable())
