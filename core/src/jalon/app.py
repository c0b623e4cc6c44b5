"""Mounting Jalon in an application, a host's or our own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakSet

from flask import Blueprint, Flask, abort
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

from jalon import (
    accounts,
    assets,
    headers,
    history,
    jobs,
    message_texts,
    numbers,
    pages,
    phones,
    setting_words,
    subjects,
    timeline,
)
from jalon.accounts import Identity
from jalon.admin import AdminScreen
from jalon.admin.beneficiary import BeneficiaryScreen
from jalon.admin.closures import ClosureScreen
from jalon.admin.conventions import ConventionScreen
from jalon.admin.formatters import instant, since
from jalon.admin.member import MemberScreen
from jalon.admin.organisations import OrganisationScreen
from jalon.admin.places import PlaceScreen
from jalon.admin.referrers import ReferrerScreen
from jalon.cli.group import jalon_group
from jalon.db import GuardedSession, alphabet, check_engine
from jalon.gate import Gate
from jalon.hooks import Hooks
from jalon.i18n import _
from jalon.models import User
from jalon.registry import Module, Registry
from jalon.views import (
    access_log,
    backups,
    beneficiaries,
    check,
    documents,
    door,
    duplicates,
    exports,
    home,
    import_run,
    import_undo,
    imports,
    installed,
    joining,
    members,
    merges,
    notes,
    palette,
    partners,
    past,
    person,
    person_duties,
    phone_desk,
    places,
    public,
    referrals,
    saved_views,
    settings,
    situations,
    structure,
    switchboard,
    tasks,
)
from jalon.views import jobs as jobs_view
from jalon.views import message_texts as message_texts_view
from jalon.views import messages as messages_view

DOORS = frozenset({"feeds", "m", "p", "q"})  # of the fifth door; no structure may stand in front of one still to come
CORE_SCREENS: tuple[type[AdminScreen], ...] = (
    BeneficiaryScreen,
    ClosureScreen,
    ConventionScreen,
    MemberScreen,
    OrganisationScreen,
    PlaceScreen,
    ReferrerScreen,
)
OF_A_STRUCTURE: tuple[Blueprint, ...] = (
    home.blueprint,
    palette.blueprint,
    phone_desk.blueprint,
    switchboard.blueprint,
    settings.blueprint,
    structure.blueprint,
    past.blueprint,
    access_log.blueprint,
    members.blueprint,
    joining.blueprint,
    check.blueprint,
    backups.blueprint,
    installed.blueprint,
    jobs_view.blueprint,
    messages_view.blueprint,
    message_texts_view.blueprint,
    beneficiaries.blueprint,
    person.blueprint,
    person_duties.blueprint,
    situations.blueprint,
    duplicates.blueprint,
    merges.blueprint,
    referrals.blueprint,
    notes.blueprint,
    tasks.blueprint,
    documents.blueprint,
    partners.blueprint,
    places.blueprint,
    imports.blueprint,
    import_run.blueprint,
    import_undo.blueprint,
    exports.blueprint,
    saved_views.blueprint,
)
_given_error_pages: WeakSet[Blueprint] = WeakSet()


class Jalon:
    """Jalon in one Flask application.

    `db` is the application's own Flask-SQLAlchemy handle; its session class must mix in
    `jalon.db.GuardedSession`. `identify` answers who is signed in, None for nobody. `structure` fixes the
    one structure of a partner's site: addresses then lose that segment. Raises RuntimeError when the
    session is not guarded or SQLite does not check foreign keys.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        db: SQLAlchemy,
        identify: Callable[[], Identity | None],
        url_prefix: str = "",
        structure: str | None = None,
        sign_in: Callable[[], ResponseReturnValue] | None = None,
        sign_out_url: Callable[[], str | None] = lambda: None,
        registry: Registry | None = None,
    ) -> None:
        self.db = db
        self.identify = identify
        self.url_prefix = url_prefix.rstrip("/")
        self.structure = structure
        self.sign_in = sign_in or (lambda: abort(401))
        self.sign_out_url = sign_out_url
        self.registry = registry or Registry()
        setting_words.tell(self.registry)
        history.name_values("jalon_member_role", "role", {r.slug: r.label for r in accounts.all_roles(self.registry)})
        self.hooks = Hooks(self.registry)
        self.screens: dict[str, AdminScreen] = {}
        self.shows_demo_accounts = False
        self.account: Callable[[], pages.OwnAccount | None] = lambda: None
        self.invite: Callable[[Session, User], Callable[[], str]] | None = None  # gives what sends it, once committed
        self.send_mail: Callable[[Sequence[str], str, str], object] | None = None  # addresses, subject, text
        self.alone = False
        self._owners: dict[str, str] = {}
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Register everything on `app`; what may answer is decided at each request."""
        if not issubclass(self.db.session.session_factory.class_, GuardedSession):
            raise RuntimeError("Jalon needs a guarded session: mix jalon.db.GuardedSession into your session class")
        app.extensions["jalon"] = self
        with app.app_context():
            check_engine(self.db.engine)
            alphabet.teach(self.db.engine)
        self._bring_words(app)
        headers.install(app, self)
        assets.install(app, self)
        Gate(self).install(app)
        self._mount_core(app)
        admin = self._admin(app)
        for screen_class in CORE_SCREENS:
            self._add_screen(admin, screen_class, "core")
        for module in self.registry.loaded():
            self._mount(app, admin, module)
        self._leave_to_us(app)
        app.cli.add_command(jalon_group)

    @property
    def inside(self) -> str:
        """The address under which a structure's pages stand."""
        return self.url_prefix if self.structure else f"{self.url_prefix}/<structure>"

    @property
    def visited(self) -> str:
        """The address under which a structure's pages without sign-in stand."""
        return f"{self.url_prefix}/p" if self.structure else f"{self.url_prefix}/p/<structure>"

    def is_ours(self, endpoint: str | None) -> bool:
        return endpoint is not None and endpoint.startswith("jalon_")

    def answers(self, endpoint: str | None) -> bool:
        """Whether the answer is ours: on our own site, also where an address leads nowhere."""
        return self.alone or self.is_ours(endpoint)

    def owner_of(self, blueprint: str | None) -> str | None:
        """The module whose blueprint that is, `core` for ours, None for one nobody registered."""
        return self._owners.get(blueprint or "")

    def reserved_slugs(self, app: Flask) -> set[str]:
        """First segments below our prefix that a page of the site uses, which no structure may take."""
        prefix = f"{self.url_prefix}/"
        rules = (rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(prefix))
        firsts = (rule.removeprefix(prefix).partition("/")[0] for rule in rules)
        return {first for first in firsts if first and not first.startswith("<")} | DOORS

    def add_core_blueprint(self, app: Flask, blueprint: Blueprint, *, inside: bool = False) -> None:
        """Pages of the site itself, outside any structure unless said otherwise."""
        self._register(app, blueprint, "core", (self.inside if inside else self.url_prefix) or None)

    def _bring_words(self, app: Flask) -> None:
        """What our templates say things with; a host's Babel and filters of the same names stay its own."""
        if "babel" not in app.extensions:
            Babel(app)  # our own pages are French whatever it says; a host's Flask-Admin keeps its English
        app.jinja_env.filters.setdefault("jalon_instant", instant)
        app.jinja_env.filters.setdefault("jalon_since", since)
        app.jinja_env.filters.setdefault("jalon_phone", phones.shown)
        app.jinja_env.filters.setdefault("jalon_word", lambda value, labels: str(labels.get(value, value)))

    def _mount_core(self, app: Flask) -> None:
        for blueprint in OF_A_STRUCTURE:
            self.add_core_blueprint(app, blueprint, inside=True)
        self.add_core_blueprint(app, door.blueprint)
        self._register(app, public.blueprint, "core", self.visited)
        self._register_static(app, "core", "jalon")

    def _own(self, app: Flask, blueprint: str, owner: str) -> None:
        """Our names in its templates come after the application's own, whoever registered first.

        Nobody takes over another's name: its pages would then be gated as the other's.
        """
        if blueprint in self._owners:
            raise ValueError(f"the blueprint {blueprint} is {self._owners[blueprint]}'s")
        self._owners[blueprint] = owner
        app.template_context_processors[blueprint].append(pages.context)

    def _leave_to_us(self, app: Flask) -> None:
        """A host's CSRFProtect would look for its own token in our forms; the gate asks for ours."""
        if csrf := app.extensions.get("csrf"):
            for name in self._owners:
                if name in app.blueprints:
                    csrf.exempt(app.blueprints[name])

    def _register(self, app: Flask, blueprint: Blueprint, owner: str, under: str | None) -> None:
        prefix = "jalon" if owner == "core" else f"jalon_{owner}"
        if blueprint.name != prefix and not blueprint.name.startswith(f"{prefix}_"):
            raise ValueError(f"the blueprint {blueprint.name} must be called {prefix} or begin with {prefix}_")
        self._own(app, blueprint.name, owner)
        if blueprint not in _given_error_pages:  # another application of this process may have done it
            pages.give_error_pages(blueprint)
            _given_error_pages.add(blueprint)
        app.register_blueprint(blueprint, url_prefix=under)

    def _register_static(self, app: Flask, owner: str, package: str) -> None:
        """Static files keep one address whatever the structure."""
        path = f"{self.url_prefix}/static/{package}"
        files = Blueprint(
            f"{package}_files" if owner != "core" else "jalon_files",
            package,
            static_folder="static",
            static_url_path=path,
        )
        self._own(app, files.name, owner)
        app.register_blueprint(files)

    def _admin(self, app: Flask) -> Admin:
        index = AdminIndexView(endpoint="jalon_admin", url=f"{self.inside}/admin", template="jalon/refusal.html")
        index.static_folder = None  # none of its 26 MB: our templates bring their own
        app.template_context_processors[index.endpoint].append(pages.context)
        admin = Admin(app, name="Jalon", index_view=index)
        app.blueprints[index.endpoint].template_folder = None  # nor may its admin/*.html shadow a host's
        return admin

    def _add_screen(self, admin: Admin, screen_class: type[AdminScreen], owner: str) -> None:
        screen = screen_class(self.db)
        self._own(admin.app, screen.endpoint, owner)
        self.screens[screen.endpoint] = screen
        admin.add_view(screen)

    def _mount(self, app: Flask, admin: Admin, module: Module) -> None:
        """Register one module's pages; a failure puts that module in trouble and no other."""
        try:
            for blueprint in module.plugin.blueprints:
                self._register(app, blueprint, module.slug, f"{self.inside}/{module.slug}")
            self._register_static(app, module.slug, f"jalon_{module.slug}")
            public.mount_pages(app, self.visited, module)
            for screen_class in module.plugin.screens:
                self._add_screen(admin, screen_class, module.slug)
            subjects.declare(module.slug, module.plugin.subjects)
            timeline.declare(module.slug, module.plugin.timeline)
            jobs.declare(module.slug, module.plugin.jobs)
            numbers.declare(module.slug, module.plugin.sequences)
            message_texts.declare(module.slug, module.plugin.messages)
        except (Exception, SystemExit) as error:  # one module's pages must not stop the others
            module.fail(_("Its pages cannot be shown."), error)


def mount_of(app: Any) -> Jalon:
    """The Jalon mounted in an application."""
    found: Jalon = app.extensions["jalon"]
    return found
