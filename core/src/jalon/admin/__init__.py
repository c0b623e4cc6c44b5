"""Screens that Flask-Admin generates."""

from jalon.admin.fields import field_permission
from jalon.admin.filter_kinds import FilterBy
from jalon.admin.presets import Preset
from jalon.admin.screen import AdminScreen
from jalon.admin.writing import StaleRecord, typed_values

__all__ = ["AdminScreen", "FilterBy", "Preset", "StaleRecord", "field_permission", "typed_values"]
