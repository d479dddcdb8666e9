"""``recipe-tui export``: a model in another form, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.config import GgufType


@command()
def export(
    terminal: Terminal,
    model: Annotated[
        str, typer.Argument(help="Run, folder of runs (its latest finished run), model folder, adapter or short name.")
    ],
    to: Annotated[Path, typer.Option(help="Folder to make; nothing that is there is overwritten.", show_default=False)],
    form: Annotated[
        Literal["huggingface", "adapter", "gguf"],
        typer.Option("--as", help="A merged model folder, the adapter alone, or a GGUF file for llama.cpp and Ollama."),
    ] = "huggingface",
    gguf_type: Annotated[GgufType, typer.Option("--type", help="GGUF: 16 bits for a weight, or 8.")] = "f16",
    held_out_blocks: Annotated[
        int, typer.Option(min=1, metavar="N", help="Blocks of its run that it is compared with the model on, at most.")
    ] = 8,
) -> Outcome:
    """Write a model for other programs, open it again, and compare it with the model.

    Exits with 1 when what was opened again is another model; the verdict is in the README.md beside the weights.
    """
    from recipe_tui.core.backend import select_backend

    select_backend()
    terminal.say("loading the libraries")
    from recipe_tui.core.export.export import export as write

    done = write(model, to, form, gguf_type, held_out_blocks, terminal.say)
    verdict = done.verdict
    failed = verdict.standing == "different"
    if failed:
        terminal.say(f"warning: {verdict.sentence()}; do not use it")
    elif not terminal.as_json:
        terminal.show_pairs([("weights", f"{done.weights}, {done.size / 1e6:,.1f} MB"), *verdict.rows()])
    return Outcome(done, int(failed))
