"""``recipe-tui doctor``: what it finds, what it advises, and when it fails."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import ModuleType

import pytest

from recipe_tui.cli import checks
from recipe_tui.cli.checks import Check
from recipe_tui.core.errors import BackendError
from recipe_tui.sample import sample_config
from tests.cli.conftest import CommandLine


@pytest.fixture(autouse=True)
def no_network_and_no_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "check_backend", lambda: Check("backend", "ok", "Keras on tensorflow: CPU:0"))
    monkeypatch.setattr(checks, "trial_checks", lambda: [Check("jax step", "ok", "took a step")])
    monkeypatch.setattr(checks, "check_hub", lambda: Check("hub", "warn", "cannot be reached", "use folders"))


def test_every_check_has_a_line_and_a_warning_is_no_failure(recipe_tui: CommandLine) -> None:
    done = recipe_tui("doctor")
    assert done.code == 0
    lines = {line[6:18].strip(): line.split()[0] for line in done.out.splitlines() if not line.startswith(" ")}
    assert list(lines) == [
        *("python", "libraries", "versions", "cpu", "load", "memory", "output", "run", "sample", "colours"),
        *("clipboard", "widths", "hub", "gpu", "backend", "jax step"),
    ]
    assert (lines["python"], lines["libraries"], lines["sample"], lines["hub"]) == ("ok", "ok", "ok", "warn")


def test_the_json_holds_every_check(recipe_tui: CommandLine) -> None:
    found = recipe_tui("doctor", "--json").json
    assert found["ok"] is True
    assert {tuple(check) for check in found["checks"]} == {("name", "status", "found", "advice")}


def test_something_needed_that_is_missing_fails(recipe_tui: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "check_backend", lambda: Check("backend", "fail", "none", "pip install one"))
    done = recipe_tui("doctor", "--json")
    assert (done.code, done.json["ok"]) == (1, False)


def test_a_check_that_breaks_is_a_warning(recipe_tui: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Check:
        raise ValueError("odd machine")

    monkeypatch.setattr(checks, "check_cpu", broken)
    done = recipe_tui("doctor")
    assert done.code == 0
    assert "check failed: ValueError: odd machine" in done.out


def test_an_old_python_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert checks.check_python() == Check("python", "fail", checks.check_python().found, "install Python 3.11 to 3.13")


def test_a_missing_and_an_old_library_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "rensa":
            raise checks.PackageNotFoundError
        return "0.1" if name == "keras" else "999"

    monkeypatch.setattr(checks, "version", version)
    check = checks.check_libraries()
    assert check.status == "fail"
    assert "rensa is missing" in check.found
    assert "keras is 0.1, not >=3" in check.found


def test_a_version_that_was_not_tested_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "version", lambda name: "0.1")
    check = checks.check_versions()
    assert check.status == "warn"
    assert "keras 0.1 (tested: 3." in check.found


def test_thread_limits_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert (checks.check_cpu().status, "OMP_NUM_THREADS=1" in checks.check_cpu().found) == ("warn", True)


def test_a_busy_machine_is_said_before_anything_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "processor_load", lambda: 4.2)
    busy = checks.check_load()
    assert (busy.status, busy.found) == ("warn", "4.2 running processes for each core")
    monkeypatch.setattr(checks, "processor_load", lambda: 0.3)
    assert checks.check_load().status == "ok"


def test_an_output_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    check = checks.check_output(tmp_path / "file" / "output")
    assert (check.status, "choose another --output" in check.advice) == ("fail", True)


def test_an_output_that_is_not_there_yet_is_fine(tmp_path: Path) -> None:
    assert checks.check_output(tmp_path / "a" / "b").status in ("ok", "warn")
    assert not any(tmp_path.iterdir())


def test_little_memory_and_little_disk_are_warnings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checks, "ENOUGH_MEMORY", 1e18)
    monkeypatch.setattr(checks, "ENOUGH_DISK", 1e18)
    assert checks.check_memory().status == "warn"
    assert checks.check_output(tmp_path).status == "warn"


class TestHub:
    def test_a_hub_that_cannot_be_reached_is_a_warning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError(111, "Connection refused")

        monkeypatch.undo()
        monkeypatch.setattr(socket, "create_connection", refuse)
        check = checks.check_hub()
        assert (check.status, "Connection refused" in check.found) == ("warn", True)

    def test_a_hub_that_is_switched_off_is_not_called(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import huggingface_hub.constants

        monkeypatch.undo()
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
        monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("called"))
        assert "HF_HUB_OFFLINE" in checks.check_hub().found


class TestGpu:
    def nvml(self, monkeypatch: pytest.MonkeyPatch, count: int | None) -> None:
        module = ModuleType("pynvml")

        class NVMLError(Exception):
            pass

        def init() -> None:
            if count is None:
                raise NVMLError("Driver Not Loaded")

        class Memory:
            total = 80 * 10**9

        contents = {
            "NVMLError": NVMLError,
            "nvmlInit": init,
            "nvmlShutdown": lambda: None,
            "nvmlDeviceGetCount": lambda: count,
            "nvmlDeviceGetHandleByIndex": lambda i: i,
            "nvmlDeviceGetName": lambda handle: f"Card {handle}",
            "nvmlDeviceGetMemoryInfo": lambda handle: Memory,
            "nvmlSystemGetDriverVersion": lambda: "600.1",
        }
        for name, value in contents.items():
            setattr(module, name, value)
        monkeypatch.setitem(sys.modules, "pynvml", module)

    def test_cards_are_named_with_their_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.nvml(monkeypatch, 2)
        assert checks.check_gpu().found == "Card 0 with 80 GB, Card 1 with 80 GB; driver 600.1"

    def test_no_driver_is_fine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.nvml(monkeypatch, None)
        assert checks.check_gpu().status == "ok"

    def test_a_driver_without_the_extra_is_a_warning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pynvml", None)
        monkeypatch.setattr(checks.shutil, "which", lambda name: f"/usr/bin/{name}")
        assert "recipe-tui[cuda]" in checks.check_gpu().advice


def test_without_a_backend_the_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise BackendError("none is installed", "pip install one")

    monkeypatch.undo()
    monkeypatch.setattr(checks, "select_backend", missing)
    assert checks.check_backend() == Check("backend", "fail", "none is installed", "pip install one")


def test_the_disk_is_checked_for_the_run_of_a_configuration_file(recipe_tui: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(sample_config().to_toml())
    found = {check["name"]: check for check in recipe_tui("doctor", file, "--quick", "--json").json["checks"]}
    assert found["run"]["found"].startswith("output can be written; the checkpoints take up to ")
    assert "jax step" not in found
    file.write_text(sample_config(model={"name": "./nothing"}).to_toml())
    found = {check["name"]: check for check in recipe_tui("doctor", file, "--quick", "--json").json["checks"]}
    assert found["run"]["status"] == "warn"
