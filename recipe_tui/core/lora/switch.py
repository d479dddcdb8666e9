"""Several adapters over one model in memory, of which one is active at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.adapter import check_fit, numbers, projections, put_rows, token_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.model.decoder import LanguageModel


class AdapterSwitch:
    """Several adapters over one model, of which one is active at a time, or none.

    Each projection gets low-rank factors once, of the largest rank among the adapters. A switch only assigns values to
    them, a few megabytes: nothing is loaded or compiled again. The kernels may be floats or integers.

    Args:
        model: The base, with rows for the tokens of all adapters; see `open.read_config`.
        adapters: The adapters by name.

    Raises:
        CheckpointError: An adapter does not fit the model.
    """

    def __init__(self, model: LanguageModel, adapters: Mapping[str, Adapter]) -> None:
        for adapter in adapters.values():
            check_fit(model, adapter)
        self.model = model
        self.adapters = dict(adapters)
        self.active: str | None = None
        ranks: dict[str, int] = {}
        for adapter in adapters.values():
            for name in adapter.factors:
                ranks[name] = max(adapter.rank, ranks.get(name, 0))
        layers = projections(model)
        self._layers = {name: layers[name] for name in ranks}
        for name, layer in self._layers.items():
            layer.add_adapter(ranks[name], alpha=ranks[name])
        self._token_ids = sorted({token for adapter in adapters.values() for token in adapter.token_ids})
        tables = token_tables(model).items() if self._token_ids else ()
        self._rows = {name: numbers(table.embeddings)[self._token_ids] for name, table in tables}

    def switch(self, name: str | None) -> None:
        """Make one adapter active, or none.

        On JAX, a `Decoder` sees the change after its ``refresh``.

        Raises:
            CheckpointError: There is no adapter of that name.
        """
        if name is not None and name not in self.adapters:
            raise CheckpointError(f"no adapter '{name}'", f"there are: {', '.join(self.adapters)}")
        adapter = None if name is None else self.adapters[name]
        for path, layer in self._layers.items():
            first, second = (
                np.zeros(factor.shape, np.float32) for factor in (layer.lora_kernel_a, layer.lora_kernel_b)
            )
            if adapter is not None and path in adapter.factors:
                first[:, : adapter.rank] = adapter.factors[path][0]
                second[: adapter.rank] = adapter.alpha / adapter.rank * adapter.factors[path][1]
            layer.lora_kernel_a.assign(first)
            layer.lora_kernel_b.assign(second)
        put_rows(self.model, self._token_ids, self._rows)
        if adapter is not None:
            put_rows(self.model, adapter.token_ids, adapter.token_rows)
        self.active = name
