"""The colours of the workbench, in one place, by names that style sheets and texts can use.

In a style sheet write `color: $run-running;`, in a text `Content.styled("RUNNING", "$run-running")`. Every name has a
value in every theme, made from the theme's own colours:

- States of a run: `$run-starting`, `$run-running`, `$run-paused`, `$run-finished`, `$run-stopped`, `$run-failed`,
  `$run-lost`, `$run-unreadable`. A colour never stands alone: `app.glyphs.of_state(state)` is its mark.
- Curves, in the order in which they are assigned: `$curve-1` to `$curve-6`; `$curve-validation` for validation,
  `$curve-overlap` for the overlap with the training text.
- Sections of a recipe: `$section-title`, `$section-ingredients`, `$section-directions`, `$section-mark` (the marks
  between them), `$section-padding`, `$section-cut`.
- Probability of a token, from improbable to nearly certain: `$probability-1` to `$probability-5`;
  `probability_style(0.3)` chooses.
- `$copied`: spans of a written text that are copied from the training text.
- Frames around the parts of a screen, whose titles have the same colour: `$frame`, and `$frame-focused` around the part
  that takes the keys.
- Tokens: `$token-even` and `$token-odd`, backgrounds that make the boundaries visible.
"""

from __future__ import annotations

from bisect import bisect_right

from textual.theme import Theme

COLOURS: dict[str, str] = {
    "run-starting": "$accent",
    "run-running": "$success",
    "run-paused": "$warning",
    "run-finished": "$accent",
    "run-stopped": "$text-muted",
    "run-failed": "$error",
    "run-lost": "$error",
    "run-unreadable": "$text-muted",
    "curve-1": "$primary",
    "curve-2": "$warning",
    "curve-3": "$success",
    "curve-4": "$error",
    "curve-5": "$accent",
    "curve-6": "$secondary",
    "curve-validation": "$warning",
    "curve-overlap": "$error",
    "section-title": "$accent",
    "section-ingredients": "$success",
    "section-directions": "$primary",
    "section-mark": "$warning",
    "section-padding": "$text-disabled",
    "section-cut": "$error",
    "probability-1": "$error",
    "probability-2": "$warning",
    "probability-3": "$accent",
    "probability-4": "$primary",
    "probability-5": "$success",
    "copied": "$error",
    "frame": "$foreground-muted",
    "frame-focused": "$primary",
    "token-even": "$surface",
    "token-odd": "$panel",
}
"""Each name, and the theme's colour it is."""

PROBABILITIES = (0.05, 0.2, 0.5, 0.8)
"""Where one colour of probability ends and the next begins."""

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#00D7FF",
    secondary="#FFFFFF",
    accent="#FF87FF",
    warning="#FFFF00",
    error="#FF5F5F",
    success="#00FF5F",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#303030",
    boost="#303030",
    dark=True,
    variables={
        "text-muted": "#D0D0D0",
        "text-disabled": "#B2B2B2",
        "border": "#FFFFFF",
        "border-blurred": "#B2B2B2",
        "block-cursor-background": "#FFFF00",
        "block-cursor-foreground": "#000000",
        "footer-key-foreground": "#FFFF00",
    },
)
"""White on black, every difference of brightness as large as it goes."""


def colour_variables(theme: dict[str, str]) -> dict[str, str]:
    """Return the names of this module with the colours they have in a theme.

    Args:
        theme: The theme's own variables, such as ``primary``, without ``$``.
    """
    return {name: theme.get(value[1:], theme["foreground"]) for name, value in COLOURS.items()}


def probability_style(probability: float) -> str:
    """Return the style, such as ``$probability-4``, of a token that had this probability (0 to 1)."""
    return f"$probability-{bisect_right(PROBABILITIES, probability) + 1}"
