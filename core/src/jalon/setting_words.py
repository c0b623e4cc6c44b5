"""How the history tells a changed setting: its module, its label and its value, as the settings page says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jalon import history
from jalon.core_settings import CORE_SETTINGS
from jalon.i18n import _
from jalon.registry import Registry
from jalon.setting_types import SettingType, module_of, settings_in, together


def tell(registry: Registry) -> None:
    """Give the history the words of the core's settings and of each loaded module's."""
    classes = [*CORE_SETTINGS, *(m.plugin.settings for m in registry.loaded() if m.plugin.settings)]
    kinds = {(module_of(cls), kind.name): kind for cls in classes for kind in settings_in(cls)}

    def kind_of(row: Mapping[str, Any]) -> SettingType | None:
        return kinds.get((row.get("module", ""), row.get("key", "")))

    def key(value: str, row: Mapping[str, Any]) -> str:
        kind = kind_of(row)
        return str(kind.label) if kind else value

    def text(value: str, row: Mapping[str, Any]) -> str:
        kind = kind_of(row)
        return said(kind, value) if kind else value

    history.tell_values("jalon_setting", "module", lambda value, row: module_name(registry, value))
    history.tell_values("jalon_setting", "key", key)
    history.tell_values("jalon_setting", "value", text)
    history.tell_values("jalon_resource", "module", lambda value, row: module_name(registry, value))
    kinds_of_things = {k: text for m in registry.loaded() for k, text in m.plugin.resource_kinds.items()}
    history.name_values("jalon_resource", "kind", kinds_of_things)


def module_name(registry: Registry, slug: str) -> str:
    """What a module is called; its slug when nobody here knows it any more."""
    module = registry.get(slug)
    return _("The structure") if slug == "core" else module.name if module else slug


def said(kind: SettingType, stored: str) -> str:
    """A stored value as it reads, on one line; as it is stored when it no longer is one."""
    try:
        parts = kind.parts(kind.load(stored))
    except ValueError:
        return stored
    return " · ".join(f"{label} {text}" for label, text in together(parts)) if len(parts) > 1 else parts[0][1]
