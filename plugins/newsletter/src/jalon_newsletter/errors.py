"""What the newsletter refuses."""

from __future__ import annotations

from jalon.db import explains
from jalon.errors import DomainError
from jalon_newsletter.i18n import _l


class NoSuchStep(DomainError):
    """The state does not allow it; a colleague or the subscriber was faster."""

    message = _l("This cannot be done any more: meanwhile it is “%(state)s”.")


class ConsentNeeded(DomainError):
    """The box was not ticked."""

    field = "agrees"
    message = _l("Tick the box: we write to you only if you agree.")


@explains("ck_newsletter_proof_source")
class SourceNeeded(DomainError):
    """Nobody is entered without saying how they agreed."""

    field = "way"
    message = _l("Say how this person agreed, and on which day.")


class DayNeeded(DomainError):
    """A proof has a day."""

    field = "given_on"
    message = _l("Say on which day they agreed.")


class DayToCome(DomainError):
    """Nobody agreed tomorrow."""

    field = "given_on"
    message = _l("This day is still to come.")


@explains("uq_newsletter_subscriber_structure_id_digest")
class AlreadyKnown(DomainError):
    """The address is in the list."""

    field = "email"
    message = _l("This address is in the list already.")


class HasLeft(DomainError):
    """Who left comes back by themselves only. Source: domain model 3.5, “unsubscribed addresses never re-imported”."""

    field = "email"
    message = _l("Whoever reads there has left the letter: only they can come back, on the public page.")


@explains("ck_newsletter_issue_title")
class TitleNeeded(DomainError):
    """A letter without subject."""

    field = "title"
    message = _l("Say what the letter is called: it is the subject of the mail.")


class NotADraft(DomainError):
    """What was sent stays as it was."""

    message = _l("This issue is no draft any more: it stays as it was sent.")


@explains("ck_newsletter_block_words")
class WordsNeeded(DomainError):
    """An empty block."""

    field = "words"
    message = _l("Write something here.")


class LabelNeeded(DomainError):
    """A button or a date without words."""

    field = "label"
    message = _l("Say what is written on it.")


class AddressNeeded(DomainError):
    """A button that leads nowhere, or elsewhere than to a page."""

    field = "address"
    message = _l("Paste the whole address of a page; it begins with https://.")


class StartNeeded(DomainError):
    """A date without day."""

    field = "starts_at"
    message = _l("Say when it is.")


class ExcerptNeeded(DomainError):
    """No module offers that."""

    field = "source"
    message = _l("Choose what is shown.")


class NothingInIt(DomainError):
    """An empty issue cannot be sent."""

    message = _l("This issue is empty: add at least one block.")


class NothingLive(DomainError):
    """A block that modules fill is empty at the moment of sending."""

    message = _l("A block of live figures says nothing now: remove it, or try again later.")


class NobodyToSendTo(DomainError):
    """Nobody is subscribed."""

    message = _l("Nobody is subscribed yet: there is nobody to send it to.")


class CountChanged(DomainError):
    """What was confirmed is not what would happen."""

    message = _l("Meanwhile there are %(count)s subscribers: look at the number again, then send.")


class SecondLookNeeded(DomainError):
    """Four eyes. Source: domain model 3.5, “a second person proofreads”."""

    message = _l("Somebody other than you must approve this issue first: it goes to %(count)s people.")


class ChangedMeanwhile(DomainError):
    """Nobody approves, nor sends, what they have not read."""

    message = _l("Somebody changed this issue meanwhile: read it again, here it is as it is now.")


class NoOwnAddress(DomainError):
    """A test goes to oneself."""

    message = _l("You are no member of this structure: there is no address of yours to send a test to.")
