"""A field in which a person is looked for by what is typed, then chosen among those found; no list of everybody.

Without JavaScript: the button beside the box sends the form, which comes back with those found. A name is posted,
never part of an address.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import Field
from wtforms.validators import ValidationError

from jalon import people
from jalon.db.current import session
from jalon.i18n import _
from jalon.models import Beneficiary, File
from jalon.scope import scope_of
from jalon.texts import id_of

READ, WRITE = "jalon.beneficiaries.read", "jalon.beneficiaries.write"


class PersonWidget:
    """Who is chosen, the box to look for somebody else, and those found."""

    input_type = "group"
    validation_attrs = ("required",)

    def __call__(self, field: PersonField, **marks: Any) -> Markup:
        may = scope_of(session()).may
        page = render_template(
            "jalon/person_field.html", field=field, marks=marks, may_search=may(READ), may_add=may(WRITE)
        )
        return Markup(page)  # noqa: S704 - rendered here


class PersonField(Field):  # type: ignore[misc]
    """`data` is a person the session reaches, or None. `adding` is the endpoint that keeps the form to add one."""

    widget = PersonWidget()
    data: Beneficiary | None
    typed = searched = ""
    shown: list[Beneficiary]

    def __init__(self, label: Any = None, validators: Any = None, *, adding: str = "", **options: Any) -> None:
        self.adding = adding
        self.shown = []
        super().__init__(label, validators, **options)

    @property
    def looking(self) -> bool:
        """Whether somebody typed what was not looked for yet: the form comes back with those found."""
        return bool(self.typed) and self.typed != self.searched

    def process(self, formdata: Any, *args: Any, **options: Any) -> None:
        super().process(formdata, *args, **options)
        if formdata and request and request.method == "POST":
            self.typed, self.searched = (self._text(formdata, part) for part in ("typed", "searched"))
            if self.typed:
                self.shown = people.search(session(), self.typed) if scope_of(session()).may(READ) else []

    def process_data(self, value: Any) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        chosen = next((value for value in valuelist if value), "")
        self.data = None
        if chosen:
            id = id_of(chosen)
            self.data = _person(id) if id is not None else None
            if self.data is None:
                raise ValueError(_("This choice does not exist, or no longer."))

    def pre_validate(self, form: Any) -> None:
        if self.looking and self._is_the_code():
            self.data = self.shown[0]
        elif self.looking:
            nobody = _("Nobody is found. Try the telephone number, the date of birth or the code.")
            raise ValidationError(_("Choose the person among those found.") if self.shown else nobody)

    @property
    def choices(self) -> list[tuple[Beneficiary, bool]]:
        """Who can be chosen, and whether it is so: the one chosen before, then those found, one alone at once."""
        known = [self.data] if self.data is not None else []
        others = [person for person in self.shown if person is not self.data]
        chosen = others[0] if self.looking and len(others) == 1 else self.data
        return [(person, person is chosen) for person in [*known, *others]]

    def _is_the_code(self) -> bool:
        return len(self.shown) == 1 and self.shown[0].code.casefold() == self.typed.casefold()

    def _text(self, formdata: Any, part: str) -> str:
        sent = formdata.getlist(f"{self.name}_{part}")
        return " ".join(str(sent[0]).replace("\0", "").split())[: people.LONGEST] if sent else ""


def _person(id: int) -> Beneficiary | None:
    whole = (joinedload(Beneficiary.identity), joinedload(Beneficiary.file).joinedload(File.commune))
    return session().scalar(select(Beneficiary).where(Beneficiary.id == id).options(*whole))
