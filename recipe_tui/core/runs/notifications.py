"""Notifications that a run has ended: a command of the user's, and a message to a webhook.

Each comes to a `Notified` event. A notification that fails or hangs is given up after a time, and affects nothing else.
"""

from __future__ import annotations

import json
import math
import os
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from recipe_tui.core.runs.events import Notified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from recipe_tui.core.config.reporting import NotifyConfig, WebhookFormat
    from recipe_tui.core.runs.status import RunSummary

LONGEST_PROBLEM = 200
"""Characters of what a failed notification is logged with."""


def notify(config: NotifyConfig, ended: RunSummary, now: Callable[[], float] = time.time) -> Iterator[Notified]:
    """Notify whoever the configuration names that a run has ended.

    Args:
        config: Who is notified, and how long to wait.
        ended: How the run ended.
        now: Seconds since 1970.

    Yields:
        What came of each notification.
    """
    command = config.on_failure if ended.state in ("failed", "lost") else config.on_end
    if command is not None:
        problem = run_command(shlex.split(command), environment(ended), config.notify_timeout)
        yield Notified(now(), ended.step, "command", problem)
    if config.webhook is not None:
        problem = post(config.webhook, *message(ended, config.webhook_format), config.notify_timeout)
        yield Notified(now(), ended.step, "webhook", problem)


def sentence(ended: RunSummary) -> str:
    """Return in a line how a run ended."""
    losses = {"loss": ended.train_loss, "validation loss": ended.validation_loss}
    figures = [f"step {ended.step:,} of {ended.total_steps:,}"] if ended.total_steps else []
    figures += [f"{name} {value:.4f}" for name, value in losses.items() if value is not None]
    text = f"{ended.name} {ended.state}"
    text += f" ({', '.join(figures)})" if figures else ""
    return f"{text}: {ended.reason}" if ended.reason and ended.state != "finished" else text


def environment(ended: RunSummary) -> dict[str, str]:
    """Return the variables that a command gets besides those of this process; a figure that is not known is empty."""
    values = {
        "RUN": ended.name,
        "RUN_FOLDER": str(ended.path.absolute()),
        "STATE": ended.state,
        "REASON": ended.reason,
        "STEP": str(ended.step),
        "TOTAL_STEPS": str(ended.total_steps),
        "LOSS": "" if ended.train_loss is None else f"{ended.train_loss:.6g}",
        "VALIDATION_LOSS": "" if ended.validation_loss is None else f"{ended.validation_loss:.6g}",
        "MESSAGE": sentence(ended),
    }
    return {f"RECIPE_TUI_{name}": value.replace("\0", "") for name, value in values.items()}


def message(ended: RunSummary, form: WebhookFormat) -> tuple[bytes, str]:
    """Return the body that a webhook is sent, and its media type."""
    if form == "text":
        return sentence(ended).encode(), "text/plain; charset=utf-8"
    values: dict[str, object] = {"text": sentence(ended)}
    if form == "json":
        losses = {"loss": ended.train_loss, "validation_loss": ended.validation_loss}
        values |= {"run": ended.name, "state": ended.state, "reason": ended.reason, "step": ended.step}
        values |= {"total_steps": ended.total_steps}
        values |= {name: loss if loss is not None and math.isfinite(loss) else None for name, loss in losses.items()}
    return json.dumps(values).encode(), "application/json"


def run_command(command: Sequence[str], variables: dict[str, str], timeout: float) -> str:
    """Run a command without a shell, and end it with all that it started when it takes too long.

    Args:
        command: Program and arguments.
        variables: Added to the environment.
        timeout: Seconds.

    Returns:
        Why it failed; empty when it succeeded.
    """
    with tempfile.TemporaryFile() as errors:  # not a pipe, which a process that it leaves behind would keep open
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**os.environ, **variables},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return _line(f"{command[0]}: {getattr(error, 'strerror', None) or error}")
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            return _line(f"{command[0]}: ended after {timeout:g} seconds")
        if not code:
            return ""
        errors.seek(0)
        words = errors.read(1 << 16).decode("utf-8", "replace").strip().splitlines()
        return _line(f"{command[0]}: exit code {code}{f', {words[-1]}' if words else ''}")


def post(address: str, body: bytes, media_type: str, timeout: float) -> str:
    """Send a message to a webhook.

    Args:
        address: Its URL, which is no part of what is returned: it often has a secret in it.
        body: The message.
        media_type: Of the message.
        timeout: Seconds in all, however slowly it answers.

    Returns:
        Why it failed; empty when it succeeded.
    """
    problems: list[str] = []

    def send() -> None:
        try:
            request = Request(address, body, {"Content-Type": media_type, "User-Agent": "recipe-tui"}, method="POST")
            with urlopen(request, timeout=timeout):
                problems.append("")
        except Exception as error:  # a server may answer anything, and nothing of it concerns the run
            problems.append(_line(str(error).replace(address, "the webhook") or type(error).__name__))

    thread = threading.Thread(target=send, name="webhook", daemon=True)  # one that hangs keeps no process alive
    thread.start()
    thread.join(timeout)
    return problems[0] if problems else f"no answer in {timeout:g} seconds"


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)  # the command has a session, and so a group, of its own
    else:
        process.kill()
    process.wait()


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_PROBLEM]
