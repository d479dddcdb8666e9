"""Dialogs: questions and messages in front of a screen.

`await app.push_screen_wait(ConfirmDialog("Stop the run?"))` in a worker, or `app.push_screen(dialog, callback)`.
"""
