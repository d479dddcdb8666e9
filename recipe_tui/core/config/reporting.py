"""The sections ``[notify]`` and ``[tracking]`` of the configuration: who is notified of a run."""

from __future__ import annotations

import shlex
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from recipe_tui.core.config.section import Section

WebhookFormat = Literal["text", "slack", "json"]


class NotifyConfig(Section):
    """Who is notified when a run ends. A notification that fails or hangs does not affect the run."""

    on_end: str | None = Field(
        None,
        description="Command to run when the run has finished or was stopped. It is split like a shell command, but no "
        "shell runs it; the environment has RECIPE_TUI_RUN, _STATE, _LOSS and others.",
    )
    on_failure: str | None = Field(None, description="Command to run when the run has failed; see on_end.")
    webhook: str | None = Field(
        None, description="Address that is sent a message at the end or on failure, such as https://ntfy.sh/my-topic."
    )
    webhook_format: WebhookFormat = Field(
        "text", description="text: one line, as ntfy takes it; slack: JSON for Slack and Mattermost; json: all figures."
    )
    notify_timeout: float = Field(10.0, gt=0, le=600, description="Seconds after which a notification is given up.")

    @field_validator("on_end", "on_failure")
    @classmethod
    def _a_command_can_be_split(cls, value: str | None) -> str | None:
        if value is not None and not shlex.split(value):
            raise ValueError("it should be a command")
        return value

    @field_validator("webhook")
    @classmethod
    def _a_webhook_is_an_address(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("it should be an address that begins with https:// or http://")
        return value


class TrackingConfig(Section):
    """Where the figures of a run are sent besides its event log. A tracker that fails does not affect the run."""

    trackers: tuple[str, ...] = Field(
        (), description="csv, tensorboard, or names of installed plug-ins (entry points of recipe_tui.trackers)."
    )

    @field_validator("trackers", mode="before")
    @classmethod
    def _one_tracker_needs_no_list(cls, value: Any) -> Any:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value
