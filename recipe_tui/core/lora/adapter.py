"""Low-rank adapters (LoRA; Hu et al., 2021): what one is, adding it to a model, and merging it into the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from recipe_tui.core.errors import CheckpointError, UsageError
from recipe_tui.core.families.shape import ALL
from recipe_tui.core.families.table import family_of
from recipe_tui.core.model.projection import projections_of
from recipe_tui.core.model.weights import named_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.model.embedding import TokenEmbedding
    from recipe_tui.core.model.projection import Projection

    Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A trained adapter, or the settings of one to train.

    Attributes:
        rank: Rank of the updates.
        alpha: The updates are scaled by ``alpha / rank``.
        dropout: Dropout rate of an adapter's inputs in training.
        targets: Names of the adapted projections, or their ends, such as ``c_attn`` or ``mlp.c_proj``.
        token_ids: Tokens whose rows of the embedding, and of an untied head, are trained too.
        base: The base model, a folder or a hub name.
        base_hash: See `weights_hash`; None if it was not recorded.
        factors: Both factors, [inputs, rank] and [rank, outputs], by the full name of the projection.
        token_rows: Trained rows, [tokens, width], by the name of the table.
        modules_to_save: Names of the tables that PEFT trained whole, each by itself. On a base whose head is tied to
            its embedding, they would be no longer tied.
    """

    rank: int
    alpha: float
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    token_ids: tuple[int, ...] = ()
    base: str = ""
    base_hash: str | None = None
    factors: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    token_rows: Mapping[str, Array] = field(default_factory=dict)
    modules_to_save: tuple[str, ...] = ()

    @property
    def vocab_size(self) -> int:
        """Minimum number of rows of the embedding."""
        return max(self.token_ids, default=-1) + 1

    @property
    def summary(self) -> str:
        """Rank, scale and adapted weights, in a line."""
        rows = f", and {len(self.token_ids)} rows of the embedding" if self.token_ids else ""
        targets = ", ".join(f"`{target}`" for target in self.targets)
        return f"LoRA of rank {self.rank}, alpha {self.alpha:g}, on {targets}{rows}"

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        rows = sum(rows.size for rows in self.token_rows.values())
        return rows + sum(first.size + second.size for first, second in self.factors.values())


def projections(model: LanguageModel) -> dict[str, Projection]:
    """Return all projections of a model by their Hugging Face names, such as ``transformer.h.0.attn.c_attn``."""
    names = {id(variable): name.removesuffix(".weight") for name, variable in named_weights(model)}
    return {names[id(layer.stored_kernel)]: layer for layer in projections_of(model)}


def parameters(model: LanguageModel) -> int:
    """Return the number of a model's parameters without adapters; an integer kernel counts as its float one."""
    kernels = {id(layer.stored_kernel): layer.inputs * layer.units for layer in projections(model).values()}
    sizes = (kernels.get(id(one), math.prod(one.shape)) for _, one in named_weights(model))
    return sum(sizes)


def targeted(model: LanguageModel, targets: Sequence[str]) -> dict[str, Projection]:
    """Return the projections that PEFT's ``target_modules`` select.

    Args:
        model: The model.
        targets: Full names or their ends; `ALL` alone selects every projection, none selects PEFT's defaults.

    Raises:
        UsageError: A name selects none.
    """
    every = projections(model)
    targets = tuple(targets) or family_of(model.config).default_targets
    if targets == (ALL,):
        return every
    for target in targets:
        if not any(_is_called(name, target) for name in every):
            known = sorted({name.rsplit(".", 1)[-1] for name in every})
            raise UsageError(
                f"target_modules: the model has no projection '{target}'", f"it has {', '.join(known)}; or say {ALL}"
            )
    return {name: layer for name, layer in every.items() if any(_is_called(name, target) for target in targets)}


def token_tables(model: LanguageModel) -> dict[str, TokenEmbedding]:
    """Return the embedding, and an untied head, by their Hugging Face names."""
    names = {id(variable): name.removesuffix(".weight") for name, variable in named_weights(model)}
    return {names[id(table.embeddings)]: table for table in (model.input_tokens, model.output_tokens)}


def add_adapter(model: LanguageModel, adapter: Adapter) -> None:
    """Freeze a model, and add a trainable adapter and trainable rows of some tokens.

    A new adapter is 0, so the model's outputs stay the same; `assign` sets a trained one.

    Args:
        model: The model; its kernels may be integers.
        adapter: The settings.

    Raises:
        UsageError: A target is unknown, or the rank is above the size of a projection.
    """
    chosen = targeted(model, adapter.targets)
    for name, layer in chosen.items():
        size = min(layer.inputs, layer.units)
        if adapter.rank > size:
            raise UsageError(
                f"rank {adapter.rank} is above the size of {name}, {size}", f"set adapter.rank to {size} or less"
            )
    for variable in model.weights:
        variable.trainable = False
    for table in token_tables(model).values():
        table.learn_rows(adapter.token_ids)
    for layer in chosen.values():
        layer.add_adapter(adapter.rank, adapter.alpha, adapter.dropout)
    model.adapter = adapter


def has_adapter(model: LanguageModel) -> bool:
    """Return whether a model has an adapter."""
    return getattr(model, "adapter", None) is not None


def learned(model: LanguageModel) -> Adapter:
    """Return a model's adapter with its current values."""
    adapted = {name: layer for name, layer in projections(model).items() if layer.lora_enabled}
    tables = {name: table for name, table in token_tables(model).items() if table.token_rows is not None}
    found: Adapter = replace(
        model.adapter,
        factors={name: (numbers(one.lora_kernel_a), numbers(one.lora_kernel_b)) for name, one in adapted.items()},
        token_rows={name: numbers(table.token_rows) for name, table in tables.items()},
    )
    return found


def assign(model: LanguageModel, adapter: Adapter) -> None:
    """Set the values of a model's adapter.

    Raises:
        CheckpointError: The model's adapter has other projections, sizes or tokens.
    """
    own = learned(model)
    if _sizes(own) != _sizes(adapter) or own.token_ids != adapter.token_ids:
        raise CheckpointError("the adapter has other projections, ranks or tokens than the model", "start a new run")
    layers, tables = projections(model), token_tables(model)
    for name, (first, second) in adapter.factors.items():
        layers[name].lora_kernel_a.assign(first)
        layers[name].lora_kernel_b.assign(second)
    for name, rows in adapter.token_rows.items():
        tables[name].put_learned(rows)


def merge(model: LanguageModel, adapter: Adapter) -> None:
    """Merge an adapter into a model's float weights.

    Integer kernels would round the small updates away, so QLoRA (Dettmers et al., 2023) merges into floats too.

    Raises:
        CheckpointError: The adapter does not fit the model, or its kernels are integers.
    """
    check_fit(model, adapter)
    layers = projections(model)
    for name, (first, second) in adapter.factors.items():
        if layers[name].is_quantized:
            raise CheckpointError(f"{name} is integers, in which an adapter is lost", "load the model without them")
        kernel = layers[name].stored_kernel
        kernel.assign(numbers(kernel) + adapter.alpha / adapter.rank * (first @ second))
    put_rows(model, adapter.token_ids, adapter.token_rows)


def put_rows(model: LanguageModel, token_ids: Sequence[int], rows: Mapping[str, Array]) -> None:
    """Assign rows of some tokens to a model's embedding and head."""
    for name, table in token_tables(model).items():
        if name in rows:
            values = numbers(table.embeddings).copy()
            values[list(token_ids)] = rows[name]
            table.embeddings.assign(values)


def check_fit(model: LanguageModel, adapter: Adapter) -> None:
    """Check that a model has the weights that an adapter changes, in the same sizes.

    Raises:
        CheckpointError: It does not.
    """
    layers, tables = projections(model), token_tables(model)
    hint = "give the model that the adapter was made for"
    for name in adapter.factors:
        if name not in layers:
            raise CheckpointError(
                f"target_modules: the adapter changes '{name}', which the model does not have as a projection", hint
            )
    for name in adapter.token_rows:
        if name not in tables:
            asked = f"modules_to_save = {list(adapter.modules_to_save)}: " if adapter.modules_to_save else ""
            raise CheckpointError(
                f"{asked}the adapter replaces '{name}', which is no table of tokens of the model", "give a plain LoRA"
            )
    if adapter.modules_to_save and model.input_tokens is model.output_tokens:
        raise CheckpointError(
            f"modules_to_save = {list(adapter.modules_to_save)}: the model's head is tied to its embedding, "
            "and the adapter replaces one of the two alone",
            "give a plain LoRA",
        )
    for name, (first, second) in adapter.factors.items():
        sizes, own = (first.shape[0], second.shape[1]), (layers[name].inputs, layers[name].units)
        if sizes != own:
            raise CheckpointError(
                f"the adapter's {name} is {sizes[0]} x {sizes[1]}, the model's {own[0]} x {own[1]}", hint
            )
    for name, rows in adapter.token_rows.items():
        size, width = tables[name].embeddings.shape
        if rows.shape[1] != width or adapter.vocab_size > size:
            raise CheckpointError(
                f"the adapter's {name} needs {adapter.vocab_size:,} rows of {rows.shape[1]}, "
                f"the model has {size:,} of {width}",
                hint,
            )


def _sizes(adapter: Adapter) -> dict[str, tuple[tuple[int, ...], ...]]:
    pairs = {name: tuple(factor.shape for factor in factors) for name, factors in adapter.factors.items()}
    return pairs | {name: (rows.shape,) for name, rows in adapter.token_rows.items()}


def _is_called(name: str, target: str) -> bool:
    return name == target or name.endswith(f".{target}")


def numbers(values: Any) -> Array:
    """Return a tensor or variable as a float32 array."""
    return np.asarray(keras.ops.convert_to_numpy(values), np.float32)
