"""What asks or tells something in front of a screen."""
