"""How far a structure has come: read from what there is, not from what was clicked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import accounts
from jalon.clock import today
from jalon.declarations import Role
from jalon.first_steps.people import leaders
from jalon.i18n import _
from jalon.models import Setting
from jalon.registry import Module
from jalon.scope import scope_of

if TYPE_CHECKING:
    from jalon.admin import AdminScreen
    from jalon.app import Jalon

RIGHT = "jalon.first_steps"
KEY = "first_steps"


@dataclass(frozen=True)
class Step:
    """One of the five; `endpoint` is empty for what cannot be done again."""

    slug: str
    title: str
    endpoint: str
    done: bool


@dataclass(frozen=True)
class Offer:
    """A first record one may make: in which module, what, where; and the roles that may, for whoever may not."""

    module: str
    what: str
    url: str
    allowed: bool
    roles: list[Role]
    exists: bool


def steps(session: Session | None = None) -> list[Step]:
    """The five steps and whether each is done; without a session of a structure, the first is."""
    return [
        Step("account", _("Your account"), "", True),
        Step("structure", _("The structure"), "jalon_first_steps.structure", session is not None),
        Step("member", _("Who leads it"), "jalon_first_steps.member", bool(session and leaders(session))),
        Step("module", _("A module"), "jalon_first_steps.module", bool(session and scope_of(session).enabled)),
        Step("record", _("A first record"), "jalon_first_steps.record", bool(session and _has_record(session))),
    ]


def on_dashboard(session: Session) -> list[Step]:
    """The steps to remind of; none when all are done, they were dismissed, or are somebody else's."""
    if "jalon_first_steps" not in current_app.blueprints or not scope_of(session).may(RIGHT) or _dismissed(session):
        return []
    found = steps(session)
    return [] if all(step.done for step in found) else found


def dismiss(session: Session) -> None:
    """Remind nobody of this structure's first steps any more; doing it twice is doing it once."""
    if not _dismissed(session):
        session.add(Setting(module="core", key=KEY, value='"dismissed"', valid_from=today(scope_of(session).zone)))
        session.flush()


def _dismissed(session: Session) -> bool:
    return session.scalar(select(Setting.id).where(Setting.module == "core", Setting.key == KEY).limit(1)) is not None


def _has_record(session: Session) -> bool:
    return any(offer.exists for offer in offers(session))


def offers(session: Session) -> list[Offer]:
    """What can be made first, in the enabled modules' order: what others stand on comes before them."""
    mount: Jalon = current_app.extensions["jalon"]
    enabled = scope_of(session).enabled
    found = (_first(mount, module) for module in mount.registry.loaded() if module.slug in enabled)
    return [_offer(session, mount, *pair) for pair in found if pair is not None]


def _first(mount: Jalon, module: Module) -> tuple[Module, AdminScreen] | None:
    """The first table of a module's menu in which something can be made."""
    for item in sorted(module.plugin.menu, key=lambda i: (i.order, i.endpoint)):
        screen = mount.screens.get(item.endpoint.rpartition(".")[0])
        if screen is not None and screen.can_create:
            return module, screen
    return None


def _offer(session: Session, mount: Jalon, module: Module, screen: Any) -> Offer:
    right = screen.write_permission
    holders = {role for m in mount.registry.loaded() for role, rights in m.plugin.grants.items() if right in rights}
    return Offer(
        module=module.name,
        what=str(screen.record_title).lower(),
        url=url_for(f"{screen.endpoint}.create_view"),
        allowed=scope_of(session).may(right),
        roles=[role for role in accounts.all_roles(mount.registry) if role.slug in holders],
        exists=session.scalar(select(screen.model).limit(1)) is not None,
    )
