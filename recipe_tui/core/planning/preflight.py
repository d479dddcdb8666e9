"""What would fail in a training, found before anything starts. Needs no backend.

No check raises: an error is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import SPARE_BYTES, free_space
from recipe_tui.core.backend import NO_FLOAT16, chosen_backend, quieten
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.families.table import read_shape
from recipe_tui.core.kernels import EMULATED, describe_kernels, emulates_bfloat16
from recipe_tui.core.machine import Available, available_memory
from recipe_tui.core.planning.batch import with_batch_size
from recipe_tui.core.planning.memory import plan_memory
from recipe_tui.core.planning.out_of_memory import remedies
from recipe_tui.core.planning.rules import check_backend_splits, check_context, check_heads, check_new_tokenizer
from recipe_tui.core.planning.scorecard import scorecard_share
from recipe_tui.core.runs.event_text import memory_parts
from recipe_tui.core.runs.folder import check_new_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from recipe_tui.core.config import Config
    from recipe_tui.core.families.shape import Shape
    from recipe_tui.core.text.tokenizer import Tokenizer

Level = Literal["ok", "warning", "error"]

GIGABYTE = 1e9
OPENED_FILES = 100
"""Source files that are opened."""

READ_RECIPES = 200
"""Recipes that are read."""

LARGEST_SHARE = 0.2
"""Share of the time that scorecards may take without a warning."""

ROBUST = 1_000_000_000
"""Parameters from which a model loses little by 4 bits."""

STATE_BYTES = 12
"""Bytes a parameter has in a checkpoint: the weight and both running means."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        level: ``error`` for what would fail, ``warning`` for what is worth knowing.
        message: What is so.
        hint: What to do; empty when nothing is.
        setting: The setting it is about, such as ``data.source``; empty when it is about none.
    """

    level: Level
    message: str
    hint: str = ""
    setting: str = ""


def preflight(config: Config, memory: Callable[[], Available] = available_memory) -> Iterator[Finding]:
    """Check a configuration, the quick things first; ``memory`` returns the memory of the machine."""
    quieten()
    yield from _guarded(check_name, config)
    yield from _guarded(check_backend, config)
    yield from _guarded(check_sources, config)
    shape = yield from _guarded(check_model, config)
    if shape:
        yield from _guarded(check_heads, shape.n_embd, shape.n_head)
        yield from _guarded(check_context, config.data.block_size, shape.n_positions)
    tokenizer = yield from _guarded(check_tokenizer, config)
    if shape and tokenizer:
        yield from _guarded(check_fit, config, shape, tokenizer)
    yield from _guarded(check_scorecard, config)
    yield from _guarded(check_output, config, shape)
    if shape:
        yield from _guarded(check_memory, config, shape, memory())


def check_name(config: Config) -> Iterator[Finding]:
    """Check that the run's name is free."""
    name = config.run
    if name is None:
        yield Finding("ok", "the run gets a name of its own")
    else:
        check_new_run(config.output, name)
        yield Finding("ok", f"the name '{name}' is free")


def check_backend(config: Config) -> Iterator[Finding]:
    """Check that the backend to be used is installed, and splits the weights where that is asked for."""
    backend = chosen_backend()
    check_backend_splits(backend, config.training.model_parallel, None)
    kernels = f"; {describe_kernels()}" if backend == "tensorflow" and not available_memory().on_gpu else ""
    yield Finding("ok", f"Keras runs on {backend}{kernels}")


def check_sources(config: Config) -> Iterator[Finding]:
    """Check that the recipes, or the block store, exist and can be read."""
    data = config.data
    if not data.source:
        if data.store is None:
            yield Finding("error", "nothing to train on", "give recipes, or a block store", "data.source")
            return
        from recipe_tui.core.blocks.store import BlockStore

        blocks = len(BlockStore.open(data.store).blocks("train"))
        yield Finding("ok", f"{data.store}: {blocks:,} training blocks")
        return
    from recipe_tui.core.recipes.reading.files import read_head
    from recipe_tui.core.recipes.reading.sources import find_sources

    found = find_sources(data.source, data.format)
    for file in found.files[:OPENED_FILES]:
        if file.named:
            read_head(file.path)
    for name in found.data_sets:
        yield Finding("warning", f"{name}: no file, so it is looked for on the hub", "check the name", "data.source")
    yield from _suspicions(config)
    size = sum(file.path.stat().st_size for file in found.files)
    if found.files:
        yield Finding(
            "ok",
            f"{len(found.files):,} {'file' if len(found.files) == 1 else 'files'} of recipes, {size / 1e6:,.1f} MB",
        )


def _suspicions(config: Config) -> Iterator[Finding]:
    from recipe_tui.core.recipes.clean import clean
    from recipe_tui.core.recipes.reading import Unreadable, read_recipes
    from recipe_tui.core.recipes.suspicions import Suspicions

    data = config.data
    if any(not Path(source).exists() for source in data.source):
        return  # a hub data set is read once, when the blocks are built
    suspicions = Suspicions()
    for read in islice(read_recipes(data.source, data.format), READ_RECIPES):
        if isinstance(read, Unreadable):
            suspicions.add_unreadable(read)
            continue
        suspicions.add_fields(read)
        if (cleaned := clean(read)).reason is None:
            suspicions.add(cleaned.recipe)
    for warning in suspicions.warnings():
        yield Finding("warning", warning, "check the recipes, or give their format", "data.source")


def check_model(config: Config) -> Generator[Finding, None, Shape]:
    """Check that the model exists and has weights where they are needed; return its shape."""
    folder = model_folder(config, (paths.MODEL_CONFIG,))
    shape = read_shape(folder, config.model, config.data.new_vocab_size)
    weights = (paths.MODEL_WEIGHTS, paths.MODEL_WEIGHTS_INDEX)
    local = Path(config.model.name).expanduser().exists()
    if config.model.initialize == "pretrained" and local and not any((folder / name).is_file() for name in weights):
        hint = "give a folder with weights, or set initialize to random"
        yield Finding("error", f"{folder}: no weights in it", hint, "model.initialize")
    else:
        start = "its weights" if config.model.initialize == "pretrained" else "random weights"
        yield Finding("ok", f"{shape.family.title} with {shape.parameters / 1e6:,.1f} million parameters, from {start}")
    if config.model.quantization == "int4" and shape.parameters < ROBUST:
        yield Finding(
            "warning",
            f"4 bits cost a model of {shape.parameters / 1e6:,.0f} million parameters much of its quality",
            "take int8; what either costs is measured before the first step",
            "model.quantization",
        )
    return shape


def check_tokenizer(config: Config) -> Generator[Finding, None, Tokenizer | None]:
    """Check that the tokenizer can be loaded; return it, or None where a store has its own or a new one is trained."""
    if not config.data.source:
        return None
    check_new_tokenizer(config)
    if (size := config.data.new_vocab_size) is not None:
        yield Finding("ok", f"a tokenizer of {size:,} tokens is trained on the training recipes")
        return None
    from recipe_tui.core.blocks.tokenizer import tokenizer_of

    tokenizer = tokenizer_of(config)
    yield Finding("ok", f"a tokenizer of {tokenizer.vocab_size:,} tokens")
    return tokenizer


def check_fit(config: Config, shape: Shape, tokenizer: Tokenizer) -> Iterator[Finding]:
    """Check that the checkpoint's embedding has a row for each token."""
    own = tokenizer.vocab_size - len(tokenizer.section_ids)
    if config.model.initialize == "pretrained" and own > shape.vocab_size:
        yield Finding(
            "error",
            f"the tokenizer has {own:,} tokens and the checkpoint's embedding {shape.vocab_size:,} rows",
            "give the tokenizer that came with the checkpoint",
            "data.tokenizer",
        )


def check_scorecard(config: Config) -> Iterator[Finding]:
    """Check that there are held-out recipes for a scorecard, and that it takes little beside the steps."""
    training = config.training
    if training.best_by != "scorecard":
        return
    if not _held_out(config):
        hint = "raise data.validation_fraction, or set training.best_by to loss"
        yield Finding("error", "a scorecard needs held-out recipes, and none are held out", hint, "training.best_by")
    if training.evaluate_every is None:
        return
    sized = with_batch_size(training, config.data.block_size)
    tokens_per_step = sized.batch_size * sized.gradient_accumulation_steps * config.data.block_size
    new_tokens = config.generation.max_new_tokens
    share = scorecard_share(training.scorecard_prompts, new_tokens, training.evaluate_every, tokens_per_step)
    if share > LARGEST_SHARE:
        yield Finding(
            "warning",
            f"writing for the scorecards takes up to {share:.0%} of the time, about",
            f"raise training.evaluate_every, now {training.evaluate_every}, or lower training.scorecard_prompts",
            "training.evaluate_every",
        )


def _held_out(config: Config) -> bool:
    """Return whether recipes are, or will be, held out for validation."""
    if config.data.source or config.data.store is None:
        return config.data.validation_fraction > 0
    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.recipes.recipe import SPLITS

    return bool((BlockStore.open(config.data.store).outcomes["split"] == SPLITS.index("validation")).any())


def check_output(config: Config, shape: Shape | None) -> Iterator[Finding]:
    """Check that the folder of the runs can be written to, and that its disk has room for the checkpoints."""
    free = free_space(config.output)
    checkpoints = config.training.keep_checkpoints + 3  # the best, the one being written, and the finished model
    needed = STATE_BYTES * shape.parameters * checkpoints + SPARE_BYTES if shape else 0
    sizes = f"{needed / GIGABYTE:.1f} GB with a reserve, and {free / GIGABYTE:.1f} GB are free"
    text = f"the checkpoints take up to {sizes}"
    if free < needed:
        yield Finding("error", text, "free some space, or choose a place on another disk", "output")
    else:
        yield Finding("ok", f"{config.output} can be written; {text}" if shape else f"{config.output} can be written")


def check_memory(config: Config, shape: Shape, available: Available) -> Iterator[Finding]:
    """Check that the memory is enough, and that the device computes with the precision."""
    plan, block_size = plan_memory(shape, config, on_gpu=available.on_gpu), config.data.block_size
    text = (
        f"it takes about {plan.total / GIGABYTE:.1f} GB of {available.what} (not all at once: {memory_parts(plan)}), "
        f"and {available.free / GIGABYTE:.1f} of {available.total / GIGABYTE:.1f} GB are free"
    )
    sized = config.model_copy(update={"training": with_batch_size(config.training, block_size)})
    hint = remedies(sized, shape, block_size, available.on_gpu)
    if plan.total > available.total:
        yield Finding("error", text, hint, "training.batch_size")
    elif plan.total > available.free:
        yield Finding("warning", text, f"close other programs, or {hint}", "training.batch_size")
    else:
        yield Finding("ok", text)
    if config.training.precision == "mixed_bfloat16" and not available.on_gpu and emulates_bfloat16():
        yield Finding("warning", *EMULATED, "training.precision")
    if config.training.precision == "mixed_float16" and not available.on_gpu:
        if chosen_backend() == "jax":
            yield Finding("error", *NO_FLOAT16, "training.precision")
            return
        message = "float16 is slow on a processor"
        yield Finding("warning", message, "use float32 or mixed_bfloat16", "training.precision")


def model_folder(config: Config, files: tuple[str, ...]) -> Path:
    """Find the model of a configuration; of one on the hub, fetch files of these names alone.

    Raises:
        UsageError, CheckpointError, NetworkError: See `locate_initial`.
    """
    from recipe_tui.core.registry.locate import locate_initial

    return locate_initial(config.model, files)


def _guarded(check: Callable[..., Iterator[Finding] | None], *arguments: Any) -> Generator[Finding, None, Any]:
    """Run a check, and return what it returns; an error of ours is a finding, and so is a check that breaks."""
    try:
        return (yield from check(*arguments) or ())
    except RecipeTuiError as error:
        yield Finding("error", error.message, error.hint, error.setting or SETTINGS.get(type(error).__name__, ""))
    except Exception as error:
        yield Finding("warning", f"check failed: {type(error).__name__}: {error}")
    return None


SETTINGS = {
    "SourceError": "data.source",
    "StoreError": "data.store",
    "CheckpointError": "model.name",
    "TokenizerError": "data.tokenizer",
    "OutputError": "output",
    "UsageError": "training.batch_tokens",
    "RunError": "run",
}
"""The setting that an error is about, by its class."""
