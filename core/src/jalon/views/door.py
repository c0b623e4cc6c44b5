"""The fifth door: pages opened with a link and no sign-in, only those a module declares."""

from __future__ import annotations

from flask import Blueprint, current_app, g
from flask.typing import ResponseReturnValue

from jalon import links, modules, pages, structures
from jalon.access import open_to_all
from jalon.db import open_session
from jalon.declarations import PublicEndpoint
from jalon.models import Link, Structure
from jalon.registry import Registry
from jalon.scope import Actor, Scope

blueprint = Blueprint("jalon_door", "jalon", template_folder="templates")
VISITOR = Actor("visitor")
LOOKING_UP = Scope(across="a code says its structure only once it is found")


@blueprint.get("/q/<code>")
@open_to_all("a label on a thing: whoever reads it holds its code")
def label(code: str) -> ResponseReturnValue:
    return _open("q", code)


def _open(door: str, code: str) -> ResponseReturnValue:
    """Find the link, enter its structure without any right, and let its module answer; 404 for all else."""
    mount = current_app.extensions["jalon"]
    with open_session(mount.db, LOOKING_UP, read_only=True) as looking:
        link = links.find(looking, code)
        endpoint = _declared(mount.registry, door, link) if link else None
        structure = looking.get(Structure, link.structure_id) if link else None
        if link is None or endpoint is None or structure is None or structure.closed_at is not None:
            return pages.not_found()
        scope = Scope(
            structure=structures.ref(structure),
            actor=VISITOR,
            enabled=modules.read_enabled(looking, mount.registry, structure.id),
        )
    if endpoint.gated and not modules.enabled(scope, link.module):
        return pages.not_found()
    g.jalon_speaker = link.module  # the door is the core's, the sentences behind it are the module's
    with open_session(mount.db, scope, read_only=True) as visiting:
        return endpoint.view(visiting, link) or pages.not_found()


def _declared(registry: Registry, door: str, link: Link) -> PublicEndpoint | None:
    """What the link's module declared for that purpose, at that door; nothing is open that nobody declared."""
    module = registry.get(link.module)
    if module is None or not module.loaded:
        return None
    return next((e for e in module.plugin.public if (e.door, e.purpose) == (door, link.purpose)), None)
