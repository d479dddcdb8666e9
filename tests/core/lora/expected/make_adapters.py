"""Make the adapters beside this file with PEFT, over the checkpoint of `tests.core.model`, and the logits they give.

Run by hand where PyTorch and PEFT are installed: ``python -m tests.core.lora.expected.make_adapters``. With a folder,
``python -m tests.core.lora.expected.make_adapters FOLDER``, it compares an adapter of ours with what we compute.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.numpy import load_file, save_file
from transformers import GPT2LMHeadModel

HERE = Path(__file__).parent
CHECKPOINT = HERE.parents[1] / "model" / "expected" / "gpt2"
NEW_TOKENS = [40, 41, 42]

ADAPTERS = {
    "attention": {"r": 3, "lora_alpha": 6, "target_modules": ["c_attn"]},
    "sections": {"r": 2, "lora_alpha": 2, "target_modules": ["c_attn", "mlp.c_proj"], "use_rslora": True},
}


def base(rows: int) -> GPT2LMHeadModel:
    model = GPT2LMHeadModel.from_pretrained(CHECKPOINT).eval()
    if rows > model.config.vocab_size:
        model.resize_token_embeddings(rows, mean_resizing=False)
    return model


def logits(model: torch.nn.Module, rows: int) -> np.ndarray:
    with torch.no_grad():
        return model.eval()(input_ids=input_ids(rows)).logits.numpy()


def input_ids(rows: int) -> torch.Tensor:
    return torch.arange(40).reshape(2, 20) * 7 % rows


def main() -> None:
    torch.manual_seed(0)
    expected = {}
    for name, settings in ADAPTERS.items():
        rows = 43 if name == "sections" else 40
        tokens = {"trainable_token_indices": NEW_TOKENS} if rows > 40 else {}
        config = LoraConfig(**settings, **tokens, fan_in_fan_out=True, task_type="CAUSAL_LM")
        model = get_peft_model(base(rows), config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.3 * torch.randn_like(parameter))
        model.peft_config["default"].base_model_name_or_path = "gpt2"
        model.save_pretrained(HERE / name)
        (HERE / name / "README.md").unlink(missing_ok=True)
        expected[name] = logits(model, rows)
        expected[f"{name}_input_ids"] = input_ids(rows).numpy().astype(np.int32)
    save_file(expected, HERE / "adapters.safetensors")


def compare(folder: Path) -> None:
    outputs = load_file(folder / "outputs.safetensors")
    rows = outputs["logits"].shape[-1]
    model = PeftModel.from_pretrained(base(rows), folder)
    with torch.no_grad():
        theirs = model.eval()(input_ids=torch.from_numpy(outputs["input_ids"]).long()).logits.numpy()
    print("largest difference", np.abs(theirs - outputs["logits"]).max(), "of", np.abs(theirs).max())


if __name__ == "__main__":
    compare(Path(sys.argv[1])) if sys.argv[1:] else main()
