"""The Modelfile that Ollama makes a model of: where its weights are, and what stands around a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.text.chat import CHAT, turns

if TYPE_CHECKING:
    from recipe_tui.core.text.tokenizer import Tokenizer

LONGEST_CONTEXT = 8192
"""Tokens of context that Ollama is to make room for, at most."""


def modelfile(weights: str, tokenizer: Tokenizer, context: int) -> str:
    """Write a Modelfile.

    Args:
        weights: Name of the GGUF file beside it.
        tokenizer: The model's tokenizer; its layout decides what stands around a prompt.
        context: Tokens of context that the model has.
    """
    end = tokenizer.hugging_face.convert_ids_to_tokens(tokenizer.eos_id)
    return (
        f"FROM ./{weights}\n"
        f'TEMPLATE """{prompt_template(tokenizer)}"""\n'
        f'PARAMETER stop "{end}"\n'
        f"PARAMETER num_ctx {min(context, LONGEST_CONTEXT)}\n"
    )


def prompt_template(tokenizer: Tokenizer) -> str:
    """Return what stands around a prompt: in a chat the model's turns, and else what opens a recipe."""
    prompt = "{{ .Prompt }}"
    if tokenizer.layout is CHAT:
        decode = tokenizer.hugging_face.decode
        ids, after = turns(tokenizer.hugging_face)
        begin = tokenizer.hugging_face.bos_token_id
        if tokenizer.hugging_face("a")["input_ids"][0] == begin and ids[:1] == [begin]:
            ids = ids[1:]  # whoever runs the model begins every text with it
        return f"{decode(ids)}{prompt}{decode(after)}"
    return f"{''.join(tokenizer.layout.special_tokens[:1])}{prompt}"
