"""Files of a folder or an archive that are left out: those that systems add, and, counted, hidden ones."""

from __future__ import annotations

HIDDEN = "a hidden file, left out: its name, or its folder's, begins with a dot"
_SYSTEMS = """__macosx .ds_store .localized .trashes .trash .spotlight-v100 .fseventsd .temporaryitems .apdisk
    .appledouble .directory .git .gitignore .gitattributes .gitkeep .gitmodules .github .gitlab .svn .hg .bzr .idea
    .vscode .venv .cache .ipynb_checkpoints .pytest_cache .mypy_cache .ruff_cache .editorconfig .obsidian .stfolder
    .sync .keep .dockerignore .npmignore .eslintrc .prettierrc .travis.yml .env .huggingface"""
_OF_SYSTEMS = frozenset(_SYSTEMS.split())


def is_of_system(name: str) -> bool:
    """Return whether a path is of a file that systems and tools keep for themselves, such as ``.DS_Store``."""
    return any(part.startswith("._") or part.lower() in _OF_SYSTEMS for part in name.replace("\\", "/").split("/"))


def is_hidden(name: str) -> bool:
    """Return whether a file, or a folder on the path to it, begins with a dot."""
    return any(part.startswith(".") for part in name.replace("\\", "/").split("/") if part not in (".", ".."))
