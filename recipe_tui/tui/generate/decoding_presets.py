"""Ready-made decoding controls, by what they are good for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipe_tui.core.config import GenerationConfig

if TYPE_CHECKING:
    from typing import Any

UNTOUCHED = ("max_new_tokens", "num_return_sequences", "seed")
"""The controls that a preset leaves as they are."""

CHOOSING = tuple(name for name in GenerationConfig.model_fields if name not in UNTOUCHED)
"""The controls of how a token is chosen, which a preset sets."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Decoding controls with a name; `values` are those that differ from the defaults."""

    name: str
    meaning: str
    values: dict[str, Any] = field(default_factory=dict)

    def applied_to(self, config: GenerationConfig) -> GenerationConfig:
        """Return a configuration that chooses tokens as the preset says, and is otherwise as it was."""
        defaults = GenerationConfig()
        chosen = {name: self.values.get(name, getattr(defaults, name)) for name in CHOOSING}
        if chosen["num_beams"] > 1:
            chosen["num_return_sequences"] = min(config.num_return_sequences, chosen["num_beams"])
        return GenerationConfig.model_validate({**config.model_dump(), **chosen})


PRESETS = (
    Preset("Greedy", "always the likeliest token: the same text each time", {"temperature": 0.0}),
    Preset("Careful", "close to what the model is sure of", {"temperature": 0.5, "top_p": 0.9}),
    Preset("Balanced", "the defaults"),
    Preset(
        "Adventurous",
        "more surprising words",
        {"temperature": 1.1, "top_p": 0.98, "min_p": 0.05, "repetition_penalty": 1.1},
    ),
    Preset("Beam", "searches for the likeliest whole text", {"num_beams": 4, "no_repeat_ngram_size": 4}),
)


def preset_of(config: GenerationConfig) -> Preset | None:
    """Return the preset that chooses tokens as a configuration does, or None."""
    return next((preset for preset in PRESETS if preset.applied_to(config) == config), None)
