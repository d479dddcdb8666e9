"""Looking into what was made: searching, filtering and counting block stores, and finding where text came from."""
