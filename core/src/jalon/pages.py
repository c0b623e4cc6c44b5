"""What every page of ours is given, and the pages that refuse."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import BuildError

from jalon import accounts, attached, importables, logos, members, once, referrals
from jalon.db.current import session
from jalon.declarations import MenuItem
from jalon.i18n import Catalogue, _, _l, core
from jalon.registry import Module
from jalon.scope import Scope, current_scope
from jalon.subjects import Found
from jalon.tenures import DIRECTION

log = logging.getLogger(__name__)
CORE_MENU = (
    (
        _l("Follow-up"),
        (
            MenuItem(_l("Tasks"), "jalon_tasks.index", "jalon.tasks.read"),
            MenuItem(_l("Documents"), "jalon_documents.index", "jalon.documents.read"),
        ),
    ),
    (
        _l("Partners"),
        (
            MenuItem(_l("Organisations"), "jalon_admin_organisation.index_view", "jalon.organisations.read"),
            MenuItem(_l("Prescripteurs"), "jalon_admin_referrer.index_view", "jalon.organisations.read"),
            MenuItem(_l("Conventions"), "jalon_admin_partner_convention.index_view", "jalon.organisations.read"),
            MenuItem(_l("Places"), "jalon_admin_place.index_view", "jalon.places.read"),
        ),
    ),
    (
        _l("Lists"),
        (
            MenuItem(_l("Import a list"), "jalon_imports.index", "jalon.imports"),
            MenuItem(_l("Export a list"), "jalon_exports.index", "jalon.exports"),
        ),
    ),
)
CSRF_FIELD = "csrf_token"
CSRF_KEY = "jalon_csrf"


@dataclass(frozen=True)
class MenuGroup:
    """A module's part of the navigation."""

    name: str
    items: list[tuple[MenuItem, str]]


@dataclass(frozen=True)
class OwnAccount:
    """The page of one's own account, and after how many idle seconds its session locks; our own site's only."""

    url: str
    idle_s: float


def context() -> dict[str, Any]:
    """Names our templates may use; nothing on a host's own pages."""
    mount = current_app.extensions["jalon"]
    if not mount.is_ours(request.endpoint):
        return {}
    catalogue = catalogue_of(g.get("jalon_speaker") or mount.owner_of(request.blueprint) or "core")
    scope = current_scope(session())
    return {
        "_": catalogue.gettext,
        "ngettext": catalogue.ngettext,
        "csrf_token": csrf_token,
        "jalon_scope": scope,
        "jalon_menu": menu(scope) if scope and scope.actor.user_id else [],
        "jalon_places": g.get("jalon_places", []),
        "jalon_right_needed": right_needed,
        "jalon_who_gives": who_gives,
        "jalon_attached": lambda table, id: attached.shown(session(), table, int(id)),
        "jalon_link": link,
        "jalon_once": once.key,
        "jalon_importable": lambda model: importables.of_model(mount.registry, scope, model) if scope else None,
        "jalon_referrals_waiting": lambda: referrals.waiting(session()),
        "jalon_demo": mount.shows_demo_accounts,
        "jalon_logo": lambda: logos.mark(session()),
        "jalon_sign_out": mount.sign_out_url(),
        "jalon_account": mount.account(),
    }


def link(found: Found) -> str:
    """The page of a record; empty when there is none in this application."""
    values: dict[str, Any] = dict(found.values)
    return url_for(found.endpoint, **values) if found.endpoint in current_app.view_functions else ""


def catalogue_of(slug: str) -> Catalogue:
    return core if slug == "core" else Catalogue(f"jalon_{slug}")


def csrf_token() -> str:
    token: str = generate_csrf(token_key=CSRF_KEY)
    return token


def menu(scope: Scope) -> list[MenuGroup]:
    """The navigation: what enabled modules offer to whoever holds the right. One that fails is left out."""
    groups = []
    for name, offered in CORE_MENU:
        if allowed := [(item, url_for(item.endpoint)) for item in offered if scope.may(item.permission)]:
            groups.append(MenuGroup(str(name), allowed))
    for module in current_app.extensions["jalon"].registry.loaded():
        if module.slug in scope.enabled and (items := _items(module, scope)):
            groups.append(MenuGroup(module.name, items))
    return groups


def _items(module: Module, scope: Scope) -> list[tuple[MenuItem, str]]:
    try:
        allowed = sorted(
            (i for i in module.plugin.menu if scope.may(i.permission)), key=lambda i: (i.order, i.endpoint)
        )
        return [(item, url_for(item.endpoint)) for item in allowed]
    except (BuildError, TypeError) as error:
        module.last_failure = f"menu: {error}"
        log.exception("the menu of module %s cannot be built", module.slug)
        return []


def refusal(code: int, title: str, sentence: str, *, advice: str = "", instead: str = "") -> ResponseReturnValue:
    """A page that says no: what, why, what to do about it, and the address of what can be read all the same."""
    said = {"title": title, "sentence": sentence, "advice": advice, "instead": instead}
    return render_template("jalon/refusal.html", _=_, code=code, **said), code


def not_found() -> ResponseReturnValue:
    return refusal(404, _("Not found"), _("This page does not exist, or not for you."))


def forbidden(permission: str) -> ResponseReturnValue:
    """Say which right is missing, who holds it and who can give it."""
    return refusal(
        403,
        _("You do not have this right"),
        right_needed(permission),
        advice=who_gives(permission),
        instead=_readable(),
    )


def _readable() -> str:
    """Of a record that one may read and not change, the address where it reads: links lead to its form."""
    screen = current_app.extensions["jalon"].screens.get(request.blueprint or "")
    scope = current_scope(session())
    if screen is None or scope is None or not (request.endpoint or "").endswith(".edit_view"):
        return ""
    may = screen.offers("details_view") and scope.may(screen.permission_for("details_view"))
    return url_for(".details_view", id=request.args.get("id", "")) if may else ""


def right_needed(permission: str) -> str:
    """The sentence that names a right."""
    registry = current_app.extensions["jalon"].registry
    return _("To do this, one must have the right to %(right)s.", right=accounts.label_of(registry, permission))


def who_gives(permission: str) -> str:
    """The roles that have a right, and who in this structure gives them, by name."""
    holders = accounts.roles_with(current_app.extensions["jalon"].registry, permission)
    if not holders:
        return _("Only platform administrators have it.")
    names = _direction()
    asked = (
        _("Ask %(names)s (direction) for one of them.", names=_(" or ").join(names))
        if names
        else _("A platform administrator can give you one of them.")
    )
    return " ".join([_("Roles that have it: %(roles)s.", roles=", ".join(holders)), asked])


def _direction() -> list[str]:
    """Names of the direction of the structure one is in, oneself left out; read once for a page."""
    if "jalon_direction" not in g:
        scope = current_scope(session())
        here = scope is not None and scope.structure is not None
        people = members.with_role(session(), DIRECTION) if here else []
        g.jalon_direction = [m.name for m in people if scope and m.user_id != scope.actor.user_id]
    names: list[str] = g.jalon_direction
    return names


def looking_only(name: str) -> ResponseReturnValue:
    """Somebody who looks as another member acts for nobody."""
    return refusal(
        403,
        _("You are only looking"),
        _("You see the site as %(name)s does, to look and not to act: nothing was saved.", name=name),
        advice=_("End this look with the button at the top of the page, then do it as yourself."),
    )


def bad_token() -> ResponseReturnValue:
    return refusal(
        400,
        _("This form is too old"),
        _("The page was open for too long or comes from elsewhere: nothing was saved."),
        advice=_("Go back, reload the page and send it again."),
    )


def give_error_pages(owner: Blueprint | Flask) -> None:
    """Our pages for the refusals of our blueprints, and of our own site; a host's own pages keep the host's."""
    owner.register_error_handler(404, lambda error: not_found())
    owner.register_error_handler(HTTPException, _http_error)
    owner.register_error_handler(500, _broken)


def _http_error(error: HTTPException) -> Any:
    if isinstance(error, SecurityError):  # a host name that is not ours: no page of ours can even be linked to
        return Response(_("This site has another address."), 400, mimetype="text/plain")
    if error.code is None or error.code < 400:
        return error
    if error.code == 401:
        return refusal(401, _("Sign in first"), _("This page is for people who are signed in."))
    if error.code == 413:
        return refusal(413, _("Too large"), _("What you sent is too large: nothing was saved."))
    if error.code == 405:
        return refusal(405, _("Not this way"), _("This address only answers to a form."))
    return refusal(error.code, _("This cannot be done"), _("The request was not understood: nothing was saved."))


def _broken(error: Exception) -> ResponseReturnValue:
    return refusal(
        500,
        _("Something broke"),
        _("This page could not be shown. Nothing was saved, and the error was noted."),
        advice=_("Try again; the other pages still work."),
    )
