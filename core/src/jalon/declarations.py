"""What a module declares as data, in its `plugin.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from flask import Blueprint
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from jalon.admin import AdminScreen
    from jalon.i18n import Text
    from jalon.importable import Importable
    from jalon.models import Link, Message, MessageChannel, Purpose
    from jalon.schedule import Schedule


@dataclass(frozen=True)
class Permission:
    """A right; its name begins with the module's slug.

    `confidential` is said of a right to read what is nobody else's business: whoever holds it needs a second
    factor, and what it lets one read is logged.
    """

    name: str
    label: Text
    confidential: bool = False


@dataclass(frozen=True)
class Role:
    """A job in a structure. Modules may grant rights to roles that others declare."""

    slug: str
    label: Text


@dataclass(frozen=True)
class MenuItem:
    """An entry of the navigation, shown to whoever holds the right.

    `icon` is one of `jalon.icons.names()`. `within` names blueprints whose pages belong to the entry besides its own,
    `waiting` counts what is to be done behind it.
    """

    label: Text
    endpoint: str
    permission: str
    icon: str = "circle"
    order: int = 100
    within: Sequence[str] = ()
    waiting: Callable[[Session], int] | None = None


@dataclass(frozen=True)
class Hit:
    """A record that answers what somebody typed, and the page it leads to; shown to whoever holds the right.

    `detail` tells it from others of the same label. Neither names a person the session may not name.
    """

    label: str
    endpoint: str
    permission: str
    values: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""
    icon: str = "circle"


@dataclass(frozen=True)
class Missing:
    """What a person's file lacks to be served, in a sentence, and the page where it is mended, if one is."""

    sentence: str
    endpoint: str = ""
    permission: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """A figure on the dashboard and the list behind it, which has exactly as many rows.

    `icon` is one of `jalon.icons.names()`, `tone` is empty, ok, info, warn or bad, `detail` a few words below the
    figure that say what it means today.
    """

    label: str
    value: int
    endpoint: str
    permission: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tone: str = ""
    icon: str = "circle"
    detail: str = ""


@dataclass(frozen=True)
class Act:
    """The one thing to do about a line of the dashboard: a link, or with `post` a button that sends `fields`.

    Whoever may not do it sees the line without it.
    """

    label: str
    endpoint: str
    permission: str
    values: Mapping[str, Any] = field(default_factory=dict)
    post: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A line of a dashboard's list: what, whose, when, and the page behind it for who has the right.

    `label` names a person only as the session reads it, so that a restricted one is masked. `when` is an hour or a day
    in words, `said` the word in its pill, coloured by `tone`; `days` how many it has waited, None when it does not.
    """

    label: str
    detail: str = ""
    when: str = ""
    endpoint: str = ""
    permission: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    tone: str = ""
    days: int | None = None
    phone: str = ""
    act: Act | None = None


@dataclass(frozen=True)
class CardList:
    """What a module puts on the dashboard to be done today: its most urgent lines, and the whole list behind them.

    `name` begins with the module's slug; `count` is the number of rows of the list at `endpoint`, of which `lines` are
    the first few. `empty` is said when there are none, to the roles of `first_for` only: for them it stands first, and
    by `order` among several.
    """

    name: str
    title: str
    count: int
    lines: Sequence[Line]
    endpoint: str
    permission: str
    empty: str
    values: Mapping[str, Any] = field(default_factory=dict)
    icon: str = "circle"
    first_for: Sequence[str] = ()
    order: int = 100


@dataclass(frozen=True)
class Owned:
    """What is open in a module and a member's to follow, or falls on a closure, counted, and the list behind it."""

    label: str
    count: int
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PersonTab:
    """A module's part of a person's page: `template` of the module, filled with `values`."""

    label: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Excerpt:
    """Facts that a module may publish in a few `lines`, under a `title`: nobody's name, nothing that is not for all.

    `name` begins with the module's slug: `rental.free`. `address` is a whole one of a page that says more.
    """

    name: str
    title: str
    lines: Sequence[str]
    address: str = ""


@dataclass(frozen=True)
class PublicEndpoint:
    """A page that anybody holding its link may open: `/q/<code>` on things, `/m/<code>` in messages.

    `view` gets the session, entered in the structure's scope without any right and only reading, and the link; None
    from it is a 404. `post` answers a POST to the same address, in a session that writes: the door commits what it did
    unless its status is 400 or more. No form token is asked of it, for the code is the authority and a mail provider
    that unsubscribes somebody has none (RFC 8058); without `post` it is a 405. `gated` is False for what must answer
    when the module is off (unsubscribing, preferences).
    """

    door: str
    purpose: str
    why: str
    view: Callable[[Session, Link], ResponseReturnValue | None]
    gated: bool = True
    post: Callable[[Session, Link], ResponseReturnValue | None] | None = None


@dataclass(frozen=True)
class PublicPage:
    """A page without sign-in, at `/p/<structure>/<the module's slug>/<path>`; endpoint `jalon_public.<slug>_<name>`.

    `path` is a rule of Werkzeug: empty for the first page, `archive/<int:issue_id>` for another; `why` it is open to
    all is a sentence, kept for whoever reviews the list. `view` gets the session, entered in the structure's scope as a
    visitor without any right, and the values of the path; None from it is a 404. The session only reads, unless the
    method is POST: the door then asks for the form token, counts how often one network sends this page, and commits
    what the view did unless its status is 400 or more. So a view catches what its rules refuse and shows its form
    again with 422. What it says must not tell who is known here. `gated` is False for what must answer when the module
    is off. Templates extend `jalon/public.html`.
    """

    path: str
    name: str
    why: str
    view: Callable[..., ResponseReturnValue | None]
    methods: Sequence[str] = ("GET",)
    gated: bool = True


def nobody(record: Any) -> int | None:
    """A record that is about no person."""
    return None


@dataclass(frozen=True)
class Subject:
    """A table whose records carry notes, tasks and documents.

    `permission` is the right to read its page, whose `endpoint` takes the record's id as `argument`. `about` says
    which person of the platform a record is about; `through` the class that must be visible too, by the same id or
    by its `beneficiary_id`, for a record's own row may be seen by who may not read what is attached to it.
    """

    model: type[Any]
    label: Text
    permission: str
    endpoint: str
    argument: str = "id"
    about: Callable[[Any], int | None] = nobody
    through: type[Any] | None = None


@dataclass(frozen=True)
class Progress:
    """What one batch of a job leaves: where to go on, and how far it is, in `total` records.

    cursor: JSON without names, given to the next batch; None when this was the last one. `text` is a sentence for
    whoever waits, without names, of at most 200 characters.
    """

    cursor: Any = None
    done: int = 0
    total: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Job:
    """Work done after the page was answered, by a worker; its name begins with the module's slug: `rental.remind`.

    `function` gets a session in the structure's scope and the arguments it was queued with, flushes and does not
    commit: what it writes and the mark that it is done are one transaction. Returning a Progress with a cursor, it is
    called again with `cursor`, in a transaction of its own. `prepare` is called before, with the same arguments in a
    session that only reads: what is slow or leaves the house (PDF, mail) is done there, and may be done twice;
    its answer is given to `function` as `prepared`. `lease` is longer than one batch takes, `most_tries` how often
    an error is tried again; `schedule`, by the structure's clock, queues it without arguments.
    """

    name: str
    label: Text
    function: Callable[..., Progress | None]
    schedule: Schedule | None = None
    prepare: Callable[..., Any] | None = None
    most_tries: int = 5
    lease: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class NumberSequence:
    """Numbers that a structure gives, from 1 on, each year anew if `yearly`; its name begins with the module's slug.

    `pattern` writes one, of at most 40 characters, from `year` and `number`. `gapless` is said of a register in which
    a missing number must be explained: whoever takes one makes the next wait for the commit.
    """

    name: str
    label: Text
    pattern: str = "{year}-{number:05}"
    gapless: bool = True
    yearly: bool = True


@dataclass(frozen=True)
class Composed:
    """A whole mail, as a module wrote it: `text` for everybody, `html` besides for whoever sees pictures of words.

    `html` may bring nothing in from elsewhere. `one_click` is the http(s) address that a POST unsubscribes at, for the
    button that mail programs show (RFC 8058). `headers` are others of `Reply-To`, `Precedence`, `List-…` and `X-…`.
    """

    subject: str
    text: str
    html: str = ""
    one_click: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MessageTemplate:
    """Words that a module sends; its name begins with the module's slug: `rental.return_tomorrow`.

    `subject` is of mail, `body` of mail and letters, `short` of SMS (its body when empty). In them `{field}` stands
    for what the module gives when it queues the message, one of `fields` (the word between braces, which people who
    edit the text read, -> what it is), or for one of the core's (`jalon.message_texts.COMMON`). `channels` are tried
    in this order after the one the person prefers. `purpose` is what the person must have agreed to besides.

    With `compose`, for mail only, the module writes each mail itself at the moment it is sent, in a session that only
    reads: `subject` and `body` then stay empty, and no structure edits them. It may raise `jalon.messages.Unsendable`:
    the message is then refused, with that sentence.

    `reads` is a right of the module without which a bare address and the words that went there are shown to nobody,
    whatever they may read among the messages: those words may hold a link that is its reader's own.
    """

    name: str
    label: Text
    channels: Sequence[MessageChannel]
    subject: Text | str = ""
    body: Text | str = ""
    short: Text | str = ""
    fields: Mapping[str, Text] = field(default_factory=dict)
    purpose: Purpose | None = None
    compose: Callable[[Session, Message], Composed] | None = None
    reads: str = ""


@dataclass(frozen=True)
class Plugin:
    """One module's declarations; the variable is named `plugin` in its `plugin.py`."""

    permissions: Sequence[Permission] = ()
    roles: Sequence[Role] = ()
    grants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    menu: Sequence[MenuItem] = ()
    actions: Sequence[MenuItem] = ()  # what is begun with one form, offered where one asks for it: "New booking"
    blueprints: Sequence[Blueprint] = ()
    screens: Sequence[type[AdminScreen]] = ()
    public: Sequence[PublicEndpoint] = ()
    public_pages: Sequence[PublicPage] = ()
    settings: type | None = None
    resource_kinds: Mapping[str, Text] = field(default_factory=dict)
    subjects: Sequence[Subject] = ()
    timeline: Mapping[str, Text] = field(default_factory=dict)
    importables: Sequence[Importable] = ()
    jobs: Sequence[Job] = ()
    sequences: Sequence[NumberSequence] = ()
    messages: Sequence[MessageTemplate] = ()
    hookspecs: ModuleType | None = None
    demo: Callable[[Session], None] | None = None
    sample: Callable[[Session, int], Sequence[object]] | None = None
