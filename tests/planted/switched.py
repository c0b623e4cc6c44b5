"""Faults of a module that is switched on and off, and of its hooks."""

from __future__ import annotations

from planted.fault import Fault

LEFT_QUERY = "session().scalars(select(Thing).where(~Thing.done).order_by(Thing.id)).all()"
REQUIRES_READ = '@blueprint.get("/left")\n@requires("scratch.read")\n'
BLUEPRINT = 'blueprint = Blueprint("jalon_scratch", "jalon_scratch", template_folder="templates")\n'
LINK_FOR_EVERYBODY = """
@blueprint.after_app_request
def link_for_everybody(response):
    if request.endpoint == "jalon_home.dashboard":
        link = f'<a href="{url_for("jalon_scratch.left")}">Things</a></main>'
        response.set_data(response.get_data(as_text=True).replace("</main>", link))
    return response

"""

SWITCHING = (
    Fault(
        "page on a core blueprint",
        29,
        "GET /<structure>/left answers 200 to an administrator where the module is off",
        (
            ("views.py", BLUEPRINT, BLUEPRINT + "from jalon.views import home\n"),
            ("views.py", REQUIRES_READ, '@home.blueprint.get("/left")\n@requires("jalon.home")\n'),
        ),
    ),
    Fault(
        "link of its own making",
        29,
        "the dashboard still leads to /here/scratch/left",
        (
            ("views.py", BLUEPRINT, BLUEPRINT + LINK_FOR_EVERYBODY),
            ("views.py", "redirect, render_template", "redirect, render_template, request"),
        ),
    ),
    Fault(
        "public page that ends with the switch",
        29,
        "GET /p/<structure>/scratch/about answers 404 where the module is off, and 200 where it is on",
        (
            (
                "views.py",
                '    """What things are."""\n',
                "    if 'scratch' not in scope_of(visiting).enabled:\n        return None\n",
            ),
            ("views.py", BLUEPRINT, BLUEPRINT + "from jalon.scope import scope_of\n"),
        ),
    ),
    Fault(
        "rows deleted with the switch",
        30,
        "switching off changes rows of scratch_thing",
        (
            (
                "models.py",
                "class Thing(Owned, Base)",
                '@event.listens_for(EnabledModule, "after_delete")\ndef _forget(mapper, connection, target):\n'
                '    connection.execute(text("DELETE FROM scratch_thing"))\n\n\nclass Thing(Owned, Base)',
            ),
            ("models.py", "from sqlalchemy import ", "from sqlalchemy import event, text, "),
            (
                "models.py",
                "from jalon.db import Base, Owned",
                "from jalon.db import Base, Owned\nfrom jalon.models import EnabledModule",
            ),
        ),
    ),
    Fault(
        "memory of the process",
        33,
        "of another structure when structures take turns",
        (
            ("views.py", BLUEPRINT, BLUEPRINT + "KEPT = []\n"),
            (
                "views.py",
                f"    things = {LEFT_QUERY}\n",
                f"    if not KEPT:\n        KEPT.extend(t.name for t in {LEFT_QUERY})\n"
                "    things = [{'name': n, 'id': 1} for n in KEPT]\n",
            ),
        ),
    ),
    Fault(
        "switch in the process",
        33,
        "answers 404 at “",
        (
            ("views.py", BLUEPRINT, BLUEPRINT + "from jalon.scope import structure_of\nSERVED = set()\n"),
            (
                "views.py",
                f"    things = {LEFT_QUERY}\n",
                "    SERVED.add(structure_of(session()).slug)\n"
                f"    things = {LEFT_QUERY} if len(SERVED) < 2 else abort(404)\n",
            ),
        ),
    ),
)

HOOKS = (
    Fault(
        "argument that nobody gives",
        34,
        "colour",
        (("plugin.py", "def dashboard_cards(session: Session)", "def dashboard_cards(session: Session, colour: str)"),),
    ),
    Fault(
        "hook that nobody asks for",
        34,
        "the hook dashboard_tiles is implemented, and nobody specifies it",
        (("plugin.py", "def dashboard_cards", "def dashboard_tiles"),),
    ),
    Fault(
        "wrapper",
        34,
        "the hook dashboard_cards is implemented by a wrapper",
        (
            (
                "plugin.py",
                "@hookimpl\ndef dashboard_cards(session: Session) -> Sequence[Card]:\n",
                "@hookimpl(wrapper=True)\ndef dashboard_cards(session: Session):\n    return (yield)\n\n\n"
                "def cards(session: Session) -> Sequence[Card]:\n",
            ),
        ),
    ),
    Fault(
        "kind not said",
        34,
        "the hook thing_colours says no",
        (
            ("hookspecs.py", '@hookspec("show")', "@pluggy.HookspecMarker('jalon')"),
            ("hookspecs.py", "from jalon.hookspecs import hookspec", "import pluggy"),
        ),
    ),
    Fault(
        "hook documented otherwise",
        35,
        "the hook thing_colours is not documented",
        (("./README.md", "thing_colours(session, thing_id)", "thing_colours(thing_id)"),),
    ),
    Fault(
        "hook not tested",
        35,
        "the hook thing_colours is named in no test",
        files={"./tests/test_colours.py": "def test_nothing(): ...\n"},
    ),
    Fault(
        "hook called without isolation",
        37,
        "GET /here/scratch/left answers 500 instead of 200",
        (
            (
                "views.py",
                f"    things = {LEFT_QUERY}\n",
                '    current_app.extensions["jalon"].registry.hooks.hook.dashboard_cards(session=session())\n'
                f"    things = {LEFT_QUERY}\n",
            ),
            ("views.py", "from flask import ", "from flask import current_app, "),
        ),
    ),
)

COUNT_QUERY = "select(func.count()).select_from(Thing)"
DASHBOARD = (
    Fault(
        "query for each row",
        38,
        "the hook dashboard_cards sends 2 queries with one row and 21 with 20",
        (
            (
                "plugin.py",
                f"    count = session.scalar({COUNT_QUERY}) or 0\n",
                f"    ids = session.scalars(select(Thing.id)).all()\n    count = sum(session.scalar({COUNT_QUERY}"
                ".where(Thing.id == id)) or 0 for id in ids)\n",
            ),
        ),
    ),
    Fault(
        "more queries than the first page bears",
        38,
        "the hook dashboard_cards sends 21 queries, 20 at most",
        (
            (
                "plugin.py",
                f"    count = session.scalar({COUNT_QUERY}) or 0\n",
                f"    count = max(session.scalar({COUNT_QUERY}) or 0 for _ in range(21))\n",
            ),
        ),
    ),
)

JOBS = (
    Fault(
        "job that does again what it did",
        43,
        "the job scratch.tidy done again changes rows of scratch_thing",
        (("plugin.py", "select(Thing).where(~Thing.done)", "select(Thing)"), ("plugin.py", ".name[:-1]", ".name")),
    ),
    Fault(
        "job about a row that nobody can guess",
        43,
        "the job scratch.tidy takes colour",
        (("plugin.py", "def tidy(session: Session)", "def tidy(session: Session, colour: int)"),),
    ),
    Fault(
        "job that fails on the sample",
        43,
        "the job scratch.tidy is not done: waiting, ZeroDivisionError (plugin.py:",
        (("plugin.py", "        thing.name, thing.done", "        1 / 0\n        thing.name, thing.done"),),
    ),
)
