"""What the core's own records and fields are called where no screen says it."""

from __future__ import annotations

from jalon.i18n import _l

TABLES = {
    "jalon_structure": _l("Structure"),
    "jalon_member": _l("Member"),
    "jalon_resource": _l("Resource"),
    "jalon_setting": _l("Setting"),
    "jalon_closure": _l("Closing days"),
    "jalon_history": _l("History"),
}
FIELDS = {
    ("jalon_structure", "slug"): _l("Address"),
    ("jalon_structure", "name"): _l("Name"),
    ("jalon_structure", "phone"): _l("Telephone"),
    ("jalon_structure", "zone"): _l("Time zone"),
    ("jalon_structure", "is_demo"): _l("Demonstration"),
    ("jalon_structure", "created_at"): _l("Created on"),
    ("jalon_structure", "closed_at"): _l("Closed on"),
    ("jalon_member", "user_id"): _l("Account"),
    ("jalon_member", "name"): _l("Name"),
    ("jalon_member", "work_email"): _l("Work e-mail address"),
    ("jalon_member", "phone"): _l("Telephone"),
    ("jalon_member", "joined_on"): _l("Joined on"),
    ("jalon_member", "left_at"): _l("Left on"),
    ("jalon_member_role", "role"): _l("Role"),
    ("jalon_member_role", "first_day"): _l("First day"),
    ("jalon_member_role", "last_day"): _l("Last day"),
    ("jalon_resource", "module"): _l("Module"),
    ("jalon_resource", "kind"): _l("Kind"),
    ("jalon_resource", "name"): _l("Name"),
    ("jalon_resource", "member_id"): _l("Member"),
    ("jalon_resource", "lent_from_id"): _l("Lent from"),
    ("jalon_resource", "usable_from"): _l("Usable from"),
    ("jalon_resource", "usable_until"): _l("Usable until"),
    ("jalon_resource", "buffer_min"): _l("Preparation (minutes)"),
    ("jalon_resource", "archived_at"): _l("Withdrawn on"),
    ("jalon_setting", "module"): _l("Module"),
    ("jalon_setting", "key"): _l("Setting"),
    ("jalon_setting", "value"): _l("Value"),
    ("jalon_setting", "valid_from"): _l("Valid from"),
    ("jalon_closure", "name"): _l("Name"),
    ("jalon_closure", "first_day"): _l("First day"),
    ("jalon_closure", "last_day"): _l("Last day"),
}
