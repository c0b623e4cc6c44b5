"""What the core itself puts on the dashboard: one's tasks of the day, referrals and messages that wait."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon import message_texts, messages, referrals, subjects, tasks
from jalon.clock import now, today
from jalon.declarations import Act, Card, CardList, Line
from jalon.i18n import _, ngettext
from jalon.localtime import to_local
from jalon.models import Message, Task
from jalon.scope import scope_of
from jalon.tenures import DIRECTION

SHOWN = 6  # lines of a list; the whole one is behind its title
TASKS, REFERRALS, MESSAGES = "jalon_tasks.index", "jalon_referrals.index", "jalon_messages.index"


def cards(session: Session) -> list[Card]:
    """Figures that the core has to tell whoever may read what is behind them; none of what does not wait."""
    may = scope_of(session).may
    found = []
    if may("jalon.tasks.read") and (card := _tasks_card(session)):
        found.append(card)
    if may("jalon.referrals.read") and (count := referrals.waiting(session)):
        said = _("another structure waits for your answer")
        found.append(
            _card(_("Referrals to answer"), count, REFERRALS, "jalon.referrals.read", "waiting", "inbox", "warn", said)
        )
    if may("jalon.messages.read") and (count := _stuck(session)):
        said = _("did not leave")
        found.append(
            _card(_("Messages stuck"), count, MESSAGES, "jalon.messages.read", "stuck", "mail-warning", "bad", said)
        )
    return found


def _tasks_card(session: Session) -> Card | None:
    overdue = func.count().filter(Task.due_on < today(scope_of(session).zone))
    query = select(func.count(), overdue).select_from(Task)
    count, late = session.execute(query.where(tasks.due(session), subjects.visible(session, Task))).one()
    if not count:
        return None
    detail = ngettext("%(n)s is late", "%(n)s are late", late) if late else _("for today")
    tone = "bad" if late else "warn"
    return _card(_("My tasks of the day"), count, TASKS, "jalon.tasks.read", "due", "list-checks", tone, detail)


def _card(label: str, value: int, endpoint: str, permission: str, show: str, icon: str, tone: str, detail: str) -> Card:
    return Card(label, value, endpoint, permission, values={"show": show}, tone=tone, icon=icon, detail=detail)


def lists(session: Session, counted: Collection[Card]) -> list[CardList]:
    """What waits, line by line; `counted` are the figures of `cards`, which are not asked for twice."""
    may = scope_of(session).may
    counts = {card.endpoint: card.value for card in counted}
    made: tuple[tuple[str, Callable[[Session, int], CardList], str], ...] = (
        ("jalon.tasks.read", _tasks, TASKS),
        ("jalon.referrals.read", _referrals, REFERRALS),
        ("jalon.messages.read", _messages, MESSAGES),
    )
    return [make(session, counts.get(endpoint, 0)) for permission, make, endpoint in made if may(permission)]


def _tasks(session: Session, count: int) -> CardList:
    due = tasks.listed(session, tasks.due(session), limit=SHOWN) if count else []
    about = subjects.describe(session, [(t.subject_table, t.subject_id) for t in due])
    day = today(scope_of(session).zone)
    return CardList(
        "core.tasks",
        _("My tasks, today and late"),
        count,
        [_task(task, about[task.subject_table, task.subject_id].label, day) for task in due],
        TASKS,
        "jalon.tasks.read",
        _("Nothing to do for today. A task is planned on the page of what it is about: a person, a booking…"),
        values={"show": "due"},
        icon="list-checks",
        first_for=("conseiller", "accueil", DIRECTION),
        order=20,
    )


def _task(task: Task, about: str, day: date) -> Line:
    late = (day - task.due_on).days
    return Line(
        task.title,
        detail=about,
        when=f"{task.due_on:%d/%m}",
        endpoint="jalon_tasks.open_task",
        permission="jalon.tasks.write",
        values={"task_id": task.id},
        said=ngettext("%(n)s day late", "%(n)s days late", late) if late > 0 else _("Today"),
        tone="bad" if late > 0 else "warn",
        act=Act(
            _("Done"), "jalon_tasks.done", "jalon.tasks.write", {"task_id": task.id}, post=True, fields={"then": "1"}
        ),
    )


def _referrals(session: Session, count: int) -> CardList:
    lines = referrals.listed(session, referrals.WAITING, limit=SHOWN) if count else []
    return CardList(
        "core.referrals",
        _("Referrals to answer"),
        count,
        [
            Line(
                line.referral.person_name,
                detail=_("%(service)s · from %(structure)s", service=line.referral.service, structure=line.from_name),
                endpoint="jalon_referrals.show",
                permission="jalon.referrals.read",
                values={"referral_id": line.referral.id},
                days=(now() - line.referral.sent_at).days,
                act=Act(
                    _("Answer it"), "jalon_referrals.show", "jalon.referrals.answer", {"referral_id": line.referral.id}
                ),
            )
            for line in lines
        ],
        REFERRALS,
        "jalon.referrals.read",
        _("No structure waits for an answer of yours."),
        values={"show": referrals.WAITING},
        icon="inbox",
        first_for=("conseiller",),
        order=30,
    )


def _messages(session: Session, count: int) -> CardList:
    zone, may_name = scope_of(session).zone, scope_of(session).may("jalon.beneficiaries.read")
    stuck = messages.listed(session, messages.stuck(session), limit=SHOWN) if count else []
    return CardList(
        "core.messages",
        _("Messages that did not leave"),
        count,
        [
            Line(
                _recipient(message, may_name),
                detail=message.error or _template(message.template),
                when=f"{to_local(message.ended_at or message.created_at, zone):%d/%m}",
                endpoint="jalon_messages.show",
                permission="jalon.messages.read",
                values={"message_id": message.id},
                said=str(message.state.label),
                tone="bad",
                act=Act(_("See why"), "jalon_messages.show", "jalon.messages.write", {"message_id": message.id}),
            )
            for message in stuck
        ],
        MESSAGES,
        "jalon.messages.read",
        _("Every message left."),
        values={"show": "stuck"},
        icon="mail-warning",
        order=60,
    )


def _recipient(message: Message, may_name: bool) -> str:
    """As in the list of messages: a code for who may not see persons."""
    return message.recipient if may_name or message.beneficiary is None else message.beneficiary.code


def _template(name: str) -> str:
    template = message_texts.find(name)
    return str(template.label) if template else name


def _stuck(session: Session) -> int:
    query = select(func.count()).select_from(Message).where(messages.stuck(session))
    return session.scalar(query) or 0
