"""Make the expected numbers beside this file with PyTorch: a small GPT-2 checkpoint, its logits and its loss.

Run by hand where PyTorch is installed: ``python -m tests.core.model.expected.make``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import GPT2Config, GPT2LMHeadModel

HERE = Path(__file__).parent


def main() -> None:
    torch.manual_seed(0)
    config = GPT2Config(n_layer=2, n_embd=16, n_head=2, n_positions=24, vocab_size=40, bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # a fresh model has biases of 0 and gains of 1, which hide mistakes
            parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(HERE / "gpt2")
    input_ids = torch.randint(0, 40, (2, 20))
    with torch.no_grad():
        output = model(input_ids=input_ids, labels=input_ids)
    save_file(
        {
            "input_ids": input_ids.numpy().astype(np.int32),
            "logits": output.logits.numpy(),
            "loss": output.loss.numpy().reshape(1),
        },
        HERE / "outputs.safetensors",
    )


if __name__ == "__main__":
    main()
