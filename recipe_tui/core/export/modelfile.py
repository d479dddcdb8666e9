"""Ollama's Modelfile: the file of the weights, the prompt template and the stop token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.text.chat import CHAT, chat_turns

if TYPE_CHECKING:
    from recipe_tui.core.text.tokenizer import Tokenizer

LONGEST_CONTEXT = 8192
"""Maximum context that Ollama is asked to allocate, in tokens."""


def modelfile(weights: str, tokenizer: Tokenizer, context: int) -> str:
    """Write a Modelfile.

    Args:
        weights: Name of the GGUF file beside it.
        tokenizer: The model's tokenizer; its layout decides the prompt template.
        context: The model's context, in tokens.
    """
    ends = tokenizer.hugging_face.convert_ids_to_tokens(sorted(tokenizer.end_ids))
    return (
        f"FROM ./{weights}\n"
        f'TEMPLATE """{prompt_template(tokenizer)}"""\n'
        + "".join(f'PARAMETER stop "{end}"\n' for end in ends)
        + f"PARAMETER num_ctx {min(context, LONGEST_CONTEXT)}\n"
    )


def prompt_template(tokenizer: Tokenizer) -> str:
    """Return the prompt template: the turns of a chat, or else the token that opens a recipe."""
    prompt = "{{ .Prompt }}"
    if tokenizer.layout is CHAT:
        turns, begin = chat_turns(tokenizer.hugging_face), tokenizer.hugging_face.bos_token
        opening = turns.opening
        if begin and tokenizer.hugging_face("a")["input_ids"][0] == tokenizer.hugging_face.bos_token_id:
            opening = opening.removeprefix(begin)  # the runtime prepends it itself
        return f"{opening}{prompt}{turns.prompt}"
    return f"{''.join(tokenizer.layout.special_tokens[:1])}{prompt}"
