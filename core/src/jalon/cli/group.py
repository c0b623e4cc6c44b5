"""All commands, as a host's `flask jalon` gets them."""

from __future__ import annotations

from flask.cli import AppGroup

from jalon.cli.backup import backup, restore
from jalon.cli.check import check
from jalon.cli.communes import communes_group
from jalon.cli.db import db_group
from jalon.cli.demo import demo_group
from jalon.cli.documents import documents_group
from jalon.cli.first_steps import first_steps
from jalon.cli.holidays import holidays_group
from jalon.cli.modules import modules_group
from jalon.cli.new_plugin import new_plugin
from jalon.cli.person import person_group
from jalon.cli.retention import retention_group
from jalon.cli.serve import serve
from jalon.cli.structures import structures_group
from jalon.cli.trace import trace
from jalon.cli.user import user_group
from jalon.cli.worker import worker

HOSTED = (
    db_group,
    modules_group,
    structures_group,
    user_group,
    communes_group,
    holidays_group,
    demo_group,
    retention_group,
    person_group,
    documents_group,
    backup,
    restore,
    check,
    trace,
    worker,
)
COMMANDS = (*HOSTED, first_steps, new_plugin, serve)
jalon_group = AppGroup("jalon", help="Jalon's own commands.")
for _command in HOSTED:
    jalon_group.add_command(_command)

__all__ = ["COMMANDS", "jalon_group"]
