"""The layout of instruction-tuned models: a recipe as a question, title and ingredients, and its answer, the steps.

What stands around both is the model's chat template; see `chat_turns`. The question alone is given when a recipe
is to be written, and in training the answer alone is a target.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import TokenizerError, UsageError
from recipe_tui.core.recipes.lines import split_body
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.chat_template import HINT, render
from recipe_tui.core.text.layout import END, LAYOUTS, Layout, Section, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPENING = Span(Section.TITLE, "", special=True)
"""All that the template writes before the question."""

ANSWER = Span(Section.INGREDIENTS, "", special=True)
"""All that it writes between question and answer."""

ASKED = "Write a recipe for "
ASKED_WITH_INGREDIENTS = "Write step-by-step cooking directions for "
LISTED = "\n\nIngredients:"
ITEM = "\n- "
NUMBERING = re.compile(r"^(\d+[.)]|[-*•])\s+")
TODAY = "26 Jul 2024"
"""The date that templates with one are given, so that a prompt is the same every day; Llama 3's own default."""


@dataclass(frozen=True, slots=True)
class ChatLayout(Layout):
    """Recipes as a question and its answer; see the module."""

    def spans(self, recipe: Recipe) -> list[Span]:
        """Return the whole recipe, its end included."""
        return [*self._question(recipe.title, recipe.ingredients), *_lines(recipe.steps), END]

    def prompt(
        self,
        title: str,
        ingredients: Iterable[str] = (),
        directions_start: str = "",
        tags: Iterable[str] = (),
        servings: str = "",
        times: Iterable[str] = (),
    ) -> list[Span]:
        """Return the question, and the beginning of the answer; see `Layout.prompt`."""
        if tuple(tags) or servings or tuple(times):
            raise UsageError("a chat model takes no tags, servings or times", "write them into the title")
        ingredients = tuple(ingredients)
        if not (title or ingredients or directions_start):
            return []
        *steps, unfinished = directions_start.lstrip().split("\n")
        spans = self._question(title, ingredients)
        finished = list(filter(None, map(str.strip, steps)))
        spans += _lines(finished)
        if finished:
            spans.append(Span(Section.STEPS, "\n"))
        if unfinished := unfinished.strip():
            spans.append(Span(Section.STEPS, unfinished))
        return spans

    def typed(self, text: str) -> list[Span]:
        """Return text that a person typed as the question."""
        return [OPENING, Span(Section.TITLE, text.strip()), ANSWER] if text.strip() else []

    def parse(self, spans: Iterable[Span]) -> Recipe:
        """Read a recipe back, from text that may stop anywhere; it never fails."""
        question, answer, inside = "", "", None
        for span in spans:
            if span.special and span.section is Section.END:
                break
            if span.special:
                inside = span.section
            elif inside is Section.INGREDIENTS:
                answer += span.text
            else:
                question += span.text
        head, _, items = question.partition(LISTED)
        title = head.strip().removeprefix(ASKED).removeprefix(ASKED_WITH_INGREDIENTS).removesuffix(".")
        ingredients = tuple(item.strip() for item in items.split(ITEM) if item.strip())
        lines = [NUMBERING.sub("", line.strip()) for line in answer.split("\n") if line.strip()]
        if ingredients:
            return Recipe(title, ingredients, tuple(lines))
        ingredients, steps = split_body(lines)
        return Recipe(title, tuple(ingredients), tuple(steps))

    def _question(self, title: str, ingredients: Iterable[str]) -> list[Span]:
        items = [Span(Section.INGREDIENTS, f"{ITEM}{_line(one)}") for one in ingredients]
        asked = ASKED_WITH_INGREDIENTS if items else ASKED
        spans = [OPENING, Span(Section.TITLE, f"{asked}{_line(title) or 'a dish'}.")]
        if items:
            spans += [Span(Section.INGREDIENTS, LISTED), *items]
        return [*spans, ANSWER]


CHAT = ChatLayout("chat")
LAYOUTS[CHAT.name] = CHAT


@dataclass(frozen=True, slots=True)
class ChatTurns:
    """What a chat template writes around a question and its answer, as text with special tokens.

    Attributes:
        opening: Before the question.
        answer: Between the question and an answer that follows.
        prompt: After a question whose answer is to be generated.
        end: After the answer.
    """

    opening: str
    answer: str
    prompt: str
    end: str


def chat_turns(hugging_face: Any) -> ChatTurns:
    """Return what a tokenizer's chat template writes around a question and its answer.

    Raises:
        TokenizerError: There is no chat template, or it cannot be used.
    """
    if not hugging_face.chat_template:
        raise TokenizerError(
            "the tokenizer has no chat template, which the layout 'chat' needs",
            "give an instruction-tuned model, or the layout sections or plain",
        )
    try:
        template = str(hugging_face.get_chat_template())
    except ValueError as error:
        raise TokenizerError(f"the tokenizer's chat template cannot be chosen ({error})", HINT) from error
    secret = hashlib.sha256(template.encode("utf-8", "replace")).hexdigest()[:16]  # which no template contains
    question, answer = f"question{secret}", f"answer{secret}"
    asked, answered = {"role": "user", "content": question}, {"role": "assistant", "content": answer}
    # Templates of reasoning models write an empty thought then, in the prompt as in the finished conversation.
    common = hugging_face.special_tokens_map | {"date_string": TODAY, "enable_thinking": False}
    common |= {"tools": None, "documents": None}
    variables = (
        common | {"messages": [asked], "add_generation_prompt": True},
        common | {"messages": [asked, answered], "add_generation_prompt": False},
    )
    prompt, conversation = render(template, tuple(json.dumps(one, default=str) for one in variables))
    if prompt.count(question) != 1 or conversation.count(question) != 1:
        raise TokenizerError("the tokenizer's chat template does not write the question once", HINT)
    before, after = prompt.split(question)
    opening, rest = conversation.split(question)
    if rest.count(answer) != 1 or before != opening:
        raise TokenizerError("the tokenizer's chat template does not write the answer once, after its question", HINT)
    between, end = rest.split(answer)
    return ChatTurns(opening, between, after, end)


def _lines(steps: Iterable[str]) -> Iterator[Span]:
    """Yield steps, a line each."""
    for number, step in enumerate(steps):
        if number:
            yield Span(Section.STEPS, "\n")
        yield Span(Section.STEPS, _line(step))


def _line(text: str) -> str:
    return text.replace("\n", " ").strip()
