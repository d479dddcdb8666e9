"""What only a GPU can show: its kernels compute what a processor computes. Skipped where there is none."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from recipe_tui.core.config import GenerationConfig, TrainingConfig
from recipe_tui.core.generation.candidates import Context
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.sampling import candidates
from recipe_tui.core.model.accelerator import has_gpu
from recipe_tui.core.model.attention import attend, segment_mask
from recipe_tui.core.model.loss import next_token_nll
from recipe_tui.core.model.weights import new_model
from recipe_tui.core.training.optimizers import make_optimizer
from recipe_tui.core.training.step import FineTuning
from tests.core.shapes import tiny_gpt2

pytestmark = pytest.mark.skipif(
    find_spec("jax") is None or keras.backend.backend() != "jax" or not has_gpu(), reason="needs a GPU of JAX"
)


def difference(ours: Any, reference: Any) -> float:
    """Return the norm of the difference, relative to the reference's."""
    ours, reference = (np.asarray(one, np.float64) for one in (ours, reference))
    return float(np.linalg.norm(ours - reference) / np.linalg.norm(reference))


@pytest.mark.parametrize("isolated", [False, True], ids=["causal", "by segment"])
def test_flash_attention_and_its_gradient_are_those_of_plain_attention(isolated: bool) -> None:
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    query, key, value, upstream = (jnp.asarray(rng.normal(size=(2, 256, 4, 64)), "float32") for _ in range(4))
    segments = jnp.asarray(np.repeat(np.arange(4), 64)[None].repeat(2, 0), "int32")
    mask = segment_mask(segments) if isolated else None
    causal = np.tril(np.ones((256, 256), bool))[None, None]

    def flash(*inputs: Any) -> Any:
        return attend(*(ops.cast(one, "bfloat16") for one in inputs), mask, training=True)

    def plain(query: Any, key: Any, value: Any) -> Any:
        scores = jnp.einsum("btnh,bsnh->bnts", query, key) / 8
        weights = jax.nn.softmax(jnp.where(causal if mask is None else mask, scores, -jnp.inf), axis=-1)
        return jnp.einsum("bnts,bsnh->btnh", weights, value)

    with jax.default_matmul_precision("float32"):
        expected = plain(query, key, value)
        gradients = jax.grad(lambda *inputs: (plain(*inputs) * upstream).sum(), argnums=(0, 1, 2))(query, key, value)
    assert "__cudnn$fmha" in jax.jit(flash).lower(query, key, value).compile().as_text()
    assert difference(jax.jit(flash)(query, key, value), expected) < 1e-2
    ours = jax.grad(lambda *inputs: (flash(*inputs).astype("float32") * upstream).sum(), argnums=(0, 1, 2))
    for one, reference in zip(ours(query, key, value), gradients, strict=True):
        assert difference(one, reference) < 2e-2


def test_the_head_with_its_table_filled_up_has_the_loss_and_the_gradient_of_plain_arithmetic() -> None:
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    hidden, table = (jnp.asarray(rng.normal(size=shape), "float32") for shape in ((4, 65, 32), (300, 32)))
    labels = rng.integers(0, 300, (4, 65)).astype(np.int32)

    def plain(hidden: Any, table: Any) -> Any:
        scores = jax.nn.log_softmax(hidden[:, :-1] @ table.T, axis=-1)
        return -jnp.take_along_axis(scores, labels[:, 1:, None], axis=-1).sum()

    def ours(hidden: Any, table: Any) -> Any:
        return next_token_nll(hidden, table, labels, training=True)[0]

    with jax.default_matmul_precision("float32"):
        pairs = zip(jax.grad(ours, (0, 1))(hidden, table), jax.grad(plain, (0, 1))(hidden, table), strict=True)
        assert float(ours(hidden, table)) == pytest.approx(float(plain(hidden, table)), rel=1e-5)
    for one, reference in pairs:
        assert difference(one, reference) < 1e-4


def test_a_training_on_a_gpu_learns_and_its_steps_are_the_same_in_calls_of_any_number() -> None:
    ids = np.random.default_rng(0).integers(0, 20, (6, 4, 16)).astype(np.int32)
    batches = [{"input_ids": one, "labels": one} for one in ids[:1].repeat(6, 0)]
    losses = []
    for per_call in (1, 3, 6):
        keras.utils.set_random_seed(0)
        optimizer, _ = make_optimizer(TrainingConfig(learning_rate=1e-2, precision="mixed_bfloat16"), 10)
        training = FineTuning(new_model(tiny_gpt2(dropout=0.1), "mixed_bfloat16"), 4)
        training.compile(optimizer=optimizer, jit_compile=True)
        optimizer.build(training.trainable_variables)
        following = iter(batches)
        logs = [one for _ in range(6 // per_call) for one in training.take_steps(following, per_call)]
        losses.append([float(one["loss"]) for one in logs])
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert losses[2] == pytest.approx(losses[0], rel=1e-3)
    assert losses[0][-1] < losses[0][0] - 0.1


def test_the_loop_on_a_gpu_writes_what_steps_write() -> None:
    import jax

    from recipe_tui.core.generation.device_loop import CHUNK, Request, Rows, State
    from recipe_tui.core.generation.device_processors import processors_on

    keras.utils.set_random_seed(0)
    prompt, config = [1, 2, 3], GenerationConfig(temperature=0, repetition_penalty=1.2)
    decoder, context = Decoder(new_model(tiny_gpt2())), Context(config, prompt, [], frozenset())
    loop = decoder.device_loop(config)
    assert loop is not None
    with jax.default_matmul_precision("float32"):
        logits, written = decoder.start(prompt, 1, CHUNK), list[int]()
        for _ in range(10):
            now = replace(context, written=written)
            written = [*written, int(candidates(logits[0], now).token_ids[0])]
            logits = decoder.step(written[-1:])
        text = Rows.one(decoder.start(prompt, 1, CHUNK)[0], context, np.zeros(CHUNK), CHUNK)
        request = Request.of(context, [], decoder.vocab_size)
        _, chunk = loop.run(State(Rows.stacked([text]), *decoder.hand_over()), request, processors_on(config))
    assert chunk.token_ids[0, :10].tolist() == written


def test_a_bfloat16_model_on_a_gpu_writes_with_a_cache_of_its_dtype_what_it_reads() -> None:
    model = new_model(tiny_gpt2(), "bfloat16")
    decoder = Decoder(model)
    decoder.start([1, 2, 3], 2, 4)
    logits = decoder.step([4, 4])
    cache, *_ = decoder.hand_over()
    assert {str(layer.key.dtype) for layer in cache} == {"bfloat16"}
    whole = ops.convert_to_numpy(model.logits(model(np.array([[1, 2, 3, 4]] * 2))))[:, -1]
    assert difference(logits, whole.astype(np.float32)) < 5e-2
