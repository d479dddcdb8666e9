from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recipe_tui.core.config import load_config
from recipe_tui.core.config.reporting import NotifyConfig
from recipe_tui.core.errors import ConfigError
from recipe_tui.core.runs.event_text import summary
from recipe_tui.core.runs.events import Notified
from recipe_tui.core.runs.notifications import environment, message, notify, post, run_command, sentence
from recipe_tui.core.runs.status import RunSummary

SOUP = RunSummary("soup", Path("/runs/soup"), "finished", "all steps done", 80, 80, 2.5, 2.75)
DIED = RunSummary("soup", Path("/runs/soup"), "failed", "out of memory; close programs", 3, 80, float("nan"), None)


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """A web server on this machine: its address, and the path, media type and body of each message it got."""
    got: list[tuple[str, str, bytes]] = []
    released = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Content-Type"], body))
            if self.path == "/slow":
                released.wait(10)
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", got
    released.set()
    httpd.shutdown()
    httpd.server_close()
    thread.join()


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("ended", "text"),
        [
            (SOUP, "soup finished (step 80 of 80, loss 2.5000, validation loss 2.7500)"),
            (DIED, "soup failed (step 3 of 80, loss nan): out of memory; close programs"),
            (RunSummary("x", Path("x"), "lost", "its process is gone"), "x lost: its process is gone"),
        ],
        ids=["finished", "failed", "lost"],
    )
    def test_a_line_has_state_figures_and_why(self, ended: RunSummary, text: str) -> None:
        assert sentence(ended) == text

    def test_a_command_gets_the_figures_as_variables(self) -> None:
        variables = environment(SOUP)
        assert variables["RECIPE_TUI_STATE"] == "finished"
        assert (variables["RECIPE_TUI_LOSS"], variables["RECIPE_TUI_VALIDATION_LOSS"]) == ("2.5", "2.75")
        assert environment(DIED)["RECIPE_TUI_VALIDATION_LOSS"] == ""

    def test_slack_gets_a_text_and_json_all_figures(self) -> None:
        assert json.loads(message(DIED, "slack")[0]) == {"text": sentence(DIED)}
        values = json.loads(message(DIED, "json")[0])
        assert (values["run"], values["state"], values["step"], values["loss"]) == ("soup", "failed", 3, None)


class TestCommand:
    def test_it_is_run_without_a_shell_and_gets_the_variables(self, tmp_path: Path) -> None:
        config = NotifyConfig(on_end=f"""sh -c 'echo "$RECIPE_TUI_RUN $0" > "{tmp_path}/told"' '; $HOME'""")
        assert [event.problem for event in notify(config, SOUP, lambda: 5.0)] == [""]
        assert (tmp_path / "told").read_text() == "soup ; $HOME\n"

    def test_the_one_for_a_failure_is_run_at_a_failure_alone(self, tmp_path: Path) -> None:
        config = NotifyConfig(on_end="true", on_failure="false")
        assert list(notify(config, SOUP, lambda: 5.0)) == [Notified(5.0, 80, "command", "")]
        assert list(notify(config, DIED, lambda: 5.0)) == [Notified(5.0, 3, "command", "false: exit code 1")]

    def test_why_it_failed_is_its_last_line(self) -> None:
        assert run_command(["sh", "-c", "echo a >&2; echo no route >&2; exit 3"], {}, 10) == "sh: exit code 3, no route"

    def test_one_that_is_not_there_is_a_problem_and_no_error(self) -> None:
        assert run_command(["/no/such"], {}, 10) == "/no/such: No such file or directory"

    def test_one_that_hangs_is_ended_with_what_it_started(self) -> None:
        assert run_command(["sh", "-c", "sleep 60 & sleep 60"], {}, 0.05) == "sh: ended after 0.05 seconds"


class TestWebhook:
    def test_it_is_sent_the_message(self, server: tuple[str, list[tuple[str, str, bytes]]]) -> None:
        address, got = server
        config = NotifyConfig(webhook=f"{address}/topic")
        assert list(notify(config, SOUP, lambda: 5.0)) == [Notified(5.0, 80, "webhook", "")]
        assert got == [("/topic", "text/plain; charset=utf-8", sentence(SOUP).encode())]

    def test_one_that_answers_with_an_error_or_never_is_a_problem(
        self, server: tuple[str, list[tuple[str, str, bytes]]]
    ) -> None:
        address, _ = server
        assert "500" in post(f"{address}/broken", b"", "text/plain", 10)
        assert post(f"{address}/slow", b"", "text/plain", 0.1) in ("no answer in 0.1 seconds", "timed out")
        assert "refused" in post("http://127.0.0.1:1/secret", b"", "text/plain", 10)


class TestSettings:
    def test_nobody_is_notified_unless_configured(self) -> None:
        assert list(notify(load_config().notify, SOUP)) == []

    @pytest.mark.parametrize(
        "setting", ["webhook=file:///etc/passwd", "webhook=ntfy.sh/x", "on_end='", "on_failure= ", "notify_timeout=0"]
    )
    def test_what_cannot_be_is_refused_before_the_run(self, setting: str) -> None:
        with pytest.raises(ConfigError):
            load_config(settings=[f"notify.{setting}"])


@pytest.mark.parametrize(
    ("problem", "text"),
    [("", "notification by webhook sent"), ("no route", "notification by webhook failed: no route")],
    ids=["sent", "failed"],
)
def test_the_log_says_what_came_of_it(problem: str, text: str) -> None:
    assert summary(Notified(1.0, 2, "webhook", problem)) == text
