"""A garage's own small application: its pages, its customers, its back office. With Jalon, at /mobilite."""

from __future__ import annotations

import os
from datetime import date

from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel, get_locale
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

from jalon import GuardedSession, Identity, Jalon
from jalon.db import sqlite_rules


class GarageSession(GuardedSession, Session):
    """What Jalon asks of a host's session class."""


db = SQLAlchemy(session_options={"class_": GarageSession})


class Person(db.Model):
    """Who works at the garage; `roles` are Jalon's role names, separated by spaces."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    roles: Mapped[str] = mapped_column(default="")


class Customer(db.Model):
    """Whose car the garage repairs."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    seen: Mapped[int] = mapped_column(default=0)


def create_app(mounted: bool = True, structure: str | None = "garage", database: str = "") -> Flask:
    """The garage's application; `structure=None` lets several structures work below /mobilite."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ.get("GARAGE_SECRET_KEY", "only for trying out")
    app.config["SQLALCHEMY_DATABASE_URI"] = database or os.environ.get("GARAGE_DATABASE_URL", "sqlite:///garage.sqlite")
    db.init_app(app)
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(["en", "de"], "en"))
    app.add_template_global(get_locale)
    Admin(app, name="Garage").add_view(ModelView(Customer, db))
    app.add_url_rule("/", view_func=home)
    app.add_url_rule("/customers/<int:customer_id>", view_func=customer)
    app.add_url_rule("/customers", view_func=add_customer, methods=["POST"])
    app.add_url_rule("/sign-in", view_func=sign_in, methods=["GET", "POST"])
    app.register_error_handler(404, lambda error: (render_template("garage/lost.html"), 404))
    app.cli.command("seed")(seed)
    if mounted:
        with app.app_context():
            sqlite_rules(db.engine)
        Jalon(app, db=db, url_prefix="/mobilite", structure=structure, identify=identify, sign_in=to_sign_in)
    return app


def identify() -> Identity | None:
    """Who is signed in, in Jalon's words."""
    person = db.session.get(Person, session.get("person", 0))
    return Identity(person.name, external_id=str(person.id), roles=tuple(person.roles.split())) if person else None


def to_sign_in() -> ResponseReturnValue:
    return redirect(url_for("sign_in"))


def home() -> str:
    return render_template("garage/home.html", customers=db.session.scalars(select(Customer)), today=date(2026, 3, 14))


def customer(customer_id: int) -> str:
    found = db.session.get(Customer, customer_id) or abort(404)
    found.seen += 1
    db.session.commit()
    return render_template("garage/customer.html", customer=found)


def add_customer() -> ResponseReturnValue:
    db.session.add(Customer(name=request.form["name"]))
    db.session.commit()
    return redirect(url_for("home"))


def sign_in() -> ResponseReturnValue:
    person = db.session.scalar(select(Person).where(Person.name == request.form.get("name")))
    if person is None or not check_password_hash(person.password, request.form.get("password", "")):
        return render_template("garage/sign_in.html"), 200 if request.method == "GET" else 422
    session["person"] = person.id
    return redirect(url_for("home"))


def seed() -> None:
    """Make the garage's own tables, two people and two customers."""
    db.create_all()
    for name, roles in (("zoe", "agent_location"), ("max", "")):
        db.session.add(Person(name=name, password=generate_password_hash(f"{name}-garage"), roles=roles))
    db.session.add_all([Customer(name="Ada Byron"), Customer(name="Karl Benz")])
    db.session.commit()
