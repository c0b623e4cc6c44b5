"""The core's own pages."""
