"""Processes that stand between the workbench and the libraries it must not import."""
