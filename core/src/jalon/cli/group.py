"""All commands, as a host's `flask jalon` gets them."""

from __future__ import annotations

from flask.cli import AppGroup

from jalon.cli.communes import communes_group
from jalon.cli.db import db_group
from jalon.cli.demo import demo_group
from jalon.cli.documents import documents_group
from jalon.cli.modules import modules_group
from jalon.cli.retention import retention_group
from jalon.cli.serve import serve
from jalon.cli.structures import structures_group
from jalon.cli.user import user_group

COMMANDS = (
    db_group,
    modules_group,
    structures_group,
    user_group,
    communes_group,
    demo_group,
    retention_group,
    documents_group,
    serve,
)
jalon_group = AppGroup("jalon", help="Jalon's own commands.")
for _command in COMMANDS[:-1]:
    jalon_group.add_command(_command)

__all__ = ["COMMANDS", "jalon_group"]
