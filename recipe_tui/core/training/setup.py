"""The setup of a run: what is trained, resolved once. A new run, or one that is resumed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text, write_text
from recipe_tui.core.backend import NO_FLOAT16
from recipe_tui.core.blocks.fingerprint import TRAINING_PACKAGES, code_fingerprint
from recipe_tui.core.blocks.prepare import prepare_blocks
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import ModelConfig, load_config
from recipe_tui.core.errors import RunError, TrainingError, UsageError
from recipe_tui.core.families.table import family_of, shape_of
from recipe_tui.core.lora.adapter import Adapter
from recipe_tui.core.lora.base import locate_base, weights_hash
from recipe_tui.core.lora.open import read_config
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.model.accelerator import has_gpu
from recipe_tui.core.planning.batch import with_batch_size
from recipe_tui.core.planning.plan import Plan
from recipe_tui.core.planning.rules import check_context, check_new_tokenizer
from recipe_tui.core.registry.locate import is_hub_name, locate_initial
from recipe_tui.core.runs.checkpoints import checkpoint_step, complete_checkpoints, damaged_file
from recipe_tui.core.runs.folder import RunManifest, create_run, new_run_name
from recipe_tui.core.runs.process import Process
from recipe_tui.core.runs.status import find_run
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.devices import check_distribution
from recipe_tui.core.training.initial_model import adjust_config, new_tokens
from recipe_tui.core.training.resume import requested_changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from transformers import PreTrainedConfig

    from recipe_tui.core.blocks.progress import BuildProgress
    from recipe_tui.core.config import Config, TrainingConfig
    from recipe_tui.core.families.shape import Shape
    from recipe_tui.core.text.tokenizer import Tokenizer

LIBRARIES = ("keras", "tensorflow", "tensorflow-cpu", "jax", "transformers", "tokenizers", "datasets", "numpy")


@dataclass(frozen=True, slots=True)
class Setup:
    """What is trained, with every decision made; all of the training reads it here.

    Attributes:
        run: The run folder.
        config: The resolved configuration: nothing in it is ``auto`` but what the memory probe chooses.
        manifest: What ``run.json`` says.
        store: The block store.
        tokenizer: Its tokenizer.
        plan: The steps.
        model_folder: The checkpoint that the training starts from.
        model_config: Configuration of the model that is trained, with a row for each token of the store.
        shape: The same without a backend.
        new_tokens: Section tokens that the checkpoint does not know yet.
        adapter: Says what learns where an adapter does; None where the weights do.
        total_steps_before: Steps that the run had before ``--resume`` changed them; None where it has not.
    """

    run: Path
    config: Config
    manifest: RunManifest
    store: BlockStore
    tokenizer: Tokenizer
    plan: Plan
    model_folder: Path
    model_config: PreTrainedConfig
    shape: Shape
    new_tokens: tuple[int, ...]
    adapter: Adapter | None
    total_steps_before: int | None = None

    def with_training(self, training: TrainingConfig) -> Setup:
        """Return the setup with other settings of the training."""
        config = self.config.model_copy(update={"training": training})
        plan = plan_of(config, self.store)
        return replace(self, config=config, plan=plan, manifest=self.manifest.of(config))

    def write_config(self) -> None:
        """Write ``config.toml`` and ``run.json`` anew, after `with_training`.

        Raises:
            OutputError: The run folder cannot be written to.
        """
        replace_text(self.run / paths.RUN_CONFIG, self.config.to_toml())
        self.write_manifest()

    def write_manifest(self) -> None:
        """Write ``run.json``, with this process as the one that trains the run.

        Raises:
            OutputError: The run folder cannot be written to.
        """
        replace(self.manifest, process=Process.current()).write(self.run)


def new_run(config: Config, progress: Callable[[BuildProgress], None] | None = None) -> Setup:
    """Set up a new run.

    Args:
        config: What to train, and on what.
        progress: Receives the progress of building the blocks.

    Raises:
        RecipeTuiError: Something it needs is missing or does not fit, or its folder cannot be created.
    """
    check_new_tokenizer(config)
    model_folder = locate_initial(config.model)
    model_config = read_config(model_folder)
    training = resolve_device(config.training)
    if config.data.source:  # before hours are spent on blocks
        block_size = config.data.block_size
        check_context(block_size, model_config.max_position_embeddings)
        check_distribution(with_batch_size(training, block_size), shape_of(model_config.to_dict(), config.model))
    store, tokenizer = prepare_blocks(config, progress)
    if not len(store.blocks("train")):
        raise TrainingError(f"{store.path}: no training blocks", "give more recipes")
    now = time.time()
    data = store.config.model_copy(update={"source": config.data.source, "store": config.data.store})
    training = with_batch_size(training, store.block_size)
    name = config.run or new_run_name(config.model.name, config.output, now)
    config = config.model_copy(update={"run": name, "data": data, "training": training})
    manifest = RunManifest(
        name=name,
        created=now,
        model=config.model.name,
        store=str(store.path.resolve()),
        data=store.fingerprint,
        tokenizer=tokenizer.fingerprint,
        config="",
        code=code_fingerprint(TRAINING_PACKAGES),
        libraries=_library_versions(),
    ).of(config)
    setup = _setup(config.output / name, config, manifest, store, tokenizer, model_folder, model_config)
    check_distribution(training, setup.shape)
    run = create_run(config.output, name)  # last, so that a signal before leaves nothing
    write_text(run / paths.RUN_CONFIG, config.to_toml())
    return setup


def resumed_run(config: Config, progress: Callable[[BuildProgress], None] | None = None) -> Setup:
    """Set up a run that is resumed.

    Args:
        config: ``output`` and ``run`` say which. Settings that were given besides are applied to it, such as more
            epochs; see `resume.requested_changes`.
        progress: Receives the progress of building the blocks, should they have been removed.

    Raises:
        UsageError: A given setting contradicts the run's own, and cannot be changed.
        RecipeTuiError: There is no such run, or what it needs is gone or has changed.
    """
    run = find_run(config.output, config.run)
    manifest = RunManifest.read(run)
    own = load_config(run / paths.RUN_CONFIG)
    own = own.model_copy(update={"training": resolve_device(own.training)})  # older runs have auto in them
    changes = requested_changes(own, config, run)
    beside = config.model_fields_set & {"notify", "tracking"}
    own = own.model_copy(update={name: getattr(config, name) for name in beside})
    if (Path(manifest.store) / paths.STORE_MANIFEST).is_file():
        store = BlockStore.open(Path(manifest.store))
    else:
        store, _ = prepare_blocks(own, progress)
    if store.fingerprint != manifest.data:
        raise RunError(f"{run}: its block store has changed, so it cannot be resumed exactly", "start a new run")
    tokenizer = load_tokenizer(store.tokenizer_path, store.config.layout)
    checkpoints = [one for one in complete_checkpoints(run) if not damaged_file(one)] or complete_checkpoints(run)
    base_hash = None
    if checkpoints and own.adapter.method != "none":
        saved = read_adapter(checkpoints[0])
        model_folder, base_hash = locate_base(saved, checkpoints[0]), saved.base_hash
    elif checkpoints and not own.training.freeze_layers:
        model_folder = checkpoints[0]  # all that is needed is in it, so the model it began with may be gone
    else:
        model_folder = locate_initial(own.model)
    setup = _setup(run, own, manifest, store, tokenizer, model_folder, read_config(model_folder), base_hash)
    if not changes:
        return setup
    changed = setup.with_training(setup.config.training.model_copy(update=changes))
    done, total_steps = checkpoint_step(checkpoints[0]) if checkpoints else 0, changed.plan.total_steps
    if 0 < total_steps < done:
        raise UsageError(
            f"{run}: {done} steps are done, and {total_steps} are asked for",
            "ask for more epochs or max_steps, or start a new run",
        )
    return replace(changed, total_steps_before=setup.plan.total_steps)


def resolve_device(training: TrainingConfig) -> TrainingConfig:
    """Resolve what ``auto`` means on this machine: the precision, and whether XLA compiles the step.

    Raises:
        TrainingError: The backend cannot compute with this precision here.
    """
    precision, jit_compile = training.precision, training.jit_compile
    on_jax = keras.backend.backend() == "jax"
    if precision == "mixed_float16" and on_jax and not has_gpu():
        raise TrainingError(*NO_FLOAT16)
    if precision == "auto":
        precision = "mixed_bfloat16" if has_gpu() else "float32"
    if jit_compile == "auto":
        jit_compile = on_jax or has_gpu()
    return training.model_copy(update={"precision": precision, "jit_compile": jit_compile})


def plan_of(config: Config, store: BlockStore) -> Plan:
    """Return the plan of a configuration for a block store."""
    has_validation = bool(len(store.blocks("validation")))
    return Plan.of(config.training, len(store.blocks("train")), store.block_size, has_validation)


def _setup(
    run: Path,
    config: Config,
    manifest: RunManifest,
    store: BlockStore,
    tokenizer: Tokenizer,
    model_folder: Path,
    model_config: PreTrainedConfig,
    base_hash: str | None = None,
) -> Setup:
    rows = int(model_config.vocab_size)
    unknown = new_tokens(tokenizer, model_folder, rows)
    model_config = adjust_config(model_config, config.model, store, tokenizer)
    adapter = None
    if config.adapter.method != "none":
        name = config.model.name
        adapter = Adapter(
            rank=config.adapter.rank,
            alpha=config.adapter.alpha,
            dropout=config.adapter.dropout,
            targets=config.adapter.target_modules or family_of(model_config).default_targets,
            token_ids=unknown,
            base=name if is_hub_name(name) else str(model_folder.resolve()),
            base_hash=base_hash or weights_hash(model_folder),
        )
    return Setup(
        run=run,
        config=config,
        manifest=manifest,
        store=store,
        tokenizer=tokenizer,
        plan=plan_of(config, store),
        model_folder=model_folder,
        model_config=model_config,
        shape=shape_of(model_config.to_dict(), ModelConfig()),
        new_tokens=unknown,
        adapter=adapter,
    )


def _library_versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue  # the other backend
    return found
