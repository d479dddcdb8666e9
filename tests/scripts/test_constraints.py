"""The pinned versions: complete, exact, and without any address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = (ROOT / "scripts" / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = dict(line.split("==") for line in LINES if not line.startswith("#"))


def test_every_line_is_one_exact_version() -> None:
    for line in LINES:
        assert line.startswith("# ") or re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line), line
    assert [canonicalize_name(name) for name in PINS] == sorted(PINS)


def test_there_is_no_address_in_it() -> None:
    assert not re.search(r"://|@|file:|--", "\n".join(LINES).replace("pip install -c", ""))


def test_everything_that_the_project_asks_for_is_pinned_within_its_range() -> None:
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    for line in [*PROJECT["dependencies"], *extras]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)]), line


def test_what_only_comparisons_need_is_not_in_it() -> None:
    assert "torch" not in PINS
    assert "recipe-tui" not in PINS
