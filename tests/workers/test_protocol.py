from __future__ import annotations

import json
import subprocess
import sys

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.workers.lines import line_of
from recipe_tui.workers.protocol import (
    Alternative,
    Alternatives,
    Cancel,
    Cancelled,
    Failed,
    Found,
    Generate,
    Load,
    Loaded,
    LoadedAdapter,
    ProtocolError,
    Reply,
    Request,
    RequestProgress,
    Switch,
    Text,
    Written,
    Wrote,
    read_reply,
    read_request,
)

PROMPT = Prompt("Toast\n<|step|>", ("1 slice “bread”", "\x1b[31msalt"), "Toast", None)
REQUESTS: list[Request] = [
    Load(1, "output/toast", "bfloat16", "int4", "output"),
    Generate(2, PROMPT, GenerationConfig(seed=3, temperature=0.5), (5, 6)),
    Generate(3, Prompt(text="raw\ntext"), GenerationConfig()),
    Alternatives(4, PROMPT, (), 10),
    Cancel(2),
    Switch(6, "output/toast/adapter"),
]
REPLIES: list[Reply] = [
    RequestProgress(1, "loading"),
    Loaded(1, "m", "/m", 3, 512, "plain", "jax", "float32", "int8", 9, "m", (LoadedAdapter("/a", 8, ("c_attn",)),)),
    Wrote(2, 0, "é\n", 7, 0.25),
    Wrote(2, 1, "", 7, None),
    Written(2, (Text("t", "a", ("b",), ("c", "d"), "length", 3, 9.5, 42, ("lowered",)),)),
    Found(4, (Alternative(1, " soup", " soup", 0.5),)),
    Cancelled(4),
    Failed(5, "no model", "choose one", "Traceback"),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one.kind)
def test_a_request_is_one_line_and_comes_back_equal(request_: Request) -> None:
    line = line_of(request_)
    assert line.count("\n") == 1
    assert read_request(line) == request_


@pytest.mark.parametrize("reply", REPLIES, ids=lambda one: one.kind)
def test_a_reply_is_one_line_and_comes_back_equal(reply: Reply) -> None:
    line = line_of(reply)
    assert line.count("\n") == 1
    assert json.loads(line)["kind"] == reply.kind
    assert read_reply(line.encode()) == reply


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"kind": "load"}', '{"kind": "dance", "id": 1}', '{"kind": "lo'])
def test_a_line_that_is_no_message_is_refused(line: str) -> None:
    with pytest.raises(ProtocolError, match="not a request"):
        read_request(line)
    with pytest.raises(ProtocolError, match="not a reply"):
        read_reply(line)


def test_the_range_of_a_control_is_checked_on_the_way() -> None:
    line = line_of(REQUESTS[1]).replace('"temperature":0.5', '"temperature":-1')
    with pytest.raises(ProtocolError):
        read_request(line)


def test_the_active_model_its_base_and_the_loaded_adapters_can_be_switched_to() -> None:
    adapters = (LoadedAdapter("/a", 8, ("c_attn",)),)
    loaded = Loaded(1, "/a", "/a", 1, 64, "sections", "jax", "float32", base="gpt2", adapters=adapters)
    assert [loaded.can_switch_to(name) for name in ("/a", "gpt2", "/b", "")] == [True, True, False, False]
    alone = Loaded(1, "m", "/m", 1, 64, "sections", "jax", "float32")
    assert [alone.can_switch_to(name) for name in ("m", "gpt2")] == [True, False]


def test_the_protocol_imports_nothing_heavy() -> None:
    code = "import sys, recipe_tui.workers.protocol; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"tensorflow", "keras", "jax", "transformers", "datasets", "numpy", "pyarrow"}
