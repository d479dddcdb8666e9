"""``python -m recipe_tui`` is ``recipe-tui``."""

from recipe_tui.cli import main

if __name__ == "__main__":
    main()
