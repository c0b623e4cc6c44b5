"""What a structure may decide about its letter."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from jalon import settings
from jalon.scope import structure_of
from jalon.setting_types import setting
from jalon_newsletter.i18n import _, _l


@dataclass(frozen=True)
class NewsletterSettings:
    """Words and limits of the letter; an empty text is the module's own."""

    consent: str = setting(
        "",
        label=_l("What a subscriber agrees to"),
        help=_l("The sentence beside the box on the public page. Empty: ours. It is kept with each proof."),
        maximum=400,
        lines=3,
    )
    sender: str = setting(
        "",
        label=_l("Who signs the letter"),
        help=_l("At the head and foot of each issue. Empty: the name of your structure."),
        maximum=120,
    )
    four_eyes_from: int = setting(
        50,
        label=_l("A second person approves from"),
        unit=_l("subscribers"),
        minimum=1,
        maximum=100000,
        help=_l("Below, whoever may send decides alone."),
    )


def consent_words(session: Session) -> str:
    """The sentence that is agreed to now."""
    own = settings.current(session, NewsletterSettings).consent.strip()
    name = structure_of(session).name
    return own or _(
        "I agree to receive the letter of %(structure)s by e-mail. I can leave it at any time by a link in each issue.",
        structure=name,
    )


def signed_by(session: Session) -> str:
    """Who signs the letter now."""
    return settings.current(session, NewsletterSettings).sender.strip() or structure_of(session).name


def four_eyes_from(session: Session) -> int:
    """From how many subscribers on a second person must approve."""
    return settings.current(session, NewsletterSettings).four_eyes_from
