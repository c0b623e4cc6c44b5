"""The fifth door: pages opened with a link and no sign-in, only those a module declares."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from jalon import links, modules, pages
from jalon.access import needs_no_token, open_to_all
from jalon.app_of import mount
from jalon.db import open_session
from jalon.db.engine import SAFE_METHODS
from jalon.declarations import PublicEndpoint
from jalon.i18n import _
from jalon.models import Link, Structure
from jalon.registry import Registry
from jalon.scope import Scope
from jalon.views import visiting

blueprint = Blueprint("jalon_door", "jalon", template_folder="templates")
LOOKING_UP = Scope(across="a code says its structure only once it is found")
BOTH = ("GET", "POST")


@blueprint.route("/q/<code>", methods=BOTH)
@open_to_all("a label on a thing: whoever reads it holds its code")
@needs_no_token("the code in the address is the authority; whoever was shown it may use it")
def label(code: str) -> ResponseReturnValue:
    return _open("q", code)


@blueprint.route("/m/<code>", methods=BOTH)
@open_to_all("a link in a message: whoever got the message holds its code")
@needs_no_token("the code in the address is the authority; a mail provider that unsubscribes somebody has no token")
def message(code: str) -> ResponseReturnValue:
    return _open("m", code)


def _open(door: str, code: str) -> ResponseReturnValue:
    """Find the link, enter its structure without any right, and let its module answer; 404 for all else."""
    site = mount(current_app)
    with open_session(site.db, LOOKING_UP, read_only=True) as looking:
        link = links.find(looking, code)
        endpoint = _declared(site.registry, door, link) if link else None
        structure = looking.get(Structure, link.structure_id) if link else None
        if link is None or endpoint is None or structure is None or structure.closed_at is not None:
            return pages.not_found()
        scope = visiting.scope_in(looking, structure)
    if endpoint.gated and not modules.enabled(scope, link.module):
        return pages.not_found()
    answer = endpoint.view if request.method in SAFE_METHODS else endpoint.post
    if answer is None:
        return pages.refusal(405, _("Not this way"), _("This address can be opened; no form is sent to it."))
    session = visiting.enter(scope, speaker=link.module)
    response = visiting.answered(session, lambda: answer(session, link))
    response.headers["X-Robots-Tag"] = "noindex"  # it is somebody's own, whoever wrote the address down
    return response


def _declared(registry: Registry, door: str, link: Link) -> PublicEndpoint | None:
    """What the link's module declared for that purpose, at that door; nothing is open that nobody declared."""
    module = registry.get(link.module)
    if module is None or not module.loaded:
        return None
    return next((e for e in module.plugin.public if (e.door, e.purpose) == (door, link.purpose)), None)
