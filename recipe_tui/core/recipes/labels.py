"""The labels of a recipe in plain text, which its reader and its writer share."""

INGREDIENTS = "Ingredients"
DIRECTIONS = "Directions"
NOTES = "Notes"
BULLET = "- "
MAKES, TIME, TAGS = "Makes", "Time", "Tags"
