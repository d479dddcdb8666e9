"""Hostile files of models, tokenizers, runs, stores and settings; see `tests.fuzz.limits`."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from tests.fuzz.hostile.case import MB, Case, file, repeated

LOOPS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"


def _json(name: str, unit: bytes, size: int, before: bytes, after: bytes, read: object) -> Case:
    return Case(file(name, lambda: repeated(unit, size, before, after)), read)  # type: ignore[arg-type]


def _weights(folder: Path) -> str:
    from recipe_tui.core.model.weights import needed_memory, tensors

    return f"{needed_memory(folder, 'float32'):,} bytes in {len(list(tensors(folder))):,} tensors"


def _index(folder: Path) -> str:
    from recipe_tui.core.model.weights import weight_files

    return f"{len(list(weight_files(folder))):,} files"


def _config(folder: Path) -> str:
    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.table import read_shape

    return str(read_shape(folder, ModelConfig()))


def _described(folder: Path) -> str:
    from recipe_tui.core.registry.cache import _described as described

    return str(described(folder, "x"))


def _adapter(folder: Path) -> str:
    from recipe_tui.core.lora.peft import read_adapter

    return str(read_adapter(folder))


def _gguf(folder: Path) -> str:
    from recipe_tui.core.gguf.reading import GgufFile
    from recipe_tui.core.gguf.tokenizer import gguf_tokenizer

    found = GgufFile(folder / "x.gguf")
    return f"{len(list(found.weights())):,} weights, {len(gguf_tokenizer(found)):,} tokens"


def _tokenizer(folder: Path) -> str:
    from recipe_tui.core.text.tokenizer import load_tokenizer

    return f"{load_tokenizer(folder).vocab_size:,} tokens"


def _texts(folder: Path) -> str:
    from recipe_tui.core.text.token_text import TokenTexts

    return f"{len(TokenTexts.load(folder)):,} tokens"


def _run(folder: Path) -> str:
    from recipe_tui.core.runs.status import active_run, list_runs

    active_run(folder)
    return "; ".join(f"{run.state} {run.reason.replace(str(folder), '')}" for run in list_runs(folder))


def _log(folder: Path) -> str:
    from recipe_tui.core.runs.tail import LogTail

    tail = LogTail(folder / "run" / "events.jsonl")
    tail.poll()
    tail.draw()
    return f"step {tail.log.step:,}, {tail.log.skipped:,} skipped"


def _control(folder: Path) -> str:
    from recipe_tui.core.runs.control import Control

    return Control(folder).requested


def _configuration(folder: Path) -> str:
    from recipe_tui.core.config import load_config

    return str(load_config(folder / "config.toml").training.epochs)


def _settings(folder: Path) -> str:
    from recipe_tui.tui.settings import load_settings

    return str(load_settings(folder / "settings.toml")[1]).replace(str(folder), "")


def _history(folder: Path) -> str:
    from recipe_tui.tui.generate.history import read_history

    return f"{len(read_history(folder / 'history.jsonl')):,} entries"


def _draft(folder: Path) -> str:
    from recipe_tui.tui.train.form_presets import load_draft

    return f"{len(load_draft(folder / 'new-run.json') or {}):,} fields"


def _store(folder: Path) -> str:
    from recipe_tui.core.blocks.store import BlockStore

    store = BlockStore.open(folder)
    return f"{len(store.ledger.lines()):,} lines, {len(store.blocks('train')):,} blocks"


def _store_with(name: str, data: bytes, size: int) -> Case:
    def write(folder: Path) -> None:
        from tests.core.browsing.stores import make_store

        make_store(folder / "store")
        path, manifest = folder / "store" / name, folder / "store" / "store.json"
        with path.open("wb") as target:
            for chunk in repeated(data, size):
                target.write(chunk)
        if path != manifest:
            values = json.loads(manifest.read_text())
            values["files"][name] = path.stat().st_size
            manifest.write_text(json.dumps(values))

    return Case(write, lambda folder: _store(folder / "store"))


def _safetensors(folder: Path) -> None:
    """A header of a million tensors without values."""
    entries = (f'"{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for i in range(1_000_000))
    header = ("{" + ",".join(entries) + "}").encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)


def _gguf_tokens(count: int) -> Case:
    """A vocabulary of many tokens."""

    def write(folder: Path) -> None:
        key, kind = b"general.architecture", b"gpt2"
        with (folder / "x.gguf").open("wb") as target:
            target.write(struct.pack("<4sIQQ", b"GGUF", 3, 0, 3))
            target.write(struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(kind)) + kind)
            for key in (b"tokenizer.ggml.tokens", b"tokenizer.ggml.merges"):
                target.write(struct.pack("<Q", len(key)) + key + struct.pack("<IIQ", 9, 8, count // 2))
                target.write(b"".join(struct.pack("<Q", 7) + f"{i:07d}".encode() for i in range(count // 2)))

    return Case(write, _gguf)


def _gguf_fields(folder: Path) -> None:
    """A header of as many fields as there may be, of arrays."""
    with (folder / "x.gguf").open("wb") as target:
        target.write(struct.pack("<4sIQQ", b"GGUF", 3, 0, 65_000))
        for i in range(65_000):
            target.write(struct.pack("<Q", 7) + f"{i:07d}".encode() + struct.pack("<IIQ", 9, 4, 100) + bytes(400))


def _tokenizer_of(tokens: int, kind: str = "BPE") -> Case:
    """A tokenizer of many tokens, and as many merges."""

    def write(folder: Path) -> None:
        from tests.fuzz.models import _tokenizer_files

        files = _tokenizer_files()
        (folder / "tokenizer_config.json").write_bytes(files["tokenizer_config.json"])
        values = json.loads(files["tokenizer.json"])
        values["model"]["vocab"] |= {f"{i:07d}": i + 10 for i in range(tokens)}
        (folder / "tokenizer.json").write_text(json.dumps(values))

    return Case(write, _tokenizer)


def _tokenizer_added(folder: Path) -> None:
    from tests.fuzz.models import _tokenizer_files

    files = _tokenizer_files()
    (folder / "tokenizer_config.json").write_bytes(files["tokenizer_config.json"])
    values = json.loads(files["tokenizer.json"])
    flags = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    values["added_tokens"] += [{"id": i + 10, "content": f"<{i}>", **flags} for i in range(200_000)]
    (folder / "tokenizer.json").write_text(json.dumps(values))


def _template(text: str, times: int = 1) -> Case:
    def write(folder: Path) -> None:
        from tests.fuzz.models import _tokenizer_files

        for name, data in _tokenizer_files().items():
            (folder / name).write_bytes(data)
        (folder / "chat_template.jinja").write_text(text * times)

    return Case(write, _tokenizer)


def _begun(name: str, unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> Case:
    def write(folder: Path) -> None:
        from tests.fuzz.runs import make_run

        path = make_run(folder) / name
        with path.open("wb") as target:
            for chunk in repeated(unit, size, before, after):
                target.write(chunk)

    return Case(write, _log if name == "events.jsonl" else _run)


DEEP = 2_000_000
MODELS: dict[str, Case] = {
    "safetensors: a header of a million tensors": Case(_safetensors, _weights),
    "safetensors: a header of 95 MB": Case(
        file("model.safetensors", lambda: repeated(b" ", 95 * MB, struct.pack("<Q", 95 * MB) + b"{", b"}")), _weights),
    "safetensors: a nested header": Case(
        file("model.safetensors", lambda: repeated(b"[", 20 * MB, struct.pack("<Q", 20 * MB) + b"{")), _weights),
    "weights index of 60 MB": _json("model.safetensors.index.json", b'"a":"b",', 60 * MB,
        b'{"weight_map":{', b'"a":"b"}}', _index),
    "weights index of 300 MB": _json("model.safetensors.index.json", b" ", 300 * MB, b"{", b"}", _index),
    "weights index, nested": _json("model.safetensors.index.json", b"[", DEEP, b"", b"", _index),
    "config.json of 300 MB": _json("config.json", b"[],", 300 * MB, b'{"a":[', b"[]]}", _config),
    "config.json, nested": _json("config.json", b'{"a":', DEEP, b"", b"", _config),
    "config.json of a listed model, 300 MB": _json("config.json", b"[],", 300 * MB, b'{"a":[', b"[]]}", _described),
    "config.json of a listed model, nested": _json("config.json", b'{"a":', DEEP, b"", b"", _described),
    "adapter_config.json of 300 MB": _json("adapter_config.json", b"[],", 300 * MB, b'{"a":[', b"[]]}", _adapter),
    "GGUF: 8 million texts": _gguf_tokens(8_000_000),
    "GGUF: 1 million texts": _gguf_tokens(1_000_000),
    "GGUF: 65,000 arrays": Case(_gguf_fields, _gguf),
    "tokenizer.json of 120 MB": _tokenizer_of(6_000_000),
    "tokenizer.json of 60 MB": _tokenizer_of(3_000_000),
    "tokenizer.json of 30 MB": _tokenizer_of(1_500_000),
    "tokenizer.json, 200,000 added tokens": Case(_tokenizer_added, _tokenizer),
    "tokenizer.json, nested": _json("tokenizer.json", b'{"a":', DEEP, b"", b"", _tokenizer),
    "tokenizer.json of 300 MB": _json("tokenizer.json", b" ", 300 * MB, b"{", b"}", _tokenizer),
    "tokenizer.json of 300 MB, drawn": _json("tokenizer.json", b" ", 300 * MB, b"{", b"}", _texts),
    "tokenizer_config.json of 120 MB": _json("tokenizer_config.json", b"[],", 120 * MB, b'{"a":[', b"[]]}", _tokenizer),
    "chat template: loops": _template(LOOPS),
    "chat template: memory": _template("{{ 'a' * 10000000000 }}"),
    "chat template: doubled text": _template(
        "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}"),
    "chat template: endless output": _template("{% for i in range(99999) %}{{ 'a' * 99999 }}{% endfor %}"),
    "chat template: deep brackets": _template("{{ (", 100_000),
    "chat template of 300 MB": _template("a", 300 * MB),
}  # fmt: skip
STATES: dict[str, Case] = {
    "run.json of 300 MB": _begun("run.json", b"[],", 300 * MB, b"[", b"[]]"),
    "run.json, nested": _begun("run.json", b"[", DEEP),
    "launch.json of 300 MB": _begun("launch.json", b"[],", 300 * MB, b"[", b"[]]"),
    "events: one line of 300 MB": _begun("events.jsonl", b"a", 300 * MB),
    "events: 20 million blank lines": _begun("events.jsonl", b"\n", 20 * MB),
    "events: 10 million short lines": _begun("events.jsonl", b"a\n", 20 * MB),
    "events: 100 MB of events": _begun("events.jsonl", b'{"kind": "paused", "time": 1.0, "step": 1}\n', 100 * MB),
    "events: 100 MB of damaged steps": _begun("events.jsonl", b'{"kind": "step"}\n', 100 * MB),
    "control.json of 300 MB": _json("control.json", b"[],", 300 * MB, b"[", b"[]]", _control),
    "control.json, nested": _json("control.json", b"[", DEEP, b"", b"", _control),
    "configuration of 300 MB": _json("config.toml", b"#\n", 300 * MB, b"", b"", _configuration),
    "configuration: deep brackets": _json("config.toml", b"[", 120_000, b"a = ", b"", _configuration),
    "configuration: dotted keys": _json("config.toml", b"a.", 60_000, b"", b"a = 1", _configuration),
    "configuration: a long number": _json("config.toml", b"9", 120_000, b"run = ", b"", _configuration),
    "settings of 300 MB": _json("settings.toml", b"#\n", 300 * MB, b"", b"", _settings),
    "settings: deep brackets": _json("settings.toml", b"[", 120_000, b"a = ", b"", _settings),
    "history of 300 MB of blank lines": _json("history.jsonl", b"\n", 300 * MB, b"", b"", _history),
    "history: one line of 300 MB": _json("history.jsonl", b"a", 300 * MB, b"", b"", _history),
    "history: nested": _json("history.jsonl", b"[", DEEP, b"", b"", _history),
    "draft of the form, 300 MB": _json("new-run.json", b'"a":"b",', 300 * MB, b"{", b'"a":"b"}', _draft),
    "draft of the form, nested": _json("new-run.json", b"[", DEEP, b"", b"", _draft),
    "store: manifest of 300 MB": _store_with("store.json", b" ", 300 * MB),
    "store: manifest, nested": _store_with("store.json", b"[", DEEP),
    "store: ledger of 300 MB": _store_with("ledger.json", b" ", 300 * MB),
    "store: ledger, nested": _store_with("ledger.json", b"[", DEEP),
}  # fmt: skip
