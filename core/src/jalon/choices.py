"""Fields in which people type the name of a commune or an organisation, instead of looking for it in a long list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload
from wtforms import StringField, TextAreaField
from wtforms.widgets import TextInput

from jalon import organisations
from jalon.db.current import session
from jalon.i18n import _
from jalon.models import Commune, Organisation
from jalon.names import fold

MANY = 500  # names proposed while typing; with more of them, none: the page would weigh too much
_CODE = re.compile(r"\b(\d[0-9ABab]\d{3})\b")


class ProposingInput(TextInput):  # type: ignore[misc]
    """A text field with the names that may be meant."""

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        names = field.proposals()
        known = {"list": f"{field.id}-names", "autocomplete": "off"} if names else {}
        box: Markup = super().__call__(field, **known, **attributes)
        if not names:
            return box
        options = Markup("").join(Markup('<option value="{}"></option>').format(name) for name in names)
        return box + Markup('<datalist id="{}-names">{}</datalist>').format(field.id, options)


class NamedField(StringField):  # type: ignore[misc]
    """One record, by its name; `data` is the record. What was typed stays when it names none, or several."""

    widget = ProposingInput()
    raw_data: list[str] | None

    def found(self, typed: str) -> Sequence[Any]:
        """The records that may be meant."""
        raise NotImplementedError

    def label_of(self, record: Any) -> str:
        raise NotImplementedError

    def proposals(self) -> Sequence[str]:
        return ()

    def process_data(self, value: Any) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].replace("\0", "").strip() if valuelist else ""
        self.data = None
        self.data = _only_one(self, typed) if typed else None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.label_of(self.data) if self.data is not None else ""


def _only_one(field: Any, typed: str) -> Any:
    found = field.found(typed)
    if not found:
        raise ValueError(_("Nothing is called “%(typed)s” here. Check how it is written.", typed=typed))
    if len(found) > 1:
        names = ", ".join(field.label_of(record) for record in found[:6])
        raise ValueError(_("Several are called so: %(names)s. Type one of these in full.", names=names))
    return found[0]


class CommuneField(NamedField):
    """A commune by its name, with its postcode where several have it; the postcode alone never decides."""

    def found(self, typed: str) -> Sequence[Commune]:
        return communes_called(typed)

    def label_of(self, record: Any) -> str:
        return commune_label(record)

    def proposals(self) -> Sequence[str]:
        return commune_names()


class CommunesField(TextAreaField):  # type: ignore[misc]
    """Several communes, one a line or between commas; `data` is their list."""

    raw_data: list[str] | None

    def found(self, typed: str) -> Sequence[Commune]:
        return communes_called(typed)

    def label_of(self, record: Any) -> str:
        return commune_label(record)

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = re.split(r"[\n,;]+", valuelist[0].replace("\0", "")) if valuelist else []
        self.data = []
        named = [_only_one(self, name.strip()) for name in typed if name.strip()]
        self.data = list({commune.insee: commune for commune in named}.values())

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return ", ".join(self.label_of(commune) for commune in self.data or ())


class OrganisationField(NamedField):
    """An organisation of the directory by its name, with its commune's where several have it."""

    def found(self, typed: str) -> Sequence[Organisation]:
        name, _dash, _where = typed.partition(" – ")
        wanted = fold(name)
        near = select(Organisation).options(joinedload(Organisation.commune))
        near = near.where(Organisation.folded.startswith(wanted)).order_by(Organisation.folded, Organisation.id)
        rows = session().scalars(near.limit(MANY)).all() if wanted else []
        whole = [row for row in rows if fold(self.label_of(row)) == fold(typed)]
        return whole or [row for row in rows if wanted in (fold(row.name), row.folded)]

    def label_of(self, record: Any) -> str:
        return organisations.label(record, record.commune)

    def proposals(self) -> Sequence[str]:
        active = select(Organisation).options(joinedload(Organisation.commune)).where(Organisation.active)
        rows = session().scalars(active.order_by(Organisation.folded, Organisation.id).limit(MANY + 1)).all()
        return [] if len(rows) > MANY else [self.label_of(row) for row in rows]


def communes_called(typed: str) -> Sequence[Commune]:
    """Communes of that name, accents and hyphens aside, narrowed by the postcode or INSEE code typed with it."""
    code = _CODE.search(typed)
    name = fold(_CODE.sub(" ", typed))
    exact = session().scalars(select(Commune).where(Commune.name == typed)).all()
    if exact and not code:
        return exact
    some = select(Commune.insee, Commune.name)
    if code:
        some = some.where(or_(Commune.insee == code[1].upper(), Commune.postcodes.contains(code[1])))
    meant = [insee for insee, called in session().execute(some) if not name or fold(called) == name]
    return session().scalars(select(Commune).where(Commune.insee.in_(meant)).order_by(Commune.insee)).all()


def commune_label(commune: Commune) -> str:
    """Its name and its first postcode, or its INSEE code where it shares both."""
    return f"{commune.name} ({commune.postcodes.split(' ')[0]})"


def commune_names() -> Sequence[str]:
    """Names to propose while somebody types."""
    rows = session().scalars(select(Commune).order_by(Commune.name, Commune.insee).limit(MANY + 1)).all()
    return [] if len(rows) > MANY else [commune_label(row) for row in rows]
