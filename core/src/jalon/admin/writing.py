"""The half of a screen that writes: its forms, the rules they call, and refusals at their field."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.helpers import get_redirect_target
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from jalon.admin.bulk import Bulk
from jalon.admin.fields import AboutHiddenField
from jalon.admin.keys import key_of
from jalon.admin.relations import RelationsField
from jalon.admin.rows import RowsConverter, RowsField
from jalon.db import refusal_of
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import EnumField, OpenedField, RelationField, VersionField, refuse
from jalon.i18n import _, _l


class StaleRecord(DomainError):
    """Somebody else saved the record between its display and this save."""

    message = _l("This record was changed meanwhile by somebody else. Reload it to see the change; nothing was saved.")


class NotSaved(DomainError):
    """The database refused for a reason nobody gave a sentence to."""

    message = _l("This could not be saved: it contradicts other records.")


class Writing(Bulk):
    """Forms that end in a rule: saved whole and committed, or refused with everything that was typed.

    Below `Bulk`, `Lists` and `Reading`, not beside them: Flask-Admin gives every class its own copy of all inherited
    pages, and of two sisters the first would hide what the second overrides.
    """

    inline_model_form_converter = RowsConverter

    @expose("/new/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def create_view(self) -> Any:
        """The empty form, and what becomes of it: saved in our words, where Flask-Admin's own are poor French."""
        back, form = self._back(), self.create_form()
        if self.validate_form(form) and (made := self.create_model(form)):
            flash(_("It is saved."), "success")
            again = "_add_another" in request.form
            target = self.get_url(".create_view", url=back) if again else self._address_of(made, back)
            return redirect(target)
        return self.render(self.create_template, form=form, return_url=back)

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def edit_view(self) -> Any:
        """A record's form, and what becomes of it."""
        back, record = self._back(), self.get_one(request.args.get("id"))
        form = self.edit_form(obj=record)
        if (met := self.meeting(form, record)) is not None:
            return met
        if self.validate_form(form) and self.update_model(form, record):
            flash(_("The change is saved."), "success")
            return redirect(self._address_of(record, back))
        return self.render(self.edit_template, model=record, form=form, return_url=back)

    @expose("/delete/", methods=("POST",))  # type: ignore[untyped-decorator]
    def delete_view(self) -> Any:
        """Remove a record for good, where the screen lets it; said in our words."""
        if self.delete_model(self.get_one(request.form.get("id"))):
            flash(_("It is removed."), "success")
        return redirect(self._back())

    @expose("/ajax/update/", methods=("POST",))  # type: ignore[untyped-decorator]
    def ajax_update(self) -> Any:
        """One cell of a list, as `column_editable_list` lets it be typed; refused in a sentence with 422."""
        form = self.list_form()
        for name in [field.name for field in form if field.name not in request.form]:
            del form[name]
        if not self.column_editable_list or "list_form_pk" not in form:
            abort(404)
        record = self.get_one(form.list_form_pk.data)
        if self.validate_form(form) and self.update_model(form, record):
            return _("The change is saved.")
        return " ".join(_sentences(form.errors)), 422

    @action("delete", _l("Delete"), _l("Delete the chosen records?"))  # type: ignore[untyped-decorator]
    def action_delete(self, ids: list[str]) -> None:
        """Delete several at once, of those that are ids."""
        super().action_delete([key for id in ids if (key := key_of(self.model, id)) is not None])

    def _back(self) -> str:
        """Where somebody came from: the list as they left it."""
        try:
            back = get_redirect_target()
        except ValueError:  # brackets that do not close
            back = None
        return str(back or self.get_url(".index_view"))

    def _address_of(self, record: Any, back: str) -> str:
        return str(self.get_url(".edit_view", id=self.get_pk_value(record), url=back))

    def create_form(self, obj: Any = None) -> Any:
        """An empty form; a link may propose values for its fields."""
        proposed = request.method == "GET" and set(request.args) & set(self._create_form_class()._fields)
        return self._stripped(self._create_form_class(request.args)) if proposed else super().create_form(obj)

    def edit_form(self, obj: Any = None) -> Any:
        form = super().edit_form(obj)
        if hasattr(form, "version") and request.method == "GET":
            form.version.data = str(obj.version)
        return form

    def meeting(self, form: Any, record: Any) -> Any:
        """The page on which two who changed one record meet; None while nobody did."""
        return None

    def scaffold_form(self) -> Any:
        form_class = super().scaffold_form()
        if hasattr(self.model, "version"):
            form_class.version = VersionField()
            form_class.base = OpenedField()
        return form_class

    def add(self, values: dict[str, Any]) -> Any:
        """Create a record from typed values; a subclass calls its rule. Flushes, never commits."""
        record = self.model(**values)
        session().add(record)
        session().flush()
        return record

    def change(self, record: Any, values: dict[str, Any]) -> None:
        """Change a record to these values; a subclass calls its rule. Flushes, never commits."""
        for name, value in values.items():
            setattr(record, name, value)
        session().flush()

    def create_model(self, form: Any) -> Any:
        def save() -> Any:
            made = self.add(typed_values(form))
            _save_rows(form, made)
            return made

        return self._saved(form, save)

    def update_model(self, form: Any, model: Any) -> bool:
        def save() -> bool:
            shown = getattr(getattr(form, "version", None), "data", None)
            if shown is not None and shown != str(model.version):
                raise StaleRecord
            unread = {name: getattr(model, name) for name in form.left_out}  # who cannot read it does not empty it
            self.change(model, {**unread, **typed_values(form)})
            _save_rows(form, model)
            return True

        return bool(self._saved(form, save))

    def _saved(self, form: Any, save: Any) -> Any:
        """Run a save and commit; a refusal goes to its field and keeps what was typed."""
        try:
            result = save()
            session().commit()
            return result
        except DomainError as refusal:
            self._refuse(form, refusal)
        except StaleDataError:
            self._refuse(form, StaleRecord())
        except IntegrityError as error:
            self._refuse(form, refusal_of(error) or NotSaved())
        return False

    def _refuse(self, form: Any, refusal: DomainError) -> None:
        session().rollback()
        for choice in form._fields.values():
            if isinstance(choice, (RelationField, RelationsField)):
                choice.forget_rows()
        hidden = refusal.field is not None and self.hides(refusal.field)
        refuse(form, AboutHiddenField() if hidden else refusal)


def typed_values(form: Any) -> dict[str, Any]:
    """What a valid form holds, by field name: enums as enums, relations as rows."""
    return {
        name: field.value if isinstance(field, EnumField) else _storable(field.data)
        for name, field in form._fields.items()
        if not isinstance(field, (VersionField, RowsField)) and name != "list_form_pk"
    }


def _save_rows(form: Any, record: Any) -> None:
    """The rows typed in a record's form; they have no rule but their constraints."""
    for name, field in form._fields.items():
        if isinstance(field, RowsField):
            field.populate_obj(record, name)
    session().flush()


def _sentences(errors: Any) -> list[str]:
    """All errors of a form, however deep they stand."""
    if isinstance(errors, dict):
        errors = errors.values()
    return [str(errors)] if isinstance(errors, str) else [s for error in errors for s in _sentences(error)]


def _storable(value: Any) -> Any:
    """PostgreSQL stores no NUL in a text, and nobody types one on purpose."""
    return value.replace("\0", "") if isinstance(value, str) else value
