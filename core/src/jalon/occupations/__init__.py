"""Who has what, when: the one engine that promises resources for all modules."""

from jalon.occupations.fact import depart, give_back
from jalon.occupations.promise import book, exchange, keep, move, release
from jalon.occupations.questions import conflicts, late, refuse_withdrawal, what_is_free
from jalon.occupations.refusals import (
    AlreadyDeparted,
    AlreadyReleased,
    AlreadyReturned,
    BadPeriod,
    BufferNeedsReason,
    ChangedMeanwhile,
    HoldExpired,
    NotDeparted,
    NotUsable,
    PromiseOver,
    ResourceArchived,
    ResourceTaken,
    ReturnBeforeDeparture,
    StillOut,
    StillPromised,
    UnknownResource,
)
from jalon.occupations.room import lock

__all__ = [
    "AlreadyDeparted",
    "AlreadyReleased",
    "AlreadyReturned",
    "BadPeriod",
    "BufferNeedsReason",
    "ChangedMeanwhile",
    "HoldExpired",
    "NotDeparted",
    "NotUsable",
    "PromiseOver",
    "ResourceArchived",
    "ResourceTaken",
    "ReturnBeforeDeparture",
    "StillOut",
    "StillPromised",
    "UnknownResource",
    "book",
    "conflicts",
    "depart",
    "exchange",
    "give_back",
    "keep",
    "late",
    "lock",
    "move",
    "refuse_withdrawal",
    "release",
    "what_is_free",
]
