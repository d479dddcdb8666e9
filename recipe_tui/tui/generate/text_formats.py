"""The file formats of a text: plain text, Markdown or JSON."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.tui.generate.generation_session import GenerationRequest
    from recipe_tui.workers.protocol import Text

Format = Literal["txt", "md", "json"]

FORMATS: dict[Format, str] = {"txt": "Text", "md": "Markdown", "json": "JSON, with the prompt and all settings"}


def rendered(text: Text, asked: GenerationRequest, form: Format) -> str:
    """Return a text in a format."""
    if form == "txt":
        return text.text.rstrip() + "\n"
    if form == "md":
        ingredients = "".join(f"- {line}\n" for line in text.ingredients)
        steps = "".join(f"{number}. {step}\n" for number, step in enumerate(text.steps, 1))
        parts = [
            f"# {text.title}\n",
            text.tags and f"*{', '.join(text.tags)}*\n",
            text.servings and f"**{text.servings}**\n",
            "".join(f"- {line}\n" for line in text.times),
            ingredients and f"## Ingredients\n\n{ingredients}",
            steps and f"## Directions\n\n{steps}",
        ]
        return "\n".join(part for part in parts if part)
    values = {
        "model": asked.model,
        "precision": asked.precision,
        "quantization": asked.quantization,
        "prompt": asdict(asked.prompt),
        "generation": asked.config.model_copy(update={"seed": text.seed}).model_dump(),
        "begun": [token.id for token in asked.begun],
        "written": asdict(text),
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def free_path(title: str, form: Format, folder: Path) -> Path:
    """Return a path that nothing has, named after a title."""
    name = re.sub(r"[^\w]+", "-", title.lower()).strip("-")[:60] or "recipe"
    names = (f"{name}.{form}" if number == 1 else f"{name}-{number}.{form}" for number in count(1))
    return next(path for path in (folder / one for one in names) if not path.exists())


def save(path: Path, content: str, overwrite: bool = False) -> None:
    """Write a file.

    Raises:
        FileExistsError: It is there already, and may not be overwritten.
        OutputError: It cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{path}: is a folder", "add a file name")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w" if overwrite else "x", encoding="utf-8") as file:
                file.write(content)
    except OutputError as error:
        if isinstance(error.__cause__, FileExistsError) and path.exists():
            raise error.__cause__ from None
        raise
