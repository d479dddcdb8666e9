"""scripts/run and scripts/test: what they install, when, and with which Python. A stand-in plays Python and pip."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """#!/bin/sh
# Plays Python: makes environments that hold itself, and writes down what it is asked for.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
case "$1 $2" in
    "-c import"*) exit ${UNSUITABLE:-0} ;;
    "--version "*) echo Python 3.12.0 ;;
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "version = 3.12" >"$3/pyvenv.cfg"
        for tool in ruff mypy lint-imports pytest; do
            printf '#!/bin/sh\\necho "%s $*" >>"$LOG"; [ %s != "$FAILS" ]\\n' $tool $tool >"$3/bin/$tool"
            chmod +x "$3/bin/$tool"
        done
        echo "venv" >>"$LOG" ;;
    "-m pip") shift 2; [ "$1" = --version ] || { echo "pip $*" >>"$LOG"; exit ${BROKEN:-0}; } ;;
    "-P -m") shift 2; echo "$PWD: $*" ;;
esac
"""


@dataclass
class Checkout:
    """A checkout with the scripts, and a Python that is none."""

    root: Path
    log: Path
    environment: dict[str, str]

    def run(self, script: str, *arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [self.root / "scripts" / script, *arguments],
            cwd=cwd or self.root,
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr

    @property
    def said(self) -> list[str]:
        """What was asked of Python so far, and forget it."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines

    def installed(self) -> str:
        """Return the extras of the one installation there was."""
        (line,) = [line for line in self.said if line.startswith("pip install")]
        return line.rpartition("[")[2].rstrip("]")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "check out"  # with a space
    root.mkdir()
    shutil.copytree(ROOT / "scripts", root / "scripts")
    shutil.copy(ROOT / "pyproject.toml", root)
    tools = tmp_path / "bin"
    tools.mkdir()
    python = tools / "python3"
    python.write_text(PYTHON)
    python.chmod(0o755)
    for name in (
        "sh",
        "dirname",
        "basename",
        "cat",
        "cksum",
        "sed",
        "rm",
        "mv",
        "mkdir",
        "cp",
        "chmod",
        "flock",
        "grep",
    ):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    log = tmp_path / "log"
    return Checkout(root, log, {"PATH": str(tools), "LOG": str(log), "HOME": str(tmp_path)})


def test_the_first_start_sets_up_and_the_second_does_not(checkout: Checkout) -> None:
    code, out, err = checkout.run("run", "demo", "--json")
    assert code == 0
    assert out == f"{checkout.root}: recipe_tui demo --json\n"
    assert "Installing recipe-tui[tensorflow]" in err
    assert len(checkout.said) == 2
    assert checkout.run("run", "runs") == (0, f"{checkout.root}: recipe_tui runs\n", "")
    assert checkout.said == []


def test_it_runs_in_the_folder_of_the_caller(checkout: Checkout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    assert checkout.run("run", "train", "a b.jsonl", cwd=elsewhere)[1] == f"{elsewhere}: recipe_tui train a b.jsonl\n"
    assert (checkout.root / ".venv").is_dir()
    assert not any(elsewhere.iterdir())


def test_the_constraints_are_used(checkout: Checkout) -> None:
    checkout.run("run")
    assert any(f"--constraint {checkout.root}/scripts/constraints.txt" in line for line in checkout.said)


@pytest.mark.parametrize("name", ["pyproject.toml", "scripts/constraints.txt"])
def test_a_change_of_what_is_required_installs_again(checkout: Checkout, name: str) -> None:
    checkout.run("run")
    assert checkout.installed() == "tensorflow"
    (checkout.root / name).write_text((checkout.root / name).read_text() + "# changed\n")
    checkout.run("run")
    assert checkout.installed() == "tensorflow"


def test_a_moved_checkout_installs_again(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("run")
    assert checkout.said
    checkout.root = checkout.root.rename(tmp_path / "moved")
    checkout.run("run")
    assert checkout.installed() == "tensorflow"


def test_the_tests_add_the_tools_for_development_and_run_does_not_take_them_away(checkout: Checkout) -> None:
    checkout.run("run")
    assert checkout.installed() == "tensorflow"
    checkout.run("test")
    assert checkout.installed() == "tensorflow,dev"
    checkout.run("run")
    checkout.run("test")
    assert not [line for line in checkout.said if line.startswith("pip")]


def test_the_backend_can_be_chosen_and_changed(checkout: Checkout) -> None:
    checkout.run("run", RECIPE_TUI_BACKEND="jax")
    assert checkout.installed() == "jax"
    checkout.run("run")
    assert checkout.said == []
    checkout.run("run", RECIPE_TUI_BACKEND="cuda")
    assert any(line.startswith("pip uninstall") and "tensorflow-cpu" in line for line in checkout.said)


def test_cuda_is_taken_where_the_driver_works(checkout: Checkout, tmp_path: Path) -> None:
    driver = tmp_path / "bin" / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'GPU 0: A card'\n")
    driver.chmod(0o755)
    checkout.run("run")
    assert checkout.installed() == "cuda"


def test_a_driver_that_does_not_work_is_none(checkout: Checkout, tmp_path: Path) -> None:
    driver = tmp_path / "bin" / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'has failed'; exit 9\n")
    driver.chmod(0o755)
    checkout.run("run")
    assert checkout.installed() == "tensorflow"


def test_an_unknown_backend_is_refused(checkout: Checkout) -> None:
    code, out, err = checkout.run("run", RECIPE_TUI_BACKEND="torch")
    assert (code, out) == (1, "")
    assert err.startswith("error: RECIPE_TUI_BACKEND=torch")


def test_without_a_suitable_python_it_says_so(checkout: Checkout) -> None:
    code, out, err = checkout.run("run", UNSUITABLE="1")
    assert (code, out) == (1, "")
    assert err.startswith("error: no Python 3.11, 3.12 or 3.13")


def test_a_failed_installation_is_tried_again(checkout: Checkout) -> None:
    code, out, err = checkout.run("run", BROKEN="1")
    assert (code, out) == (1, "")
    assert "error: the installation failed" in err
    assert checkout.said
    assert checkout.run("run")[0] == 0
    assert checkout.installed() == "tensorflow"


@pytest.mark.skipif(shutil.which("flock") is None, reason="flock is not there")
def test_two_starts_at_once_install_once(checkout: Checkout) -> None:
    command = [checkout.root / "scripts" / "run", "--version"]
    starts = [
        subprocess.Popen(command, env=checkout.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [start.wait() for start in starts] == [0, 0, 0]
    for start in starts:
        start.communicate()
    assert checkout.installed() == "tensorflow"


def test_all_checks_run_and_any_failure_counts(checkout: Checkout) -> None:
    assert checkout.run("test", "-k", "a b")[0] == 0
    said = [line for line in checkout.said if not line.startswith(("pip", "venv"))]
    assert said[:2] == ["ruff check", "ruff format --check"]
    tests = "pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -k a b"
    assert sorted(said[2:]) == ["lint-imports ", "mypy ", tests]  # side by side
    for tool in ("ruff", "mypy", "lint-imports", "pytest"):
        code, _, err = checkout.run("test", FAILS=tool)
        assert (code, f"error: failed: {tool}" in err) == (1, True)
        assert len(checkout.said) == 5


def test_continuous_integration_calls_the_tests(checkout: Checkout) -> None:
    assert "scripts/test" in (ROOT / ".ci" / "run").read_text()
