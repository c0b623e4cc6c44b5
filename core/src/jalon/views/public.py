"""Pages without sign-in that modules declare, below `/p/`; what nobody declared, or is off, does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jalon import logos, modules, pages, structures, throttle
from jalon.access import open_to_all
from jalon.app_of import mount
from jalon.db import open_session
from jalon.db.engine import SAFE_METHODS
from jalon.declarations import PublicPage
from jalon.i18n import _
from jalon.scope import Scope
from jalon.views import visiting
from jalon.views.proof import network
from jalon.views.structure import picture

if TYPE_CHECKING:
    from jalon.registry import Module

blueprint = Blueprint("jalon_public", "jalon", template_folder="templates")
LOOKING_UP = Scope(across="which structure is visited is said by the address")
COUNTING = Scope(across="how often a network sends a public form is counted for all structures together")
NAME = re.compile(r"[a-z][a-z0-9_]*")
METHODS = frozenset({"GET", "POST"})


@blueprint.get("/logo")
@open_to_all("a structure’s logo stands on its letters, and on the pages that it opens to all")
def logo() -> ResponseReturnValue:
    """The picture of an open structure; its address changes with it, so that a browser may keep what it has."""
    with open_session(mount(current_app).db, LOOKING_UP, read_only=True) as looking:
        structure = structures.at(looking, g.jalon_slug) or abort(404)
        scope = visiting.scope_in(looking, structure)
    session = visiting.enter(scope, speaker="core")
    return picture(logos.of(session) or abort(404), logos.mark(session), public=True)


def mount_pages(app: Flask, under: str, module: Module) -> None:
    """Give a module's public pages their addresses below `under`.

    Raises ValueError for a page that is not declared well, and for a page or link that does not say why it is open.
    """
    for link in module.plugin.public:
        if not link.why.strip():
            raise ValueError(f"the link {link.purpose} of {module.slug} must say why it is open to all")
    for page in module.plugin.public_pages:
        _check(module.slug, page)
        app.add_url_rule(
            f"{under}/{module.slug}/{page.path}",
            endpoint=f"{blueprint.name}.{module.slug}_{page.name}",
            view_func=_view_of(module.slug, page),
            methods=list(page.methods),
        )


def _check(slug: str, page: PublicPage) -> None:
    if not NAME.fullmatch(page.name) or page.path.startswith("/"):
        raise ValueError(f"the public page {page.name!r} of {slug} needs a name in lower case and a path without /")
    if not page.why.strip():
        raise ValueError(f"the public page {page.name} of {slug} must say why it is open to all")
    if not page.methods or set(page.methods) - METHODS:
        raise ValueError(f"the public page {page.name} of {slug} answers to GET and POST only")


def _view_of(slug: str, page: PublicPage) -> Callable[..., ResponseReturnValue]:
    @open_to_all(page.why)
    def view(**values: Any) -> ResponseReturnValue:
        return _show(slug, page, values)

    view.jalon_public_page = (slug, page)  # type: ignore[attr-defined]
    return view


def _show(slug: str, page: PublicPage, values: dict[str, Any]) -> ResponseReturnValue:
    """404 alike for a structure that is unknown or closed, a module that is off or absent, a page that is none."""
    with open_session(mount(current_app).db, LOOKING_UP, read_only=True) as looking:
        here = structures.at(looking, g.jalon_slug)
        structure = here or structures.formerly_at(looking, g.jalon_slug)
        scope = visiting.scope_in(looking, structure) if structure and _is_well(slug) else None
    if scope is None or (page.gated and not modules.enabled(scope, slug)):
        return pages.not_found()
    if here is None:
        return _at_new_address(scope, values)
    session = visiting.enter(scope, speaker=slug)
    if request.method not in SAFE_METHODS and (minutes := _too_often(scope)):
        return _wait(minutes)
    return visiting.answered(session, lambda: page.view(session, **values))


def _is_well(slug: str) -> bool:
    """One that fails after its first page was given an address answers at none."""
    module = mount(current_app).registry.get(slug)
    return module is not None and module.loaded


def _at_new_address(scope: Scope, values: dict[str, Any]) -> ResponseReturnValue:
    """An address on a leaflet is followed for ever; a form is not sent twice."""
    if scope.structure is None or request.method not in SAFE_METHODS:
        return pages.not_found()
    return redirect(url_for(request.endpoint or "", **{**values, "structure": scope.structure.slug}), 301)


def _too_often(scope: Scope) -> int:
    """Count this form; in how many minutes it may be sent again from that network, 0 when it may be now."""
    who = f"{network()} {scope.structure.id if scope.structure else 0} {request.endpoint}"
    try:
        with open_session(mount(current_app).db, COUNTING) as counting:
            throttle.reserve(counting, "page-ip", who)
            counting.commit()
    except throttle.TooManyAttempts as error:
        return int(str(error.values["minutes"]))
    return 0


def _wait(minutes: int) -> ResponseReturnValue:
    said = _("This form was sent many times from your network. Nothing was saved this time.")
    again = _("Try again in %(minutes)s min.", minutes=minutes)
    response = current_app.make_response(pages.refusal(429, _("One moment, please"), said, advice=again))
    response.headers["Retry-After"] = str(minutes * 60)
    return response
