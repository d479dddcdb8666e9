"""Fine-tune a language model on recipes.

Without arguments it trains a small GPT-2 on the bundled sample. On a corpus of your own:

    python scripts/Train_Recipes.py --data FOLDER --model gpt2 --output output

The data are folders or files in any format that recipe-tui reads, among them the plain-text files
epicurious.recipes.training, epicurious.recipes.testing and epicurious.recipes.validation.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui import core
from recipe_tui.sample import sample_config

if TYPE_CHECKING:
    from collections.abc import Callable


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", nargs="+", action="extend", metavar="PATH", help="files or folders; default: the sample"
    )
    parser.add_argument("--model", help="checkpoint folder or hub name; default: gpt2, or the sample's small model")
    parser.add_argument("--output", type=Path, help="folder of the runs; default: output")
    parser.add_argument("--set", nargs="+", action="extend", metavar="KEY=VALUE", help="such as training.epochs=1")
    return parser.parse_args()


def configure(arguments: argparse.Namespace) -> core.Config:
    """Return the configuration for the given data, or the sample's; settings that are not given have defaults."""
    make: Callable[..., core.Config] = core.load_config if arguments.data else sample_config
    sections = {
        "top": {"output": arguments.output},
        "data": {"source": arguments.data} if arguments.data else {},
        "model": {"name": arguments.model} if arguments.model else {},
    }
    return make(None, arguments.set or (), **sections)


def show(event: core.Event) -> None:
    """Print the loss of every tenth step, and every validation."""
    if isinstance(event, core.Step) and (event.step == 1 or event.step % 10 == 0):
        print(f"step {event.step:6,}  loss {event.loss:.4f}")
    elif isinstance(event, core.Validation):
        print(f"step {event.step:6,}  validation loss {event.loss:.4f}  perplexity {event.perplexity:.2f}")


def main() -> None:
    """Train, and print where the model is."""
    result = core.train(configure(parse_arguments()), observer=show)
    print(f"The model is in {result.run / 'model'}")


if __name__ == "__main__":
    try:
        main()
    except core.RecipeTuiError as error:
        sys.exit(f"error: {error}")
