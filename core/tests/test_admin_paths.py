"""Every path by which Flask-Admin reaches rows, attacked from another structure.

The numbers are those of the twelve query paths of `contrib.sqla.ModelView`: 1 the list's query, 2 its count, 3 one
record, 4 and 5 looking up and choosing by typing, 6 the same in inline rows, 7 choices, 8 choices in inline rows,
9 inline rows, 10 uniqueness, 11 creation, 12 code of one's own: filters, formatters.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask_admin.contrib.sqla.filters import IntEqualFilter
from flask_admin.model.form import InlineFormAdmin
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, String, Table, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.admin import AdminScreen
from jalon.app_of import mount
from jalon.db import Base, Owned, explains, table_of
from jalon.db.current import session
from jalon.declarations import Permission, Plugin
from jalon.errors import DomainError
from jalon.models import InstalledModule
from jalon.registry import Registry
from jalon.testing.conformance.snapshot import contents
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import Browser, World

pytestmark = pytest.mark.both_databases
SECRET = "Hidden"  # begins every text of the other structure
SHOWN = re.compile(
    rf'(?:^|[>",]|, ){SECRET} ', re.M
)  # in a cell, a choice, a line; not where what was typed is repeated
LIST = "/mine/admin/attic_box/"

box_tag = Table(
    "attic_box_tag",
    Base.metadata,
    Column("box_id", Integer, ForeignKey("attic_box.id"), primary_key=True),
    Column("tag_id", Integer, ForeignKey("attic_tag.id"), primary_key=True),
)


class Shelf(Owned, Base):
    """Where boxes stand."""

    __tablename__ = "attic_shelf"
    __table_args__ = (UniqueConstraint("structure_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))

    def __str__(self) -> str:
        return self.name


class Tag(Owned, Base):
    """What a box is about; a box has several."""

    __tablename__ = "attic_tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))

    def __str__(self) -> str:
        return self.name


class Box(Owned, Base):
    """A box on a shelf, chosen, and maybe on a second one, looked up."""

    __tablename__ = "attic_box"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("structure_id", "code"),
        ForeignKeyConstraint(["shelf_id", "structure_id"], ["attic_shelf.id", "attic_shelf.structure_id"]),
        ForeignKeyConstraint(["spare_id", "structure_id"], ["attic_shelf.id", "attic_shelf.structure_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    shelf_id: Mapped[int] = mapped_column()
    spare_id: Mapped[int | None] = mapped_column()

    shelf: Mapped[Shelf] = relationship(foreign_keys=[shelf_id])
    spare: Mapped[Shelf | None] = relationship(foreign_keys=[spare_id])
    tags: Mapped[list[Tag]] = relationship(secondary=box_tag)
    things: Mapped[list[Thing]] = relationship(back_populates="box", foreign_keys="Thing.box_id")

    def __str__(self) -> str:
        return self.code


class Thing(Owned, Base):
    """What is in a box, typed in the box's form."""

    __tablename__ = "attic_thing"
    __table_args__ = (
        ForeignKeyConstraint(["box_id", "structure_id"], ["attic_box.id", "attic_box.structure_id"]),
        ForeignKeyConstraint(["from_id", "structure_id"], ["attic_shelf.id", "attic_shelf.structure_id"]),
        ForeignKeyConstraint(["to_id", "structure_id"], ["attic_shelf.id", "attic_shelf.structure_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    box_id: Mapped[int] = mapped_column()
    from_id: Mapped[int | None] = mapped_column()
    to_id: Mapped[int | None] = mapped_column()
    name: Mapped[str] = mapped_column(String(40))

    box: Mapped[Box] = relationship(back_populates="things", foreign_keys=[box_id])
    came_from: Mapped[Shelf | None] = relationship(foreign_keys=[from_id])
    goes_to: Mapped[Shelf | None] = relationship(foreign_keys=[to_id])

    def __str__(self) -> str:
        return self.name


TABLES = (Shelf, Tag, Box, Thing)


@explains("uq_attic_box_structure_id_code")
class CodeTaken(DomainError):
    """Another box of the structure has this code."""

    field = "code"
    message = "This code is taken."


class ThingRows(InlineFormAdmin):  # type: ignore[misc]
    form_columns = ("id", "name", "came_from", "goes_to")
    form_ajax_refs = {"goes_to": {"fields": ("name",)}}


def shelf_options() -> list[tuple[int, str]]:
    """A filter's choices, given as a callable that asks for itself."""
    return [(shelf.id, shelf.name) for shelf in session().scalars(select(Shelf))]


class BoxScreen(AdminScreen):
    model = Box
    module = "attic"
    read_permission = "attic.read"
    write_permission = "attic.write"
    title = "Boxes"
    record_title = "Box"
    column_list = ("code", "shelf", "things", "neighbours")
    column_searchable_list = ("code", "shelf.name")
    column_filters = ("code", "shelf", "shelf.name", IntEqualFilter(Box.shelf_id, "Shelf", options=shelf_options))
    column_sortable_list = ("code", ("shelf", "shelf.name"))
    column_editable_list = ("code", "shelf")
    column_formatters = {
        "things": lambda view, context, row, name: ", ".join(t.name for t in row.things),
        "neighbours": lambda view, context, row, name: ", ".join(session().scalars(select(Box.code))),
    }
    column_export_list = ("code", "shelf")
    form_columns = ("code", "shelf", "spare", "tags")
    form_ajax_refs = {"spare": {"fields": ("name",)}}
    inline_models = (ThingRows(Thing),)
    can_delete = True
    can_export = True


class LookedUpTagsScreen(BoxScreen):
    """The same, with tags looked up and deletion in one statement."""

    form_ajax_refs = {"spare": {"fields": ("name",)}, "tags": {"fields": ("name",)}}
    fast_mass_delete = True


SCREENS = (BoxScreen, LookedUpTagsScreen)


@dataclass(frozen=True)
class Attic:
    """Two structures with the same things in them, and somebody of the first who may do everything."""

    world: World
    zoe: Browser
    mine: dict[str, int]
    theirs: dict[str, int]

    def form(self, **changes: Any) -> dict[str, Any]:
        return {"code": "New", "shelf": self.mine["attic_shelf"], "spare": "", **changes}

    def row(self, **changes: Any) -> dict[str, Any]:
        """A box's form with a line in it."""
        line = {"id": "", "name": "Lamp", "came_from": "", "goes_to": "", **changes}
        return self.form(**{f"things-0-{name}": value for name, value in line.items()})

    def edit(self, box: int | None = None) -> str:
        return f"{LIST}edit/?id={self.mine['attic_box'] if box is None else box}"


@pytest.fixture(scope="module")
def attics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, type[AdminScreen]], Flask]]:
    """The site with that screen on that database, made once."""
    made: dict[tuple[str, type[AdminScreen]], Flask] = {}
    disk = Disk(tmp_path_factory.mktemp("attic"))
    entry = disk.module("attic")

    def site(url: str, screen: type[AdminScreen]) -> Flask:
        if (url, screen) not in made:
            registry = Registry([entry])
            rights = (Permission("attic.read", "see boxes"), Permission("attic.write", "move boxes"))
            granted = {"direction": ("attic.read", "attic.write")}
            registry.modules["attic"].plugin = Plugin(permissions=rights, grants=granted, screens=(screen,))
            made[url, screen] = make_app(url, registry=registry)
        return made[url, screen]

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(disk.folder))
        yield site
    for name in [name for name in sys.modules if name.startswith("jalon_attic")]:
        del sys.modules[name]


@pytest.fixture(params=SCREENS, ids=["chosen", "looked up"])
def attic(
    request: pytest.FixtureRequest, database_url: str, attics: Callable[[str, type[AdminScreen]], Flask]
) -> Iterator[Attic]:
    world = World(attics(database_url, request.param))
    with world.app.app_context():
        engine = mount(world.app).db.engine
        Base.metadata.create_all(engine, tables=[*(table_of(cls) for cls in TABLES), box_tag])
    with world.across() as session:
        session.add(InstalledModule(slug="attic", name="Attic", version="0.1.0"))
        session.commit()
    ids = {slug: fill(world, slug, word) for slug, word in (("mine", "Plain"), ("theirs", SECRET))}
    world.user("zoe", mine=["direction"])
    yield Attic(world, world.client("zoe"), **ids)
    engine.dispose()


def fill(world: World, slug: str, word: str) -> dict[str, int]:
    """A shelf, a tag, a box with a thing in it; their ids by table."""
    world.structure(slug, enabled=["attic"])
    with world.inside(slug) as inside:
        shelf, tag = Shelf(name=f"{word} shelf"), Tag(name=f"{word} tag")
        box = Box(code=f"{word} box", shelf=shelf, tags=[tag], things=[Thing(name=f"{word} thing", came_from=shelf)])
        inside.add(box)
        inside.commit()
        return {row.__tablename__: row.id for row in (shelf, tag, box, box.things[0])}


def of_theirs(attic: Attic) -> Any:
    """All rows of the other structure, and the links of its boxes and tags."""
    with attic.world.app.app_context():
        engine, id = mount(attic.world.app).db.engine, attic.theirs
    with engine.connect() as connection:
        their_links = (box_tag.c.box_id == id["attic_box"]) | (box_tag.c.tag_id == id["attic_tag"])
        links = [tuple(row) for row in connection.execute(select(box_tag).where(their_links))]
    with attic.world.across() as looking:
        structure_id = looking.scalar(select(Shelf.structure_id).where(Shelf.id == id["attic_shelf"]))
    return contents(engine, structure_id=structure_id), links


Attack = Callable[[Attic], list[Any]]
ODD_IDS = ("abc", "1 OR 1=1", "9" * 30, "-1", "1.5", "\0", "")

ATTACKS: dict[str, Attack] = {
    "1 list": lambda a: [a.zoe.get(LIST)],
    "1 search": lambda a: [a.zoe.get(LIST, query_string={"search": word}) for word in (SECRET, "shelf", "%", "_")],
    "1 sort": lambda a: [a.zoe.get(f"{LIST}?sort={column}&desc=1") for column in range(4)],
    "1 filter": lambda a: [
        a.zoe.get(LIST, query_string={name: value})
        for name in ("flt0_code_equals", "flt0_code_contains", "flt0_shelf_name_equals", "flt0_shelf_equals", "flt0_0")
        for value in (SECRET, f"{SECRET} box", f"{SECRET} shelf", a.theirs["attic_shelf"], "9" * 30, "\0")
    ],
    "1 export": lambda a: [a.zoe.get(f"{LIST}export/csv/"), a.zoe.get(f"{LIST}export/csv/?search={SECRET}")],
    "1 delete several": lambda a: [
        a.zoe.send(f"{LIST}action/", action="delete", rowid=[a.theirs["attic_box"], *ODD_IDS])
    ],
    "2 count": lambda a: [a.zoe.get(f"{LIST}?page={page}&page_size=1") for page in range(3)],
    "3 edit": lambda a: [a.zoe.get(a.edit(id)) for id in (a.theirs["attic_box"], *ODD_IDS)],
    "3 save": lambda a: [
        a.zoe.send(a.edit(id), **a.form(code="Taken over")) for id in (a.theirs["attic_box"], *ODD_IDS)
    ],
    "3 details": lambda a: [a.zoe.get(f"{LIST}details/?id={id}") for id in (a.theirs["attic_box"], *ODD_IDS)],
    "3 delete": lambda a: [a.zoe.send(f"{LIST}delete/", id=id) for id in (a.theirs["attic_box"], *ODD_IDS)],
    "3 one cell": lambda a: [
        a.zoe.send(f"{LIST}ajax/update/", list_form_pk=id, code="Taken over")
        for id in (a.theirs["attic_box"], *ODD_IDS)
    ],
    "4 look up": lambda a: [
        a.zoe.get(f"{LIST}ajax/lookup/", query_string={"name": name, **asked})
        for name in ("spare", "tags", "nothing")
        for asked in (
            {"query": SECRET},
            {"query": ""},
            {},
            {"query": "%", "limit": "100000000", "offset": "0"},
            {"query": "shelf", "limit": "-1", "offset": "-1"},
            {"query": "\0", "limit": "x"},
            {"query": "x", "offset": "9" * 30},
        )
    ],
    "5 choose what was looked up": lambda a: [
        a.zoe.send(address, **a.form(spare=id, code=f"New {number}"))
        for number, id in enumerate((a.theirs["attic_shelf"], "abc", "9" * 30, "\0"))
        for address in (f"{LIST}new/", a.edit())
    ],
    "6 look up in a line": lambda a: [
        a.zoe.get(f"{LIST}ajax/lookup/", query_string={"name": "thing-goes_to", "query": word})
        for word in (SECRET, "shelf", "")
    ],
    "6 choose what was looked up in a line": lambda a: [
        a.zoe.send(address, **a.row(goes_to=id))
        for id in (a.theirs["attic_shelf"], "abc", "9" * 30)
        for address in (f"{LIST}new/", a.edit())
    ],
    "7 choices": lambda a: [a.zoe.get(f"{LIST}new/"), a.zoe.get(a.edit())],
    "7 proposed by a link": lambda a: [
        a.zoe.get(f"{LIST}new/", query_string={field: a.theirs[table]})
        for field, table in (("shelf", "attic_shelf"), ("spare", "attic_shelf"), ("tags", "attic_tag"))
    ],
    "7 choose": lambda a: [
        a.zoe.send(address, **a.form(shelf=id))
        for id in (a.theirs["attic_shelf"], "abc", "9" * 30)
        for address in (f"{LIST}new/", a.edit())
    ],
    "7 choose several": lambda a: [
        a.zoe.send(address, **a.form(tags=[a.mine["attic_tag"], id]))
        for id in (a.theirs["attic_tag"], "abc", "9" * 30)
        for address in (f"{LIST}new/", a.edit())
    ],
    "7 choose in one cell": lambda a: [
        a.zoe.send(f"{LIST}ajax/update/", list_form_pk=a.mine["attic_box"], shelf=id)
        for id in (a.theirs["attic_shelf"], "abc")
    ],
    "8 choose in a line": lambda a: [
        a.zoe.send(address, **a.row(came_from=id))
        for id in (a.theirs["attic_shelf"], "abc", "9" * 30)
        for address in (f"{LIST}new/", a.edit())
    ],
    "9 correct a line": lambda a: [
        a.zoe.send(a.edit(), **a.row(id=id, name="Taken over")) for id in (a.theirs["attic_thing"], "abc")
    ],
    "9 strike out a line": lambda a: [
        a.zoe.send(a.edit(), **{**a.row(id=a.theirs["attic_thing"]), "del-things-0": "on"})
    ],
    "9 a box of theirs below": lambda a: [a.zoe.send(a.edit(a.theirs["attic_box"]), **a.row(name="Smuggled"))],
    "10 a code of theirs": lambda a: [a.zoe.send(f"{LIST}new/", **a.form(code=f"{SECRET} box"))],
    "11 for another structure": lambda a: [
        a.zoe.send(f"{LIST}new/", **a.form(structure_id=a.theirs["attic_box"], box_id=a.theirs["attic_box"]))
    ],
    "12 a filter that asks for itself": lambda a: [
        a.zoe.get(LIST, query_string={"flt0_shelf_equals": a.theirs["attic_shelf"]})
    ],
    "12 a formatter that asks for itself": lambda a: [a.zoe.get(LIST), a.zoe.get(f"{LIST}details/?id=1")],
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_nothing_of_another_structure_is_read_or_written(attic: Attic, attack: Attack) -> None:
    before = of_theirs(attic)

    answers = attack(attic)

    assert [a.status_code for a in answers if a.status_code >= 500] == []
    assert [a.text for a in answers if SHOWN.search(a.text)] == []
    assert of_theirs(attic) == before


def test_a_filters_choices_are_ones_own(attic: Attic) -> None:
    screen = mount(attic.world.app).screens["jalon_admin_attic_box"]

    with attic.world.inside("mine") as inside, attic.world.app.test_request_context(LIST):
        scope = inside.info["jalon_scope"]
        with scope.enter(session()):
            offered = [f.get_options(screen) for f in screen._filters if f.options is shelf_options]

    assert offered == [[(attic.mine["attic_shelf"], "Plain shelf")]]


FOREIGN_CHOICES = {
    "looked up": (lambda a: a.form(spare=a.theirs["attic_shelf"]), "spare"),
    "chosen": (lambda a: a.form(shelf=a.theirs["attic_shelf"]), "shelf"),
    "several": (lambda a: a.form(tags=[str(a.mine["attic_tag"]), str(a.theirs["attic_tag"])]), "tags"),
    "in a line": (lambda a: a.row(came_from=a.theirs["attic_shelf"]), "things-0-came_from"),
    "looked up in a line": (lambda a: a.row(goes_to=a.theirs["attic_shelf"]), "things-0-goes_to"),
}


@pytest.mark.parametrize(("typed", "field"), FOREIGN_CHOICES.values(), ids=FOREIGN_CHOICES.keys())
def test_a_foreign_choice_is_an_error_at_its_field_and_never_dropped(
    attic: Attic, typed: Callable[[Attic], dict[str, Any]], field: str
) -> None:
    for address in (f"{LIST}new/", attic.edit()):
        answer = attic.zoe.send(address, **typed(attic))

        assert answer.status_code == 422
        assert f'id="{field}-err"' in answer.text
    with attic.world.inside("mine") as inside:
        assert inside.scalars(select(Box.code)).all() == ["Plain box"]


def test_ones_own_choices_lines_and_lookups_are_saved(attic: Attic) -> None:
    shelf, tag = attic.mine["attic_shelf"], attic.mine["attic_tag"]
    typed = {**attic.row(came_from=shelf, goes_to=shelf), "spare": shelf, "tags": [str(tag)]}

    made = attic.zoe.send(f"{LIST}new/", **typed)

    assert made.status_code == 302, made.text
    with attic.world.inside("mine") as inside:
        box = inside.scalars(select(Box).where(Box.code == "New")).one()
        thing = box.things[0]
        assert (box.shelf_id, box.spare_id, [t.id for t in box.tags]) == (shelf, shelf, [tag])
        assert (thing.name, thing.from_id, thing.to_id) == ("Lamp", shelf, shelf)


def test_a_line_is_corrected_and_another_struck_out(attic: Attic) -> None:
    row = attic.row(id=attic.mine["attic_thing"], name="Mended")
    attic.zoe.send(attic.edit(), **row)
    with attic.world.inside("mine") as inside:
        assert inside.scalars(select(Thing.name)).all() == ["Mended"]

    attic.zoe.send(attic.edit(), **{**row, "del-things-0": "on"})

    with attic.world.inside("mine") as inside:
        assert inside.scalars(select(Thing.name)).all() == []


def test_an_empty_line_is_nothing_typed(attic: Attic) -> None:
    answer = attic.zoe.send(f"{LIST}new/", **attic.row(name=""))

    assert answer.status_code == 302, answer.text
    with attic.world.inside("mine") as inside:
        assert inside.scalars(select(Thing.name)).all() == ["Plain thing"]


def test_a_code_of_another_structure_is_free_here(attic: Attic) -> None:
    taken = attic.zoe.send(f"{LIST}new/", **attic.form(code="Plain box"))
    free = attic.zoe.send(f"{LIST}new/", **attic.form(code=f"{SECRET} box"))

    assert (taken.status_code, free.status_code) == (422, 302)


def test_a_lookup_finds_ones_own_and_at_most_some(attic: Attic) -> None:
    with attic.world.inside("mine") as inside:
        inside.add_all(Shelf(name=f"Shelf {number}") for number in range(60))
        inside.commit()

    found = json.loads(attic.zoe.get(f"{LIST}ajax/lookup/?name=spare&query=shelf&limit=1000").text)

    assert len(found) == 50
    assert json.loads(attic.zoe.get(f"{LIST}ajax/lookup/?name=spare&query=plain").text) == [
        [attic.mine["attic_shelf"], "Plain shelf"]
    ]


def test_one_cell_is_saved_or_refused_in_a_sentence(attic: Attic) -> None:
    cell = {"list_form_pk": attic.mine["attic_box"]}

    saved = attic.zoe.send(f"{LIST}ajax/update/", **cell, code="Renamed")
    refused = attic.zoe.send(f"{LIST}ajax/update/", **cell, code=" ")

    assert saved.status_code == 200
    assert refused.status_code == 422
    with attic.world.inside("mine") as inside:
        assert inside.scalars(select(Box.code)).all() == ["Renamed"]


def test_several_are_deleted_at_once_and_only_ones_own(attic: Attic) -> None:
    with attic.world.inside("mine") as inside:
        inside.add(Box(code="Empty", shelf_id=attic.mine["attic_shelf"]))
        inside.commit()
        empty = inside.scalars(select(Box.id).where(Box.code == "Empty")).one()

    answer = attic.zoe.send(f"{LIST}action/", action="delete", rowid=[str(empty), str(attic.theirs["attic_box"]), "x"])

    assert answer.status_code == 302
    with attic.world.across() as looking:
        assert sorted(looking.scalars(select(Box.code))) == [f"{SECRET} box", "Plain box"]
