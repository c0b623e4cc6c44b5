"""`jalon user`: accounts and where they work."""

from __future__ import annotations

from dataclasses import dataclass

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import account_events, accounts, invitations, mail, members, open_sessions, second_factor
from jalon.app_of import mount
from jalon.cli.common import COMMAND_LINE, Refused, across, json_option, show, structure_at
from jalon.models import Member, User

user_group = AppGroup("user", help="Accounts: invite, add, password, list.")


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
            members.join(session, structure_at(session, structure), user, roles=roles)
        session.commit()
    click.echo(f"{email} can sign in")


@user_group.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@click.option("--admin", is_flag=True, help="Administers the platform.")
@click.option("--structure", metavar="SLUG", help="Where this person works.")
@click.option("--role", "roles", multiple=True, help="A role there; may be repeated.")
def invite(email: str, name: str, admin: bool, structure: str | None, roles: tuple[str, ...]) -> None:
    """Send EMAIL a link to choose a password; print it when there is no mail server."""
    _check_roles(roles, structure)
    with across("an account belongs to no structure") as session:
        user, token = accounts.invite(session, email, name)
        user.is_platform_admin = user.is_platform_admin or admin
        if structure:
            _let_in(session, structure, user, roles)
        session.commit()
        if not mail.configured():
            click.echo(invitations.address(token))
            return
        try:
            invitations.send(user, token, "invitation")
        except mail.MailFailed as failure:
            click.echo(invitations.address(token))
            raise Refused(f"{failure} The link is above.") from None
    click.echo(f"a link was sent to {email}")


def _let_in(session: Session, slug: str, user: User, roles: tuple[str, ...]) -> None:
    """Make somebody a member who is none there yet."""
    structure = structure_at(session, slug)
    there = select(Member.id).where(Member.structure_id == structure.id, Member.user_id == user.id)
    if session.scalar(there) is None:
        members.join(session, structure, user, roles=roles)


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
        invitations.revoke(session, user.id)
        open_sessions.end_all(session, user.id)
        account_events.record(session, user.id, "password_changed", by_name=COMMAND_LINE.name)
        session.commit()
    click.echo(f"{email} has another password")


@user_group.command("second-step-off")
@click.argument("email")
def second_step_off(email: str) -> None:
    """Forget the telephone of the account EMAIL, for somebody who lost it and their recovery codes."""
    with across("an account belongs to no structure") as session:
        user = session.scalar(select(User).where(User.email == email.lower()))
        if user is None or user.totp_since is None:
            raise Refused(f"{email} has no second step")
        second_factor.turn_off(session, user)
        open_sessions.end_all(session, user.id)
        account_events.record(session, user.id, "second_factor_off", by_name=COMMAND_LINE.name)
        session.commit()
    click.echo(f"{email} signs in with the password alone until they switch it on again")


@user_group.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """All accounts."""
    with across("list the accounts") as session:
        rows = [
            Line(u.email or "", u.name, u.is_platform_admin) for u in session.scalars(select(User).order_by(User.email))
        ]
    show(rows, as_json=as_json, line="{email:36} {name}")
