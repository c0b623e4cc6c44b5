"""Keeping a view of a list, renaming and forgetting it, arranging one's columns."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue

from jalon import modules, pages, saved_views
from jalon.access import requires
from jalon.admin import AdminScreen
from jalon.admin.lists import PAGE_SIZES
from jalon.app_of import mount
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import SavedView
from jalon.scope import scope_of
from jalon.texts import id_of

blueprint = Blueprint("jalon_saved_views", "jalon", template_folder="templates")
ONE = "/views/<int(max=2147483647):saved_view_id>"


@blueprint.post("/views/")
@requires("jalon.home")
def save() -> ResponseReturnValue:
    """Keep what the list of this address shows."""
    screen = _screen(request.args.get("screen", ""))
    if screen is None:
        return _incomplete()
    shared, typed = "shared" in request.form, request.form.get("name", "")
    try:
        if shared and not scope_of(session()).may(screen.write_permission):
            raise saved_views.NotYours
        view = saved_views.save(session(), screen.endpoint, name=typed, query=screen.kept_query(), shared=shared)
        if "opens" in request.form:
            saved_views.open_with(session(), screen.endpoint, view)
        session().commit()
    except DomainError as refusal:
        session().rollback()
        return screen.views_page(typed=typed, trouble=str(refusal))  # type: ignore[no-any-return]
    flash(_("The view “%(name)s” is kept.", name=view.name), "success")
    return redirect(screen.view_url(view))


@blueprint.post(f"{ONE}/rename")
@requires("jalon.home")
def rename(saved_view_id: int) -> ResponseReturnValue:
    """Call a view otherwise."""
    view, screen = _view(saved_view_id)
    try:
        _check_mine(screen, view)
        saved_views.rename(session(), view, request.form.get("name", ""))
        session().commit()
        flash(_("The view is now called “%(name)s”.", name=view.name), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(screen.get_url(".views_view"))


@blueprint.post(f"{ONE}/remove")
@requires("jalon.home")
def remove(saved_view_id: int) -> ResponseReturnValue:
    """Forget a view; the records it showed stay."""
    view, screen = _view(saved_view_id)
    try:
        _check_mine(screen, view)
        name = view.name
        saved_views.remove(session(), view)
        session().commit()
        flash(_("The view “%(name)s” is removed; the records stay.", name=name), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(screen.get_url(".views_view"))


@blueprint.post("/views/open-with")
@requires("jalon.home")
def open_with() -> ResponseReturnValue:
    """Let one's own list open with a view, or whole."""
    screen = _screen(request.form.get("screen", ""))
    if screen is None:
        return _incomplete()
    chosen = id_of(request.form.get("view", ""))
    view = saved_views.find(session(), chosen) if chosen is not None else None
    try:
        saved_views.open_with(session(), screen.endpoint, view if view and view.screen == screen.endpoint else None)
        session().commit()
        flash(_("The list opens so from now on, for you."), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(screen.get_url(".views_view"))


@blueprint.post("/views/arrange")
@requires("jalon.home")
def arrange() -> ResponseReturnValue:
    """Choose and order one's columns; a button that moves one saves, and shows the form again."""
    screen = _screen(request.args.get("screen", ""))
    if screen is None:
        return _incomplete()
    order = [key for key in request.form.getlist("order") if key in screen.offered_columns()]
    shown = [key for key in order if key in request.form.getlist("column")]
    moved = request.form.get("up") or request.form.get("down") or ""
    step = -1 if "up" in request.form else 1
    if moved in shown and 0 <= (at := shown.index(moved)) + step < len(shown):
        shown[at], shown[at + step] = shown[at + step], shown[at]
    size = id_of(request.form.get("page_size", ""))
    as_made = "reset" in request.form
    try:
        if not shown and not as_made:
            raise NoColumn
        saved_views.arrange(
            session(),
            screen.endpoint,
            columns=[] if as_made else shown,
            page_size=size if size in PAGE_SIZES and not as_made else None,
        )
        session().commit()
    except DomainError as refusal:
        session().rollback()
        return screen.columns_page(trouble=str(refusal))  # type: ignore[no-any-return]
    return redirect(screen.get_url(".columns_view", **screen.state()) if moved else screen.list_url())


class NoColumn(DomainError):
    """A list of nothing."""

    def __str__(self) -> str:
        return _("Keep one column at least.")


def _screen(endpoint: str) -> AdminScreen | None:
    """The list of that name, if it is there for whoever asks."""
    screen, scope = mount(current_app).screens.get(endpoint), scope_of(session())
    if screen is None or not scope.may(screen.read_permission):
        return None
    return screen if screen.module == "core" or modules.enabled(scope, screen.module) else None


def _view(id: int) -> tuple[SavedView, AdminScreen]:
    """A view that one may open, and its list; 404 for any other."""
    view = saved_views.find(session(), id)
    screen = _screen(view.screen) if view is not None else None
    return (view, screen) if view is not None and screen is not None else abort(404)


def _check_mine(screen: AdminScreen, view: SavedView) -> None:
    """The structure's views are changed by whoever changes what they list. Raises NotYours."""
    if view.user_id is None and not scope_of(session()).may(screen.write_permission):
        raise saved_views.NotYours


def _incomplete() -> ResponseReturnValue:
    return pages.refusal(422, _("This cannot be done"), _("The form does not say of which list: nothing was saved."))
