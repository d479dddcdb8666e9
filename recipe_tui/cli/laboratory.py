"""``recipe-tui laboratory``: the same prompts under many decoding settings or models, scored, ranked and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.options import DECODING_PRESET, PRECISION, QUANTIZATION
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal, number
from recipe_tui.core.config import Config, GenerationPrecision, Quantization
from recipe_tui.core.config.decoding_presets import check_preset_name, load_decoding_config
from recipe_tui.core.errors import UsageError
from recipe_tui.core.evaluation.laboratory.experiment import HELD_OUT_PROMPTS
from recipe_tui.core.evaluation.laboratory.winner import save_preset

if TYPE_CHECKING:
    from recipe_tui.core.evaluation.laboratory.experiment import Experiment, Variant
    from recipe_tui.core.evaluation.laboratory.ranking import Ranking
    from recipe_tui.core.evaluation.statistics import Difference
    from recipe_tui.core.generation.generator import Generator


@command(
    *("generation", "top.output"),
    rest="model",
    rest_help=", and models, checkpoints, adapters or runs to write with",
    load=load_decoding_config,
    own={"preset": Annotated[str | None, DECODING_PRESET]},
)
def laboratory(
    terminal: Terminal,
    config: Config,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="File of the texts, with every setting beside every score."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Run, model folder, adapter or name; may be repeated.", show_default="the folder of --output"
        ),
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GRID",
            help='Every combination of values: "top_p=0.8,0.95 x ingredient_bonus=0,2"; may be repeated.',
        ),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SETTINGS",
            help='One set of settings besides the grid: "best_of=4, top_p=0.9", or "plain" for the settings as they '
            "are. May be repeated.",
        ),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Block store with the held-out recipes.", show_default="that of the run")
    ] = None,
    prompts: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Held-out prompts.", show_default=str(HELD_OUT_PROMPTS))
    ] = None,
    title: Annotated[str, typer.Option(help="Title of a single prompt instead.", show_default=False)] = "",
    ingredient: Annotated[
        list[str] | None, typer.Option(metavar="LINE", help="An ingredient line of that prompt; may be repeated.")
    ] = None,
    precision: Annotated[GenerationPrecision, PRECISION] = "float32",
    quantization: Annotated[Quantization, QUANTIZATION] = "none",
    yes: Annotated[bool, typer.Option("--yes", help="Write even if it may take more than an hour.")] = False,
    save_preset_: Annotated[
        str | None,
        typer.Option("--save-preset", metavar="NAME", help="Save the best settings for generate --preset NAME."),
    ] = None,
) -> Outcome:
    """Compare decoding settings, models, checkpoints or adapters on the same prompts with the same seed.

    Texts are written in batches to --to, scored with the measures of evaluate, ranked, and tested pair by pair. A start
    after a stop continues: what is in the file is not written again. Ctrl-C stops.
    """
    if to is None:
        raise UsageError("the texts are written to a file", "name it: --to laboratory.jsonl")
    if (title or ingredient) and prompts is not None:
        raise UsageError("--title and --ingredient make a single prompt", "leave them out, or --prompts")
    if save_preset_ is not None:
        check_preset_name(save_preset_)
    single = bool(title or ingredient)
    from recipe_tui.core.evaluation.laboratory.ranking import TextReader, rank  # here, because NumPy takes its time
    from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest

    experiment = ExperimentRequest(
        tuple(model or (str(config.output),)),
        config.generation,
        tuple(grid or ()),
        tuple(variant or ()),
        str(store or ""),
        0 if single else prompts or HELD_OUT_PROMPTS,
        title,
        tuple(ingredient or ()),
        precision,
        quantization,
    ).experiment()
    terminal.say(
        f"{len(experiment.variants):,} variants × {len(experiment.prompts):,} prompts: {experiment.texts:,} texts, "
        f"at most {experiment.tokens:,} tokens"
    )
    if experiment.shortage:
        terminal.say(experiment.shortage)
    write_experiment(terminal, experiment, to, confirmed=yes)
    reader = TextReader(experiment)
    ranking = rank(reader.read_file(to), reader.variants, config.generation.seed or 0)
    if not terminal.as_json:
        show_ranking(terminal, ranking)
    terminal.say(f"texts: {to}")
    if save_preset_ is not None:
        _save_winner(terminal, experiment, ranking, save_preset_)
    return Outcome({"file": to, **ranking.to_json()})


def write_experiment(terminal: Terminal, experiment: Experiment, to: Path, *, confirmed: bool) -> None:
    """Write the texts of an experiment that are missing, and show the progress."""
    from recipe_tui.core.backend import select_backend

    select_backend()
    from recipe_tui.core.evaluation.laboratory.run import run_experiment
    from recipe_tui.core.generation.generator import Generator

    def load(variant: Variant) -> Generator:
        return Generator.load(variant.model.folder, experiment.precision, experiment.quantization, terminal.say)

    with ProgressView(terminal) as progress:
        run_experiment(
            experiment, to, load, progress.laboratory, lambda one: terminal.say(str(one)), confirmed=confirmed
        )


def show_ranking(terminal: Terminal, ranking: Ranking) -> None:
    """Print the variants, the best first, and what distinguishes them from the first one and from the best."""
    from recipe_tui.core.evaluation.laboratory.ranking import MEASURES

    names = [one.title for one in MEASURES]
    columns = ("variant", "texts", *names)
    rows = [
        (
            one.variant,
            f"{one.texts:,}",
            *(number(one.measures[measure.name].value, measure.digits) for measure in MEASURES),
        )
        for one in ranking.ranked
    ]
    terminal.show_table(columns, rows, right=columns[1:])
    best = ranking.ranked[0].variant
    for first in dict.fromkeys((ranking.first, best)):
        others = [(one.variant, ranking.between(first, one.variant)) for one in ranking.ranked]
        rows = [
            (f"{name}", *(_difference(found.get(measure.name), measure.digits) for measure in MEASURES))
            for name, found in others
            if found
        ]
        if rows:
            terminal.show(f"\nminus {first}; * significant at 5 %\n")
            terminal.show_table(("variant", *names), rows, right=names)
    if len(ranking.pairs) > 1:
        terminal.say(f"{len(ranking.pairs):,} pairs were tested: of 20 equal ones, one is significant by chance")


def _difference(found: Difference | None, digits: int) -> str:
    if found is None or found.difference.value is None:
        return "-"
    return f"{found.difference.value:+,.{digits}f}{'*' if found.significant else ' '}"


def _save_winner(terminal: Terminal, experiment: Experiment, ranking: Ranking, name: str) -> None:
    best = ranking.ranked[0]
    winner = next(one for one in experiment.variants if one.name == best.variant)
    meaning = f"won a comparison of {len(experiment.variants)} variants on {best.texts} prompts"
    path = save_preset(name, winner.config, meaning)
    terminal.say(f"{best.variant} is the preset {name} in {path}: recipe-tui generate --preset {name!r}")
