"""Who learns that a run has ended, without a training."""

from __future__ import annotations

from pathlib import Path

from recipe_tui.core.config import load_config
from recipe_tui.core.runs.events import Ended, Event, Notified, Started, TrackerFailed
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process
from recipe_tui.core.training.run_log import RunLog


def ended_run(tmp_path: Path, command: str, *trackers: str) -> list[Event]:
    """Return what is logged at the end of a run with a command for its failure."""
    RunManifest("soup", 1.0, "gpt2", "s", "d", "t", "c", "c", process=Process.current()).write(tmp_path)
    events: list[Event] = []
    config = load_config(notify={"on_failure": command, "notify_timeout": 5.0}, tracking={"trackers": trackers})
    log = RunLog(tmp_path, config, events.append)
    log.append(Started(1.0, 0, 8, 4.0, 1000, 20, 64))
    log.append(Ended(2.0, 0, "failed", "the loss became nan"))
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


def test_a_tracker_that_is_not_there_is_logged_and_no_error(tmp_path: Path) -> None:
    events = ended_run(tmp_path, "true", "no-such")
    (failed,) = [event for event in events if isinstance(event, TrackerFailed)]
    assert failed.tracker == "no-such"
