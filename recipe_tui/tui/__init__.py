"""The workbench: a viewer of runs, blocks and texts with a remote control. It never imports Keras or transformers."""
