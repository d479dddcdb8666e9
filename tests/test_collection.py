"""Ids of tests that depend on time, order or machine are refused, since workers would collect different tests."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py").read_text().replace('pytest_plugins = "pytester"\n', "")


AMONG_TWO = ("-n", "2", *(f"-pno:{plugin}" for plugin in ("cacheprovider", "hypothesispytest", "syrupy")))
"""Arguments for two workers, which need not import what they do not use."""


@pytest.mark.parametrize(
    ("values", "workers", "message"),
    [
        pytest.param("[__import__('gzip').compress(b'soup')]", 2, "Different tests were collected", id="the time"),
        pytest.param("{'leek', 'bean', 'kale', 'corn', 'plum', 'rice'}", 2, "Different tests were", id="order"),
        pytest.param("[__import__('os').getcwd()]", 0, "the id depends on the machine", id="a folder"),
        pytest.param("['0x7f6cc18c7aa0']", 0, "the id depends on the machine", id="an address"),
    ],
)
def test_ids_that_are_not_the_same_everywhere_are_refused(
    pytester: pytest.Pytester, values: str, workers: int, message: str
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(f"import pytest\n@pytest.mark.parametrize('value', {values})\ndef test_one(value): pass")
    done = pytester.runpytest_subprocess(*AMONG_TWO) if workers else pytester.runpytest_inprocess()
    assert done.ret != 0
    assert message in done.stdout.str() + done.stderr.str()


def test_other_ids_are_accepted(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        "import pytest\n@pytest.mark.parametrize('value', [b'soup', 'leek'])\ndef test_one(value): pass"
    )
    assert pytester.runpytest_subprocess(*AMONG_TWO).ret == 0
