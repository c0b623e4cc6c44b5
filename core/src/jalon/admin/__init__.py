"""Screens that Flask-Admin generates."""

from jalon.admin.screen import AdminScreen, StaleRecord, typed_values

__all__ = ["AdminScreen", "StaleRecord", "typed_values"]
