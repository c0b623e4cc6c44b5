"""Faults of what a module says it is, of its package and of its models."""

from __future__ import annotations

from planted.fault import Fault

MIGRATION = "migrations/versions/scratch_0001_boxes.py"
SECOND = "migrations/versions/scratch_0002_done_things.py"
BOX_NAME = "    name: Mapped[str] = mapped_column(String(40))\n\n    def"

MANIFEST = (
    Fault("unknown key", 1, "unknown key: colour", (("manifest.toml", "requires = []", 'colour = "red"'),)),
    Fault("wrong type", 1, "requires is not a list", (("manifest.toml", "requires = []", 'requires = "fleet"'),)),
    Fault("no version", 1, "soon is not a version", (("manifest.toml", 'version = "0.1.0"', 'version = "soon"'),)),
    Fault("another version", 1, "version 0.2.0 is not 0.1.0", (("manifest.toml", '"0.1.0"', '"0.2.0"'),)),
    Fault("another core", 1, "made for core 0.9", (("manifest.toml", 'core = "0.1"', 'core = "0.9"'),)),
    Fault(
        "required and not installed",
        1,
        "the manifest requires fleet, which jalon-scratch does not install",
        (("manifest.toml", "requires = []", 'requires = ["fleet"]'),),
    ),
    Fault(
        "level without what it asks for",
        60,
        "level serves asks for a document on paper (jalon.pdf)",
        (("manifest.toml", "requires = []", 'level = "serves"'),),
    ),
    Fault("unknown level", 1, "level best is none of", (("manifest.toml", "requires = []", 'level = "best"'),)),
    Fault(
        "templates of a bare name",
        3,
        "templates/things is not templates/jalon_scratch",
        files={"templates/things/list.html": "<p>things</p>"},
    ),
    Fault(
        "right of another name",
        3,
        "the right things.read does not begin with scratch.",
        (("plugin.py", "scratch.read", "things.read"),),
    ),
    Fault(
        "way under the guard",
        3,
        "reaches the database by engine.connect()",
        files={"direct.py": "def rows(engine):\n    return engine.connect()\n"},
    ),
    Fault(
        "template not packaged",
        6,
        "the wheel lacks jalon_scratch/templates/jalon_scratch/left.html",
        (("./setup.cfg", "    templates/**/*.html\n", ""),),
    ),
    Fault(
        "migration not packaged",
        6,
        "the wheel lacks jalon_scratch/migrations/versions/scratch_0001_boxes.sql",
        files={"migrations/versions/scratch_0001_boxes.sql": "SELECT 1"},
    ),
    Fault(
        "catalogue not compiled",
        6,
        "jalon_scratch.po is not compiled",
        files={"translations/fr/LC_MESSAGES/jalon_scratch.mo": None},
    ),
)

TABLES = (
    Fault(
        "table without prefix",
        8,
        "the table thing does not begin with scratch_",
        tuple((path, '"scratch_thing"', '"thing"') for path in ("models.py", MIGRATION, SECOND)),
    ),
    Fault(
        "table without model nor prefix",
        8,
        "the table odds does not begin with scratch_",
        ((SECOND, "def upgrade():\n", 'def upgrade():\n    op.execute("CREATE TABLE odds (id integer)")\n'),),
    ),
    Fault(
        "cascade from structures",
        9,
        "scratch_box (structure_id) -> jalon_structure says ON DELETE CASCADE",
        (
            (
                "models.py",
                BOX_NAME,
                '    structure_id = mapped_column(ForeignKey("jalon_structure.id", ondelete="CASCADE"), index=True)\n'
                + BOX_NAME,
            ),
            ("models.py", "ForeignKeyConstraint, Index", "ForeignKey, ForeignKeyConstraint, Index"),
        ),
    ),
    Fault(
        "set null on a composite key",
        9,
        "scratch_thing (box_id, structure_id) -> scratch_box says SET NULL on 2 columns",
        (("models.py", 'ondelete="CASCADE"', 'ondelete="SET NULL"'),),
    ),
    Fault(
        "key that leaves the structure",
        10,
        "scratch_thing (box_id) -> scratch_box is not composite",
        (
            (
                "models.py",
                '["box_id", "structure_id"], ["scratch_box.id", "scratch_box.structure_id"]',
                '["box_id"], ["scratch_box.id"]',
            ),
        ),
    ),
    Fault(
        "no scope",
        10,
        "scratch_thing declares no scope",
        (
            ("models.py", "class Thing(Owned, Base)", "class Thing(Base)"),
            ("models.py", "    box_id: Mapped", "    structure_id: Mapped[int] = mapped_column()\n    box_id: Mapped"),
        ),
    ),
    Fault(
        "nobody's rows",
        10,
        "scratch_box.structure_id may be null",
        (
            (
                "models.py",
                BOX_NAME,
                '    structure_id = mapped_column(ForeignKey("jalon_structure.id"), index=True, nullable=True)\n'
                + BOX_NAME,
            ),
            ("models.py", "ForeignKeyConstraint, Index", "ForeignKey, ForeignKeyConstraint, Index"),
        ),
    ),
)
