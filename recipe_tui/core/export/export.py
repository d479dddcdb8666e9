"""Export a model: as a Hugging Face folder, as its adapter alone, or as a GGUF file for llama.cpp and Ollama.

Each export is opened again and compared with the model; its model card says the result.
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
from recipe_tui.core.export.comparison import Tolerance, compare, evaluation_text, measure
from recipe_tui.core.export.model_card import CardContent, ExportKind, Merging, export_card
from recipe_tui.core.export.modelfile import modelfile
from recipe_tui.core.export.source import find_source
from recipe_tui.core.gguf.writing import write_gguf
from recipe_tui.core.lora.base import locate_base
from recipe_tui.core.lora.open import adapted_config, load_model, read_config
from recipe_tui.core.lora.peft import ADAPTER_FILES, read_adapter
from recipe_tui.core.lora.switch import AdapterSwitch
from recipe_tui.core.model.weights import check_tokenizer, save_model, stored_weights
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.registry.gguf_folder import convert_gguf
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.config import GgufType
    from recipe_tui.core.export.comparison import EvaluationText, Verdict
    from recipe_tui.core.export.source import ExportSource
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer

TOLERANCES = {"f16": Tolerance(logits=0.01, loss=0.003), "q8_0": Tolerance(logits=0.15, loss=0.03)}
"""Allowed changes by the rounding of GGUF's types; a Hugging Face folder and an adapter round nothing."""

BYTES = {"f16": 2.0, "q8_0": 34 / 32}
"""Bytes of a weight."""

HELD_OUT_BLOCKS = 8
"""Number of held-out blocks to compare on."""

SPLIT = Recipe("Crème Brûlée 12", ("½ cup sugar",), ("I'd bake it at 300°F.\n\nServe <|cold|>  🍮",))
"""A recipe whose tokens are compared."""

MODELFILE = "Modelfile"


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export.

    Attributes:
        folder: Its folder.
        kind: Its format.
        weights: The file with the weights.
        size: Bytes of that file.
        verdict: The comparison with the model.
        loss_unmerged: Loss with the adapter unmerged, nats per token; None without adapter or without its base.
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
    """Write a model in another format, open it again, and compare the two.

    Args:
        name: The model; see `locate_model`.
        destination: The folder to write, which appears complete or not at all.
        kind: ``huggingface``: config, float32 weights with an adapter merged, and tokenizer. ``adapter``: the adapter
            alone, in PEFT's format. ``gguf``: a GGUF file, and a Modelfile for Ollama.
        gguf_type: Type of a GGUF file's weights.
        held_out_blocks: Maximum number of blocks to compare on, if the model belongs to a run.
        report: Called with each step.

    Raises:
        UsageError: The model has no adapter to export, or the destination is not a folder's name.
        CheckpointError, TokenizerError, NetworkError: The model cannot be loaded, or not written in this format.
        OutputError: The destination exists already or cannot be written, or the disk is too full.
    """
    source = find_source(name)
    _check(source, destination, kind)
    config, tokenizer = read_config(source.folder), load_tokenizer(source.folder)
    check_tokenizer(config, tokenizer.vocab_size, tokenizer.special_ids)
    text = evaluation_text(tokenizer, config.max_position_embeddings, source.held_out(), held_out_blocks)
    unmerged = _loss_unmerged(source, text, report)
    report(f"loading {source.folder}")
    model = load_model(source.folder, config=config)
    report("measuring its perplexity")
    before = measure(model, text)
    parameters = sum(math.prod(variable.shape) for variable in model.weights)
    merging = Merging(read_adapter(source.adapter), unmerged, before.loss) if source.adapter else None
    with writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
    # For the export, and for a GGUF file its conversion back.
    require_space(destination.parent, int(parameters * (BYTES[gguf_type] + 4 if kind == "gguf" else 4)))
    with whole_folder(destination) as new:
        report(f"writing {destination}")
        weights = _write(source, new, kind, gguf_type, model, tokenizer)
        del model  # two at once may not fit into memory
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
        content = CardContent(source, kind, weights.name, precision, config, tokenizer, parameters, merging)
        write_text(new / paths.MODEL_CARD, export_card(content, verdict))
        size = weights.stat().st_size
    return Export(destination, kind, destination / weights.name, size, verdict, unmerged)


def _check(source: ExportSource, destination: Path, kind: ExportKind) -> None:
    """Check everything possible before the model is loaded."""
    if kind == "adapter" and source.adapter is None:
        raise UsageError(f"{source.folder}: has no adapter", "export it as huggingface or gguf")
    if destination.suffix == paths.GGUF_SUFFIX:
        raise UsageError(
            f"{destination}: an export is a folder, with the model's card in it",
            f"give --to {destination.with_suffix('')}",
        )
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise OutputError(f"{destination}: exists already", "choose another place, or move it away")


def _loss_unmerged(source: ExportSource, text: EvaluationText, report: Callable[[str], None]) -> float | None:
    """Return the loss with the adapter unmerged, over the base in the quantization of its training."""
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
    source: ExportSource,
    folder: Path,
    kind: ExportKind,
    gguf_type: GgufType,
    model: LanguageModel,
    tokenizer: Tokenizer,
) -> Path:
    """Write all files but the model card, and return that of the weights."""
    if kind == "gguf":
        path = folder / f"{source.name}-{gguf_type.upper()}{paths.GGUF_SUFFIX}"
        write_gguf(path, gguf_type, model.config, tokenizer, lambda: stored_weights(model), source.name, source.licence)
        write_text(folder / MODELFILE, modelfile(path.name, tokenizer, model.config.max_position_embeddings))
        return path
    tokenizer.save(folder)
    if kind == "adapter" and source.adapter is not None:
        with writing(folder):
            for name in ADAPTER_FILES:
                if (source.adapter / name).is_file():
                    shutil.copyfile(source.adapter / name, folder / name)
        return folder / paths.ADAPTER_WEIGHTS
    save_model(model, folder)
    return folder / paths.MODEL_WEIGHTS


def _reopened(folder: Path, weights: Path, kind: ExportKind) -> tuple[LanguageModel, Tokenizer]:
    """Open an export as any model."""
    if kind != "gguf":
        return load_model(folder), load_tokenizer(folder)
    converted = folder / "opened"  # not in the user's cache, which keeps conversions
    convert_gguf(weights, converted)
    try:
        return load_model(converted), load_tokenizer(converted)
    finally:
        shutil.rmtree(converted)


def _tokens(tokenizer: Tokenizer) -> tuple[str, list[int]]:
    return tokenizer.layout.name, tokenizer.encode_recipes([SPLIT]).ids.tolist()
