"""The first two steps, before any structure exists: the first account, and the structure it founds."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length

from jalon import accounts, first_steps, pages, structures
from jalon.access import open_to_all
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.forms import JalonForm
from jalon.i18n import _, _l
from jalon.models import Structure
from jalon.scope import Actor, Scope
from jalon.views import identity as sign_in

blueprint = Blueprint("jalon_start", "jalon", template_folder="templates")
LOOKING = Scope(across="see whether anybody has an account, and who asks")
ZONES = (
    ("Europe/Paris", _l("Metropolitan France")),
    ("America/Guadeloupe", _l("Guadeloupe, Saint-Martin, Saint-Barthélemy")),
    ("America/Martinique", _l("Martinique")),
    ("America/Cayenne", _l("French Guiana")),
    ("Indian/Reunion", _l("Réunion")),
    ("Indian/Mayotte", _l("Mayotte")),
    ("America/Miquelon", _l("Saint-Pierre-et-Miquelon")),
    ("Pacific/Noumea", _l("New Caledonia")),
    ("Pacific/Tahiti", _l("French Polynesia")),
    ("Pacific/Wallis", _l("Wallis and Futuna")),
)
FREE_OF_ACCOUNTS = frozenset({"jalon_account.login", "jalon_account.start"})


class AccountForm(JalonForm):
    """Who administers the platform."""

    name = StringField(
        _l("First and last name"),
        [DataRequired(_l("Type your name.")), Length(max=120)],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        _l("E-mail address"),
        [
            InputRequired(_l("Type your e-mail address.")),
            Length(max=254),
        ],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Choose a password."))],
        description=_l("At least 10 characters: three or four words that have nothing to do with each other."),
        render_kw={"autocomplete": "new-password"},
    )
    repeated = PasswordField(
        _l("The same password again"),
        [EqualTo("password", _l("Both passwords must be the same."))],
        render_kw={"autocomplete": "new-password"},
    )


class StructureForm(JalonForm):
    """The association that will work here."""

    name = StringField(
        _l("Name of the structure"),
        [DataRequired(_l("Type the structure's name.")), Length(max=120)],
        render_kw={"data-proposes": "slug"},
    )
    slug = StringField(
        _l("Its address on this site"),
        [Length(max=structures.LONGEST)],
        description=_l("Lower-case letters, digits and hyphens. It can be changed later: old links still lead there."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    zone = SelectField(_l("Where it works"), choices=lambda: [(key, str(label)) for key, label in ZONES])


@blueprint.before_app_request
def say_that_nobody_is_there() -> ResponseReturnValue | None:
    """Before any account a sign-in form would send people round in circles."""
    if request.method != "GET" or request.endpoint not in FREE_OF_ACCOUNTS:
        return None
    try:
        with open_session(current_app.extensions["jalon"].db, LOOKING, read_only=True) as reading:
            nobody = first_steps.nobody_yet(reading)
    except DBAPIError:  # no tables yet, or no database: /health and “jalon check” say so
        return None
    return render_template("jalon/first_nobody.html") if nobody else None


@blueprint.route("/first-steps/<key>", methods=["GET", "POST"])
@open_to_all("its key is told to whoever runs the server, and good only while nobody has an account")
def account(key: str) -> ResponseReturnValue:
    """Step 1: open the first account and sign in."""
    folder = Path(current_app.config["JALON_DATA_DIR"])
    if not first_steps.good_key(folder, current_app.config["SECRET_KEY"], key):
        return _no_longer()
    form = AccountForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            user_id = _open_account(form)
        except DomainError as refusal:
            refuse_at_field(form, refusal)
        else:
            first_steps.spend_key(folder)
            sign_in.enter(user_id, second_factor=False)
            return redirect(url_for(".structure"))
    return _answer("jalon/first_account.html", form)


def _open_account(form: AccountForm) -> int:
    typed = {name: form.data[name] or "" for name in ("name", "email", "password")}
    opening = Scope(actor=Actor(typed["name"]), across="the first account belongs to no structure")
    with open_session(current_app.extensions["jalon"].db, opening) as writing:
        user = first_steps.open_account(writing, **typed)
        writing.commit()
        return user.id


@blueprint.route("/first-steps/structure", methods=["GET", "POST"])
@open_to_all("there is no structure yet to hold a right in: it asks itself for a platform administrator")
def structure() -> ResponseReturnValue:
    """Step 2: found the first structure; a further one is not founded here."""
    identity = sign_in.identify()
    if identity is None:
        return sign_in.sign_in()
    with open_session(current_app.extensions["jalon"].db, LOOKING, read_only=True) as reading:
        user = accounts.user_of(reading, identity)
        actor = accounts.actor_of(user) if user else None
        there = reading.scalar(select(Structure.slug).where(Structure.closed_at.is_(None)).limit(1))
    if actor is None or not actor.platform_admin:
        return pages.not_found()
    if there is not None:
        return redirect(url_for("jalon_account.start"))
    form = StructureForm(request.form)
    if request.method == "POST" and form.validate() and (slug := _found(form, actor)):
        return redirect(url_for("jalon_first_steps.member", structure=slug))
    return _answer("jalon/first_structure.html", form)


def _found(form: StructureForm, actor: Actor) -> str | None:
    """Found the structure; its address, None when that was refused at its field."""
    mount = current_app.extensions["jalon"]
    with open_session(mount.db, Scope(actor=actor, across="found the first structure")) as writing:
        slug, reserved = typed_slug(form), mount.reserved_slugs(current_app)
        if slug is None:
            return None
        try:
            founded = structures.found(writing, slug, name=(form.name.data or "").strip(), reserved=reserved)
        except DomainError as refusal:
            refuse_at_field(form, refusal)
            return None
        founded.zone = form.zone.data
        writing.commit()
        return slug


def typed_slug(form: StructureForm) -> str | None:
    """The address as typed; when it was left empty, one is proposed in its field and nothing is done yet."""
    slug = (form.slug.data or "").strip()
    if slug:
        return slug
    form.slug.data = structures.proposed_slug(form.name.data or "")
    form.slug.raw_data = [form.slug.data]
    said = _("An address is missing. Here is one made from the name: keep it or change it.")
    form.slug.errors = [said if form.slug.data else _("Type an address, for instance “garage-solidaire”.")]
    return None


def refuse_at_field(form: JalonForm, refusal: DomainError) -> None:
    """Say a refusal at the field it belongs to, above the form when it belongs to none."""
    field = form._fields.get(refusal.field) if refusal.field else None
    if field is None:
        form.form_errors = [str(refusal)]
    else:
        field.errors = [*field.errors, str(refusal)]


def _answer(template: str, form: JalonForm) -> ResponseReturnValue:
    page = render_template(template, form=form, steps=first_steps.steps())
    return (page, 422) if request.method == "POST" else page


def _no_longer() -> ResponseReturnValue:
    return pages.refusal(
        404,
        _("This address is not good, or no longer"),
        _("It is good once, within a day, and only while nobody has an account here."),
        advice=_("If you have an account, sign in. If nobody has one, run “jalon first-steps” on the server."),
    )
