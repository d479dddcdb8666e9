"""What a model writes and scores for a benchmark; computed where it is not kept already."""

from __future__ import annotations

import gc
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.evaluation.benchmark import EvaluationProgress
from recipe_tui.core.evaluation.prompts import rows_of, training_recipes
from recipe_tui.core.evaluation.records import Records, evaluation_folder
from recipe_tui.core.evaluation.scores import copy_scores, likelihood_scores
from recipe_tui.core.evaluation.statistics import Score, Summed
from recipe_tui.core.evaluation.writing import extraction, extraction_in_blocks, likelihoods, write_texts
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.generation.training_text import TrainingText
from recipe_tui.core.lora.base import cached_weights_hash
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.measures.copies import closest
from recipe_tui.core.model.weights import new_model, read_config
from recipe_tui.core.registry.locate import is_adapter
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.evaluation.benchmark import Benchmark, Stage
    from recipe_tui.core.evaluation.subject import Subject
    from recipe_tui.core.measures.written import Written
    from recipe_tui.core.recipes.recipe import Split

MOST_EXTRACTED = 100
"""Passages of training recipes, and as many of held-out ones, that are given in the extraction. They are given in their
blocks; a model with another tokenizer than that of the blocks is given the beginning of recipes."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model wrote, and its scores.

    Attributes:
        settings: All that decided what was written.
        folder: Where it is kept.
        written: A text for each prompt.
        scores: The scores of the texts, of the likelihood of human recipes, and of copying.
        notes: What one should know about the texts.
    """

    settings: Mapping[str, Any]
    folder: Path
    written: tuple[Written, ...]
    scores: dict[str, Score]
    notes: tuple[str, ...]


def outputs_of(
    subject: Subject,
    benchmark: Benchmark,
    config: GenerationConfig,
    output: Path,
    observer: Callable[[EvaluationProgress], None],
) -> Outputs:
    """Let a model write and score, unless it has with these settings, and score what it wrote."""

    def progress(stage: Stage) -> Callable[..., None]:
        return lambda *counts: observer(EvaluationProgress(stage, subject.name, *counts))

    tokenizer = load_tokenizer(subject.folder)
    settings = {
        "model": subject.name,
        "weights": _weights(subject, benchmark.seed),
        "tokenizer": tokenizer.fingerprint,
        "store": benchmark.store.fingerprint,
        "split": benchmark.prompts.split,
        "rows": benchmark.prompts.rows,
        "seed": benchmark.seed,
    }
    folder = evaluation_folder(output, subject.name, settings, config)

    @cache
    def load() -> Generator:
        observer(EvaluationProgress("load", subject.name))
        generator = _generator(subject, benchmark.seed)
        generator.training_text = TrainingText(benchmark.store.path)  # for the base, which is from no run, as well
        return generator

    prompts, store = benchmark.prompts, benchmark.store
    titles = bool(tokenizer.layout.special_tokens)
    texts = Records(folder / "texts.jsonl")
    written = write_texts(load, prompts.by_row(), config, texts, progress("write"))
    free = prompts.free(benchmark.free, titles)
    whole = write_texts(load, free, config, Records(folder / "free.jsonl"), progress("write freely"))
    likely = likelihoods(load, prompts, Records(folder / "likelihood.jsonl"), progress("likelihood"))
    records = Records(folder / "extraction.jsonl")
    count = min(MOST_EXTRACTED, len(prompts))
    splits: dict[str, Split] = {"extraction": "train", "extraction_control": prompts.split}
    scores = benchmark.scorer.scores(written, prompts.recipes)
    scores |= likelihood_scores(likely)
    for name, split in splits.items():
        if tokenizer.fingerprint == store.manifest.fingerprint.tokenizer:
            found = extraction_in_blocks(load, store, split, count, benchmark.seed, records, progress("extraction"))
        else:
            rng = np.random.default_rng([benchmark.seed, 2])
            drawn = rng.permutation(rows_of(store, "train")).tolist() if split == "train" else prompts.rows
            found = extraction(load, store, drawn[:count], records, progress("extraction"))
        scores[name] = Summed.mean(found)
    scores |= copy_scores(closest([one.recipe for one in whole], training_recipes(store)), titles)
    load.cache_clear()
    gc.collect()  # layers refer to each other, so nothing else frees them
    unfit = sum(not texts[row]["tokens"] for row in prompts.rows)
    noted = [texts[row]["notes"][0] for row in prompts.rows if texts[row]["tokens"] and texts[row].get("notes")]
    notes = []
    if unfit:
        notes.append(f"{unfit} prompts do not fit the context of {subject.name}: nothing was written for them")
    if noted:
        notes.append(f"{len(noted)} texts of {subject.name} have a note, the first: {noted[0]}")
    return Outputs(settings, folder, tuple(written), scores, tuple(notes))


def _generator(subject: Subject, seed: int) -> Generator:
    if not subject.untrained:
        return Generator.load(subject.folder)
    keras.utils.set_random_seed(seed)
    return Generator(Decoder(new_model(read_config(subject.folder))), load_tokenizer(subject.folder))


def _weights(subject: Subject, seed: int) -> str:
    """Return what distinguishes the weights of a model from any others."""
    folder = subject.folder
    if subject.untrained:
        return f"random, seed {seed}, {_hash(folder / paths.MODEL_CONFIG)}"
    if is_adapter(folder):
        return f"{read_adapter(folder).base_hash} with {_hash(folder / paths.ADAPTER_WEIGHTS)}"
    return cached_weights_hash(folder)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
