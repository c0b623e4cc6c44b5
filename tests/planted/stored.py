"""Faults of a module's migrations, and of what is left when it goes."""

from __future__ import annotations

from planted.fault import Fault

MIGRATION = "migrations/versions/scratch_0001_boxes.py"
SECOND = "migrations/versions/scratch_0002_done_things.py"

WITHOUT_MIGRATION = Fault(
    "column without migration",
    12,
    "scratch_box: only the models say",
    (
        (
            "models.py",
            "    name: Mapped[str] = mapped_column(String(40))\n\n",
            "    name: Mapped[str]\n    size: Mapped[int]\n\n",
        ),
    ),
)
ANOTHER_CHECK = Fault(
    "constraint of another text",
    12,
    "scratch_thing: only the migrations make",
    ((MIGRATION, "name <> ''", "length(name) > 2"),),
)
FORGOTTEN_TABLE = Fault(
    "table forgotten on the way down",
    13,
    "the way down forgets scratch_odds",
    (
        (
            MIGRATION,
            "def upgrade():\n",
            'def upgrade():\n    op.execute("CREATE TABLE IF NOT EXISTS scratch_odds (id integer)")\n',
        ),
    ),
)
LOST_ROWS = Fault(
    "rows lost on the way down",
    13,
    "undoing scratch_0002 changes rows of scratch_thing",
    ((SECOND, "def downgrade():\n", 'def downgrade():\n    op.execute("DELETE FROM scratch_thing")\n'),),
)
MIGRATIONS = (
    WITHOUT_MIGRATION,
    ANOTHER_CHECK,
    FORGOTTEN_TABLE,
    LOST_ROWS,
    Fault(
        "rows of others lost",
        13,
        "undoing scratch_0001 changes rows of jalon_member_role",
        ((MIGRATION, "def downgrade():\n", 'def downgrade():\n    op.execute("DELETE FROM jalon_member_role")\n'),),
    ),
    Fault(
        "cannot go down with rows",
        13,
        "scratch_0002 cannot be undone and done again with rows present",
        (
            (
                SECOND,
                "def downgrade():\n",
                "def downgrade():\n    import sqlalchemy as sa\n"
                '    with op.batch_alter_table("scratch_box") as box:\n'
                '        box.add_column(sa.Column("size", sa.Integer(), nullable=False))\n',
            ),
        ),
    ),
    Fault(
        "table without sample",
        13,
        "the module's sample has no row of scratch_thing",
        (
            ("plugin.py", "session.add_all([box, thing])", "session.add(box)"),
            ("plugin.py", 'thing = Thing(name=f"Thing {number} of {where}", box=box)', "thing = box"),
        ),
    ),
    Fault(
        "migration with another's code",
        16,
        "the migration of scratch fails",
        ((MIGRATION, "import sqlalchemy as sa\n", "import sqlalchemy as sa\nimport jalon_fleet.models\n"),),
    ),
    Fault(
        "column in a core table",
        16,
        "its migration changes jalon_resource, which is not its own",
        (
            (
                SECOND,
                "def upgrade():\n",
                'def upgrade():\n    op.execute("ALTER TABLE jalon_resource ADD COLUMN colour text")\n',
            ),
        ),
    ),
)

TRACES = (
    Fault(
        "copy that is not declared personal",
        40,
        "the history still says what was erased from scratch_thing.name, in the field name of scratch_box",
        (("plugin.py", 'Box(name=f"Box {number} of {where}")', 'Box(name=f"Box of Thing {number} of {where}")'),),
    ),
)

LIFE = (
    Fault(
        "table left behind",
        54,
        "uninstalling leaves odds",
        (
            (
                SECOND,
                "def upgrade():\n",
                'def upgrade():\n    op.execute("CREATE TABLE IF NOT EXISTS odds (id integer)")\n',
            ),
        ),
    ),
    Fault(
        "rows left behind",
        54,
        "uninstalling leaves rows of the module's in jalon_resource",
        (
            (
                "plugin.py",
                "    session.flush()\n",
                '    session.add(Resource(module="another", kind="room", name="Room"))\n    session.flush()\n',
            ),
            ("plugin.py", "from jalon.scope", "from jalon.models import Resource\nfrom jalon.scope"),
        ),
    ),
)
