"""Low-rank adapters of a model: which projections have one, and what was learned, apart from the model itself."""

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
    """What a model learned by adapters, or is to learn with.

    Attributes:
        rank: Inner size of the low-rank products.
        alpha: A product counts ``alpha / rank`` times.
        dropout: Share of an adapter's inputs that are dropped in training.
        targets: Names of the adapted projections, or their ends, such as ``c_attn`` or ``mlp.c_proj``.
        token_ids: Tokens whose rows of the embedding, and of a head that is not tied to it, learn too.
        base: The model it belongs to, a folder or a hub name.
        base_hash: See `weights_hash`; None where nobody wrote it down.
        factors: Both factors, [inputs, rank] and [rank, outputs], by the full name of the projection.
        token_rows: What was learned for the tokens, [tokens, width], by the name of the table.
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

    @property
    def vocab_size(self) -> int:
        """Rows of the embedding that it needs at least."""
        return max(self.token_ids, default=-1) + 1

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        rows = sum(rows.size for rows in self.token_rows.values())
        return rows + sum(first.size + second.size for first, second in self.factors.values())


def projections(model: LanguageModel) -> dict[str, Projection]:
    """Return all projections of a model by their Hugging Face names, such as ``transformer.h.0.attn.c_attn``."""
    names = {id(variable): name.removesuffix(".weight") for name, variable in named_weights(model)}
    return {names[id(layer.stored_kernel)]: layer for layer in projections_of(model)}


def parameters(model: LanguageModel) -> int:
    """Return how many numbers a model has without its adapters; integers count as the floats that they stand for."""
    kernels = {id(layer.stored_kernel): layer.inputs * layer.units for layer in projections(model).values()}
    sizes = (kernels.get(id(one), math.prod(one.shape)) for _, one in named_weights(model))
    return sum(sizes)


def targeted(model: LanguageModel, targets: Sequence[str]) -> dict[str, Projection]:
    """Return the projections that some names stand for, as PEFT reads them.

    Args:
        model: The model.
        targets: Full names or their ends; `ALL` alone stands for every projection, none for what PEFT takes.

    Raises:
        UsageError: A name stands for none.
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
    """Return the embedding, and the head where it is a table of its own, by their Hugging Face names."""
    names = {id(variable): name.removesuffix(".weight") for name, variable in named_weights(model)}
    return {names[id(table.embeddings)]: table for table in (model.input_tokens, model.output_tokens)}


def add_adapter(model: LanguageModel, adapter: Adapter) -> None:
    """Freeze a model, and let it learn by adapters and by the rows of some tokens.

    Adapters add nothing at first: what the model computes stays the same. See `assign` for those that have learned.

    Args:
        model: The model; its kernels may be integers.
        adapter: What it is to learn with.

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
    """Tell whether a model learns by an adapter."""
    return getattr(model, "adapter", None) is not None


def learned(model: LanguageModel) -> Adapter:
    """Return what a model has learned by its adapter."""
    adapted = {name: layer for name, layer in projections(model).items() if layer.lora_enabled}
    tables = {name: table for name, table in token_tables(model).items() if table.token_rows is not None}
    found: Adapter = replace(
        model.adapter,
        factors={name: (numbers(one.lora_kernel_a), numbers(one.lora_kernel_b)) for name, one in adapted.items()},
        token_rows={name: numbers(table.token_rows) for name, table in tables.items()},
    )
    return found


def assign(model: LanguageModel, adapter: Adapter) -> None:
    """Put what was learned into the adapter of a model.

    Raises:
        CheckpointError: The model's adapter is of other projections, sizes or tokens.
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
    """Add what was learned to the weights of a model, which are floats.

    Integers have no room for it: "QLoRA" merges into the float weights, and so do we.

    Raises:
        CheckpointError: The adapter does not fit the model, or its weights are integers.
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
    """Write the rows of some tokens into the tables of a model."""
    for name, table in token_tables(model).items():
        if name in rows:
            values = numbers(table.embeddings).copy()
            values[list(token_ids)] = rows[name]
            table.embeddings.assign(values)


def check_fit(model: LanguageModel, adapter: Adapter) -> None:
    """Check that a model has what an adapter changes, in the same size.

    Raises:
        CheckpointError: It has not.
    """
    layers, tables = projections(model), token_tables(model)
    hint = "give the model that the adapter was made for"
    for name in (*adapter.factors, *adapter.token_rows):
        if name not in layers and name not in tables:
            raise CheckpointError(f"the adapter changes '{name}', which the model does not have", hint)
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
