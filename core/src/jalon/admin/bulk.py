"""Changing many records of a list at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import flash, redirect, request
from flask_admin import expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import RelationshipProperty

from jalon import bulk_changes
from jalon.admin.formatters import label_of
from jalon.admin.lists import Lists
from jalon.bulk_changes import ChangedSince
from jalon.clock import now
from jalon.db import refusal_of
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import EnumField
from jalon.i18n import _, _l, ngettext
from jalon.scope import scope_of
from jalon.texts import id_of, ids_of

ARCHIVE = "archive"
SHOWN = 50  # records named at once


class NoRecord(DomainError):
    """Nothing is ticked."""

    message = _l("Tick the records to change first.")


class NoField(DomainError):
    """Nothing is to be changed in them."""

    message = _l("Tick what is to be changed.")


class NotAllAllowed(DomainError):
    """The database refuses it for one of them at least."""

    message = _l("At least one of these records may not hold this: nothing was changed.")


class OtherNumber(DomainError):
    """Between the question and the answer the list became another."""

    message = _l("The list has changed meanwhile: look at the number again before you confirm.")


class Bulk(Lists):
    """`bulk_fields` are fields of the form that no rule stands behind: whoever may write sets them in many records.

    `bulk_archive` names the column that says since when a record is out of use.
    """

    bulk_fields: ClassVar[Sequence[str]] = ()
    bulk_archive: ClassVar[str] = ""
    bulk_template = "jalon/bulk.html"
    bulk_changes_template = "jalon/bulk_changes.html"

    write_permission: ClassVar[str]

    def has_bulk(self) -> bool:
        return bool(self.bulk_fields or self.bulk_archive)

    def changes_many(self) -> bool:
        """Whether whoever asks may change many records at once here."""
        offered = bool(self.bulk_names() or self.bulk_archive)
        return offered and scope_of(session()).may(self.write_permission)

    def check_bulk(self, values: dict[str, Any]) -> None:
        """What a rule says of these values, by field, whatever the record. Raises DomainError."""

    def bulk_names(self) -> list[str]:
        return [name for name in self.bulk_fields if not self.hides(name)]

    @expose("/bulk/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def bulk_view(self) -> Any:
        """Say how many records would be changed and ask for what; then do it, and say how many were."""
        form = self._bulk_form()
        try:
            ids = self._chosen_ids()
        except DomainError as refusal:
            return self._bulk_page(form, [], str(refusal))
        if request.method == "GET":
            return self._bulk_page(form, ids)
        try:
            done = self._change_many(form, ids)
            session().commit()
        except (DomainError, IntegrityError) as error:
            session().rollback()
            told = error if isinstance(error, DomainError) else refusal_of(error) or NotAllAllowed()
            return self._bulk_page(self._bulk_form(), ids, str(told))
        flash(
            ngettext("%(n)s record was changed.", "%(n)s records were changed.", done.touched)
            + " "
            + _("You can undo it for 30 days."),
            "success",
        )
        return redirect(self.get_url(".bulk_changes_view", **self.state()))

    def _chosen_ids(self) -> list[int]:
        """The records ticked, or all that the list shows; as the session may see them. Raises NoRecord."""
        key = self._key()
        if "all" in request.args:
            arguments = self._get_list_extra_args()
            count, query = Lists.get_list(
                self, None, None, None, arguments.search, arguments.filters, execute=False, page_size=0
            )
            if count is not None and count > bulk_changes.MOST:
                raise bulk_changes.TooManyRecords
        else:
            ticked = ids_of(request.args.getlist("id"))
            query = session().query(self.model).filter(key.in_(ticked))
        query._with_options = ()
        ids = [id for (id,) in query.order_by(None).with_entities(key)]
        if not ids:
            raise NoRecord
        return sorted(set(ids))

    def _bulk_form(self) -> Any:
        """The screen's own fields, so that only what one may choose can be chosen."""
        form = self._edit_form_class(request.form if request.method == "POST" else None)
        for name in list(form._fields):
            if name not in self.bulk_names():
                del form[name]
        return form

    def _change_many(self, form: Any, ids: list[int]) -> Any:
        if request.form.get("count") != str(len(ids)):
            raise OtherNumber
        if "archive" in request.form and self.bulk_archive:
            values, said = {self.bulk_archive: now()}, _("Archived")
        else:
            values, said = self._typed_values(form)
        archives = self.bulk_archive in values
        return bulk_changes.change(
            session(), self.model, ids, values, screen=self.endpoint, said=said, only_empty=archives
        )

    def _typed_values(self, form: Any) -> tuple[dict[str, Any], str]:
        """Column values of the fields that are ticked, and how one says them. Raises NoField, or what the form says."""
        ticked = [name for name in self.bulk_names() if name in request.form.getlist("fields")]
        if not ticked:
            raise NoField
        values, said, typed = {}, [], {}
        for name in ticked:
            field = form[name]
            if not field.validate(form):
                raise _Said(" ".join(str(error) for error in field.errors))
            value = field.value if isinstance(field, EnumField) else field.data
            typed[name] = value
            values[self._column_of(name)] = self._stored(name, value)
            shown = label_of(value) if isinstance(field, EnumField) and value else str(value or "—")
            said.append(_("%(field)s: %(value)s", field=field.label.text, value=shown))
        self.check_bulk(typed)
        return values, " · ".join(said)

    def _column_of(self, name: str) -> str:
        prop = getattr(self.model, name).property
        return str(self._local(prop).key) if isinstance(prop, RelationshipProperty) else name

    def _local(self, prop: Any) -> Any:
        column = next(local for _remote, local in prop.synchronize_pairs if local.name != "structure_id")
        return sa.inspect(self.model).get_property_by_column(column)

    def _stored(self, name: str, value: Any) -> Any:
        prop = getattr(self.model, name).property
        if not isinstance(prop, RelationshipProperty):
            return value if value != "" else None
        remote = next(r for r, local in prop.synchronize_pairs if local.name != "structure_id")
        return getattr(value, prop.mapper.get_property_by_column(remote).key) if value is not None else None

    def _bulk_page(self, form: Any, ids: list[int], trouble: str = "") -> Any:
        key = self._key()
        named = session().query(self.model).filter(key.in_(ids[:SHOWN])).order_by(key) if ids else []
        return self.render(
            self.bulk_template,
            form=form,
            count=len(ids),
            named=[str(row) for row in named],
            shown=SHOWN,
            trouble=trouble,
            ticked=request.form.getlist("fields"),
        )

    # --- what was done ---

    @expose("/bulk/changes/")  # type: ignore[untyped-decorator]
    def bulk_changes_view(self) -> Any:
        """What was changed so within 30 days, and can be undone."""
        return self._changes_page()

    @expose("/bulk/undo/", methods=("POST",))  # type: ignore[untyped-decorator]
    def bulk_undo_view(self) -> Any:
        """Put every record back, or say which were changed since."""
        id = id_of(request.form.get("change", ""))
        done = bulk_changes.find(session(), self.endpoint, id) if id is not None else None
        if done is None:
            return self._changes_page(_("This change is not known here."))
        try:
            bulk_changes.undo(session(), self.model, done)
            session().commit()
        except ChangedSince as refusal:
            session().rollback()
            return self._changes_page(str(refusal), refusal.ids)
        except DomainError as refusal:
            session().rollback()
            return self._changes_page(str(refusal))
        flash(_("The change is undone: %(what)s.", what=done.said), "success")
        return redirect(self.get_url(".bulk_changes_view"))

    def _changes_page(self, trouble: str = "", ids: Sequence[int] = ()) -> Any:
        key = self._key()
        rows = session().query(self.model).filter(key.in_(ids[:SHOWN])).order_by(key).all() if ids else []
        done = bulk_changes.recent(session(), self.endpoint)
        more = len(ids) - len(rows)
        return self.render(self.bulk_changes_template, changes=done, trouble=trouble, changed=rows, more=more)


class _Said(DomainError):
    """What a field refuses."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence
