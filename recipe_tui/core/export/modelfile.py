"""Ollama's Modelfile: the file of the weights, the prompt template and the stop token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.text.chat import CHAT, turns

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
    end = tokenizer.hugging_face.convert_ids_to_tokens(tokenizer.eos_id)
    return (
        f"FROM ./{weights}\n"
        f'TEMPLATE """{prompt_template(tokenizer)}"""\n'
        f'PARAMETER stop "{end}"\n'
        f"PARAMETER num_ctx {min(context, LONGEST_CONTEXT)}\n"
    )


def prompt_template(tokenizer: Tokenizer) -> str:
    """Return the prompt template: the turns of a chat, or else the token that opens a recipe."""
    prompt = "{{ .Prompt }}"
    if tokenizer.layout is CHAT:
        decode = tokenizer.hugging_face.decode
        ids, after = turns(tokenizer.hugging_face)
        begin = tokenizer.hugging_face.bos_token_id
        if tokenizer.hugging_face("a")["input_ids"][0] == begin and ids[:1] == [begin]:
            ids = ids[1:]  # the runtime prepends it itself
        return f"{decode(ids)}{prompt}{decode(after)}"
    return f"{''.join(tokenizer.layout.special_tokens[:1])}{prompt}"
