"""Run folders: what a run says, how it stands, and how it is controlled. Imports no backend."""
