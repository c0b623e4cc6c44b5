"""Checks of every page of a module: who may open it, what it costs, what it may change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jalon.testing.conformance.kit import ON, OTHER, Kit, Page

POST_FORM = re.compile(r"<form[^>]*method=[\"']post[\"'][^>]*>(.*?)</form>", re.I | re.S)
BROKEN = range(500, 600)


def check_19_who_may_open(kit: Kit) -> list[str]:
    """19: each page asks anonymous visitors to sign in, refuses who has no right, opens to who has, hides from others."""
    kit.found()
    _sample(kit, ON)
    ids, faults = kit.ids(ON), []
    nobody, without, full, stranger = (kit.browser(n) for n in (None, f"none-{ON}", f"full-{ON}", f"full-{OTHER}"))
    for page in kit.pages(ON, ids):
        if page.method != "GET":
            continue
        right = 200 if page.offered else 404
        for who, browser, expected in (
            ("anonymous", nobody, 302),
            ("without right", without, 403 if page.offered else 404),
            ("with right", full, right),
            ("of another structure", stranger, 404),
        ):
            status = kit.send(browser, page).status_code
            if status != expected and not (who == "with right" and page.offered and status in (302, 422)):
                faults.append(f"{page} answers {status} to a visitor {who}, not {expected}")
    return faults


def check_20_no_way_across(kit: Kit) -> list[str]:
    """20: with the ids of another structure every page, form, action, export and look-up says 404 and changes nothing."""
    kit.found()
    _sample(kit, ON)
    ids, faults = kit.ids(ON), []
    stranger, without = kit.browser(f"full-{OTHER}"), kit.browser(f"none-{ON}")
    before = kit.rows()
    own = kit.ids(OTHER)
    for page in kit.pages(OTHER, ids):
        status = kit.send(stranger, page).status_code
        if _names_a_row(page, kit, ids) and page.offered and status != 404 and not _ids_meet(ids, own):
            faults.append(f"{page} answers {status} to another structure's id, not 404")
    for page in kit.pages(ON, ids):
        if page.method == "POST":
            status = kit.send(stranger, page).status_code
            if status != 404:
                faults.append(f"{page} answers {status} to a member of another structure, not 404")
            expected = 403 if page.offered else 404
            if (status := kit.send(without, page).status_code) != expected:
                faults.append(f"{page} answers {status} to a member without right, not {expected}")
    after = kit.rows()
    return faults + [
        f"rows of {name} were changed by another structure" for name in before if after[name] != before[name]
    ]


def _names_a_row(page: Page, kit: Kit, ids: dict[str, int]) -> bool:
    view = page.endpoint.rpartition(".")[2]
    by_argument = any(f"{name}>" in page.rule for name in ids if name.endswith("_id"))
    return by_argument or view in ("edit_view", "details_view", "delete_view")


def _ids_meet(ids: dict[str, int], own: dict[str, int]) -> bool:
    """In a database where both structures have rows the ids differ; none here."""
    return bool(set(ids.items()) & set(own.items()))


def check_25_queries_do_not_grow(kit: Kit) -> list[str]:
    """25: a page sends as many queries for four rows as for one."""
    kit.found()
    if kit.plugin.sample is None:
        return []
    full, faults = kit.browser(f"full-{ON}"), []
    kit.sample(ON, 1)
    few = dict(_costs(kit, full))
    for number in (2, 3, 4, 5):
        kit.sample(ON, number)
    many = dict(_costs(kit, full))
    for name, cost in many.items():
        if cost > few.get(name, cost):
            faults.append(f"{name} sends {few[name]} queries for one row and {cost} for five")
    return faults


def _costs(kit: Kit, browser: object) -> Iterator[tuple[str, int]]:
    """Queries of each page, the second time it is opened."""
    for page in kit.pages(ON, kit.ids(ON)):
        if page.method == "GET" and page.offered:
            kit.send(browser, page)  # type: ignore[arg-type]
            with kit.queries() as sent:
                kit.send(browser, page)  # type: ignore[arg-type]
            yield str(page), len(sent)


def check_28_changes_are_posted(kit: Kit) -> list[str]:
    """28: opening a page changes nothing; a form without its token is refused; every form carries it."""
    kit.found()
    _sample(kit, ON)
    full, faults = kit.browser(f"full-{ON}"), []
    pages = kit.pages(ON, kit.ids(ON))
    before = kit.rows()
    for page in pages:
        if page.method == "GET":
            answer = kit.send(full, page)
            if (now := kit.rows()) != before:
                faults.append(f"{page} changes rows by being opened")
                before = now
            if answer.status_code in BROKEN:
                faults.append(f"{page} answers {answer.status_code}")
            faults += [
                f"{page} has a form without csrf_token"
                for form in POST_FORM.findall(answer.text)
                if 'name="csrf_token"' not in form
            ]
        elif (status := kit.send(full, page, token=False).status_code) != 400:
            faults.append(f"{page} answers {status} without its token, not 400")
    if kit.rows() != before:
        faults.append("a form without its token changed rows")
    return faults


def _sample(kit: Kit, slug: str) -> None:
    if kit.plugin.sample is not None:
        kit.sample(slug, 1)
