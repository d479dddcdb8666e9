"""Choosing the adapter that writes: the base stays loaded, and a switch takes no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.generate.client import LoadingStoppedError, WriterError
from recipe_tui.tui.generate.models import short_name
from recipe_tui.tui.generate.status_lines import LOADING_STOPPED, adapter_note, loaded_line

if TYPE_CHECKING:
    from recipe_tui.tui.generate.screen import GenerateScreen
    from recipe_tui.workers.protocol import Loaded

WRITES = "writes now"


class Adapting:
    """Switches adapters for the generation screen.

    Args:
        screen: The screen.
    """

    def __init__(self, screen: GenerateScreen) -> None:
        self.screen = screen

    def show(self) -> None:
        """Show the adapters of the model, which is loaded for it if need be."""
        self.screen.run_worker(self._choose(), group="dialog", exclusive=True)

    async def _choose(self) -> None:
        screen = self.screen
        if screen.is_busy:
            screen.notify("It is writing: Esc stops it.", markup=False)
            return
        asked = screen.asked(screen.config)
        if asked is None:
            return
        try:
            loaded = await screen.author.load(asked)
            screen.tell(loaded_line(loaded))
            if not loaded.adapters:
                screen.notify(
                    f"There are no adapters over {short_name(loaded.model)} in {screen.output}. "
                    "Train one: adapter method lora in the form of a new run.",
                    markup=False,
                )
                return
            name = await screen.app.push_screen_wait(
                ChooseDialog(f"Adapter over {short_name(loaded.base)}", choices_of(loaded), loaded.model)
            )
            if name is None or name == loaded.model:
                return
            screen.choose_model(name)
            asked = screen.asked(screen.config)
            if asked is not None:
                screen.tell(loaded_line(await screen.author.load(asked)))
        except LoadingStoppedError:
            screen.tell(LOADING_STOPPED)
        except WriterError as error:
            screen.author.fail(error)


def choices_of(loaded: Loaded) -> list[Choice[str]]:
    """Return what can write over the base that is loaded, the base itself first; what writes now is marked."""
    named = [("none", loaded.base, f"{short_name(loaded.base)} itself")]
    named += [(short_name(one.name), one.name, adapter_note(one)) for one in loaded.adapters]
    return [Choice(label, name, f"{note} · {WRITES}" if name == loaded.model else note) for label, name, note in named]
