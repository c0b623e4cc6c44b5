"""First steps: from an installation where nobody has an account to a first record, in five steps."""

from jalon.first_steps.account import (
    SomebodyIsThere,
    nobody_yet,
    open_account,
)
from jalon.first_steps.key import good_key, new_key, spend_key
from jalon.first_steps.people import NobodyNamed, name_direction, take_role
from jalon.first_steps.progress import Offer, Step, dismiss, offers, on_dashboard, steps

__all__ = [
    "NobodyNamed",
    "Offer",
    "SomebodyIsThere",
    "Step",
    "dismiss",
    "good_key",
    "name_direction",
    "new_key",
    "nobody_yet",
    "offers",
    "on_dashboard",
    "open_account",
    "spend_key",
    "steps",
    "take_role",
]
