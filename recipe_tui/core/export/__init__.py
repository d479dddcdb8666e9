"""Exporting models: written in another format, opened again, and compared with the original."""
