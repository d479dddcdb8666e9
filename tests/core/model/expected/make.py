"""Make the expected numbers beside this file with PyTorch: small checkpoints, their logits and their loss.

Run by hand where PyTorch is installed: ``python -m tests.core.model.expected.make``, or with the names of some.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

HERE = Path(__file__).parent

ENDS = {"vocab_size": 40, "bos_token_id": 0, "eos_token_id": 0}
LLAMA = {
    **ENDS,
    "num_hidden_layers": 2,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_attention_heads": 6,
    "max_position_embeddings": 64,
    "initializer_range": 0.2,
}

QWEN_ROPE = {"rope_theta": 1_000_000.0, "rope_type": "default"}

MODELS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(n_layer=2, n_embd=16, n_head=2, n_positions=24, **ENDS)),
    # Grouped heads, a tied head, and the scaling of Llama 3 with some turns below, between and above its limits.
    "llama": lambda: LlamaForCausalLM(
        LlamaConfig(
            **LLAMA,
            num_key_value_heads=2,
            tie_word_embeddings=True,
            rope_parameters={
                "rope_theta": 100.0,
                "rope_type": "llama3",
                "factor": 4.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 3.0,
                "original_max_position_embeddings": 16,
            },
        )
    ),
    # A head of its own, one head of keys for all, biases, heads wider than their share, and linear scaling.
    "llama_untied": lambda: LlamaForCausalLM(
        LlamaConfig(
            **LLAMA,
            num_key_value_heads=1,
            head_dim=6,
            attention_bias=True,
            mlp_bias=True,
            rope_parameters={"rope_theta": 10000.0, "rope_type": "linear", "factor": 2.0},
        )
    ),
    # Biases on queries, keys and values, grouped heads and a tied head.
    "qwen2": lambda: Qwen2ForCausalLM(
        Qwen2Config(**LLAMA, num_key_value_heads=2, tie_word_embeddings=True, rope_parameters=QWEN_ROPE)
    ),
    # Normalized queries and keys, heads wider than their share, and a head of its own.
    "qwen3": lambda: Qwen3ForCausalLM(
        Qwen3Config(**LLAMA, num_key_value_heads=3, head_dim=8, tie_word_embeddings=False, rope_parameters=QWEN_ROPE)
    ),
}


def main() -> None:
    for name in sys.argv[1:] or MODELS:
        torch.manual_seed(0)
        model = MODELS[name]().eval()
        with torch.no_grad():
            for parameter in model.parameters():  # a fresh model has biases of 0 and gains of 1, which hide mistakes
                parameter.add_(0.2 * torch.randn_like(parameter))
        model.save_pretrained(HERE / name)
        input_ids = torch.randint(0, 40, (2, 20))
        with torch.no_grad():
            output = model(input_ids=input_ids, labels=input_ids)
        save_file(
            {
                "input_ids": input_ids.numpy().astype(np.int32),
                "logits": output.logits.numpy(),
                "loss": output.loss.numpy().reshape(1),
            },
            HERE / f"{name}.safetensors",
        )


if __name__ == "__main__":
    main()
