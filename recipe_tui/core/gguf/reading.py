"""What is in a GGUF file, as Hugging Face has it: configuration, and weights in float32.

The file is read with llama.cpp's own `gguf` library; what its converter from Hugging Face's layout changed is changed
back here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.rope import inverse_frequencies

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

# llama.cpp's name of a tensor -> Hugging Face's; in those of layers, * stands for the layer's number.
NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
    "blk.*.attn_norm.weight": "model.layers.*.input_layernorm.weight",
    "blk.*.attn_q.weight": "model.layers.*.self_attn.q_proj.weight",
    "blk.*.attn_k.weight": "model.layers.*.self_attn.k_proj.weight",
    "blk.*.attn_v.weight": "model.layers.*.self_attn.v_proj.weight",
    "blk.*.attn_output.weight": "model.layers.*.self_attn.o_proj.weight",
    "blk.*.attn_q.bias": "model.layers.*.self_attn.q_proj.bias",
    "blk.*.attn_k.bias": "model.layers.*.self_attn.k_proj.bias",
    "blk.*.attn_v.bias": "model.layers.*.self_attn.v_proj.bias",
    "blk.*.attn_output.bias": "model.layers.*.self_attn.o_proj.bias",
    "blk.*.ffn_norm.weight": "model.layers.*.post_attention_layernorm.weight",
    "blk.*.ffn_gate.weight": "model.layers.*.mlp.gate_proj.weight",
    "blk.*.ffn_up.weight": "model.layers.*.mlp.up_proj.weight",
    "blk.*.ffn_down.weight": "model.layers.*.mlp.down_proj.weight",
}

ROPE_FACTORS = "rope_freqs.weight"
"""By how much each angle is slower than its base says: what the converter makes of Llama 3's scaling."""

HEADS = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}
"""Projections whose rows the converter put in another order, and how many heads they have."""

REQUIRED: Any = object()


class GgufFile:
    """A model in a GGUF file. Nothing is read but what is asked for.

    Args:
        path: The file.

    Raises:
        CheckpointError: It is no GGUF file, or damaged; the message names the tensor and its type.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._reader = _reader(path)
        except CheckpointError:
            raise
        except FileNotFoundError:
            raise CheckpointError(f"{path}: no such file", "check the path") from None
        except Exception as error:  # of a damaged file the library says whatever comes of it
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise CheckpointError(f"{path}: damaged, or no GGUF file ({reason})", "fetch it again") from error

    def metadata(self, key: str, default: Any = REQUIRED) -> Any:
        """Return a value of the file's metadata.

        Raises:
            CheckpointError: It is not there, and there is no default, or it cannot be read.
        """
        field = self._reader.fields.get(key)
        try:
            value = default if field is None else field.contents()
        except Exception as error:
            raise CheckpointError(f"{self.path}: '{key}' is damaged ({error})", "fetch it again") from error
        if value is REQUIRED:
            raise CheckpointError(f"{self.path}: '{key}' is missing", "fetch it again, or give another file")
        return value

    def configuration(self) -> dict[str, Any]:
        """Return what ``config.json`` would say.

        Raises:
            CheckpointError: The model is of an architecture that is not supported.
        """
        kind = self.metadata("general.architecture")
        if kind != "llama":
            raise CheckpointError(
                f"{self.path}: models of architecture '{kind}' are not supported", "give a GGUF file of a Llama"
            )
        heads = self.metadata("llama.attention.head_count")
        width = self.metadata("llama.embedding_length")
        head_size = self.metadata("llama.attention.key_length", width // heads)
        tensors = {tensor.name: tensor for tensor in self._reader.tensors}
        if "token_embd.weight" not in tensors:
            raise CheckpointError(f"{self.path}: tensor 'token_embd.weight' is missing", "fetch it again")
        ends = {
            f"{name}_token_id": self.metadata(f"tokenizer.ggml.{key}_token_id", None)
            for name, key in {"bos": "bos", "eos": "eos", "pad": "padding"}.items()
        }
        return {
            "model_type": "llama",
            "architectures": ["LlamaForCausalLM"],
            "vocab_size": int(tensors["token_embd.weight"].shape[1]),
            "hidden_size": width,
            "intermediate_size": self.metadata("llama.feed_forward_length"),
            "num_hidden_layers": self.metadata("llama.block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": self.metadata("llama.attention.head_count_kv", heads),
            "head_dim": head_size,
            "max_position_embeddings": self.metadata("llama.context_length"),
            "rms_norm_eps": float(
                np.format_float_positional(np.float32(self.metadata("llama.attention.layer_norm_rms_epsilon")))
            ),
            "tie_word_embeddings": "output.weight" not in tensors,
            "attention_bias": "blk.0.attn_q.bias" in tensors,
            "rope_parameters": self._rope(head_size),
            **ends,
        }

    @property
    def parameters(self) -> int:
        """Numbers in all tensors."""
        return sum(int(tensor.n_elements) for tensor in self._reader.tensors)

    def weights(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Yield every weight: its Hugging Face name, and its value as float32.

        Raises:
            CheckpointError: A tensor is of a type that cannot be read, or is none of a Llama's.
        """
        shape = self.configuration()
        for tensor in self._reader.tensors:
            if tensor.name == ROPE_FACTORS:
                continue  # the configuration says it
            number = next(iter(re.findall(r"^blk\.(\d+)\.", tensor.name)), "*")
            name = NAMES.get(re.sub(r"^blk\.\d+\.", "blk.*.", tensor.name))
            if name is None:
                raise CheckpointError(
                    f"{self.path}: tensor '{tensor.name}' is none of a Llama's", "give a GGUF file of a plain Llama"
                )
            values = self._floats(tensor)
            part = tensor.name.split(".")[-2]
            if part in HEADS:
                values = unpermuted(values, int(shape[HEADS[part]]))
            yield name.replace("*", number), values

    def _floats(self, tensor: Any) -> NDArray[np.float32]:
        from gguf.quants import dequantize

        try:
            values = dequantize(tensor.data, tensor.tensor_type)
        except NotImplementedError as error:
            raise CheckpointError(
                f"{self.path}: tensor '{tensor.name}' is of type {tensor.tensor_type.name}, which cannot be read",
                "give a file of type F32, F16, BF16, Q8_0, Q4_K or another common one",
            ) from error
        return np.asarray(values, np.float32)

    def _rope(self, head_size: int) -> dict[str, Any]:
        """Return ``rope_parameters``."""
        theta = {"rope_theta": float(self.metadata("llama.rope.freq_base", 10000.0))}
        factors = next((self._floats(one) for one in self._reader.tensors if one.name == ROPE_FACTORS), None)
        if factors is not None:
            return theta | self._llama3(theta, factors, head_size)
        kind = self.metadata("llama.rope.scaling.type", "none")
        if kind == "none":
            return theta | {"rope_type": "default"}
        if kind == "linear":
            return theta | {"rope_type": "linear", "factor": float(self.metadata("llama.rope.scaling.factor"))}
        raise CheckpointError(f"{self.path}: rope scaling '{kind}' is not supported", "give another model")

    def _llama3(self, theta: dict[str, Any], factors: NDArray[np.float32], head_size: int) -> dict[str, Any]:
        """Return the scaling whose factors these are: all of Llama 3 differ in the largest alone."""
        scaling = {
            "rope_type": "llama3",
            "factor": float(factors.max()),
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192,
        }
        plain, scaled = inverse_frequencies(head_size, theta), inverse_frequencies(head_size, theta | scaling)
        if factors.shape != plain.shape or not np.allclose(plain / scaled, factors, rtol=1e-3):
            raise CheckpointError(f"{self.path}: its rope scaling is not known", "give another model")
        return scaling


def unpermuted(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Undo the order that llama.cpp's converter gives the rows of queries and keys.

    It puts the two values that turn together next to each other; Hugging Face keeps them half a head apart.

    Args:
        rows: [heads * head_size, ...].
        heads: Heads.
    """
    pairs = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return pairs.swapaxes(1, 2).reshape(rows.shape)


def _reader(path: Path) -> Any:
    """Open a file with the library, a tensor at a time, so that what is wrong with one can be said of it."""
    from gguf import GGMLQuantizationType, GGUFReader

    class Reader(GGUFReader):
        def _build_tensors(self, start_offs: int, fields: list[Any]) -> None:
            found: list[Any] = []
            for field in fields:
                name, kind = bytes(field.parts[1]).decode(errors="replace"), int(field.parts[4][0])
                if kind not in set(GGMLQuantizationType):
                    raise CheckpointError(
                        f"{path}: tensor '{name}' is of type number {kind}, which is not known",
                        "fetch it again, or give a file of type F32, F16, BF16, Q8_0, Q4_K or another common one",
                    )
                try:
                    super()._build_tensors(start_offs, [field])
                except Exception as error:
                    raise CheckpointError(
                        f"{path}: tensor '{name}' of type {GGMLQuantizationType(kind).name} is damaged or cut off",
                        "fetch it again",
                    ) from error
                found += self.tensors
            self.tensors: list[Any] = found

    return Reader(path)
