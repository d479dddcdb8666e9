"""Models taken elsewhere: written in another form, opened again, and compared with what they were."""
