"""A terminal workbench for fine-tuning language models on recipes."""

__version__ = "0.1.0"
