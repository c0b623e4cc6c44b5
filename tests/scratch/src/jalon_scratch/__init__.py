"""Things in boxes."""
