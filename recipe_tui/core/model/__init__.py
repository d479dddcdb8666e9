"""Language models in Keras 3, and their checkpoints in the Hugging Face layout. Importing it settles Keras' backend."""

from recipe_tui.core.backend import select_backend

select_backend()
