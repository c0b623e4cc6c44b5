"""The working screens of things: what is left, done with it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon.access import requires
from jalon.db.current import session
from jalon.models import Link
from jalon_scratch.models import Thing

blueprint = Blueprint("jalon_scratch", "jalon_scratch", template_folder="templates")


@blueprint.get("/left")
@requires("scratch.read")
def left() -> ResponseReturnValue:
    """What is not done."""
    things = session().scalars(select(Thing).where(~Thing.done).order_by(Thing.id)).all()
    return render_template("jalon_scratch/left.html", things=things)


@blueprint.post("/things/<int:thing_id>/done")
@requires("scratch.write")
def done(thing_id: int) -> ResponseReturnValue:
    """This one is done."""
    thing = session().scalar(select(Thing).where(Thing.id == thing_id)) or abort(404)
    thing.done = True
    session().commit()
    return redirect(url_for(".left"))


def public_thing(visiting: Session, link: Link) -> ResponseReturnValue | None:
    """What somebody who scans the thing's label sees."""
    thing = visiting.scalar(select(Thing).where(Thing.id == link.subject_id))
    return None if thing is None else render_template("jalon_scratch/public_thing.html", thing=thing)


def public_things(visiting: Session) -> ResponseReturnValue:
    """What anybody may see of what is left."""
    count = visiting.scalar(select(func.count()).select_from(Thing).where(~Thing.done))
    return render_template("jalon_scratch/public_things.html", count=count)


def wanted(visiting: Session, thing_id: int) -> ResponseReturnValue | None:
    """Somebody says that they want a thing."""
    thing = visiting.scalar(select(Thing).where(Thing.id == thing_id))
    if thing is None:
        return None
    if request.method == "POST":
        thing.done = True
    return render_template("jalon_scratch/wanted.html", thing=thing)


def about(visiting: Session) -> ResponseReturnValue | None:
    """What things are."""
    return render_template("jalon_scratch/public_things.html", count=0)
