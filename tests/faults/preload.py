"""What the fork server imports once for all trainings. Nothing is computed, so that it can be forked."""

from recipe_tui.core.backend import select_backend

select_backend()

import datasets  # noqa: E402, F401
import tensorflow as tf  # noqa: E402
from transformers import DefaultDataCollator, GPT2Config  # noqa: E402, F401

import recipe_tui.core.blocks.ingest  # noqa: E402
import recipe_tui.core.generation.generator  # noqa: E402
import recipe_tui.core.training.loop  # noqa: E402, F401
from recipe_tui.core import paths  # noqa: E402
from recipe_tui.core.text.tokenizer import load_tokenizer  # noqa: E402

load_tokenizer(paths.SAMPLE_MODEL, "sections")

# Optimizing the graph of so small a model takes longer than running it.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
