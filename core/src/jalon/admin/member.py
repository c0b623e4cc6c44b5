"""The members' generated screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import current_app, flash, g
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session, joinedload, selectinload

from jalon import accounts, members, tenures
from jalon.admin.presets import Preset
from jalon.admin.roles_field import RolesField
from jalon.admin.screen import AdminScreen
from jalon.app_of import mount
from jalon.clock import today
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import Member, MemberEvent
from jalon.scope import scope_of, structure_of
from jalon.tenures import Held


def working(session: Session) -> ColumnElement[bool]:
    return Member.left_at.is_(None)


def left(session: Session) -> ColumnElement[bool]:
    return Member.left_at.is_not(None)


def without_account(session: Session) -> ColumnElement[bool]:
    return and_(Member.user_id.is_(None), Member.left_at.is_(None))


def state_pill(view: Any, context: Any, row: Member, name: str) -> Markup:
    """Whether somebody works here, and signs in."""
    text, tone = _("Works here"), "ok"
    if row.left_at is not None:
        text, tone = _("Has left"), ""
    elif row.user is None:
        text, tone = _("No account"), "info"
    elif row.user.closed_at is not None:
        text, tone = _("Account closed"), "bad"
    return Markup('<span class="pill {}">{}</span>').format(tone, text)


def address_said(view: Any, context: Any, row: Member, name: str) -> str:
    """Where this person reads mail: the address they sign in with, unless another was typed."""
    return row.work_email or (row.user.email if row.user else None) or ""


def roles_said(view: Any, context: Any, row: Member, name: str) -> str:
    """The roles, each with its days when it has some."""
    return ", ".join(said(held) for held in tenures.of(row))


def said(held: Held) -> str:
    """A role as people read it: “Direction (from 01/09/2026 until 31/12/2026)”."""
    label = accounts.role_label(mount(current_app).registry, held.role)
    day = today(scope_of(session()).zone)
    if held.last_day and held.last_day < day:
        return _("%(role)s (ended on %(day)s)", role=label, day=f"{held.last_day:%d/%m/%Y}")
    days = [
        *([_("from %(day)s", day=f"{held.first_day:%d/%m/%Y}")] if held.first_day and held.first_day > day else []),
        *([_("until %(day)s", day=f"{held.last_day:%d/%m/%Y}")] if held.last_day else []),
    ]
    return f"{label} ({' '.join(days)})" if days else label


def own_roles() -> list[tuple[MemberEvent, str]]:
    """For the direction: roles that somebody else gave themselves in the last 30 days, and how each is called."""
    scope = scope_of(session())
    if not scope.may("jalon.members.write"):
        return []
    registry = mount(current_app).registry
    others = (e for e in tenures.given_to_oneself(session()) if e.user_id != scope.actor.user_id)
    return [(e, accounts.role_label(registry, e.role or "")) for e in others]


def tell_own_roles(given: list[Held]) -> None:
    """Mail to the direction that whoever acts gave themselves these roles; the site's `send_mail` sends it."""
    addresses, send = members.tell_direction(session()) if given else [], mount(current_app).send_mail
    if send is None or not addresses:
        return
    scope = scope_of(session())
    values = {
        "name": scope.actor.name,
        "roles": ", ".join(said(held) for held in given),
        "structure": structure_of(session()).name,
    }
    session().commit()  # what was read for this must not hold the database while a mail server thinks
    _send_or_say(
        send,
        addresses,
        _("%(name)s gave themselves a role at %(structure)s", **values),
        _(
            "%(name)s, platform administrator, gave themselves at %(structure)s: %(roles)s.\n\n"
            "You read this because you direct the structure. If nobody asked for it, take the role away on the page "
            "of the members and tell the other platform administrators.",
            **values,
        ),
    )


def _send_or_say(send: Callable[[Sequence[str], str, str], object], to: Sequence[str], subject: str, text: str) -> None:
    """The role is given by now; a mail that cannot leave is said, and the notice on the dashboard stays."""
    try:
        send(to, subject, text)
    except DomainError as refusal:
        told = _("The direction sees this role on its dashboard, but no mail could tell it.")
        flash(f"{told} {refusal}", "error")


class MemberScreen(AdminScreen):
    """List, form and details of the members; inviting, leaving and coming back are pages of their own."""

    model = Member
    read_permission = "jalon.members.read"
    write_permission = "jalon.members.write"
    title = _l("Members")
    record_title = _l("Member")
    new_title = _l("Member without account")
    column_list = ("name", "roles", "work_email", "phone", "state")
    column_details_list = ("name", "roles", "work_email", "phone", "joined_on", "left_at", "user.email", "state")
    column_labels = {
        "name": _l("Name"),
        "roles": _l("Roles"),
        "work_email": _l("Work e-mail"),
        "phone": _l("Telephone"),
        "joined_on": _l("Works here since"),
        "left_at": _l("Left on"),
        "user.email": _l("Signs in as"),
        "state": _l("State"),
    }
    column_sortable_list = (("name", "in_order"),)
    column_default_sort = [("in_order", False), ("id", False)]
    column_searchable_list = ("name", "work_email", "phone")
    search_advice = _l("Name, e-mail or telephone")
    list_filters = ("joined_on", "left_at")
    few_rows = "a structure has some dozens of members"
    column_select_related_list = ()
    column_formatters = {"state": state_pill, "roles": roles_said, "work_email": address_said}
    presets = (
        Preset("working", _l("Work here"), working),
        Preset("no-account", _l("Without account"), without_account),
        Preset("left", _l("Have left"), left),
    )
    form_columns = ("name", "work_email", "phone", "joined_on", "roles")
    form_extra_fields = {
        "roles": RolesField(
            _l("Roles"),
            description=_l("Tick what this person does here. Days are included; leave them empty for no end."),
        )
    }
    form_args = {"joined_on": {"description": _l("The first day of work, when it is known")}}
    form_template_above = "jalon/member_actions.html"
    list_template_above = "jalon/own_roles.html"
    list_template_acts = "jalon/member_list_actions.html"
    empty_advice = _l("Invite the first one.")

    def get_query(self) -> Any:
        return super().get_query().options(selectinload(Member.roles), joinedload(Member.user))

    def add(self, values: dict[str, Any]) -> Member:
        return members.join(session(), structure_of(session()), None, **values)

    def change(self, record: Member, values: dict[str, Any]) -> None:
        g.jalon_own_roles = members.change(session(), record, **values)

    def update_model(self, form: Any, model: Member) -> bool:
        saved = super().update_model(form, model)
        if saved and (given := g.pop("jalon_own_roles", [])):
            tell_own_roles(given)
        return saved

    def render(self, template: str, **kwargs: Any) -> Any:
        return super().render(template, own_roles=own_roles, said=said, **kwargs)
