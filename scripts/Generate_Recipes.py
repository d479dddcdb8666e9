"""Write recipes with a model that Train_Recipes.py trained, or with any other supported model.

Without arguments it uses the latest finished run in output/, or trains the sample's small model if there is none. For
a recipe of your own:

    python scripts/Generate_Recipes.py --title "Leek Soup" --ingredients "2 leeks" "1 litre stock" "salt"

--data FOLDER takes title and ingredients from the first recipe there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recipe_tui import core
from recipe_tui.cli.terminal import safe_text
from recipe_tui.sample import SAMPLE_INGREDIENTS, SAMPLE_TITLE, sample_config


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="checkpoint folder, run or hub name; default: the latest run in the output")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder of the runs; default: output")
    parser.add_argument("--title", help=f"title of the recipe; default: {SAMPLE_TITLE}")
    parser.add_argument("--ingredients", nargs="+", action="extend", metavar="LINE", help="its ingredients")
    parser.add_argument("--data", nargs="+", action="extend", metavar="PATH", help="take title and ingredients there")
    parser.add_argument("--set", nargs="+", action="extend", metavar="KEY=VALUE", help="generation.temperature=0 ...")
    return parser.parse_args()


def find_prompt(arguments: argparse.Namespace) -> tuple[str, tuple[str, ...]]:
    """Return the title and the ingredients of the prompt."""
    if arguments.title or arguments.ingredients:
        return arguments.title or "", tuple(arguments.ingredients or ())
    if arguments.data:
        recipe = next(recipe for recipe in core.read_recipes(arguments.data) if isinstance(recipe, core.Recipe))
        return recipe.title, recipe.ingredients
    return SAMPLE_TITLE, SAMPLE_INGREDIENTS


def find_model(name: str | None, output: Path) -> Path:
    """Return the folder of the named model, or of the latest run; without one, the sample's model is trained."""
    if name is not None:
        return core.locate_model(name)
    try:
        return core.locate_model(output.absolute())
    except core.CheckpointError:
        print(f"There is no finished run in {output} yet: training the sample's model first, for some minutes.")
        return core.locate_model(core.train(sample_config(top={"output": output})).run)


def main() -> None:
    """Write one recipe and print it."""
    arguments = parse_arguments()
    config = core.load_config(settings=arguments.set or ()).generation
    title, ingredients = find_prompt(arguments)
    generator = core.Generator.load(find_model(arguments.model, arguments.output))
    for written in generator.generate(core.Prompt(title=title, ingredients=ingredients), config):
        recipe = written.recipe
        lines = ["", recipe.title, "", *(f"- {line}" for line in recipe.ingredients), ""]
        lines += [f"{number}. {step}" for number, step in enumerate(recipe.steps, 1)]
        print(safe_text("\n".join(lines)))  # a model may write escape sequences


if __name__ == "__main__":
    try:
        main()
    except core.RecipeTuiError as error:
        sys.exit(f"error: {error}")
