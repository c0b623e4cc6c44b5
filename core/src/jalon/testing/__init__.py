"""Fixtures and the conformance kit for the core and every module."""
