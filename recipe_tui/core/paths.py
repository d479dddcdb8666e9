"""Names of everything the project writes: one place for files, folders and their layout."""

from __future__ import annotations

from pathlib import Path

SAMPLE = Path(__file__).parent.parent / "sample"
"""The bundled sample: recipes, tokenizer and the shape of a small GPT-2."""

SAMPLE_RECIPES = SAMPLE / "recipes.jsonl"
SAMPLE_MODEL = SAMPLE / "model"  # config.json and the tokenizer's files, no weights

# A Hugging Face model folder.
MODEL_CONFIG = "config.json"
MODEL_WEIGHTS = "model.safetensors"
MODEL_WEIGHTS_INDEX = "model.safetensors.index.json"
GENERATION_CONFIG = "generation_config.json"
TOKENIZER = "tokenizer.json"
MODEL_CARD = "README.md"
GGUF_SUFFIX = ".gguf"

# The user's cache folder: models/<short name>/ and models/gguf/<name>-<hash>/, model folders with this besides.
MODEL_NOTE = "recipe_tui.json"

# An adapter folder, in the layout of PEFT.
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"

# A run folder: output/<run>/.
RUN_MANIFEST = "run.json"
RUN_CONFIG = "config.toml"
EVENTS = "events.jsonl"
CONTROL = "control.json"
LAUNCH = "launch.json"
WORKER_LOG = "worker.log"
LOCK = "lock"
CHECKPOINTS = "checkpoints"
FINISHED_MODEL = "model"
FINISHED_ADAPTER = "adapter"

# A checkpoint folder: output/<run>/checkpoints/step-00000012/, a model folder with these besides.
TRAINING_STATE = "training_state.safetensors"
TRAINING_PROGRESS = "training_state.json"
COMPLETE = "COMPLETE"

# Block stores that no --store was given for: output/blocks/<fingerprint>/.
BLOCKS = "blocks"

# Tokenizers that were trained for data.tokenizer = "new:N": output/tokenizers/<fingerprint>/.
TOKENIZERS = "tokenizers"

# Models that were exported from the workbench: output/exports/<run>-<form>/.
EXPORTS = "exports"

# A block store; the last three files are in a folder for each split.
STORE_MANIFEST = "store.json"
STORE_LEDGER = "ledger.json"
STORE_FIELDS = "fields.json"
STORE_RECIPES = "recipes.arrow"
STORE_OUTCOMES = "fates.npy"
STORE_UNREADABLE = "unreadable.jsonl"
STORE_TOKENIZER = "tokenizer"
STORE_INPUT_IDS = "input_ids.npy"
STORE_SEGMENTS = "segments.npy"
STORE_FIRST_SEGMENTS = "first_segments.npy"

# What an unfinished build of a block store has prepared, a folder beside the store's.
PARTIAL_BUILD = ".{}.partial"
PARTIAL_MANIFEST = "build.json"
PARTIAL_RECIPES = "recipes.bin"
PARTIAL_TOKENS = "tokens.bin"
PARTIAL_SETS = "sets.bin"

# The novelty index of a block store, a folder in it that is built when it is first needed.
STORE_NOVELTY = "novelty"
NOVELTY_MANIFEST = "index.json"  # the last file that is written
NOVELTY_VOCABULARY = "vocabulary.txt"
NOVELTY_TEXT = "text.npy"
NOVELTY_COUNTS = "counts.npy"
NOVELTY_SUFFIXES = "suffixes.npy"
NOVELTY_KEYS = "keys.npy"
NOVELTY_STARTS = "starts.npy"
NOVELTY_ROWS = "rows.npy"

# The losses of a block store's recipes, a file for each model.
STORE_LOSSES = "losses"


def state_folder() -> Path:
    """Return the folder of state that nobody edits, such as the history of written texts."""
    from platformdirs import user_state_path  # here, because the first paint need not wait for it

    return user_state_path("recipe-tui", appauthor=False)


def workspaces_file() -> Path:
    """Return the file with the output folders that were used before, in the user's state folder."""
    return state_folder() / "workspaces.json"


def models_cache() -> Path:
    """Return the folder of fetched and converted models, in the user's cache folder."""
    from platformdirs import user_cache_path  # here, because the first paint need not wait for it

    return user_cache_path("recipe-tui") / "models"


def llama_cpp_cache() -> Path:
    """Return the folder of models that were written for llama.cpp, in the user's cache folder."""
    return models_cache().with_name("llama.cpp")


def compiled_cache() -> Path:
    """Return the folder of what JAX compiled for a GPU, in the user's cache folder."""
    return models_cache().with_name("compiled")


def hashes_cache() -> Path:
    """Return the folder of computed hashes of weights, in the user's cache folder."""
    return models_cache().with_name("hashes")
