"""A section of the configuration."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator

UNSET = "none"
"""How a value that is unset is written where there is no null."""


class Section(BaseModel):
    """A group of settings: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _none_is_unset(cls, values: Any) -> Any:
        """TOML has no null: the word none unsets what can be unset, whatever its default."""
        if not isinstance(values, dict):
            return values
        return {key: None if value == UNSET and cls._can_be_unset(key) else value for key, value in values.items()}

    @classmethod
    def _can_be_unset(cls, key: str) -> bool:
        return key in cls.model_fields and NoneType in get_args(cls.model_fields[key].annotation)
