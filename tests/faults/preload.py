"""What the fork server imports once for all trainings. Nothing is computed, so that it can be forked."""

from recipe_tui.core.backend import select_backend

select_backend()

import recipe_tui.core.training.loop  # noqa: E402, F401
