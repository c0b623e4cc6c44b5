"""`jalon user`: accounts and where they work."""

from __future__ import annotations

from dataclasses import dataclass

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from jalon import accounts
from jalon.app_of import mount
from jalon.cli.common import Refused, across, json_option, show, structure_at
from jalon.models import User

user_group = AppGroup("user", help="Accounts: add, password, list.")


@dataclass(frozen=True)
class Line:
    """An account as the command line lists it."""

    email: str
    name: str
    platform_admin: bool


@user_group.command("add")
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@click.option("--admin", is_flag=True, help="Administers the platform.")
@click.option("--structure", metavar="SLUG", help="Where this person works.")
@click.option("--role", "roles", multiple=True, help="A role there; may be repeated.")
@click.password_option(help="Asked when not given.")
def add(email: str, name: str, admin: bool, structure: str | None, roles: tuple[str, ...], password: str) -> None:
    """Create the account EMAIL."""
    _check_roles(roles, structure)
    with across("an account belongs to no structure") as session:
        user = accounts.add(session, email, name=name, password=password, admin=admin)
        if structure:
            accounts.join(session, structure_at(session, structure), user, roles=roles)
        session.commit()
    click.echo(f"{email} can sign in")


def _check_roles(roles: tuple[str, ...], structure: str | None) -> None:
    known = {role.slug for role in accounts.all_roles(mount(current_app).registry)}
    if unknown := sorted(set(roles) - known):
        raise Refused(f"unknown role: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    if roles and not structure:
        raise Refused("a role is held in a structure: say --structure")


@user_group.command("password")
@click.argument("email")
@click.password_option(help="Asked when not given.")
def password(email: str, password: str) -> None:
    """Give the account EMAIL another password."""
    with across("an account belongs to no structure") as session:
        user = session.scalar(select(User).where(User.email == email.lower()))
        if user is None:
            raise Refused(f"there is no account {email}")
        accounts.set_password(user, password)
        session.commit()
    click.echo(f"{email} has another password")


@user_group.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """All accounts."""
    with across("list the accounts") as session:
        rows = [
            Line(u.email or "", u.name, u.is_platform_admin) for u in session.scalars(select(User).order_by(User.email))
        ]
    show(rows, as_json=as_json, line="{email:36} {name}")
