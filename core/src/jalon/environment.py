"""What the settings of the environment must be, checked once at start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_MANY = re.compile(r"[0-9]{1,6}", re.ASCII)
SHORTEST_SECRET = 16  # characters
DATABASES = frozenset({"sqlite", "postgresql+psycopg"})
YEARS = range(2000, 2101)  # a year's calendar and its neighbours must exist, and a typing error must not pass


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each setting that is not one; none repeats its value, which may be a secret."""
    yield from _database(str(config["SQLALCHEMY_DATABASE_URI"]))
    yield from _public_address(config["JALON_PUBLIC_URL"])
    if not _MANY.fullmatch(str(config.get("JALON_MAIL_PER_MINUTE") or "0")):
        yield "JALON_MAIL_PER_MINUTE is how many mails may leave in a minute, for instance 60; 0 for no limit"
    if config["JALON_ENV"] != "production":
        yield from _today(os.environ.get("JALON_TODAY") or "")
    elif config["SECRET_KEY"] and len(config["SECRET_KEY"]) < SHORTEST_SECRET:
        yield f"JALON_SECRET_KEY is short enough to be guessed: make it {SHORTEST_SECRET} characters or more"


def _database(address: str) -> Iterator[str]:
    try:
        driver = make_url(address).drivername
    except (ArgumentError, ValueError):  # a port that is no number
        driver = ""
    if driver not in DATABASES:
        yield "JALON_DATABASE_URL is the address of a database: sqlite:///… or postgresql://…"


def _public_address(address: str) -> Iterator[str]:
    if not address:
        return
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        known = False
    if not known:
        yield "JALON_PUBLIC_URL is the address people type, for instance https://jalon.example.org"


def _today(day: str) -> Iterator[str]:
    try:
        known = not day or date.fromisoformat(day).year in YEARS
    except ValueError:
        known = False
    if not known:
        yield f"JALON_TODAY is a day from {YEARS[0]} to {YEARS[-1]}, written 2027-03-01"
