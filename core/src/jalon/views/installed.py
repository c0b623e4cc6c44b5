"""What is installed here, for every member; and the components of the screens, for who writes a module."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

from flask import Blueprint, current_app, render_template
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from jalon import icons, libraries, modules
from jalon.access import requires
from jalon.app_of import mount
from jalon.db.current import session
from jalon.forms import DayField, JalonForm
from jalon.i18n import _, _l
from jalon.libraries import Library

blueprint = Blueprint("jalon_about", "jalon", template_folder="templates")


class GuideForm(JalonForm):
    """One field of each kind that the guide shows; nothing is sent."""

    name = StringField(_l("Name"), [InputRequired(_l("Say the name."))], description=_l("As it is written on papers"))
    day = DayField(_l("Day"))
    choice = SelectField(_l("Choice"), choices=[("one", _l("The first")), ("two", _l("The second"))])
    remarks = TextAreaField(_l("Remarks"))


@blueprint.get("/about/")
@requires("jalon.home")
def about() -> str:
    """Versions and licences of Jalon, its modules, what they are made with, and the database."""
    here = mount(current_app)
    registry = here.registry
    ours = ("jalon", *(f"jalon-{module.slug}" for module in registry.loaded()))
    return render_template(
        "jalon/about.html",
        jalon=_installed("jalon"),
        cards=modules.cards(session(), registry),
        libraries=libraries.needed_by(ours),
        shipped=libraries.shipped(),
        database=libraries.database(here.db.engine.dialect),
    )


@blueprint.get("/styleguide/")
@requires("jalon.styleguide")
def styleguide() -> str:
    """Every component, drawn and as markup: what is shown is what is used."""
    form = GuideForm(data={"name": "", "choice": "one"})
    wrong = GuideForm(formdata=None, prefix="wrong")
    wrong.name.errors = [_("Say the name.")]
    return render_template("jalon/styleguide.html", form=form, wrong=wrong, icons=icons.names())


def _installed(distribution: str) -> Library:
    """A copy that runs from a folder without being installed has no metadata."""
    try:
        return libraries.of(distribution)
    except PackageNotFoundError:
        return Library(distribution, "", "MIT")
