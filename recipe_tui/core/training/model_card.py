"""The model card of a finished model: what it is, what it learned from, and how well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui import __version__
from recipe_tui.core.families.shape import NAMES
from recipe_tui.core.perplexity import perplexity

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

    from recipe_tui.core.blocks.ledger import Ledger
    from recipe_tui.core.config import Config
    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.planning.plan import Plan
    from recipe_tui.core.runs.events import Merged
    from recipe_tui.core.training.callbacks import TrainingProgress

TEMPLATE = """\
---
library_name: transformers
pipeline_tag: text-generation
tags: [{family}, recipes, recipe-tui]
---

# {name}

A {name_of_family} that writes recipes from a title and a list of ingredients. Fine-tuned from `{model}`
({initialize} weights) with recipe-tui {version}. {parameters}context {context} tokens.

## Use

    recipe-tui generate --model PATH --title "Roasted Pumpkin Soup" --ingredient "1 small pumpkin"

It opens in `transformers` too: `AutoModelForCausalLM.from_pretrained(PATH)` and `AutoTokenizer.from_pretrained(PATH)`.
Recipes are laid out as `{layout}`{template}; each ends with the end-of-text token.

## Training

| | |
| --- | --- |
| recipes read / kept | {read:,} / {kept:,} |
| blocks | {blocks:,} of {block_size} tokens, packed as {packing} |
| steps | {step:,} of {total_steps:,} ({epochs:.2f} epochs, {tokens:,} target tokens) |
| optimizer | {optimizer}, peak learning rate {learning_rate:g}, {schedule}, weight decay {weight_decay:g} |
{learned}| weights of | {weights} |
| validation loss | {validation} |
{merged}| data fingerprint | `{fingerprint}` |

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
    by = ""
    if adapter is not None:
        where = "in this folder" if parameters is None else "merged into the weights"
        by = f"| adapter | {describe_adapter(adapter)}; {where} |\n"
    if learned != parameters:
        by += f"| parameters that learned | {learned:,} |\n"
    step = progress.step
    loss = progress.final_loss(config.training.final_weights)
    validation = "not measured" if loss is None else _nats(loss)
    weights = f"step {step}, the last"
    if config.training.final_weights == "best" and progress.best_step is not None:
        weights = f"step {progress.best_step}, the best of those validated"
    return TEMPLATE.format(
        name=config.run,
        model=config.model.name,
        initialize=config.model.initialize,
        version=__version__,
        parameters="" if parameters is None else f"{parameters:,} parameters, ",
        learned=by,
        context=shape.max_position_embeddings,
        family=shape.model_type,
        name_of_family=NAMES[shape.model_type],
        layout=config.data.layout,
        template=", by the tokenizer's chat template" if config.data.layout == "chat" else "",
        read=ledger.read,
        kept=ledger.kept,
        blocks=plan.blocks,
        block_size=plan.block_size,
        packing=config.data.packing,
        step=step,
        total_steps=plan.total_steps,
        epochs=plan.epoch(step),
        tokens=progress.tokens,
        optimizer=config.training.optimizer,
        learning_rate=config.training.learning_rate,
        schedule=config.training.schedule,
        weight_decay=config.training.weight_decay,
        weights=weights,
        validation=validation,
        merged=f"| merging | {merged.summary} |\n" if merged is not None else "",
        fingerprint=fingerprint[:16],
    )


def describe_adapter(adapter: Adapter) -> str:
    """Say what an adapter is, in a line."""
    rows = f", and {len(adapter.token_ids)} rows of the embedding" if adapter.token_ids else ""
    targets = ", ".join(f"`{target}`" for target in adapter.targets)
    return f"LoRA of rank {adapter.rank}, alpha {adapter.alpha:g}, on {targets}{rows}"


def _nats(loss: float) -> str:
    return f"{loss:.4f} nats per token (perplexity {perplexity(loss):.2f})"
