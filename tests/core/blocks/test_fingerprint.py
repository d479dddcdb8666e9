from __future__ import annotations

import json
import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

import recipe_tui.core
from recipe_tui.core.blocks import fingerprint as fingerprints
from recipe_tui.core.blocks.fingerprint import Fingerprint, fingerprint
from recipe_tui.core.config import DataConfig
from recipe_tui.core.errors import SourceError

TOKENIZER = SimpleNamespace(fingerprint="tokenizer")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "recipes.jsonl"
    path.write_text("one")
    return path


def made_of(file, tokenizer=TOKENIZER, known=(), **settings) -> Fingerprint:
    return fingerprint(DataConfig(source=(str(file),), **settings), [file], tokenizer, known)


def test_the_same_files_and_settings_have_the_same_digest_whenever_they_were_written(file) -> None:
    before = made_of(file)
    os.utime(file, ns=(1, 1))
    after = made_of(file)
    assert after.files[0].modified != before.files[0].modified
    assert after.digest == before.digest


def test_other_contents_settings_tokenizer_or_code_have_another_digest(file) -> None:
    first = made_of(file)
    digests = {
        first.digest,
        made_of(file, SimpleNamespace(fingerprint="another")).digest,
        made_of(file, layout="plain").digest,
        made_of(file, seed=7).digest,
        replace(first, code="changed").digest,
    }
    file.write_text("two")
    assert len({made_of(file).digest} | digests) == 6


def test_where_the_store_is_and_how_the_tokenizer_is_called_do_not_matter(file, tmp_path) -> None:
    config = DataConfig(source=(str(file),), store=tmp_path, tokenizer="gpt2")
    named = fingerprint(config, [file], TOKENIZER)
    assert named.settings == made_of(file).settings


def test_a_known_file_is_not_read_again_unless_its_size_or_time_changed(file) -> None:
    known = tuple(replace(one, sha256="known") for one in made_of(file).files)
    assert made_of(file, known=known).files[0].sha256 == "known"
    os.utime(file, ns=(1, 1))
    assert made_of(file, known=known).files[0].sha256 != "known"


def test_the_code_is_hashed_from_its_sources(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(recipe_tui.core, "__file__", str(tmp_path / "__init__.py"))
    hashes = []
    for name, content in (("recipes/clean.py", "1"), ("recipes/clean.py", "2"), ("model/gpt2.py", "3")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
        fingerprints.code_fingerprint.cache_clear()
        hashes.append(fingerprints.code_fingerprint(fingerprints.DATA_PACKAGES))
    fingerprints.code_fingerprint.cache_clear()
    assert hashes[0] != hashes[1] == hashes[2]


def test_it_comes_back_from_json(file) -> None:
    written = made_of(file)
    read = Fingerprint.from_json(json.loads(json.dumps(written.to_json())))
    assert read == written
    assert read.digest == written.digest


def test_a_missing_file_is_a_clear_error(tmp_path) -> None:
    with pytest.raises(SourceError, match=r"gone\.jsonl: cannot be read"):
        made_of(tmp_path / "gone.jsonl")
