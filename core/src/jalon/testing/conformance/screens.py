"""Checks of every address of a module: who may open it, whose rows it reaches, what it costs, what it changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jalon import core_rights
from jalon.access import asks_token
from jalon.migrate import CORE
from jalon.testing.conformance.check import check
from jalon.testing.conformance.forms import forms_in
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.routes import Route, missing_arguments
from jalon.testing.conformance.snapshot import Contents, changed
from jalon.testing.conformance.stage import HERE, HOLDER, NOBODY, READER, STRANGER, THERE, Reply, Stage, shows

Ids = Mapping[str, Any]
POST_FORM = re.compile(r"<form\b[^>]*method=[\"']post[\"'][^>]*>(.*?)</form>", re.IGNORECASE | re.DOTALL)
CARRIES_TOKEN = ("csrf_token", "render_form(")


BOOKKEEPING = frozenset({"jalon_account_event", "jalon_attempt", "jalon_session"})  # who came in, who tried to


def _written(before: Contents, after: Contents) -> list[str]:
    """Tables that a request changed, but those in which the door notes that it came."""
    return [table for table in changed(before, after) if table not in BOOKKEEPING]


@check(19, both_databases=True)
def check_every_page_asks_who_is_there(kit: Kit) -> list[str]:
    """Each GET: anonymous -> sign-in, no right -> 403, every right -> 200 or 302, of another structure -> 404.

    A page that is open to all answers everybody alike, and says why it is open.
    """
    with kit.stage() as stage:
        ids = stage.sample(HERE)
        faults = _unknown(stage, ids)
        for route in stage.routes():
            if route.method == "GET" and not missing_arguments(kit, route, ids):
                faults += _who(stage, route, ids)
        return faults


def _unknown(stage: Stage, ids: Ids) -> list[str]:
    """Addresses that the kit cannot build."""
    return [
        f"{route}: the kit knows no value for <{name}>: call it <table>_id, or give it in `arguments`"
        for route in stage.routes()
        for name in missing_arguments(stage.kit, route, ids)
    ]


def _who(stage: Stage, route: Route, ids: Ids) -> list[str]:
    """The faults of one route, asked by each kind of person about their own structure's rows."""
    if not route.in_structure:
        return _outside(stage, route, ids)
    if route.open:
        return _open_to_all(stage, route, ids)
    faults = []
    for who, allowed in _expected(stage.kit, route).items():
        before = stage.contents()
        reply = stage.ask(who, route, HERE, ids)
        if not _is(reply, allowed):
            faults.append(f"{route} answers {reply} to {_called(who)}, not {' or '.join(map(str, allowed))}")
        if who != HOLDER and (tables := _written(before, stage.contents())):
            faults.append(f"{route}, sent by {_called(who)}, changes rows of {', '.join(tables)}")
    return faults


def _open_to_all(stage: Stage, route: Route, ids: Ids) -> list[str]:
    """A page without sign-in is the same for a visitor and for whoever is signed in, here or elsewhere."""
    replies = {who: stage.ask(who, route, HERE, ids) for who in (None, STRANGER, HOLDER)}
    faults = [
        f"{route}, which is open to all, answers {reply} to {_called(who)}"
        for who, reply in replies.items()
        if reply.status not in (200, 302, 404)
    ]
    if len({reply.status for reply in replies.values()}) > 1:
        faults.append(f"{route}, which is open to all, does not answer everybody alike")
    return faults


def _outside(stage: Stage, route: Route, ids: Ids) -> list[str]:
    """Pages without structure answer by what the link says, to everybody; the core declares each one open."""
    faults = [] if route.open else [f"{route} belongs to no structure and is not declared open"]
    reply = stage.ask(None, route, HERE, ids)
    return faults if reply.status < 500 else [*faults, f"{route} answers {reply} to an anonymous visitor"]


def _expected(kit: Kit, route: Route) -> dict[str | None, tuple[Any, ...]]:
    """Who asks, and what each may be answered. The holder comes last: a row may then be gone."""
    if route.endpoint == "jalon_admin.index":  # Flask-Admin's own start page, which is nobody's
        return dict.fromkeys((None, NOBODY, READER, STRANGER, HOLDER), (404,))
    if not route.offered:
        return {None: ("sign-in",), NOBODY: (404,), READER: (404,), STRANGER: (404,), HOLDER: (404,)}
    everybody = kit.slug == CORE and route.permission in core_rights.EVERY_MEMBER
    done = (200, 302, 422) if route.method == "POST" else (200, 302)
    looking = (200, 302, 403, 422) if route.method == "POST" else (200, 302, 403)
    reading = (403,) if route.writes and not everybody else looking
    return {None: ("sign-in",), NOBODY: done if everybody else (403,), READER: reading, STRANGER: (404,), HOLDER: done}


def _is(reply: Reply, allowed: tuple[Any, ...]) -> bool:
    to_sign_in = reply.status == 302 and reply.location.startswith("/login")
    return "sign-in" in allowed if to_sign_in else reply.status in allowed


def _called(who: str | None) -> str:
    names = {
        None: "an anonymous visitor",
        NOBODY: "a member without right",
        READER: "a member who may only read",
        HOLDER: "a member with every right",
        STRANGER: "a member of another structure",
    }
    return names[who]


@check(20, both_databases=True)
def check_nothing_is_done_from_outside(kit: Kit) -> list[str]:
    """Each POST as each GET; and with the ids of another structure's rows: 404, the rows unchanged, none shown."""
    with kit.stage() as stage:
        faults, ids = [], stage.sample(HERE)
        for route in stage.routes():
            posted = route.method == "POST" and not route.open
            ids = stage.sample(HERE) if posted else ids
            if missing_arguments(kit, route, ids):
                continue  # named by check 19
            if posted:
                faults += _who(stage, route, ids)
            if route.in_structure and route.offered and kit.slug != CORE:
                faults += _foreign_ids(stage, route)
        return faults + _crossing_rows(stage)


def _foreign_ids(stage: Stage, route: Route) -> list[str]:
    """Asked `here`, by somebody with every right, about rows of `there`."""
    ids = stage.sample(THERE)
    marks = _marks(stage, ids)
    values = _values_of_there(stage, route, ids)
    before = stage.rows_of(THERE)
    reply = stage.ask(HOLDER, route, HERE, ids, values=values)
    faults = [
        f"{route} changes rows of {table} of another structure" for table in changed(before, stage.rows_of(THERE))
    ]
    # a bulk action skips what it cannot see, so it may answer as if done
    if route.of_record and route.page != "action_view" and reply.status != 404:
        faults.append(f"{route} answers {reply} to the id of another structure's row, not 404")
    if reply.status >= 500:
        faults.append(f"{route} answers {reply} to values of another structure")
    seen = [mark for mark in marks if mark not in values.values() and shows(reply.text, mark)]
    return faults + [f"{route} shows “{mark}” of another structure" for mark in seen]


def _values_of_there(stage: Stage, route: Route, ids: Ids) -> dict[str, str]:
    """What the form of a row of `there` holds: sent `here`, its choices are foreign."""
    if route.screen is None or route.method != "POST" or route.page not in ("edit_view", "create_view"):
        return {}
    edit = next(
        (r for r in stage.routes() if r.screen is route.screen and r.page == "edit_view" and r.method == "GET"), None
    )
    return stage.shown_values(edit, THERE, ids) if edit is not None and edit.offered else {}


def _marks(stage: Stage, ids: Ids) -> list[str]:
    """Texts by which the sample rows of `there` would be known on a page."""
    return sorted(stage.texts(THERE, ids) - stage.texts(HERE))


def _crossing_rows(stage: Stage) -> list[str]:
    """After all that was sent, no row points into another structure."""
    return [
        f"{table.name} ({', '.join(key.column_keys)}) has rows that point into another structure"
        for table in stage.kit.tables()
        for key in table.foreign_key_constraints
        if stage.crosses(table, key)
    ]


@check(25)
def check_queries_do_not_grow_with_the_rows(kit: Kit) -> list[str]:
    """Each page, opened a second time, sends the same number of queries with one row and with four."""
    with kit.stage() as stage:
        ids = stage.sample(HERE)
        pages = [r for r in stage.routes() if _is_page(kit, r, ids)]
        for route in pages:  # what is read is logged, and the log is one of the pages
            stage.ask(HOLDER, route, HERE, ids)
        few = [_cost(stage, route, ids) for route in pages]
        for _ in range(3):
            stage.sample(HERE)
        many = [_cost(stage, route, ids) for route in pages]
    return [
        f"{route} sends {before} queries with one row and {after} with four"
        for route, before, after in zip(pages, few, many, strict=True)
        if after != before
    ]


def _is_page(kit: Kit, route: Route, ids: Ids) -> bool:
    """A page that a member with every right can open."""
    return route.method == "GET" and route.in_structure and route.offered and not missing_arguments(kit, route, ids)


def _cost(stage: Stage, route: Route, ids: Ids) -> int:
    stage.ask(HOLDER, route, HERE, ids)
    with stage.queries() as sent:
        stage.ask(HOLDER, route, HERE, ids)
    return len(sent)


@check(28)
def check_what_changes_is_posted_with_its_token(kit: Kit) -> list[str]:
    """Opening changes nothing; a POST address opened is 405; a POST without token is 400 and changes nothing."""
    with kit.stage() as stage:
        faults, ids = _forms_without_token(kit), stage.sample(HERE)
        for route in stage.routes():
            if missing_arguments(kit, route, ids):
                continue  # named by check 19
            faults += _opened(stage, route, ids) if route.method == "GET" else _without_token(stage, route, ids)
        return faults


def _forms_without_token(kit: Kit) -> list[str]:
    """In the templates as they are written, so also in branches that no sample shows."""
    return [
        f"{path.name}: a form is posted without csrf_token"
        for path in sorted((kit.root / "templates").rglob("*.html"))
        for form in POST_FORM.findall(path.read_text(encoding="utf-8"))
        if not any(sign in form for sign in CARRIES_TOKEN)
    ]


def _opened(stage: Stage, route: Route, ids: Ids) -> list[str]:
    before = stage.contents()
    reply = stage.ask(HOLDER, route, HERE, ids)
    faults = [f"{route} changes rows of {table} by being opened" for table in _written(before, stage.contents())]
    if reply.status >= 500:
        faults.append(f"{route} answers {reply}: opening a page writes nothing")
    bare = [f for f in forms_in(reply.text) if f.method == "post" and not f.fields.get("csrf_token")]
    return faults + [f"{route} shows a form to {form.action or 'itself'} without csrf_token" for form in bare]


def _has_page(stage: Stage, route: Route) -> bool:
    """Whether something answers the same address when it is opened: a form, sent back to where it stands."""
    return any(r.rule.rule == route.rule.rule and "GET" in (r.rule.methods or ()) for r in stage.routes())


def _without_token(stage: Stage, route: Route, ids: Ids) -> list[str]:
    faults = []
    before = stage.contents()
    reply = stage.ask(HOLDER, route, HERE, ids, token=False)
    if not asks_token(route.view):  # of the core's doors, where a code is the authority: this one opens nothing
        return [] if reply.status < 500 else [f"{route} answers {reply} without a token"]
    if reply.status != 400:
        faults.append(f"{route} answers {reply} without its token, not 400")
    faults += [f"{route} changes rows of {table} without its token" for table in _written(before, stage.contents())]
    if route.in_structure and not _has_page(stage, route):
        opened = stage.get(HOLDER, stage.address(route, HERE, ids))
        if opened.status != 405:
            faults.append(f"{route.rule.rule} answers {opened} when it is opened, not 405")
    return faults
