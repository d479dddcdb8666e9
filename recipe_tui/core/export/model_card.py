"""The model card of an export: what it is, whether it still is the model, and how to run it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recipe_tui import __version__
from recipe_tui.core.families.table import family_of
from recipe_tui.core.perplexity import perplexity
from recipe_tui.core.text.chat import CHAT
from recipe_tui.core.training.model_card import describe_adapter

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

    from recipe_tui.core.export.comparison import Verdict
    from recipe_tui.core.export.source import Source
    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.text.tokenizer import Tokenizer

ExportKind = Literal["huggingface", "adapter", "gguf"]

LIBRARIES = {"huggingface": "transformers", "adapter": "peft", "gguf": "gguf"}

TRAINING = "## Training"
"""Where the card of a run begins to say what it learned from; that part, to its end, goes with an export."""


@dataclass(frozen=True, slots=True)
class Merging:
    """What became of a model when its adapter was merged into float weights.

    Attributes:
        adapter: The adapter.
        before: Loss with the adapter beside the weights, nats per token; None where its base is not at hand.
        after: Loss with the adapter merged into them.
    """

    adapter: Adapter
    before: float | None
    after: float


@dataclass(frozen=True, slots=True)
class Exported:
    """What a card is about.

    Attributes:
        source: What was exported.
        kind: As what.
        weights: Name of the file with the weights.
        precision: How the weights are kept, for people.
        config: The model's configuration.
        tokenizer: Its tokenizer.
        parameters: Its weights, counted.
        merging: What merging an adapter did; None without one.
    """

    source: Source
    kind: ExportKind
    weights: str
    precision: str
    config: PreTrainedConfig
    tokenizer: Tokenizer
    parameters: int
    merging: Merging | None


def export_card(exported: Exported, verdict: Verdict) -> str:
    """Write the card."""
    source, family = exported.source, family_of(exported.config)
    licence = f"license: {source.licence}\n" if source.licence else ""
    header = (
        f"---\nlibrary_name: {LIBRARIES[exported.kind]}\npipeline_tag: text-generation\n{licence}"
        f"tags: [{family.model_type}, recipes, recipe-tui]\n---\n"
    )
    parts = [
        f"{header}\n# {source.name}",
        f"A {family.title}{' that writes recipes' if source.run else ''}, exported with recipe-tui {__version__}.",
        _table(_facts(exported)),
        "## Is it still the same model?",
        f"It was opened again and compared with the model it was made of, on {verdict.text}.\n\n"
        f"**{verdict.sentence()[0].upper()}{verdict.sentence()[1:]}.**",
        _table(_figures(exported, verdict)),
        "## Use",
        _use(exported),
    ]
    before, heading, training = source.card().partition(TRAINING)
    return "\n\n".join(parts) + "\n" + (f"\n{heading}{training}" if heading and before else "")


def public_name(name: str) -> str:
    """Return the name of a model without the folders of the machine it was trained on."""
    return Path(name).name if Path(name).is_absolute() or Path(name).exists() else name


def _facts(exported: Exported) -> list[tuple[str, str]]:
    source, merging = exported.source, exported.merging
    facts = []
    base = merging.adapter.base if merging else source.base
    if base:
        facts.append(("base model", f"`{public_name(base)}`"))
    if merging:
        where = "beside the base, in this folder" if exported.kind == "adapter" else "merged into the weights"
        facts.append(("adapter", f"{describe_adapter(merging.adapter)}; {where}"))
    facts += [
        ("parameters", f"{exported.parameters:,}"),
        ("weights", f"`{exported.weights}`, {exported.precision}"),
        ("context", f"{exported.config.max_position_embeddings:,} tokens"),
        ("layout of recipes", f"`{exported.tokenizer.layout.name}`"),
    ]
    return facts


def _figures(exported: Exported, verdict: Verdict) -> list[tuple[str, str]]:
    figures = [
        ("perplexity before the export", f"{verdict.perplexity_before:.3f} ({verdict.tokens:,} tokens)"),
        ("perplexity of what was opened again", f"{verdict.perplexity_after:.3f}"),
        ("largest difference of two logits", f"{verdict.largest_difference:.2g}"),
        ("differences, as a share of the logits' spread", f"{verdict.relative_difference:.3%}"),
        ("same likeliest token", f"{verdict.agreement:.1%} of {verdict.positions:,} places"),
    ]
    if verdict.tolerance.loss:
        allowed = f"{verdict.tolerance.logits:.0%} of the spread, {verdict.tolerance.loss:g} nats per token"
        figures.append(("allowed for rounding", allowed))
    merging = exported.merging
    if merging:
        before = (
            "not measured: the base is not at hand" if merging.before is None else f"{perplexity(merging.before):.3f}"
        )
        figures.append(("perplexity before the adapter was merged", before))
        figures.append(("perplexity with the adapter merged into float weights", f"{perplexity(merging.after):.3f}"))
    return figures


def _use(exported: Exported) -> str:
    example = _example(exported.tokenizer)
    ours = '    recipe-tui generate --model PATH --title "Tomato Soup" --ingredient "2 tomatoes"'
    if exported.kind == "gguf":
        command = f"llama-completion -m {exported.weights} --special -no-cnv -p '{example}'"
        if exported.tokenizer.layout is CHAT:
            command = f"llama-cli -m {exported.weights} -p '{example}'"
        asked = example.removeprefix("".join(exported.tokenizer.layout.special_tokens[:1]))
        called = exported.source.name.lower()
        return (
            f"llama.cpp:\n\n    {command}\n\nOllama, in this folder:\n\n    ollama create {called} -f Modelfile\n"
            f"    ollama run {called} '{asked}'\n\nrecipe-tui:\n\n{ours}"
        )
    if exported.kind == "adapter":
        loading = (
            "    from peft import PeftModel\n"
            "    from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
            "    tokenizer = AutoTokenizer.from_pretrained(PATH)\n"
            "    model = AutoModelForCausalLM.from_pretrained(BASE)\n"
            "    model.resize_token_embeddings(max(len(tokenizer), model.config.vocab_size))\n"
            "    model = PeftModel.from_pretrained(model, PATH)"
        )
        return (
            "recipe-tui, which merges it into the base that `adapter_config.json` names:\n\n"
            f"{ours}\n\n`transformers` and `peft`:\n\n{loading}"
        )
    return (
        f"recipe-tui:\n\n{ours}\n\n`transformers`:\n\n"
        "    from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
        "    tokenizer = AutoTokenizer.from_pretrained(PATH)\n"
        "    model = AutoModelForCausalLM.from_pretrained(PATH)\n"
        f'    ids = tokenizer({example!r}, return_tensors="pt", add_special_tokens=False).input_ids\n'
        "    print(tokenizer.decode(model.generate(ids, max_new_tokens=300)[0]))"
    )


def _example(tokenizer: Tokenizer) -> str:
    """Return a prompt, written out as the layout has it."""
    pieces = tokenizer.layout.prompt("Tomato Soup", ("2 tomatoes",))
    if tokenizer.layout is CHAT:
        pieces = [piece for piece in pieces if not piece.special]
    return "".join(piece.text for piece in pieces)


def _table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])
