"""Write the bundled sample's model folder: a byte-level BPE of its recipes, and the configuration of a small GPT-2.

    python scripts/make_sample_model.py [FOLDER]

The result is committed. Run this after changing the recipes or the sizes below.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, PreTrainedTokenizerFast

from recipe_tui import core
from recipe_tui.sample import SAMPLE_MODEL, SAMPLE_RECIPES

END_OF_TEXT = "<|endoftext|>"
VOCABULARY = 1500
SHAPE = {"n_positions": 512, "n_embd": 256, "n_layer": 4, "n_head": 4}
DROPOUT = 0.1


def main(folder: Path) -> None:
    """Write the tokenizer's files and ``config.json``."""
    lines = [
        line
        for recipe in core.read_recipes([SAMPLE_RECIPES])
        if isinstance(recipe, core.Recipe)
        for line in (recipe.title, *recipe.ingredients, *recipe.steps)
    ]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    special = {"bos_token": END_OF_TEXT, "eos_token": END_OF_TEXT, "unk_token": END_OF_TEXT}
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=SHAPE["n_positions"], **special)
    wrapped.save_pretrained(str(folder))
    _write_json(folder / "special_tokens_map.json", special)
    # The class's name in older versions of transformers.
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    _write_json(folder / "tokenizer_config.json", settings | {"tokenizer_class": "PreTrainedTokenizerFast"})
    eos = wrapped.eos_token_id
    config = GPT2Config(
        vocab_size=len(wrapped),
        bos_token_id=eos,
        eos_token_id=eos,
        embd_pdrop=DROPOUT,
        resid_pdrop=DROPOUT,
        attn_pdrop=0.0,
        architectures=["GPT2LMHeadModel"],
        **SHAPE,
    )
    config.save_pretrained(str(folder))


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE_MODEL)
