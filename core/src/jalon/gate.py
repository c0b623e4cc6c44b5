"""The one gate in front of every route: signed in, member, module enabled, right; the row comes after."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_wtf.csrf import validate_csrf
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from jalon import access, access_log, accounts, flashes, modules, pages, seeing, structures, tracing, workplaces
from jalon.access import asks_token, is_open, max_bytes_of, permission_of
from jalon.accounts import Identity
from jalon.db import open_session
from jalon.db.engine import SAFE_METHODS
from jalon.scope import Actor, Scope

if TYPE_CHECKING:
    from jalon.app import Jalon

SIGN_IN = Scope(across="who signed in, and what may they do in the structure of the address")
A_MONTH = 31 * 24 * 3600


class Gate:
    """Stands before the routes of one application; silent on those that are not ours."""

    def __init__(self, mount: Jalon) -> None:
        self.mount = mount

    def install(self, app: Flask) -> None:
        app.url_value_preprocessor(self._pull_structure)
        app.url_defaults(self._push_structure)
        app.before_request(self._admit)
        app.after_request(flashes.give_back)
        app.after_request(lambda response: access_log.log_when_sent(response, app, self.mount.db))
        app.teardown_request(self._leave)

    def _pull_structure(self, endpoint: str | None, values: dict[str, Any] | None) -> None:
        if self.mount.is_ours(endpoint) and values is not None:
            g.jalon_slug = values.pop("structure", self.mount.structure)

    def _push_structure(self, endpoint: str, values: dict[str, Any]) -> None:
        if self.mount.is_ours(endpoint) and self.mount.structure:
            values.pop("structure", None)  # a link to the one structure there is
        if not self.mount.is_ours(endpoint) or "structure" in values or not g.get("jalon_slug"):
            return
        known = endpoint in current_app.view_functions  # of an unknown one, url_for itself says what is wrong
        if known and current_app.url_map.is_endpoint_expecting(endpoint, "structure"):
            values["structure"] = g.jalon_slug

    def _leave(self, error: BaseException | None) -> None:
        if stack := g.pop("jalon_stack", None):
            stack.close()

    def _admit(self) -> ResponseReturnValue | None:
        if not self.mount.is_ours(request.endpoint):
            return None
        g.jalon_stack = ExitStack()
        g.jalon_stack.enter_context(force_locale("fr"))
        owner = self.mount.owner_of(request.blueprint)
        view = current_app.view_functions[request.endpoint or ""]
        tracing.decided("route", owner is not None, request.endpoint)
        if owner is None:
            return pages.not_found()
        if request.endpoint and request.endpoint.endswith(".static"):
            return None
        if largest := max_bytes_of(view):
            request.max_content_length = largest
        flashes.take()
        asked = owner != "core" or asks_token(view)  # only the core opens a door without
        if request.method not in SAFE_METHODS and asked and not _token_is_good():
            return pages.bad_token()
        if owner == "core" and is_open(view):
            tracing.decided("open to all", True, request.endpoint)
            return None
        identity = self.mount.identify()
        tracing.decided("signed in", identity is not None)
        if identity is None:
            return self._send_to_sign_in()
        return self._admit_known(identity, owner, view)

    def _admit_known(self, identity: Identity, owner: str, view: Any) -> ResponseReturnValue | None:
        actor = self._recognise(identity)
        if actor is None:  # a closed account; asking a host to sign it in again would go round for ever
            return pages.not_found() if identity.external_id else self._send_to_sign_in()
        with open_session(self.mount.db, SIGN_IN, read_only=True) as reading:
            scope = self._scope(reading, identity, actor)
        tracing.decided("structure and membership", isinstance(scope, Scope), g.jalon_slug)
        if scope is None or isinstance(scope, Response):
            return scope or pages.not_found()
        g.jalon_stack.enter_context(scope.enter(self.mount.db.session()))
        answers = owner == "core" or modules.enabled(scope, owner)
        tracing.decided("module", answers, owner)
        if not answers:
            return pages.not_found()
        if scope.seen_as and request.method not in SAFE_METHODS and request.endpoint != seeing.END:
            return pages.looking_only(scope.seen_as)
        return self._check_right(scope, view)

    def _send_to_sign_in(self) -> ResponseReturnValue:
        """Whoever signs people in may flash a message for the sign-in page."""
        flashes.release()
        return self.mount.sign_in()

    def _recognise(self, identity: Identity) -> Actor | None:
        """The account of an identity; made on first sight for somebody a host vouches for."""
        with open_session(self.mount.db, SIGN_IN, read_only=True) as reading:
            user = accounts.user_of(reading, identity)
            if user is not None or not identity.external_id:
                return accounts.actor_of(user) if user else None
        with open_session(self.mount.db, SIGN_IN) as writing:
            user = accounts.welcome(writing, identity)
            writing.commit()
            return accounts.actor_of(user) if user else None

    def _scope(self, reading: Session, identity: Identity, actor: Actor) -> Scope | Response | None:
        slug = g.jalon_slug
        structure = structures.at(reading, slug) if slug else None
        former = structures.formerly_at(reading, slug) if slug and structure is None else None
        there = structure or former
        if there is None:
            return None
        scope = workplaces.scope_in(reading, self.mount.registry, there, actor=actor, host_roles=identity.roles)
        if former is not None:  # whoever may not enter is not even told that it moved
            return _to_new_address(former.slug) if scope else None
        g.jalon_places = [structures.ref(s) for s in workplaces.structures_of(reading, actor, identity.roles)]
        looked_as = seeing.current(scope) if scope else None
        return workplaces.seen_as(reading, self.mount.registry, scope, looked_as) if scope and looked_as else scope

    def _check_right(self, scope: Scope, view: Any) -> ResponseReturnValue | None:
        screen = self.mount.screens.get(request.blueprint or "")
        if screen is not None:
            name = (request.endpoint or "").rpartition(".")[2]
            if not screen.offers(name):
                return pages.not_found()
            permission: str | None = screen.permission_for(name)
        else:
            permission = permission_of(view)
        if permission is None:
            return pages.not_found()
        tracing.decided("right", scope.may(permission), permission)
        if not scope.may(permission):
            return pages.forbidden(permission)
        if screen is None and request.method in SAFE_METHODS:  # a generated screen says itself what it shows
            self._note_page(permission)
        return None

    def _note_page(self, permission: str) -> None:
        """A page that only a confidential right opens is itself something read."""
        if accounts.is_confidential(self.mount.registry, permission):
            access.note(permission, request.blueprint or "")


def _to_new_address(slug: str) -> Response | None:
    """Links to an address a structure once had are followed for ever; a form is not sent twice."""
    if request.method not in SAFE_METHODS:
        return None
    address = url_for(request.endpoint or "", **{**(request.view_args or {}), "structure": slug})
    query = request.query_string.decode()
    return redirect(f"{address}?{query}" if query else address, 301)


def _token_is_good() -> bool:
    token = request.form.get(pages.CSRF_FIELD) or request.headers.get("X-CSRFToken")
    try:
        validate_csrf(token, time_limit=A_MONTH, token_key=pages.CSRF_KEY)
    except ValidationError:
        return False
    return True
