"""The letter of a structure: who gets it and how they agreed, what is in it, and how it leaves."""

__version__ = "0.1.0"
