"""Vehicles: what the structure lends and drives."""

__version__ = "0.1.0"
