"""``recipe-tui generate``: a new recipe from a checkpoint."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.cooking import (
    FormatOption,
    OverwriteOption,
    ToOption,
    UnitsOption,
    chosen_format,
    give_out,
    prepared_json,
    recipe_json,
)
from recipe_tui.cli.options import DECODING_PRESET, PRECISION, QUANTIZATION
from recipe_tui.cli.prompt_batch import write_prompt_file
from recipe_tui.cli.terminal import Terminal, number
from recipe_tui.core.config import Config, GenerationPrecision, Quantization
from recipe_tui.core.config.decoding_presets import load_decoding_config
from recipe_tui.core.cookbook.formats import check_destination
from recipe_tui.core.cookbook.prepare import Preparation, positive_number, prepare
from recipe_tui.core.errors import CheckpointError, RecipeTuiError, UsageError
from recipe_tui.core.text.prompt import Prompt, servings_line, time_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.blocks.field_values import FieldValues
    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.generation.generator import Generated, Piece


def complete_tag(context: typer.Context, incomplete: str) -> list[str]:
    """Return the tags of the model's corpus that begin with a text, for the completion of the shell."""
    model = context.params.get("model") or context.params.get("output") or Config().output
    return _field_values(model).completions("tags", incomplete)


def _field_values(model: str | Path) -> FieldValues:
    """Return the tags, servings and times that a model was trained on; none where that is not known."""
    from recipe_tui.core.blocks.field_values import FieldValues
    from recipe_tui.core.registry.locate import is_hub_name, locate_model

    try:
        return FieldValues() if is_hub_name(model) else FieldValues.of_model(locate_model(model))
    except RecipeTuiError:
        return FieldValues()


@command(
    *("generation", "top.output"),
    rest="ingredient",
    rest_help=", and more ingredients",
    load=load_decoding_config,
    own={"preset": Annotated[str | None, DECODING_PRESET]},
)
def generate(
    terminal: Terminal,
    config: Config,
    model: Annotated[
        str | None,
        typer.Option(
            help="Checkpoint folder, run, folder of runs (its latest finished run) or hub name.",
            show_default="the folder of --output",
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the recipe.", show_default=False)] = "",
    ingredient: Annotated[
        list[str] | None, typer.Option(help="An ingredient line; may be repeated.", metavar="LINE")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            help="A tag, such as a cuisine or a diet; may be repeated.", metavar="VALUE", autocompletion=complete_tag
        ),
    ] = None,
    servings: Annotated[str, typer.Option(help="How much it makes: '4 servings'.", show_default=False)] = "",
    time: Annotated[
        list[str] | None, typer.Option(help="How long it takes: 'total 30 min'; may be repeated.", metavar="VALUE")
    ] = None,
    directions: Annotated[str, typer.Option(help="How the directions begin.", show_default=False)] = "",
    prompt: Annotated[
        str | None, typer.Option(help="Text to continue as it is, instead of title and ingredients.")
    ] = None,
    precision: Annotated[GenerationPrecision, PRECISION] = "float32",
    quantization: Annotated[Quantization, QUANTIZATION] = "none",
    prompts: Annotated[
        Path | None,
        typer.Option(
            help="Write a text for each prompt of a file (CSV, JSON Lines, or a title a line) to --to, as JSON Lines.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    format_: FormatOption = None,
    to: ToOption = None,
    scale_to: Annotated[
        str | None,
        typer.Option(help="Scale what is written to this many servings.", metavar="N", show_default=False),
    ] = None,
    units: UnitsOption = None,
    overwrite: OverwriteOption = False,
) -> Outcome:
    """Write recipes: from a title and ingredients, or from a bare prompt.

    The settings of the next token act in the order in which they are listed.

    With --format, --to, --scale-to or --units the recipe is prepared for a cook: it says that a machine wrote it, and
    has hints at allergens and safety notes.

    With --prompts, texts are written side by side. A start after a stop continues: what is in the file is not written
    again. The seed is 0 unless --seed is given.
    """
    config.generation.check()
    if prompts is not None:
        given = (title, ingredient, tag, servings, time, directions, prompt, format_, scale_to, units)
        if any(given) or overwrite:
            raise UsageError("--prompts takes no other prompt and no format", "give --prompts FILE --to FILE.jsonl")
        weights = {"precision": precision, "quantization": quantization}
        return write_prompt_file(terminal, prompts, to, model or config.output, config.generation, weights)
    for_a_cook = bool(format_ or to or scale_to or units)
    output = chosen_format(format_, to) if for_a_cook else None
    if to is not None and output is not None:
        check_destination(to, output, config.generation.num_return_sequences, overwrite)
    preparation = Preparation(positive_number(scale_to, "--scale-to") if scale_to is not None else None, units=units)
    begin = Prompt(
        title,
        tuple(ingredient or ()),
        directions,
        tags=tuple(tag or ()),
        servings=servings_line(servings),
        times=tuple(map(time_line, time or ())),
    )
    if prompt is not None and begin != Prompt():
        raise UsageError("--prompt stands alone", "leave out --title, --ingredient, --tag and the like, or --prompt")
    if prompt is None and begin == Prompt():
        raise UsageError("nothing to begin with", "give --title and --ingredient, or --prompt")
    if model is None and not config.output.is_dir():
        raise CheckpointError(f"{config.output}: no runs there", "train one first: recipe-tui demo; or name a --model")
    from recipe_tui.core.backend import select_backend

    select_backend()
    for warning in _field_values(model or config.output).unknown(begin) if begin.has_fields else ():
        terminal.say(f"warning: {warning}")
    begin = Prompt(text=prompt) if prompt is not None else begin
    written = write_recipes(
        terminal, model or config.output, begin, config.generation, precision, quantization, show=output is None
    )
    described = [describe_recipe(one) for one in written]
    if output is not None:
        prepared = [prepare(one.recipe, preparation) for one in written]
        paths = give_out(terminal, prepared, output, to, overwrite)
        cooked = [{"prepared": prepared_json(one), "files": paths} for one in prepared]
        described = [{**text, **more} for text, more in zip(described, cooked, strict=True)]
    return Outcome(described)


def write_recipes(
    terminal: Terminal,
    model: str | Path,
    prompt: Prompt,
    config: GenerationConfig,
    precision: str = "float32",
    quantization: Quantization = "none",
    show: bool = True,
) -> Sequence[Generated]:
    """Write recipes and show them unless they are shown elsewhere, a single one while it is being written.

    See `recipe_tui.core.generation.generator.Generator` for what it raises.
    """
    from recipe_tui.core.generation.generator import Generator

    generator = Generator.load(model, precision, quantization, terminal.say)
    if (format_ := precision if quantization == "none" else quantization) != "float32":
        terminal.say(f"{format_}: the weights take {generator.decoder.weights_size / 1e6:,.0f} MB")
    if config.verbatim_guard and generator.training_text.built_index is None:
        terminal.say("the training text is indexed for verbatim_guard, once")
    show = show and not terminal.as_json
    streamed = show and config.num_return_sequences == config.best_of == config.num_beams == 1

    def show_piece(piece: Piece) -> None:
        terminal.show(piece.text)

    if streamed:
        terminal.show(generator.tokenizer.text(generator.encode(prompt)))
    written = generator.generate(prompt, config, show_piece if streamed else None)
    if streamed:
        terminal.show("\n")
    for number_, one in enumerate(written, 1):
        if show and not streamed:
            terminal.show(f"{one.text.rstrip()}\n\n")
        which = f"{number_}: " if len(written) > 1 else ""
        speed = number(one.tokens_per_second, 0)
        terminal.say(f"{which}{one.finish_reason} after {one.tokens:,} tokens, {speed} tokens/s, seed {one.seed}")
        if one.score is not None:
            terminal.say(f"{which}{one.score}")
        for note in one.notes:
            terminal.say(f"note: {note}")
    return written


def describe_recipe(written: Generated) -> dict[str, Any]:
    """Return what ``generate --json`` prints of one text."""
    described = {
        "text": written.text,
        "recipe": recipe_json(written.recipe),
        "finish_reason": written.finish_reason,
        "tokens": written.tokens,
        "tokens_per_second": written.tokens_per_second,
        "seed": written.seed,
    }
    return described if written.score is None else described | {"score": asdict(written.score)}
