"""Export a model: as a Hugging Face folder, as its adapter alone, or as a GGUF file for llama.cpp and Ollama.

Whatever is written is opened again and compared with the model, and the verdict is in its card.
"""

from __future__ import annotations

import gc
import math
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import require_space, whole_folder, write_text, writing
from recipe_tui.core.errors import CheckpointError, NetworkError, OutputError, UsageError
from recipe_tui.core.export.comparison import Tolerance, compare, measure, text_of
from recipe_tui.core.export.model_card import Exported, ExportKind, Merging, export_card
from recipe_tui.core.export.modelfile import modelfile
from recipe_tui.core.export.source import find_source
from recipe_tui.core.gguf.writing import write_gguf
from recipe_tui.core.lora.open import AdapterSwitch, adapted_config, locate_base
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.model.weights import check_tokenizer, load_model, read_config, save_model, stored_weights
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.registry.gguf_folder import convert_gguf
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.export.comparison import Text, Verdict
    from recipe_tui.core.export.source import Source
    from recipe_tui.core.gguf.writing import GgufType
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer

TOLERANCES = {"f16": Tolerance(logits=0.01, loss=0.003), "q8_0": Tolerance(logits=0.15, loss=0.03)}
"""What the rounding of GGUF's types may change; a Hugging Face folder and an adapter round nothing."""

BYTES = {"f16": 2.0, "q8_0": 34 / 32}
"""Of a weight."""

HELD_OUT_BLOCKS = 8
"""Blocks that models are compared on."""

SPLIT = Recipe("Crème Brûlée 12", ("½ cup sugar",), ("I'd bake it at 300°F.\n\nServe <|cold|>  🍮",))
"""A recipe that tokenizers are compared on."""

MODELFILE = "Modelfile"


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was written.

    Attributes:
        folder: Its folder.
        kind: What it is.
        weights: The file with the weights.
        size: Bytes of that file.
        verdict: How it compares with the model.
        loss_unmerged: Loss of the model before its adapter was merged into it, nats per token; None without adapter,
            or where its base is not at hand.
    """

    folder: Path
    kind: ExportKind
    weights: Path
    size: int
    verdict: Verdict
    loss_unmerged: float | None


def export(
    name: str | Path,
    destination: Path,
    kind: ExportKind,
    gguf_type: GgufType = "f16",
    held_out_blocks: int = HELD_OUT_BLOCKS,
    report: Callable[[str], None] = lambda _: None,
) -> Export:
    """Write a model in another form, open that again, and compare the two.

    Args:
        name: The model; see `locate_model`.
        destination: A folder that is made; it appears whole or not at all.
        kind: ``huggingface``: config, float32 weights and tokenizer, an adapter merged into them. ``adapter``: the
            adapter alone, as PEFT has it. ``gguf``: a GGUF file, and a Modelfile for Ollama.
        gguf_type: How a GGUF file keeps its weights.
        held_out_blocks: Blocks to compare on, at most, if the model belongs to a run.
        report: Told what is being done.

    Raises:
        UsageError: The model has no adapter to export, or the destination is no name for a folder.
        CheckpointError, TokenizerError, NetworkError: The model cannot be loaded, or has no such form.
        OutputError: The destination is there already, or cannot be written to, or the disk is too full.
    """
    source = find_source(name)
    _check(source, destination, kind)
    config, tokenizer = read_config(source.folder), load_tokenizer(source.folder)
    check_tokenizer(config, tokenizer.vocab_size, tokenizer.eos_id)
    text = text_of(tokenizer, config.max_position_embeddings, source.held_out(), held_out_blocks)
    unmerged = _loss_unmerged(source, text, report)
    report(f"loading {source.folder}")
    model = load_model(source.folder, config=config)
    before = measure(model, text)
    parameters = sum(math.prod(variable.shape) for variable in model.weights)
    merging = Merging(read_adapter(source.adapter), unmerged, before.loss) if source.adapter else None
    with writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
    # What is written, and what it is opened again by.
    require_space(destination.parent, int(parameters * (BYTES[gguf_type] + 4 if kind == "gguf" else 4)))
    with whole_folder(destination) as new:
        report(f"writing {destination}")
        weights = _write(source, new, kind, gguf_type, model, tokenizer)
        del model  # two at once may be too much for the memory
        gc.collect()
        report("opening it again, and comparing")
        reopened, opened = _reopened(new, weights, kind)
        verdict = compare(
            before,
            measure(reopened, text),
            text,
            TOLERANCES[gguf_type] if kind == "gguf" else Tolerance(),
            same_tokens=_tokens(opened) == _tokens(tokenizer),
        )
        precision = gguf_type.upper() if kind == "gguf" else "float32"
        exported = Exported(source, kind, weights.name, precision, config, tokenizer, parameters, merging)
        write_text(new / paths.MODEL_CARD, export_card(exported, verdict))
        size = weights.stat().st_size
    return Export(destination, kind, destination / weights.name, size, verdict, unmerged)


def _check(source: Source, destination: Path, kind: ExportKind) -> None:
    """Check what can be checked before anything is loaded."""
    if kind == "adapter" and source.adapter is None:
        raise UsageError(f"{source.folder}: has no adapter", "export it as huggingface or gguf")
    if destination.suffix == paths.GGUF_SUFFIX:
        raise UsageError(
            f"{destination}: an export is a folder, with the model's card in it",
            f"give --to {destination.with_suffix('')}",
        )
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise OutputError(f"{destination}: exists already", "choose another place, or move it away")


def _loss_unmerged(source: Source, text: Text, report: Callable[[str], None]) -> float | None:
    """Return the loss with the adapter beside the weights that it learned with, integers where those were."""
    if source.adapter is None:
        return None
    adapter = read_adapter(source.adapter)
    try:
        base = locate_base(adapter, source.adapter)
    except (CheckpointError, NetworkError) as error:
        report(f"note: perplexity before merging is not measured: {error.message}")
        return None
    report(f"loading {base} and the adapter beside it")
    config = adapted_config(source.adapter, adapter, base)
    switch = AdapterSwitch(load_model(base, config=config, quantization=source.quantization()), {"": adapter})
    switch.switch("")
    return measure(switch.model, text).loss


def _write(
    source: Source, folder: Path, kind: ExportKind, gguf_type: GgufType, model: LanguageModel, tokenizer: Tokenizer
) -> Path:
    """Write everything but the card, and return the file with the weights."""
    if kind == "gguf":
        path = folder / f"{source.name}-{gguf_type.upper()}{paths.GGUF_SUFFIX}"
        write_gguf(path, gguf_type, model.config, tokenizer, lambda: stored_weights(model), source.name, source.licence)
        write_text(folder / MODELFILE, modelfile(path.name, tokenizer, model.config.max_position_embeddings))
        return path
    tokenizer.save(folder)
    if kind == "adapter" and source.adapter is not None:
        with writing(folder):
            for name in (paths.MODEL_CONFIG, paths.ADAPTER_CONFIG, paths.ADAPTER_WEIGHTS):
                if (source.adapter / name).is_file():
                    shutil.copyfile(source.adapter / name, folder / name)
        return folder / paths.ADAPTER_WEIGHTS
    save_model(model, folder)
    return folder / paths.MODEL_WEIGHTS


def _reopened(folder: Path, weights: Path, kind: ExportKind) -> tuple[LanguageModel, Tokenizer]:
    """Open an export as everything else does."""
    if kind != "gguf":
        return load_model(folder), load_tokenizer(folder)
    converted = folder / "opened"  # the user's cache, where converted files lie otherwise, is spared
    convert_gguf(weights, converted)
    try:
        return load_model(converted), load_tokenizer(converted)
    finally:
        shutil.rmtree(converted)


def _tokens(tokenizer: Tokenizer) -> tuple[str, list[int]]:
    return tokenizer.layout.name, tokenizer.encode_recipes([SPLIT]).ids.tolist()
