"""The table of all benchmarks, and the limits that shares are counted against."""

from __future__ import annotations

import sys

from tests.benchmarks.__main__ import GPT2, matrix_weights, training_flops, weight_bytes
from tests.benchmarks.peers import find_peers
from tests.benchmarks.table import Table


def test_a_ratio_above_one_is_in_our_favour_for_rates_and_for_times() -> None:
    table = Table()
    table.add("training", "tokens/s", {"ours": [200.0, 100.0, 300.0], "pytorch": [100.0], "peft": [160.0]})
    table.add("start", "ms", {"ours": [200.0], "pytorch": [100.0]})
    table.add("alone", "ms", {"ours": [200.0]})
    assert [figure.ratio for figure in table.figures] == [1.25, 0.5, None]


def test_a_contestant_that_did_not_take_part_is_a_dash() -> None:
    table = Table()
    table.add("writing", "tokens/s", {"ours": [1234.0], "llama.cpp": [12.34]})
    table.add("paint", "ms", {"ours": [9.876]})
    table.add_share("writing", 0.5)
    assert str(table).splitlines() == [
        "|  | unit | ours | llama.cpp | ours / best other | of the limit |",
        "| --- | --- | --- | --- | --- | --- |",
        "| writing | tokens/s | 1,234 | 12.3 | 100.00 | 50% |",
        "| paint | ms | 9.88 | – | – | – |",
    ]
    assert table.to_json()[0]["share_of_limit"] == 0.5


def test_gpt2_has_124_million_weights_in_matrix_products() -> None:
    assert matrix_weights(GPT2) == 12 * (4 * 768 * 768 + 8 * 768 * 768) + 50_257 * 768
    assert training_flops(GPT2, 512) == 6 * matrix_weights(GPT2) + 12 * 12 * 768 * 512
    assert weight_bytes(GPT2, 4) == matrix_weights(GPT2) / 2


def test_a_peer_that_no_python_has_is_left_out() -> None:
    assert set(find_peers([sys.executable]).values()) <= {sys.executable}
    assert find_peers([]) == {}
