"""Lists imported from files: sent, checked line by line without writing, written, and undone."""
