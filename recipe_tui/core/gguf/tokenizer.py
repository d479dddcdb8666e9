"""The tokenizer in a GGUF file's metadata, as one of Hugging Face's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipe_tui.core.backend import quieten
from recipe_tui.core.errors import RecipeTuiError, TokenizerError, ends_program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.gguf.reading import GgufFile

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
"""Types of tokens in the metadata."""

WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
PATTERNS = {"llama-bpe": WORDS.replace("DIGITS", "{1,3}"), "qwen2": WORDS.replace("DIGITS", "")}
"""Regular expressions of the pre-tokenizers that have their own, by llama.cpp's name."""

SPLITTINGS = {
    "gpt-2": ("gpt-2", "default"),
    "smollm": ("smollm",),
    "llama-bpe": ("llama-bpe", "llama3", "llama-v3"),
    "qwen2": ("qwen2", "deepseek-r1-qwen"),
}
"""Pre-tokenizers by llama.cpp's name, ``tokenizer.ggml.pre``, and the other names that files use for them."""


def splitting(name: str) -> Any:
    """Return the pre-tokenizer of a name in `SPLITTINGS`."""
    from tokenizers import Regex, pre_tokenizers

    def level(use_regex: bool = True) -> Any:
        return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)

    if name == "smollm":
        return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), level()])
    if name in PATTERNS:
        by_words = pre_tokenizers.Split(Regex(PATTERNS[name]), behavior="isolated", invert=False)
        return pre_tokenizers.Sequence([by_words, level(use_regex=False)])
    return level()


def gguf_tokenizer(file: GgufFile) -> Any:
    """Return the tokenizer that a GGUF file holds, a fast one of transformers', with its chat template.

    Raises:
        TokenizerError: It is of a kind that is not supported.
        CheckpointError: The metadata is damaged.
    """
    try:
        return _tokenizer(file)
    except BaseException as error:  # every library below it has its own classes, and a panic in Rust is no Exception
        if isinstance(error, RecipeTuiError) or ends_program(error):
            raise
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise TokenizerError(f"{file.path}: its tokenizer is damaged ({reason})", "fetch the file again") from error


def _tokenizer(file: GgufFile) -> Any:
    quieten()
    from tokenizers import AddedToken
    from transformers import PreTrainedTokenizerFast

    kind = file.metadata("tokenizer.ggml.model")
    tokens: list[str] = file.metadata("tokenizer.ggml.tokens")
    types: list[int] = file.metadata("tokenizer.ggml.token_type", [NORMAL] * len(tokens))
    while types and types[-1] == UNUSED:  # padding rows of the embedding
        tokens, types = tokens[:-1], types[:-1]
    if kind == "gpt2":
        backend = _byte_level(file, tokens)
    elif kind == "llama":
        backend = _sentence_piece(file, tokens)
    else:
        raise TokenizerError(
            f"{file.path}: its tokenizer is of kind '{kind}', which is not supported",
            "put the model's tokenizer.json beside the file",
        )
    special = [token for token, type_ in zip(tokens, types, strict=True) if type_ == CONTROL]
    backend.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    own = [token for token, type_ in zip(tokens, types, strict=True) if type_ == USER_DEFINED]
    backend.add_tokens([AddedToken(token, normalized=False) for token in own])
    roles = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"}
    ids = {role: file.metadata(f"tokenizer.ggml.{key}_token_id", None) for role, key in roles.items()}
    named = {role: tokens[token_id] for role, token_id in ids.items() if token_id is not None}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        clean_up_tokenization_spaces=False,
        model_max_length=int(file.metadata(f"{file.metadata('general.architecture')}.context_length")),
        **named,
    )
    tokenizer.chat_template = file.metadata("tokenizer.chat_template", None)
    return tokenizer


def _byte_level(file: GgufFile, tokens: Sequence[str]) -> Any:
    """Make a byte-level BPE as GPT-2, SmolLM2, Llama 3 and Qwen have it."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    words = file.metadata("tokenizer.ggml.pre", "default")
    name = next((name for name, others in SPLITTINGS.items() if words in others), None)
    if name is None:
        raise TokenizerError(
            f"{file.path}: its tokenizer splits words as '{words}', which is not supported",
            "put the model's tokenizer.json beside the file",
        )
    merges = [tuple(merge.split(" ", 1)) for merge in file.metadata("tokenizer.ggml.merges")]
    vocabulary = {token: token_id for token_id, token in enumerate(tokens)}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=name == "llama-bpe"))
    if name == "qwen2":
        backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = splitting(name)
    backend.decoder = decoders.ByteLevel()
    return backend


def _sentence_piece(file: GgufFile, tokens: Sequence[str]) -> Any:
    """Make a BPE as TinyLlama and Llama 2 have it: spaces are ▁, and unknown characters become bytes."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    scores: list[float] = file.metadata("tokenizer.ggml.scores")
    vocabulary = {token: token_id for token_id, token in enumerate(tokens)}
    merges = [
        (-scores[token_id], vocabulary[token[:cut]], vocabulary[token[cut:]], token[:cut], token[cut:])
        for token, token_id in vocabulary.items()
        for cut in range(1, len(token))
        if token[:cut] in vocabulary and token[cut:] in vocabulary
    ]
    unknown = tokens[file.metadata("tokenizer.ggml.unknown_token_id", 0)]
    model = models.BPE(
        vocab=vocabulary,
        merges=[(first, second) for *_, first, second in sorted(merges)],
        unk_token=unknown,
        fuse_unk=True,
        byte_fallback=True,
    )
    backend = Tokenizer(model)
    leading = file.metadata("tokenizer.ggml.add_space_prefix", True)
    spaces = [normalizers.Replace(" ", "▁")]
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), *spaces] if leading else spaces)
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    backend.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if leading else steps)
    return backend
