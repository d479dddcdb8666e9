"""A queue of trainings: configurations that wait, one of which runs at a time on each device."""
