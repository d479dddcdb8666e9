"""The model card of a finished training: the model, its data and its validation loss. An export adds its own to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui import __version__
from recipe_tui.core.families.table import family_of
from recipe_tui.core.runs.event_text import summary
from recipe_tui.core.runs.perplexity import perplexity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import PreTrainedConfig

    from recipe_tui.core.blocks.ledger import Ledger
    from recipe_tui.core.config import Config
    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.planning.plan import Plan
    from recipe_tui.core.runs.events import Merged
    from recipe_tui.core.training.callbacks import TrainingProgress

TEMPLATE = """\
{front_matter}
# {name}

A {name_of_family} that writes recipes from a title and a list of ingredients. Fine-tuned from `{model}`
({initialize} weights) with recipe-tui {version}. {parameters}context {context} tokens.

## Use

    recipe-tui generate --model PATH --title "Roasted Pumpkin Soup" --ingredient "1 small pumpkin"

It opens in `transformers` too: `AutoModelForCausalLM.from_pretrained(PATH)` and `AutoTokenizer.from_pretrained(PATH)`.
Recipes are laid out as `{layout}`{template}; each ends with the end-of-text token.

## Training

{table}

## Limits

It writes what recipes usually say. It does not know whether a dish works, is safe to eat or free of an allergen, and it
can repeat passages of the recipes it learned from: read what it writes before you cook or publish it. The rights in the
training recipes are their authors'.
"""


def model_card(
    config: Config,
    ledger: Ledger,
    plan: Plan,
    progress: TrainingProgress,
    fingerprint: str,
    shape: PreTrainedConfig,
    learned: int,
    parameters: int | None = None,
    adapter: Adapter | None = None,
    merged: Merged | None = None,
) -> str:
    """Write the model card of a finished training.

    Args:
        config: What was trained.
        ledger: What became of the recipes.
        plan: How long it was.
        progress: How it ended.
        fingerprint: Of the blocks.
        shape: The model's configuration.
        learned: How many of its weights learned, or how many an adapter has.
        parameters: Weights of the model that lies beside the card; None where an adapter does.
        adapter: What it learned by, if not all of its weights did.
        merged: What merging the adapter did.
    """
    step, training = progress.step, config.training
    length = f"in {training.max_minutes:g} minutes" if training.max_minutes else f"of {plan.total_steps:,}"
    optimizer = f"{training.optimizer}, peak learning rate {training.learning_rate:g}, {training.schedule}"
    rows = [
        ("recipes read / kept", f"{ledger.read:,} / {ledger.kept:,}"),
        ("blocks", f"{plan.blocks:,} of {plan.block_size} tokens, packed as {config.data.packing}"),
        ("steps", f"{step:,} {length} ({plan.epoch(step):.2f} epochs, {progress.tokens:,} target tokens)"),
        ("optimizer", f"{optimizer}, weight decay {training.weight_decay:g}"),
    ]
    if adapter is not None:
        where = "in this folder" if parameters is None else "merged into the weights"
        rows.append(("adapter", f"{adapter.summary}; {where}"))
    if learned != parameters:
        rows.append(("parameters that learned", f"{learned:,}"))
    weights = f"step {step}, the last"
    if training.final_weights == "best" and progress.best_step is not None:
        weights = f"step {progress.best_step}, the best of those validated"
        if progress.best_score is not None:
            weights += f" by the scorecard ({progress.best_score:.3f})"
    loss = progress.final_loss(training.final_weights)
    validation = "not measured" if loss is None else f"{loss:.4f} nats per token (perplexity {perplexity(loss):.2f})"
    rows += [("weights of", weights), ("validation loss", validation)]
    if merged is not None:
        rows.append(("merging", summary(merged)))
    rows.append(("data fingerprint", f"`{fingerprint[:16]}`"))
    return TEMPLATE.format(
        name=config.run,
        model=config.model.name,
        initialize=config.model.initialize,
        version=__version__,
        parameters="" if parameters is None else f"{parameters:,} parameters, ",
        context=shape.max_position_embeddings,
        front_matter=front_matter("transformers", shape.model_type),
        name_of_family=family_of(shape).title,
        layout=config.data.layout,
        template=", by the tokenizer's chat template" if config.data.layout == "chat" else "",
        table=table(rows),
    )


def front_matter(library: str, family: str, licence: str = "") -> str:
    """Return the metadata at the head of a model card, as the hub reads them.

    Args:
        library: What opens the model.
        family: ``model_type`` of its configuration.
        licence: Of the weights; empty where it is not known.
    """
    license_line = f"license: {licence}\n" if licence else ""
    return (
        f"---\nlibrary_name: {library}\npipeline_tag: text-generation\n{license_line}"
        f"tags: [{family}, recipes, recipe-tui]\n---\n"
    )


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Return a table in Markdown, of names and values."""
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])
