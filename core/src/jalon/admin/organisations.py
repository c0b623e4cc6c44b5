"""The directory of organisations."""

from __future__ import annotations

from typing import Any

from flask import flash
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from jalon import conventions, organisations, phones, registrations, tasks
from jalon.admin.filter_kinds import FilterBy
from jalon.admin.formatters import label_of
from jalon.admin.presets import Preset
from jalon.admin.screen import AdminScreen
from jalon.choices import CommuneField, CommunesField
from jalon.clock import today
from jalon.db.current import session
from jalon.forms import EnumField
from jalon.i18n import _, _l
from jalon.models import Organisation, OrganisationKind, PartnerConvention, Referrer, ReferrerPost
from jalon.scope import scope_of


def active(session: Session) -> ColumnElement[bool]:
    return Organisation.active.is_(True)


def inactive(session: Session) -> ColumnElement[bool]:
    return Organisation.active.is_(False)


def state_pill(view: Any, context: Any, row: Organisation, name: str) -> Markup:
    """Active or not, in colour."""
    if row.active:
        return Markup('<span class="pill ok">{}</span>').format(_("Active"))
    return Markup('<span class="pill">{}</span>').format(_("No longer active"))


def shown_phone(view: Any, context: Any, row: Any, name: str) -> Any:
    """A number one can press on a telephone."""
    return Markup('<a href="tel:{}">{}</a>').format(row.phone, phones.shown(row.phone)) if row.phone else ""


class OrganisationScreen(AdminScreen):
    """List, creation and correction of organisations, and what the structure keeps for itself beside."""

    model = Organisation
    read_permission = "jalon.organisations.read"
    write_permission = "jalon.organisations.write"
    title = _l("Organisations")
    record_title = _l("Organisation")
    column_list = ("name", "kind", "commune", "phone", "email", "active")
    column_details_list = (
        "kind",
        "active",
        "street",
        "commune",
        "phone",
        "email",
        "website",
        "siret",
        "rna",
        "territory",
        "first_contact_on",
        "source",
    )
    column_labels = {
        "name": _l("Name"),
        "acronym": _l("Acronym"),
        "kind": _l("Kind"),
        "siret": _l("SIRET"),
        "rna": _l("RNA"),
        "street": _l("Address"),
        "commune": _l("Commune"),
        "territory": _l("Territory"),
        "phone": _l("Phone"),
        "email": _l("E-mail"),
        "website": _l("Web site"),
        "first_contact_on": _l("First contact"),
        "source": _l("How we met"),
        "active": _l("Active"),
    }
    column_sortable_list = (("name", "folded"), "kind")  # folded: SQLite puts É after Z
    column_default_sort = [("folded", False), ("id", False)]
    column_searchable_list = ("name", "acronym", "siret", "folded")
    search_advice = _l("Name, acronym or SIRET")
    list_filters = ("kind", "active", FilterBy("commune", looks_in=("name", "postcodes")), "first_contact_on")
    presets = (Preset("active", _l("Active"), active), Preset("inactive", _l("No longer active"), inactive))
    column_formatters = {
        "name": lambda view, context, row, name: str(row),
        "phone": shown_phone,
        "active": state_pill,
        "siret": lambda view, context, row, name: registrations.shown_siret(row.siret) if row.siret else "",
        "territory": lambda view, context, row, name: ", ".join(c.name for c in row.territory),
        "kind": lambda view, context, row, name: label_of(row.kind),
    }
    column_formatters_detail = column_formatters
    form_columns = (
        "name",
        "acronym",
        "kind",
        "commune",
        "street",
        "phone",
        "email",
        "website",
        "siret",
        "rna",
        "territory",
        "first_contact_on",
        "source",
        "active",
    )
    form_sections = (
        (_l("The organisation"), ("name", "acronym", "kind", "active")),
        (_l("Where it is"), ("commune", "street", "territory")),
        (_l("To reach it"), ("phone", "email", "website")),
        (_l("Official numbers"), ("siret", "rna")),
        (_l("How we met"), ("first_contact_on", "source")),
    )
    form_extra_fields = {
        "siret": StringField(_l("SIRET"), [Length(max=40)], description=_l("14 digits, spaces as you like")),
        "rna": StringField(_l("RNA"), [Length(max=40)], description=_l("Of an association: W and 9 digits")),
        "phone": StringField(_l("Phone"), [Length(max=40)]),
        "kind": EnumField(
            _l("Kind"),
            [InputRequired(_l("Choose one."))],
            enum_class=OrganisationKind,
            allow_blank=True,
            blank_text=_l("Choose…"),
        ),
        "commune": CommuneField(_l("Commune"), description=_l("Type its name; add the postcode if several have it")),
        "territory": CommunesField(
            _l("Territory"), description=_l("Communes where it receives people, between commas")
        ),
    }
    form_args = {
        "acronym": {"description": _l("As people call it: CCAS, MDS…")},
        "source": {"description": _l("A visit, a meeting, the newsletter…")},
        "active": {"description": _l("Untick when it closed, or no longer works with us")},
    }
    panels = ("jalon/organisation_own.html",)
    list_groups = ("kind", "commune", "active")
    list_more_columns = ("street", "website", "siret", "first_contact_on", "source")
    empty_advice = _l("Add the first partner: all structures of the platform will see it.")

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Organisation.commune))

    def edit_form(self, obj: Any = None) -> Any:
        return with_shown_phone(super().edit_form(obj), obj)

    def beside(self, record: Organisation) -> dict[str, Any]:
        """What is the structure's own, who refers from there, and the structure's conventions with it."""
        now_there = (
            select(Referrer)
            .join(ReferrerPost)
            .where(ReferrerPost.organisation_id == record.id, ReferrerPost.last_day.is_(None))
        )
        agreed = select(PartnerConvention).where(PartnerConvention.organisation_id == record.id)
        return {
            "remark": organisations.remark(session(), record.id),
            "members": tasks.members(session()),
            "referrers": session().scalars(now_there.order_by(Referrer.folded).limit(50)).all(),
            "conventions": session().scalars(agreed.order_by(PartnerConvention.first_day.desc()).limit(20)).all(),
            "named": organisations.label(record, record.commune),
            "day": today(scope_of(session()).zone),
            "soon": conventions.SOON,
        }

    def add(self, values: dict[str, Any]) -> Organisation:
        return organisations.add(session(), **values)

    def change(self, record: Organisation, values: dict[str, Any]) -> None:
        organisations.change(session(), record, **values)

    def create_model(self, form: Any) -> Any:
        made = super().create_model(form)
        for other in organisations.alike(session(), made) if made else ():
            flash(_("“%(name)s” was in the directory already: look whether it is the same one.", name=other), "warning")
        return made


def with_shown_phone(form: Any, record: Any) -> Any:
    """The stored number as people read it, until somebody types another."""
    if record is not None and record.phone and hasattr(form, "phone") and not form.phone.raw_data:
        form.phone.data = phones.shown(record.phone)
    return form
