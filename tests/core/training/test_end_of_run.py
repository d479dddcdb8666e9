"""How the end of a run is logged, and who is notified of it, without a training."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from recipe_tui.core.config import load_config
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Event, Notified, Started
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process
from recipe_tui.core.tracking.follow import Trackers
from recipe_tui.core.training.loop import _Run


def ended_run(tmp_path: Path, command: str) -> list[Event]:
    """Return what is logged at the end of a run with a command for its failure."""
    RunManifest("soup", 1.0, "gpt2", "s", "d", "t", "c", "c", process=Process.current()).write(tmp_path)
    events: list[Event] = []
    log = EventLog(tmp_path / "events.jsonl", events.append)
    log.append(Started(1.0, 0, 8, 4.0, 1000, 20, 64))
    config = load_config(notify={"on_failure": command, "notify_timeout": 5.0})
    run = _Run(
        cast("Any", SimpleNamespace(run=tmp_path, config=config)),
        log.append,
        cast("Any", None),
        Trackers([], cast("Any", None)),
    )
    run._log_end("failed", "the loss became nan")
    log.close()
    return events[1:]


def test_a_failure_is_logged_first_and_then_that_somebody_was_notified(tmp_path: Path) -> None:
    ended, notified = ended_run(tmp_path, f"""sh -c 'echo "$RECIPE_TUI_MESSAGE" > "{tmp_path}/told"'""")
    assert isinstance(ended, Ended)
    assert isinstance(notified, Notified)
    assert notified.problem == ""
    assert "failed" in (tmp_path / "told").read_text()
    assert "the loss became nan" in (tmp_path / "told").read_text()


def test_a_notification_that_fails_is_logged_and_no_error(tmp_path: Path) -> None:
    _, notified = ended_run(tmp_path, "/no/such/program")
    assert isinstance(notified, Notified)
    assert "No such file" in notified.problem
