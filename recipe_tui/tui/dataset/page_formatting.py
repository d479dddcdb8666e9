"""Recipes, ledgers and statistics as text. Everything that comes from a corpus is sanitized here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from textual.content import Content

from recipe_tui.core.registry.catalog import short_name
from recipe_tui.tui.dataset.token_lines import FIELD_NAMES, SECTION_NAMES, drawn
from recipe_tui.tui.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.blocks.ledger import Ledger
    from recipe_tui.core.blocks.outcomes import RecipeOutcome
    from recipe_tui.core.browsing.losses import RecipeLosses
    from recipe_tui.core.browsing.origin import Origin
    from recipe_tui.core.browsing.statistics import Histogram, Statistics
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.token_text import TokenTexts
    from recipe_tui.tui.glyphs import Glyphs

LONGEST_LINE = 20_000
"""Characters of a line as read that are shown: JSON has whole recipes on one line."""

MOST_LINES = 5_000
"""Lines of a page; what a person scrolls through."""

BAR = 32
"""Cells of the longest bar."""


def recipe_lines(recipe: Recipe) -> list[str]:
    """Return a recipe as sanitized lines."""
    lines = [sanitize_line(recipe.title) or "(no title)", ""]
    lines += [f"- {sanitize_line(ingredient)}" for ingredient in recipe.ingredients] or ["(no ingredients)"]
    lines += [""]
    lines += [f"{number}. {sanitize(step)}" for number, step in enumerate(recipe.steps, 1)] or ["(no directions)"]
    if recipe.tags:
        lines += ["", f"tags: {sanitize_line(', '.join(recipe.tags))}"]
    return lines


def recipe_text(recipe: Recipe, repairs: Iterable[str], outcome: RecipeOutcome, loss: str = "") -> Content:
    """Return a recipe as cleaned, with its outcome, after lines about its loss, if there are any."""
    facts = [outcome_line(outcome)]
    repaired = ", ".join(repairs)
    facts.append(f"repaired: {sanitize_line(repaired)}" if repaired else "nothing was repaired")
    facts.append(f"read from: {sanitize_line(str(recipe.source))}" if recipe.source else "read from: unknown")
    named = zip(SECTION_NAMES, outcome.section_tokens, strict=True)
    facts.append(
        f"{outcome.tokens:,} tokens: "
        + ", ".join(f"{count:,} {name}" for name, count in named if count or name not in FIELD_NAMES)
    )
    title, *body = recipe_lines(recipe)
    return Content.assemble(
        Content.styled(f"{loss}\n\n" if loss else "", "$text-muted"),
        Content.styled(title, "bold"),
        "\n",
        _joined(body),
        "\n\n",
        Content.styled("\n".join(facts), "$text-muted"),
    )


def loss_text(losses: RecipeLosses, row: int) -> str:
    """Return the loss of a recipe in words; empty where it has none."""
    loss = float(losses.values[row])
    if not math.isfinite(loss):
        return ""
    perplexity = math.exp(min(loss, 700.0))
    model = sanitize_line(short_name(losses.model), 40)
    return f"loss {loss:.3f} nats per token, perplexity {perplexity:,.1f}, under {model}"


def outcome_line(outcome: RecipeOutcome) -> str:
    """Describe the outcome of a recipe."""
    name = sanitize_line(outcome.name.replace("_", " "))
    line = f"{name}, in {outcome.split}" if outcome.split else f"dropped: {name}"
    if outcome.duplicate_of is not None:
        line += f" of recipe {outcome.duplicate_of:,}, similarity {outcome.similarity:.2f}"
    return line


def origin_text(origin: Origin) -> Content:
    """Return a line as it was read."""
    heading = f"{origin.what} {origin.source.line:,} of {sanitize_line(origin.source.file)}"
    lines = sanitize(origin.text, LONGEST_LINE).split("\n")
    return Content.assemble(Content.styled(heading, "bold"), "\n\n", _joined(lines))


def ledger_text(ledger: Ledger) -> Content:
    """Return the ledger as a table."""
    rows = ledger.rows()
    width = max(len(name) for name, _ in rows)
    lines = [f"{sanitize_line(name):<{width}}  {count:>14,}" for name, count in rows]
    if ledger.repairs:
        lines += ["", "recipes repaired"]
        lines += [f"  {sanitize_line(name):<{width - 2}}  {count:>14,}" for name, count in ledger.repairs.items()]
    sources = "read from: " + sanitize_line(", ".join(ledger.sources))
    return Content.assemble(sources, "\n\n", _joined(lines))


def statistics_text(statistics: Statistics, tokens: TokenTexts, glyphs: Glyphs) -> Content:
    """Return the statistics of a split, with bars."""
    places = statistics.tokens + statistics.padding
    lines = [
        f"{statistics.split}: {statistics.blocks:,} blocks, {statistics.tokens:,} tokens",
        f"padding: {statistics.padding:,} of {places:,} places ({statistics.padding_share:.2%})",
        f"vocabulary: {statistics.used:,} of {statistics.vocabulary:,} tokens are used, "
        f"{statistics.never_used_share:.1%} never",
        "",
        *_histogram("Length of recipes, in tokens", statistics.recipe_lengths, glyphs),
        "",
        *_histogram("Tokens in blocks", statistics.block_lengths, glyphs),
        "",
        "Tokens by section",
    ]
    top = max(statistics.section_tokens.values(), default=1)
    total = max(sum(statistics.section_tokens.values()), 1)
    for section, count in statistics.section_tokens.items():
        lines.append(f"  {SECTION_NAMES[section]:<12} {count:>12,} {count / total:>6.1%} {_bar(count, top, glyphs)}")
    lines += ["", "Most frequent tokens"]
    top = max((count for _, count in statistics.most_frequent), default=1)
    for token_id, count in statistics.most_frequent:
        text = drawn(tokens[token_id], glyphs)[:16]
        share = count / max(statistics.tokens, 1)
        lines.append(f"  {token_id:>6} {text:<16} {count:>10,} {share:>6.1%} {_bar(count, top, glyphs)}")
    return Content("\n".join(lines))


def _bar(value: float, top: float, glyphs: Glyphs) -> str:
    """Return a bar that is full at `top`, and never empty above 0."""
    return glyphs.filled(max(value / top, 1 / (8 * BAR)), BAR) if value > 0 else ""


def _histogram(title: str, histogram: Histogram, glyphs: Glyphs) -> list[str]:
    low, middle, high, longest = histogram.quantiles
    lines = [
        title,
        f"  shortest {low:,}, mean {histogram.mean:,.0f}, median {middle:,}, 95% up to {high:,}, longest {longest:,}",
    ]
    last = len(histogram.counts) - 1
    for i, count in enumerate(histogram.counts):
        until = histogram.edges[i + 1] - (i < last)
        share = _bar(count, max(histogram.counts), glyphs)
        lines.append(f"  {histogram.edges[i]:>6,} to {until:>6,} {count:>10,} {share}")
    return lines


def _joined(lines: list[str]) -> Content:
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"({len(lines) - MOST_LINES:,} more lines)"]
    return Content("\n".join(lines))
