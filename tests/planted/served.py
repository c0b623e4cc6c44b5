"""Faults of a module's pages."""

from __future__ import annotations

from planted.fault import Fault

REQUIRES_READ = '@blueprint.get("/left")\n@requires("scratch.read")\n'
ACROSS = """
from flask import current_app
from jalon.db import open_session
from jalon.scope import Scope

def _anywhere():
    return open_session(current_app.extensions["jalon"].db, Scope(across="planted"))

"""
BLUEPRINT = 'blueprint = Blueprint("jalon_scratch", "jalon_scratch", template_folder="templates")\n'
ADMIN_QUERY = "    def get_query(self)"

SCREENS = (
    Fault(
        "list without index",
        61,
        "ThingScreen is sorted by name, and no index of scratch_thing begins with structure_id, name",
        (("admin.py", '    few_rows = "nobody has a million things"\n', ""),),
    ),
    Fault(
        "filter that types a name into the address",
        61,
        "is personal: what is typed about it may not stand in an address",
        (("admin.py", 'list_filters = ("done", "box")', 'list_filters = ("name",)'),),
    ),
    Fault(
        "page without right",
        19,
        "GET /<structure>/scratch/left answers 404 to a member with every right",
        (("views.py", REQUIRES_READ, '@blueprint.get("/left")\n'),),
    ),
    Fault(
        "form for readers",
        19,
        "GET /<structure>/admin/scratch_thing/new/ answers 200 to a member who may only read",
        (("admin.py", 'write_permission = "scratch.write"', 'write_permission = "scratch.read"'),),
    ),
    Fault(
        "open page in a structure",
        19,
        "GET /<structure>/scratch/left answers 404 to a member with every right",
        (
            ("views.py", REQUIRES_READ, '@blueprint.get("/left")\n@open_to_all("why not")\n'),
            ("views.py", "import requires", "import open_to_all, requires"),
        ),
    ),
    Fault(
        "unknown argument",
        19,
        "the kit knows no value for <planet>",
        (
            ("views.py", '"/left"', '"/left/<planet>"'),
            ("views.py", "def left()", "def left(planet='')"),
            ("plugin.py", "dashboard_cards", "running_items"),
        ),
    ),
    Fault(
        "readers may write",
        20,
        "POST /<structure>/scratch/things/<int:thing_id>/done answers 302 to a member who may only read",
        (("views.py", '@requires("scratch.write")', '@requires("scratch.read")'),),
    ),
    Fault(
        "bare get_one",
        20,
        "GET /<structure>/admin/scratch_thing/details/ answers 302 to the id of another structure's row",
        (
            (
                "admin.py",
                ADMIN_QUERY,
                "    def get_one(self, id):\n        return session().get(Thing, int(id))\n\n" + ADMIN_QUERY,
            ),
            ("admin.py", "from jalon_scratch.i18n", "from jalon.db.current import session\nfrom jalon_scratch.i18n"),
        ),
    ),
    Fault(
        "row of anybody shown",
        20,
        "GET /<structure>/admin/scratch_thing/details/ shows “Thing",
        (
            (
                "admin.py",
                ADMIN_QUERY,
                "    def get_one(self, id):\n        with _anywhere() as everywhere:\n"
                "            found = everywhere.get(Thing, int(id), options=[joinedload(Thing.box)])\n"
                "            everywhere.expunge_all()\n            return found\n\n" + ADMIN_QUERY,
            ),
            ("admin.py", "\n\nclass ThingScreen", ACROSS + "\nclass ThingScreen"),
        ),
    ),
    Fault(
        "row of anybody written",
        20,
        "POST /<structure>/scratch/things/<int:thing_id>/done changes rows of scratch_thing of another structure",
        (
            (
                "views.py",
                "    thing = session().scalar(select(Thing).where(Thing.id == thing_id)) or abort(404)\n"
                "    thing.done = True\n    session().commit()\n",
                "    with _anywhere() as everywhere:\n"
                "        everywhere.get(Thing, thing_id).done = True\n"
                "        everywhere.commit()\n",
            ),
            ("views.py", BLUEPRINT, ACROSS + BLUEPRINT),
        ),
    ),
    Fault(
        "query for each row",
        25,
        "GET /<structure>/admin/scratch_thing/ sends",
        (
            ("admin.py", "super().get_query().options(joinedload(Thing.box))", "super().get_query()"),
            ("admin.py", "column_select_related_list = ()", "column_auto_select_related = False"),
        ),
    ),
    Fault(
        "query for each row of a working screen",
        25,
        "GET /<structure>/scratch/left sends",
        (("templates/jalon_scratch/left.html", "{{ thing.name }}", "{{ thing.name }} {{ thing.box.name }}"),),
    ),
    Fault(
        "deleting by opening",
        28,
        "GET /<structure>/scratch/things/<int:thing_id>/done changes rows of scratch_thing by being opened",
        (
            ("views.py", '@blueprint.post("/things', '@blueprint.get("/things'),
            (
                "views.py",
                "    thing.done = True\n    session().commit()\n",
                "    with _anywhere() as everywhere:\n"
                "        everywhere.delete(everywhere.get(Thing, thing.id))\n"
                "        everywhere.commit()\n",
            ),
            ("views.py", BLUEPRINT, ACROSS + BLUEPRINT),
        ),
    ),
    Fault(
        "writing by opening",
        28,
        "GET /<structure>/scratch/things/<int:thing_id>/done answers 500",
        (("views.py", '@blueprint.post("/things', '@blueprint.get("/things'),),
    ),
    Fault(
        "form without token",
        28,
        "left.html: a form is posted without csrf_token",
        (
            (
                "templates/jalon_scratch/left.html",
                '      <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">\n',
                "",
            ),
        ),
    ),
    Fault(
        "form with an empty token",
        28,
        "without csrf_token",
        (("templates/jalon_scratch/left.html", "{{ csrf_token() }}", ""),),
    ),
)
