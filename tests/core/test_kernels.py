import os

import pytest

from recipe_tui.core import kernels
from recipe_tui.core.kernels import (
    OPTION,
    KernelTimes,
    apply_kernels,
    describe_kernels,
    emulates_bfloat16,
    known_times,
    measure_kernels,
    processor_name,
)

SECONDS = {"0": 0.5, "1": 0.25}


@pytest.fixture(autouse=True)
def bare(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    monkeypatch.setenv(OPTION, "")  # so that it is restored
    monkeypatch.delenv(OPTION)


@pytest.mark.parametrize(
    ("plain", "onednn", "option", "words"),
    [
        (0.5, 0.25, "1", "oneDNN on, measured 2.00 times as fast"),
        (0.25, 0.5, "0", "oneDNN off, measured 2.00 times as fast"),
        (0.5, 0.495, "", "oneDNN makes no clear difference on this processor"),
    ],
)
def test_the_kernels_that_are_clearly_faster_are_chosen(plain, onednn, option, words):
    assert (KernelTimes(plain, onednn).option, KernelTimes(plain, onednn).summary) == (option, words)


def test_what_was_measured_is_remembered_and_applied():
    assert known_times() is None
    assert describe_kernels() == "oneDNN as TensorFlow chooses; the first training measures it"
    assert measure_kernels(SECONDS.get) == known_times() == KernelTimes(0.5, 0.25)
    apply_kernels()
    assert os.environ[OPTION] == "1"
    assert describe_kernels() == "oneDNN on, measured 2.00 times as fast"


def test_the_environment_overrides_what_was_measured(monkeypatch):
    measure_kernels(SECONDS.get)
    monkeypatch.setenv(OPTION, "0")
    apply_kernels()
    assert os.environ[OPTION] == "0"
    assert describe_kernels() == f"oneDNN off, by {OPTION}"


@pytest.mark.parametrize("what", ["processor", "version"])
def test_another_processor_or_version_is_measured_anew(monkeypatch, what):
    measure_kernels(SECONDS.get)
    monkeypatch.setattr(kernels, "processor_name" if what == "processor" else "_version", lambda *_: "another")
    assert known_times() is None


def test_a_measurement_that_fails_chooses_nothing(tmp_path):
    def broken(_):
        raise ValueError("no number")

    assert measure_kernels(broken) is None
    assert known_times() is None
    apply_kernels()
    assert OPTION not in os.environ


@pytest.mark.parametrize("content", ["", "{", "[]", '{"plain": 0, "onednn": 1}', '{"plain": "x", "onednn": 1}'])
def test_a_damaged_note_is_measured_anew(content):
    measure_kernels(SECONDS.get)
    kernels._path().write_text(content)
    assert known_times() is None


@pytest.mark.parametrize(
    ("text", "name", "emulates"),
    [
        ("model name\t: AMD EPYC\nflags\t\t: avx2 fma\n", "AMD EPYC", True),
        ("model name\t: AMD EPYC\nflags\t\t: avx2 avx512_bf16\n", "AMD EPYC", False),
        ("Features\t: fp asimd bf16\n", "", False),
        ("", "", False),
    ],
    ids=["AVX2", "AVX512_BF16", "Arm", "unknown"],
)
def test_processors_without_bfloat16_are_known(tmp_path, text, name, emulates):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(text)
    assert (processor_name(cpuinfo), emulates_bfloat16(cpuinfo)) == (name, emulates)
