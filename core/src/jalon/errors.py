"""What a rule says when it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from jalon.i18n import Text


class DomainError(Exception):
    """A refusal, with a sentence fit for the person at the desk.

    `message` is a lazy text of the module's catalogue; `%(name)s` in it is filled from the keyword
    arguments. `field` names the form field the refusal belongs to, when there is one.
    """

    message: ClassVar[Text | str] = ""
    field: ClassVar[str | None] = None

    def __init__(self, **values: object) -> None:
        super().__init__(values)
        self.values = values

    def __str__(self) -> str:
        return str(self.message) % self.values if self.values else str(self.message)


class ScopeViolation(RuntimeError):
    """Code tried to read or write across structures. A programming error: never shown, always raised."""
