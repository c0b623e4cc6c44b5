"""The generated list of persons; their forms and their page are working screens."""

from __future__ import annotations

from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from jalon import days, phones
from jalon.admin.filter_kinds import FilterBy
from jalon.admin.presets import Preset
from jalon.admin.screen import AdminScreen
from jalon.clock import today
from jalon.db.current import session
from jalon.i18n import _, _l
from jalon.models import (
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    Consent,
    File,
    FileState,
    Merge,
    Situation,
)
from jalon.scope import scope_of

TONES = {FileState.ACTIVE: "ok", FileState.ARCHIVED: "", FileState.DECEASED: "bad", FileState.MERGED: "info"}
PAGES = {
    ".details_view": "jalon_person.show",
    ".edit_view": "jalon_person.show",
    ".create_view": "jalon_beneficiaries.new",
}


def active(session: Session) -> ColumnElement[bool]:
    """Persons accompanied today."""
    day = today(scope_of(session).zone)
    here = or_(BeneficiaryStructure.until.is_(None), BeneficiaryStructure.until >= day)
    linked = select(BeneficiaryStructure.beneficiary_id).where(here)
    return (Beneficiary.state == FileState.ACTIVE) & Beneficiary.id.in_(linked)


def ended(session: Session) -> ColumnElement[bool]:
    """Persons whose file is closed here."""
    over = BeneficiaryStructure.until < today(scope_of(session).zone)
    return Beneficiary.id.in_(select(BeneficiaryStructure.beneficiary_id).where(over))


def mine_protected(session: Session) -> ColumnElement[bool]:
    """Protected persons whose file one reads."""
    me = scope_of(session).actor.user_id
    return Beneficiary.id.in_(select(BeneficiaryReader.beneficiary_id).where(BeneficiaryReader.user_id == me))


def state_pill(view: Any, context: Any, row: Beneficiary, name: str) -> Markup:
    """The state in colour; closed here says more than active elsewhere, and protected is said aside."""
    link = row.links[0] if row.links else None
    if row.state is FileState.ACTIVE and link is not None and link.until and link.until < _day():
        return Markup('<span class="pill">{}</span>').format(_("Closed here"))
    label = FileState.labels()[row.state]
    protected = Markup(' <span class="pill warn">{}</span>').format(_("Protected")) if link and link.restricted else ""
    return Markup('<span class="pill {}">{}</span>{}').format(TONES.get(row.state, ""), label, protected)


def _day() -> Any:
    return today(scope_of(session()).zone)


class BeneficiaryScreen(AdminScreen):
    """The persons of a structure. A name is never searched by the address: the form posts to the search page."""

    model = Beneficiary
    read_permission = "jalon.beneficiaries.read"
    write_permission = "jalon.beneficiaries.write"
    title = _l("Persons")
    record_title = _l("Person")
    list_template = "jalon/beneficiary_list.html"
    can_edit = False
    column_list = ("name", "code", "birth", "commune", "phone", "state")
    column_labels = {
        "name": _l("Name"),
        "code": _l("Code"),
        "birth": _l("Born on"),
        "commune": _l("Commune"),
        "phone": _l("Telephone"),
        "state": _l("State"),
        "file.commune": _l("Commune"),
        "created_at": _l("Added on"),
    }
    column_sortable_list = ("code", ("name", "identity.folded"), ("birth", "identity.birth_date"))
    column_default_sort = ("id", True)  # who was added last is who is being talked of
    column_formatters = {
        "name": lambda view, context, row, name: str(row),
        "birth": lambda view, context, row, name: (
            days.shown(row.identity.birth_date) if row.identity and row.identity.birth_date else ""
        ),
        "commune": lambda view, context, row, name: row.file.commune or "" if row.file else "",
        "phone": lambda view, context, row, name: phones.shown(row.file.phone) if row.file else "",
        "state": state_pill,
    }
    list_filters = (
        "state",
        FilterBy("file.commune", looks_in=("name", "postcodes")),
        "created_at",
    )
    presets = (
        Preset("active", _l("Followed"), active),
        Preset("ended", _l("Closed here"), ended),
        Preset("protected", _l("Protected, and mine to read"), mine_protected),
    )
    list_groups = ("state", "file.commune", "created_at")
    list_more_columns = ("created_at",)
    empty_advice = _l("Add the first person your structure accompanies.")

    def offers(self, view_name: str) -> bool:
        return view_name == "index_view" or (f".{view_name}" not in PAGES and super().offers(view_name))

    def get_url(self, endpoint: str, **values: Any) -> str:
        """A person's page and forms stand outside the generated ones."""
        page = PAGES.get(endpoint)
        if page is None:
            return str(super().get_url(endpoint, **values))
        if "id" not in values:
            return url_for(page)
        return url_for(page, beneficiary_id=0).replace("/0/", f"/{values['id']}/")  # the list fills each row's id in

    def record_url(self, id: int, *, may_edit: bool) -> str:
        return url_for("jalon_person.show", beneficiary_id=id)

    def told_under(self, record: Any) -> list[tuple[str, int]]:
        """The person, what was noted time after time, the files merged into this one, as far as the reader sees it."""
        several: list[Any] = [Situation, Consent]
        found = {c: session().scalars(select(c.id).where(c.beneficiary_id == record.id)) for c in several}
        found[Beneficiary] = session().scalars(select(Beneficiary.id).where(Beneficiary.merged_into_id == record.id))
        found[Merge] = session().scalars(
            select(Merge.id).where(or_(Merge.kept_id == record.id, Merge.merged_id == record.id))
        )
        return [*super().told_under(record), *((c.__tablename__, id) for c, ids in found.items() for id in ids)]

    def get_query(self) -> Any:
        whole = (
            joinedload(Beneficiary.identity),
            joinedload(Beneficiary.file).joinedload(File.commune),
            joinedload(Beneficiary.links),
        )
        return super().get_query().filter(Beneficiary.state != FileState.MERGED).options(*whole)

    def get_count_query(self) -> Any:
        return super().get_count_query().filter(Beneficiary.state != FileState.MERGED)
