"""Screens that Flask-Admin generates."""

from jalon.admin.presets import Preset
from jalon.admin.screen import AdminScreen
from jalon.admin.writing import StaleRecord, typed_values

__all__ = ["AdminScreen", "Preset", "StaleRecord", "typed_values"]
